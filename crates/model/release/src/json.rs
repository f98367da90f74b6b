//! JSON of Kubernetes objects: how they are read, and when two numbers are the same.
//!
//! Objects keep their integers apart from floats, as `k8s.io/apimachinery/pkg/util/json` does;
//! what is written is byte for byte what Go's `json.Marshal` gives.

use corten_gostd::json;
use corten_value::{Map, Value, number};

pub use corten_gostd::json::JsonError;

/// Go: floats from here on are written with an exponent, so they stay floats when read again.
const EXPONENT_FROM: f64 = 9_223_372_036_854_775_808.0;

/// Reads an object as the cluster sends it.
///
/// # Errors
/// With Go's text when `text` is not JSON.
pub fn decode_object(text: &[u8]) -> Result<Value, JsonError> {
    json::decode_integers(text)
}

/// Writes a value as Go's `json.Marshal` does.
pub fn encode_object(value: &Value) -> Vec<u8> {
    json::encode(value, true)
}

/// The value as it is after being written and read again: whole floats become integers.
///
/// Values of charts hold floats only, so a manifest's `3.0` has to equal the cluster's `3`.
#[must_use]
pub fn settle(value: &Value) -> Value {
    map_numbers(value, &|number| match number {
        Value::Float(float) if float.fract() == 0.0 && float.abs() < EXPONENT_FROM => {
            Value::Int(number::float_to_int(*float))
        }
        _ => number.clone(),
    })
}

/// The value with every number a float, as Go's plain `json.Unmarshal` gives it.
pub(crate) fn floats(value: &Value) -> Value {
    map_numbers(value, &|number| match number {
        Value::Int(int) => Value::Float(number::int_to_float(*int)),
        _ => number.clone(),
    })
}

fn map_numbers(value: &Value, convert: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Int(_) | Value::Float(_) => convert(value),
        Value::List(items) => deep(|| items.iter().map(|item| map_numbers(item, convert)).collect::<Vec<_>>().into()),
        Value::Map(map) => {
            let entry = |(key, value): (&_, &_)| (std::sync::Arc::clone(key), map_numbers(value, convert));
            deep(|| map.iter().map(entry).collect::<Map>().into())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Runs a step of a recursion over values; the stack grows when it has to.
pub fn deep<T>(step: impl FnOnce() -> T) -> T {
    const RED_ZONE: usize = 64 * 1024;
    const SEGMENT: usize = 1024 * 1024;
    stacker::maybe_grow(RED_ZONE, SEGMENT, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_settle_as_integers() {
        let value = decode_object(b"[3.0, 1e18, 1e19, 1.5, 9007199254740993]").unwrap();
        let text = String::from_utf8(encode_object(&settle(&value))).unwrap();
        assert_eq!(text, "[3,1000000000000000000,10000000000000000000,1.5,9007199254740993]");
        assert_eq!(settle(&value).as_list().unwrap()[0], Value::Int(3));
    }
}
