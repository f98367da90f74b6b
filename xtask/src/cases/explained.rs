//! Differences from Helm that are wanted, by their id in `docs/compat.md`.

use corten_value::Value;
use serde_json::Value as Json;

use super::Answer;

/// A wanted difference: its id, and whether a case shows it.
struct Explained {
    id: &'static str,
    applies: fn(&str, &Json, &Answer, &Answer) -> bool,
}

const EXPLAINED: &[Explained] = &[Explained { id: "yaml-key-order", applies: |_, input, _, _| has_key_circle(input) }];

/// The id that explains a difference.
pub(super) fn explain(kind: &str, input: &Json, want: &Answer, got: &Answer) -> Option<&'static str> {
    EXPLAINED.iter().find(|explained| (explained.applies)(kind, input, want, got)).map(|explained| explained.id)
}

/// Whether a table has three keys that go-yaml compares in a circle: Go's order of them varies from run to run.
fn has_key_circle(input: &Json) -> bool {
    match input {
        Json::Array(items) => items.iter().any(has_key_circle),
        Json::Object(map) => {
            let keys: Vec<&str> = map.keys().map(String::as_str).collect();
            are_in_a_circle(&keys) || map.values().any(has_key_circle)
        }
        _ => false,
    }
}

fn are_in_a_circle(keys: &[&str]) -> bool {
    let is_before = |one: &str, other: &str| {
        let pair = Value::from_iter([(one, 1_i64), (other, 2_i64)]);
        corten_yaml::encode(&pair).is_ok_and(|text| text.trim_end().ends_with('2'))
    };
    keys.iter().any(|one| {
        keys.iter().filter(|other| is_before(one, other)).any(|other| {
            keys.iter().any(|third| third != one && third != other && is_before(other, third) && is_before(third, one))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_overflow_go_round_in_circles() {
        assert!(are_in_a_circle(&["94", "9223372036854775808", "_x"]));
        assert!(!are_in_a_circle(&["a10", "a2", "b", "a-b", "ab"]));
    }
}
