//! Makes strategic patches: the difference of two objects. Go: `diffMaps` and what it calls.

use std::mem::discriminant;
use std::sync::Arc;

use corten_value::{Map, Value};

use super::error::{go_text, not_a_map};
use super::lists::{
    ItemKind, item_key, item_kind, merge_key, sort_scalars, sort_to_order, sorted_by_key, without_twins,
};
use super::strategic::{DELETE_FROM_LIST, DIRECTIVE, RETAIN_KEYS, SET_ORDER};
use super::{MergeError, TypeRef};
use crate::json::deep;

/// Which half of a difference is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Additions, changes and deletions.
    Everything,
    /// Additions and changes. Go: `IgnoreDeletions`.
    Changes,
    /// Deletions. Go: `IgnoreChangesAndAdditions`.
    Deletions,
}

/// How one level of a difference is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    part: Part,
    retains_keys: bool,
}

impl From<Part> for Options {
    fn from(part: Part) -> Self {
        Self { part, retains_keys: false }
    }
}

impl Options {
    fn changes(self) -> bool {
        self.part != Part::Deletions
    }

    fn deletions(self) -> bool {
        self.part != Part::Changes
    }
}

/// The patch that turns `original` into `modified`, or the half of it that `options` ask for.
pub(super) fn diff_maps(
    original: &Map,
    modified: &Map,
    schema: TypeRef<'_>,
    options: Options,
) -> Result<Map, MergeError> {
    let mut patch = Map::new();
    for (key, new) in modified {
        let Some(old) = original.get(key) else {
            if options.changes() {
                patch.insert(Arc::clone(key), new.clone());
            }
            continue;
        };
        if key.as_ref() == DIRECTIVE {
            diff_directive(old, new, &mut patch)?;
            continue;
        }
        match (old, new) {
            (Value::Map(old), Value::Map(new)) => deep(|| diff_field(key, (old, new), &mut patch, schema, options))?,
            (Value::List(old), Value::List(_)) => deep(|| diff_list(key, (old, new), &mut patch, schema, options))?,
            _ if options.changes() && (discriminant(old) != discriminant(new) || old != new) => {
                patch.insert(Arc::clone(key), new.clone());
            }
            _ => {}
        }
    }
    if options.deletions() {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(Arc::clone(key), Value::Null);
        }
    }
    if options.retains_keys {
        retain_keys(original, modified, &mut patch);
    }
    Ok(patch)
}

fn retain_keys(original: &Map, modified: &Map, patch: &mut Map) {
    let kept: Vec<Value> =
        modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| Value::String(Arc::clone(key))).collect();
    let clears = original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
    if !kept.is_empty() && (!patch.is_empty() || clears) {
        patch.insert(Arc::from(RETAIN_KEYS), kept.into());
    }
}

fn diff_directive(old: &Value, new: &Value, patch: &mut Map) -> Result<(), MergeError> {
    let (Some(old), Some(text)) = (old.as_str(), new.as_str()) else { return Err(MergeError::DirectiveValue) };
    if old != text {
        patch.insert(Arc::from(DIRECTIVE), new.clone());
    }
    Ok(())
}

/// Go: `handleMapDiff`.
fn diff_field(
    key: &Arc<str>,
    (old, new): (&Arc<Map>, &Arc<Map>),
    patch: &mut Map,
    schema: TypeRef<'_>,
    options: Options,
) -> Result<(), MergeError> {
    let (field, target) = match schema.lookup(key) {
        Ok(found) => found,
        // Go: what nobody changed needs no schema.
        Err(_) if old == new => return Ok(()),
        Err(error) => return Err(error),
    };
    let strategy = field.strategy()?;
    if strategy.replaces {
        if options.changes() {
            patch.insert(Arc::clone(key), Value::Map(Arc::clone(new)));
        }
        return Ok(());
    }
    let inner = diff_maps(old, new, target, Options { retains_keys: strategy.retains_keys, ..options })?;
    if !inner.is_empty() {
        patch.insert(Arc::clone(key), inner.into());
    }
    Ok(())
}

/// Go: `handleSliceDiff`.
fn diff_list(
    key: &Arc<str>,
    (old, new): (&[Value], &Value),
    patch: &mut Map,
    schema: TypeRef<'_>,
    options: Options,
) -> Result<(), MergeError> {
    let new_items = new.as_list().unwrap_or_default();
    let (field, item) = match schema.lookup_list(key) {
        Ok(found) => found,
        Err(_) if old == new_items => return Ok(()),
        Err(error) => return Err(error),
    };
    let strategy = field.strategy()?;
    if !strategy.merges {
        if options.changes() && old != new_items {
            patch.insert(Arc::clone(key), new.clone());
        }
        return Ok(());
    }
    let options = Options { retains_keys: strategy.retains_keys, ..options };
    let difference = diff_merged_lists(old, new_items, item, &field.merge_key, options)?;
    let mut put = |key: Arc<str>, list: Vec<Value>| {
        if !list.is_empty() {
            patch.insert(key, list.into());
        }
    };
    put(Arc::clone(key), difference.items);
    put(Arc::from(format!("{DELETE_FROM_LIST}/{key}")), difference.deleted);
    put(Arc::from(format!("{SET_ORDER}/{key}")), difference.order);
    Ok(())
}

/// The three lists that a merged list leaves in a patch.
#[derive(Default)]
struct ListDifference {
    items: Vec<Value>,
    deleted: Vec<Value>,
    order: Vec<Value>,
}

/// Go: `diffLists`.
fn diff_merged_lists(
    original: &[Value],
    modified: &[Value],
    item: TypeRef<'_>,
    key: &str,
    options: Options,
) -> Result<ListDifference, MergeError> {
    if original.is_empty() {
        let items = if options.changes() { modified.to_vec() } else { Vec::new() };
        return Ok(ListDifference { items, ..ListDifference::default() });
    }
    if item_kind(&[original, modified])? == ItemKind::Scalar {
        return Ok(diff_scalars(original, modified, options));
    }
    let (items, deletions) = diff_lists_of_maps(original, modified, item, key, options)?;
    let mut items = sort_to_order(items, modified, key, ItemKind::Map)?;
    let same_order = same_order(original, modified, key)?;
    items.extend(deletions);
    let mut order = Vec::new();
    let has_items = !items.is_empty();
    if (options.changes() && (has_items || !same_order)) || (options.deletions() && has_items) {
        let name = |item: &Value| Value::from_iter([(key, item.get(key).cloned().unwrap_or_default())]);
        order = modified.iter().map(name).collect();
    }
    Ok(ListDifference { items, deleted: Vec::new(), order })
}

/// Go: `isOrderSame`.
fn same_order(original: &[Value], modified: &[Value], key: &str) -> Result<bool, MergeError> {
    if original.len() != modified.len() {
        return Ok(false);
    }
    for (old, new) in original.iter().zip(modified) {
        if key.is_empty() {
            if old != new {
                return Ok(false);
            }
        } else if merge_key(old, key)? != merge_key(new, key)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Go: `diffListsOfScalars`, and the order list that `diffLists` makes of it.
fn diff_scalars(original: &[Value], modified: &[Value], options: Options) -> ListDifference {
    let old = sort_scalars(original);
    let new = sort_scalars(modified);
    let (mut added, mut deleted) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        let ordering = match (old.get(left), new.get(right)) {
            (Some(old), Some(new)) => go_text(old).cmp(&go_text(new)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        if ordering.is_lt() && options.deletions() {
            deleted.push(old[left].clone());
        }
        if ordering.is_gt() && options.changes() {
            added.push(new[right].clone());
        }
        left += usize::from(ordering.is_le());
        right += usize::from(ordering.is_ge());
    }
    let deleted = without_twins(deleted);
    let items = sort_to_order(added, modified, "", ItemKind::Scalar).unwrap_or_default();
    // compat: patch-unsorted-order
    // Go has sorted `original` in place by now, so an unchanged list that is not in order
    // gets its order written.
    let reorders = options.changes() && old != modified;
    let order = if reorders || (options.deletions() && !deleted.is_empty()) { modified.to_vec() } else { Vec::new() };
    ListDifference { items, deleted, order }
}

/// Go: `diffListsOfMaps`: the changed and added items, and the deletions.
fn diff_lists_of_maps(
    original: &[Value],
    modified: &[Value],
    item: TypeRef<'_>,
    key: &str,
    options: Options,
) -> Result<(Vec<Value>, Vec<Value>), MergeError> {
    let old = sorted_by_key(original, key)?;
    let new = sorted_by_key(modified, key)?;
    let (mut patch, mut deletions) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        let before = old.get(left).map(|item| item_key(item, key)).transpose()?;
        let after = new.get(right).map(|item| item_key(item, key)).transpose()?;
        match (before, after) {
            (Some((before, name)), Some((after, new_name))) if go_text(name) == go_text(new_name) => {
                let mut inner = diff_maps(before, after, item, options)?;
                if !inner.is_empty() {
                    inner.insert(Arc::from(key), new_name.clone());
                    patch.push(inner.into());
                }
                (left, right) = (left + 1, right + 1);
            }
            (None, Some((after, _))) => {
                add(&mut patch, after, options);
                right += 1;
            }
            (Some((_, name)), Some((after, new_name))) if go_text(name) > go_text(new_name) => {
                add(&mut patch, after, options);
                right += 1;
            }
            (Some((_, name)), _) => {
                if options.deletions() {
                    deletions.push(Value::from_iter([(key, name.clone()), (DIRECTIVE, "delete".into())]));
                }
                left += 1;
            }
            (None, None) => break,
        }
    }
    Ok((patch, deletions))
}

fn add(patch: &mut Vec<Value>, item: &Arc<Map>, options: Options) {
    if options.changes() {
        patch.push(Value::Map(Arc::clone(item)));
    }
}

/// The table of a list's item, for callers that know that it is one.
pub(super) fn as_map(value: &Value) -> Result<&Arc<Map>, MergeError> {
    match value {
        Value::Map(map) => Ok(map),
        _ => Err(not_a_map(value)),
    }
}
