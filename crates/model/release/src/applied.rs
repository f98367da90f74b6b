//! Whether applying an object server-side would change nothing, seen from the live object alone.
//!
//! The live object says, in its managed fields, which fields `helm` applied last. When these are
//! exactly the fields of the wanted object and every one of them has the wanted value, the server
//! would leave the object as it is, and the request can be spared. What cannot be told for certain
//! (defaults inside of list keys, values that the server writes otherwise) counts as a change.

use corten_gostd::json;
use corten_value::{Map, Value};

use crate::Object;

/// The field manager of all writes.
pub const FIELD_MANAGER: &str = "helm";

/// Whether the live object is what applying the wanted one would give.
pub fn is_applied(live: &Value, wanted: &Object) -> bool {
    let Some(metadata) = live.get("metadata") else { return false };
    if metadata.get("deletionTimestamp").is_some_and(|time| !time.is_null()) {
        return false;
    }
    let Some(managers) = metadata.get("managedFields").and_then(Value::as_list) else { return false };
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut ours = managers.iter().filter(|entry| text(entry, "manager") == FIELD_MANAGER);
    let (Some(entry), None) = (ours.next(), ours.next()) else { return false };
    if text(entry, "operation") != "Apply"
        || text(entry, "apiVersion") != wanted.api_version()
        || !text(entry, "subresource").is_empty()
    {
        return false;
    }
    let (Some(fields), Some(content)) = (entry.get("fieldsV1").and_then(Value::as_map), wanted.content.as_map()) else {
        return false;
    };
    let mut content = content.clone();
    // What identifies an object is not managed.
    content.remove("apiVersion");
    content.remove("kind");
    if let Some(Value::Map(metadata)) = content.get("metadata") {
        let mut metadata = (**metadata).clone();
        for name in ["name", "namespace", "creationTimestamp", "managedFields"] {
            metadata.remove(name);
        }
        if metadata.is_empty() {
            content.remove("metadata");
        } else {
            content.insert("metadata".into(), metadata.into());
        }
    }
    same_table(&content, live, fields)
}

/// Whether the wanted fields are exactly those that are managed, with the live values.
fn same_table(wanted: &Map, live: &Value, fields: &Map) -> bool {
    let Some(live) = live.as_map() else { return false };
    let managed = fields.keys().filter(|key| key.as_ref() != ".").count();
    if managed != wanted.len() {
        return false;
    }
    wanted.iter().all(|(key, value)| {
        let fields = fields.get(format!("f:{key}").as_str()).and_then(Value::as_map);
        let (Some(fields), Some(live)) = (fields, live.get(key)) else { return false };
        same_value(value, live, fields)
    })
}

fn same_value(wanted: &Value, live: &Value, fields: &Map) -> bool {
    if fields.is_empty() {
        return same_json(wanted, live);
    }
    match wanted {
        Value::Map(map) => same_table(map, live, fields),
        Value::List(items) => same_list(items, live, fields),
        _ => false,
    }
}

/// A list whose items are managed one by one: by key (`k:{"name":"a"}`) or by value (`v:"a"`).
fn same_list(wanted: &[Value], live: &Value, fields: &Map) -> bool {
    let Some(live) = live.as_list() else { return false };
    let entries: Vec<(&str, &Map)> = fields
        .iter()
        .filter(|(key, _)| key.as_ref() != ".")
        .filter_map(|(key, fields)| Some((key.as_ref(), fields.as_map()?)))
        .collect();
    // The order counts: an applied list is sorted as the manifest has it.
    if entries.len() != wanted.len() || live.len() != wanted.len() {
        return false;
    }
    wanted.iter().zip(live).all(|(wanted, live)| {
        entries.iter().any(|(entry, fields)| match entry.split_at_checked(2) {
            Some(("v:", value)) => decoded(value).is_some_and(|value| value == *wanted && same_json(wanted, live)),
            Some(("k:", key)) => match decoded(key) {
                Some(Value::Map(key)) => {
                    let fits = |item: &Value| key.iter().all(|(name, part)| item.get(name) == Some(part));
                    fits(wanted) && fits(live) && same_value(wanted, live, fields)
                }
                _ => false,
            },
            _ => false,
        })
    })
}

fn decoded(text: &str) -> Option<Value> {
    json::decode_integers(text.as_bytes()).ok()
}

/// Equal as JSON: `1` and `1.0` are the same number.
fn same_json(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            json::encode(left, false) == json::encode(right, false)
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| same_json(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|((key, left), (other, right))| key == other && same_json(left, right))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Object {
        Object {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Service".to_owned(),
            resource: "services".to_owned(),
            namespaced: true,
            namespace: "ns".to_owned(),
            name: "s".to_owned(),
            content: json::decode_integers(text.as_bytes()).unwrap(),
        }
    }

    fn live(fields: &str, spec: &str) -> Value {
        let text = format!(
            r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s","uid":"1","labels":{{"a":"b"}},
            "managedFields":[{{"manager":"helm","operation":"Apply","apiVersion":"v1","fieldsV1":{fields}}}]}},"spec":{spec}}}"#
        );
        json::decode_integers(text.as_bytes()).unwrap()
    }

    const WANTED: &str = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"ns","labels":{"a":"b"}},
        "spec":{"type":"ClusterIP","ports":[{"port":80,"protocol":"TCP"}]}}"#;
    const FIELDS: &str = r#"{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:type":{},
        "f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{}}}}}"#;
    const SPEC: &str =
        r#"{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}"#;

    #[test]
    fn what_was_applied_and_is_still_there_needs_nothing() {
        assert!(is_applied(&live(FIELDS, SPEC), &wanted(WANTED)));
    }

    #[test]
    fn a_live_value_that_drifted_is_applied_again() {
        assert!(!is_applied(&live(FIELDS, &SPEC.replace("ClusterIP\",", "NodePort\",")), &wanted(WANTED)));
        assert!(!is_applied(&live(FIELDS, &SPEC.replace(":80,\"pr", ":81,\"pr")), &wanted(WANTED)));
    }

    #[test]
    fn a_field_more_or_less_is_applied() {
        let more = WANTED.replace("\"type\"", "\"x\":1,\"type\"");
        assert!(!is_applied(&live(FIELDS, SPEC), &wanted(&more)));
        let fewer = WANTED.replace("\"type\":\"ClusterIP\",", "");
        assert!(!is_applied(&live(FIELDS, SPEC), &wanted(&fewer)));
    }

    #[test]
    fn fields_of_another_way_of_writing_do_not_count() {
        let mut text = String::from_utf8(json::encode(&live(FIELDS, SPEC), false)).unwrap();
        text = text.replace("\"Apply\"", "\"Update\"");
        assert!(!is_applied(&json::decode_integers(text.as_bytes()).unwrap(), &wanted(WANTED)));
    }
}
