//! Secrets: their values are masked, the keys that change stay visible.

use std::sync::Arc;

use corten_value::{Map, Value};
use data_encoding::BASE64;

use super::FieldChange;

/// What is shown of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// The lengths of values, and which of them change.
    Masked,
    /// Everything.
    Shown,
}

/// Whether an object is a `Secret`.
pub(super) fn is_secret(object: &Value) -> bool {
    let field = |key| object.get(key).and_then(Value::as_str);
    field("kind") == Some("Secret") && field("apiVersion") == Some("v1")
}

/// A secret with `stringData` written as `data`, as the server keeps it; other objects as they are.
pub(super) fn unified_data(object: &Value) -> Value {
    let Some(texts) = object.get("stringData").and_then(Value::as_map).filter(|_| is_secret(object)) else {
        return object.clone();
    };
    let mut map: Map = object.as_map().cloned().unwrap_or_default();
    let mut data = map.get("data").and_then(Value::as_map).cloned().unwrap_or_default();
    for (key, text) in texts {
        let text = text.as_str().unwrap_or_default();
        data.insert(Arc::clone(key), BASE64.encode(text.as_bytes()).into());
    }
    map.remove("stringData");
    map.insert(Arc::from("data"), data.into());
    map.into()
}

/// Both states of an object, with the values of secrets masked so that equal ones stay equal and
/// different ones different.
pub(super) fn masked_pair(
    before: Option<Value>,
    after: Option<Value>,
    secrets: Secrets,
) -> (Option<Value>, Option<Value>) {
    let hides = secrets == Secrets::Masked && (before.iter().chain(&after)).any(is_secret);
    if !hides {
        return (before, after);
    }
    let data = |state: &Option<Value>| state.as_ref().and_then(|state| state.get("data")).cloned().unwrap_or_default();
    let (old, new) = (data(&before), data(&after));
    let masked = |state: Option<Value>, other: &Value, sign: &'static str| {
        state.map(|state| mask(&state, |key, value| if other.get(key) == Some(value) { SAME } else { sign }))
    };
    (masked(before, &new, GOES), masked(after, &old, COMES))
}

const SAME: &str = "REDACTED";
const GOES: &str = "--------";
const COMES: &str = "++++++++";

fn mask(object: &Value, sign: impl Fn(&str, &Value) -> &'static str) -> Value {
    let mut map: Map = object.as_map().cloned().unwrap_or_default();
    if let Some(data) = map.get("data").and_then(Value::as_map) {
        let hidden = data.iter().map(|(key, value)| (Arc::clone(key), masked_text(sign(key, value), value)));
        let hidden: Map = hidden.collect();
        map.insert(Arc::from("data"), hidden.into());
    }
    // What client-side apply remembers holds the values too.
    let annotations = map.get("metadata").and_then(|metadata| metadata.get("annotations")).and_then(Value::as_map);
    if let Some(mut annotations) = annotations.cloned()
        && let Some(applied) = annotations.get_mut("kubectl.kubernetes.io/last-applied-configuration")
        && let Some(mut metadata) = map.get("metadata").and_then(Value::as_map).cloned()
    {
        *applied = SAME.into();
        metadata.insert(Arc::from("annotations"), annotations.into());
        map.insert(Arc::from("metadata"), metadata.into());
    }
    map.into()
}

/// `++++++++ # (12 bytes)`
fn masked_text(sign: &str, value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    let length = BASE64.decode(text.as_bytes()).map_or(text.len(), |bytes| bytes.len());
    format!("{sign} # ({length} bytes)").into()
}

/// Masks one field of a secret.
pub(super) fn masked_field(field: &mut FieldChange) {
    if field.path != "data" && !field.path.starts_with("data.") && !field.path.starts_with("data[") {
        return;
    }
    let hide = |side: &mut Option<Value>, sign: &str| {
        if let Some(value) = side {
            *value = match &*value {
                Value::Map(map) => {
                    map.iter().map(|(key, value)| (Arc::clone(key), masked_text(sign, value))).collect::<Map>().into()
                }
                value => masked_text(sign, value),
            };
        }
    };
    hide(&mut field.old, GOES);
    hide(&mut field.new, COMES);
}
