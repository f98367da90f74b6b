//! Field ownership of client-side releases, handed over to server-side apply.
//!
//! Go: `k8s.io/client-go/util/csaupgrade`. A field set is a tree of tables: `f:NAME`, `k:KEYS`,
//! `v:VALUE` and `i:INDEX` lead to what is owned below, `.` says that the place itself is owned,
//! and an empty table is a place that is owned and has nothing below.

use std::sync::Arc;

use corten_value::{Map, Value};

use super::{MergeError, Patch, PatchKind};
use crate::json::deep;

const OWNED: &str = ".";

/// The JSON patch that makes `manager`'s updates its applied fields; `None` when there is nothing
/// to hand over.
///
/// # Errors
/// When the object's field ownership cannot be read.
pub fn upgrade_managed_fields(object: &Value, manager: &str) -> Result<Option<Patch>, MergeError> {
    let entries = object.at("metadata.managedFields").and_then(Value::as_list).unwrap_or_default();
    let upgraded = upgraded(entries, manager)?;
    if upgraded == entries {
        return Ok(None);
    }
    let version = object.at("metadata.resourceVersion").cloned().unwrap_or_else(|| "".into());
    // Go: an empty list of entries is marshalled as null.
    let value = if upgraded.is_empty() { Value::Null } else { upgraded.into() };
    let replace =
        |path: &str, value| Value::from_iter([("op", "replace".into()), ("path", path.into()), ("value", value)]);
    let body = vec![replace("/metadata/managedFields", value), replace("/metadata/resourceVersion", version)];
    Ok(Some(Patch { kind: PatchKind::Json, body: body.into() }))
}

/// Whether an entry is `manager`'s by this operation, on the object itself.
fn is_entry(entry: &Value, manager: &str, operation: &str) -> bool {
    let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    text("manager") == manager && text("operation") == operation && text("subresource").is_empty()
}

fn upgraded(entries: &[Value], manager: &str) -> Result<Vec<Value>, MergeError> {
    let is_update = |entry: &&Value| is_entry(entry, manager, "Update");
    let applied = entries.iter().position(|entry| is_entry(entry, manager, "Apply"));
    // Go: the most recent entry comes first.
    let Some(target) = applied.or_else(|| entries.iter().position(|entry| is_update(&entry))) else {
        return Ok(entries.to_vec());
    };
    let mut entries = entries.to_vec();
    let mut entry = entries[target].as_map().cloned().unwrap_or_default();
    entry.insert(Arc::from("operation"), "Apply".into());
    entries[target] = entry.clone().into();
    // Go: fields of an update by another version of the API are dropped.
    let version = entry.get("apiVersion").cloned();
    let same = entries.iter().find(|other| is_update(other) && other.get("apiVersion") == version.as_ref());
    let mut fields = field_set(entry.get("fieldsV1"))?;
    if let Some(same) = same {
        fields = union(&fields, &field_set(same.get("fieldsV1"))?);
    }
    entry.insert(Arc::from("fieldsV1"), fields.into());
    entries[target] = entry.into();
    entries.retain(|entry| !is_update(&entry));
    Ok(entries)
}

fn field_set(fields: Option<&Value>) -> Result<Map, MergeError> {
    match fields {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Map(map)) => Ok(Map::clone(map)),
        Some(_) => Err(MergeError::ManagedFields("fieldsV1 is no object".to_owned())),
    }
}

/// The union of two trees below a place that both have.
fn union(left: &Map, right: &Map) -> Map {
    let mut merged = left.clone();
    for (key, below) in right {
        let united = match (merged.get(key), below) {
            (Some(Value::Map(left)), Value::Map(right)) => deep(|| union_below(left, right)).into(),
            _ => below.clone(),
        };
        merged.insert(Arc::clone(key), united);
    }
    merged
}

/// As [`union`], where an empty table is an owned place.
fn union_below(left: &Map, right: &Map) -> Map {
    let mut merged = union(left, right);
    if left.is_empty() != right.is_empty() {
        merged.insert(Arc::from(OWNED), Value::empty_map());
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{decode_object, encode_object};

    fn patch(managed: &str) -> Option<String> {
        let object = format!(r#"{{"metadata":{{"resourceVersion":"7","managedFields":{managed}}}}}"#);
        let patch = upgrade_managed_fields(&decode_object(object.as_bytes()).unwrap(), "helm").unwrap();
        patch.map(|patch| String::from_utf8(encode_object(&patch.body.as_list().unwrap()[0])).unwrap())
    }

    #[test]
    fn updates_become_applied_fields() {
        let update = r#"{"apiVersion":"v1","fieldsV1":{"f:data":{"f:a":{}}},"manager":"helm","operation":"Update"}"#;
        let apply = r#"{"apiVersion":"v1","fieldsV1":{"f:data":{}},"manager":"helm","operation":"Apply"}"#;
        let status = r#"{"manager":"helm","operation":"Update","subresource":"status"}"#;
        assert_eq!(
            patch(&format!("[{status},{update}]")).unwrap(),
            format!(
                r#"{{"op":"replace","path":"/metadata/managedFields","value":[{status},{}]}}"#,
                update.replace("Update", "Apply")
            )
        );
        assert!(patch(&format!("[{update},{apply}]")).unwrap().contains(r#""f:data":{".":{},"f:a":{}}"#));
        assert_eq!(patch(&format!("[{apply},{status}]")), None);
    }
}
