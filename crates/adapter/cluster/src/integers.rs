//! Integers of manifests beyond 2⁵³, which values keep as floats, with all their digits.
//!
//! Go: cli-runtime makes JSON of a manifest, in which integers keep their digits, and apimachinery's
//! `util/json` reads them as `int64`.

use std::sync::Arc;

use corten_release::json::deep;
use corten_value::{Map, Value};
use corten_yaml::{Document, NodeId, NodeKind, Style};

/// The least number of digits that an integer beyond 2⁵³ has.
const DIGITS: usize = 16;

/// The value of a document with the integers that stand in it.
pub(crate) fn exact(document: &[u8], value: Value) -> Value {
    let has_long = document.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() >= DIGITS);
    if !has_long {
        return value;
    }
    let Ok(nodes) = corten_yaml::parse(document) else { return value };
    match nodes.root() {
        Some(root) => walk(&value, &nodes, root),
        None => value,
    }
}

fn walk(value: &Value, nodes: &Document, id: NodeId) -> Value {
    match (value, &nodes.resolve(id).kind) {
        (Value::Float(_), NodeKind::Scalar { text, style: Style::Plain }) => {
            integer(text).map_or_else(|| value.clone(), Value::Int)
        }
        (Value::List(items), NodeKind::Sequence(ids)) if items.len() == ids.len() => {
            deep(|| items.iter().zip(ids).map(|(item, id)| walk(item, nodes, *id)).collect::<Vec<_>>().into())
        }
        (Value::Map(map), NodeKind::Mapping(_)) => deep(|| {
            let entry = |(key, value): (&Arc<str>, &Value)| {
                let value = nodes.get(id, key).map_or_else(|| value.clone(), |id| walk(value, nodes, id));
                (Arc::clone(key), value)
            };
            map.iter().map(entry).collect::<Map>().into()
        }),
        _ => value.clone(),
    }
}

/// Decimal, as YAML 1.1 writes it; other ways of writing large integers stay floats.
fn integer(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['-', '+']);
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let value = exact(text.as_bytes(), corten_yaml::decode(text.as_bytes()).unwrap());
        String::from_utf8(corten_gostd::json::encode(&value, false)).unwrap()
    }

    #[test]
    fn digits_stay() {
        assert_eq!(
            read("a: [9007199254740993, {b: -9223372036854775807}]\nc: 9_007_199_254_740_995\n"),
            r#"{"a":[9007199254740993,{"b":-9223372036854775807}],"c":9007199254740995}"#
        );
        assert_eq!(read("a: &x 9007199254740993\nb: *x\n"), r#"{"a":9007199254740993,"b":9007199254740993}"#);
    }

    #[test]
    fn other_numbers_and_texts_are_as_they_were() {
        assert_eq!(
            read("a: 1.5\nb: \"9007199254740993\"\nc: 18446744073709551616\n"),
            r#"{"a":1.5,"b":"9007199254740993","c":18446744073709552000}"#
        );
    }
}
