//! JSON merge patches (RFC 7386), for kinds that no schema of Kubernetes' own describes.
//!
//! [`create_two_way`] is `CreateMergePatch` of evanphx/json-patch, what Helm sends for custom
//! resources; [`create_three_way`] is `CreateThreeWayJSONMergePatch` of apimachinery, which sees
//! what others changed in the live object.

use std::mem::discriminant;
use std::sync::Arc;

use corten_value::{Map, Value};
use corten_yaml as yaml;

use super::MergeError;
use super::error::go_text;
use crate::json::{deep, floats, settle};

/// The patch that turns `old` into `new`; what the cluster holds is not looked at.
///
/// # Errors
/// When one of the two is no object.
pub fn create_two_way(old: &Value, new: &Value) -> Result<Value, MergeError> {
    Ok(difference(&object(settle(old))?, &object(settle(new))?).into())
}

/// The patch that turns `live` into `new` and takes away what `old` had and `new` has not.
///
/// # Errors
/// When one of the three is no object, or the patch would change what names the object.
pub fn create_three_way(old: &Value, new: &Value, live: &Value) -> Result<Value, MergeError> {
    // compat: patch-large-integers
    // Go: this way knows numbers as float64 only.
    let [old, new, live] = [old, new, live].map(|value| object(floats(value)));
    let (old, new, live) = (old?, new?, live?);
    let changes = filtered(&difference(&live, &new), Keep::Values);
    let deletions = filtered(&difference(&old, &new), Keep::Nulls);
    if conflicts(&changes, &deletions) {
        return Err(MergeError::Conflict { patch: as_yaml(&changes), current: as_yaml(&deletions) });
    }
    let patch = settle(&united(deletions, &changes).into());
    if renames(&patch) {
        return Err(MergeError::Precondition(go_text(&patch)));
    }
    Ok(patch)
}

/// The object after the patch.
pub fn apply(original: &Value, patch: &Value) -> Value {
    let Some(patch) = patch.as_map() else { return patch.clone() };
    let mut merged = original.as_map().cloned().unwrap_or_default();
    for (key, value) in patch {
        if value.is_null() {
            merged.remove(key);
        } else {
            let current = merged.get(key).unwrap_or(&Value::Null);
            let value = deep(|| apply(current, value));
            merged.insert(Arc::clone(key), value);
        }
    }
    merged.into()
}

fn object(value: Value) -> Result<Map, MergeError> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Map(map) => Ok(Arc::unwrap_or_clone(map)),
        _ => Err(MergeError::NotAnObject),
    }
}

/// Go: `getDiff`.
fn difference(old: &Map, new: &Map) -> Map {
    let mut patch = Map::new();
    for (key, after) in new {
        let change = match (old.get(key), after) {
            (Some(Value::Map(before)), Value::Map(after)) => {
                let inner = deep(|| difference(before, after));
                (!inner.is_empty()).then(|| inner.into())
            }
            (Some(before), after) if discriminant(before) == discriminant(after) && before == after => None,
            _ => Some(after.clone()),
        };
        if let Some(change) = change {
            patch.insert(Arc::clone(key), change);
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(Arc::clone(key), Value::Null);
    }
    patch
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nulls,
    Values,
}

/// Go: `keepOrDeleteNullInObj`.
fn filtered(patch: &Map, keep: Keep) -> Map {
    let entry = |(key, value): (&Arc<str>, &Value)| {
        let kept = match value {
            Value::Null => keep == Keep::Nulls,
            Value::Map(map) if !map.is_empty() => {
                let inner = deep(|| filtered(map, keep));
                return (!inner.is_empty()).then(|| (Arc::clone(key), inner.into()));
            }
            // Go: an empty object is a value, not an empty patch.
            _ => keep == Keep::Values,
        };
        kept.then(|| (Arc::clone(key), value.clone()))
    };
    patch.iter().filter_map(entry).collect()
}

/// Go: `mergepatch.HasConflicts`.
fn conflicts(left: &Map, right: &Map) -> bool {
    left.iter().any(|(key, left)| match (left, right.get(key)) {
        (_, None) => false,
        (Value::Map(left), Some(Value::Map(right))) => deep(|| conflicts(left, right)),
        (left, Some(right)) => left != right,
    })
}

/// Go: `jsonpatch.MergePatch` of the changes into the deletions.
fn united(mut deletions: Map, changes: &Map) -> Map {
    for (key, change) in changes {
        let merged = match (deletions.remove(key), change) {
            (Some(Value::Map(inner)), Value::Map(change)) => {
                deep(|| united(Arc::unwrap_or_clone(inner), change)).into()
            }
            _ => without_nulls(change),
        };
        deletions.insert(Arc::clone(key), merged);
    }
    deletions
}

/// Go: `pruneNulls`: objects lose their nulls, lists keep theirs.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) => deep(|| {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (Arc::clone(key), without_nulls(value))).collect::<Map>().into()
        }),
        Value::List(items) => deep(|| items.iter().map(without_nulls).collect::<Vec<_>>().into()),
        other => other.clone(),
    }
}

/// Go: Helm's preconditions `RequireKeyUnchanged` and `RequireMetadataKeyUnchanged`.
fn renames(patch: &Value) -> bool {
    patch.get("apiVersion").is_some() || patch.get("kind").is_some() || patch.at("metadata.name").is_some()
}

fn as_yaml(patch: &Map) -> String {
    yaml::encode(&Value::from(patch.clone())).unwrap_or_else(|error| error.to_string())
}
