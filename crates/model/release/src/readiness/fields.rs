//! Reading fields of live objects the way kstatus does: what is absent or odd has a default.

use corten_value::Value;

/// A condition of an object's status.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Condition<'a> {
    pub kind: &'a str,
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
}

/// The group of an object's `apiVersion`; empty for the core.
pub(super) fn group(object: &Value) -> &str {
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

/// The text at a dotted path, or nothing.
pub(super) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.at(path).and_then(Value::as_str).unwrap_or_default()
}

/// The integer at a dotted path. Go: `GetIntField`.
pub(super) fn int(object: &Value, path: &str) -> Option<i64> {
    match object.at(path) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// The list at a dotted path; empty when there is none.
pub(super) fn list<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    object.at(path).and_then(Value::as_list).unwrap_or_default()
}

/// The conditions of an object. Go: `GetObjectWithConditions`, which refuses what is no condition.
pub(super) fn conditions(object: &Value) -> Result<Vec<Condition<'_>>, String> {
    let status = match object.get("status") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Map(status)) => status,
        Some(other) => return Err(format!("cannot restore struct from: {}", other.json_kind())),
    };
    let items = match status.get("conditions") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::List(items)) => items,
        Some(other) => return Err(format!("cannot restore slice from {}", other.json_kind())),
    };
    items.iter().map(condition).collect()
}

fn condition(item: &Value) -> Result<Condition<'_>, String> {
    let Some(map) = item.as_map() else { return Err(format!("cannot restore struct from: {}", item.json_kind())) };
    let field = |key: &str| match map.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_ref()),
        Some(other) => Err(format!("cannot convert {} to string", other.json_kind())),
    };
    Ok(Condition {
        kind: field("type")?,
        status: field("status")?,
        reason: field("reason")?,
        message: field("message")?,
    })
}

/// Go: `unstructured.NestedInt64` and `NestedString`: absent is fine, another type is an error.
pub(super) fn nested<'a>(object: &'a Value, table: &str, key: &str) -> Result<Option<&'a Value>, String> {
    match object.get(table) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Map(map)) => Ok(map.get(key)),
        Some(other) => {
            let found = other.json_kind();
            Err(format!(".{table}.{key} accessor error: the value is of the type {found}, expected an object"))
        }
    }
}
