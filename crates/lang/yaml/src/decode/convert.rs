//! sigs.k8s.io/yaml: decoded values to what JSON can say.

use std::sync::Arc;

use corten_gostd::strconv;
use corten_value::{Map, Value};

use super::{Key, RED_ZONE, Raw, RawMap, SEGMENT};
use crate::direct::{float_key, scalar_value};
use crate::resolve::Scalar;
use crate::{Error, Target};

/// Go: `convertToJSONableObject`, then `json.Marshal`, then the numbers of `json.Unmarshal`.
///
/// Go walks maps in random order here; of several errors this gives the one with the first key.
pub(crate) fn to_value(raw: &Raw, target: Option<&'static Target>) -> Result<Value, Error> {
    let mut is_finite = true;
    let value = convert(raw, target, &mut is_finite)?;
    if is_finite {
        return Ok(value);
    }
    let number = first_infinite(&value).unwrap_or(f64::NAN);
    let text = strconv::format_float(number, b'g', None, 64);
    Err(Error::new(format!("json: unsupported value: {text}")))
}

/// The first number in the order of `json.Marshal` that JSON has no text for.
fn first_infinite(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => (!number.is_finite()).then_some(*number),
        Value::List(items) => stacker::maybe_grow(RED_ZONE, SEGMENT, || items.iter().find_map(first_infinite)),
        Value::Map(map) => stacker::maybe_grow(RED_ZONE, SEGMENT, || map.values().find_map(first_infinite)),
        _ => None,
    }
}

fn convert(raw: &Raw, target: Option<&'static Target>, is_finite: &mut bool) -> Result<Value, Error> {
    let scalar = match raw {
        Raw::Null => Scalar::Null,
        Raw::Bool(truth) => Scalar::Bool(*truth),
        Raw::Int(number) => Scalar::Int(*number),
        Raw::Uint(number) => Scalar::Uint(*number),
        Raw::Float(number) => Scalar::Float(*number),
        Raw::String(text) => return Ok(Value::String(Arc::clone(text))),
        Raw::Binary(bytes) => return Ok(Value::from(lossy(bytes))),
        Raw::List(items) => {
            let element = target.and_then(Target::element);
            return stacker::maybe_grow(RED_ZONE, SEGMENT, || {
                let items: Result<Vec<Value>, Error> =
                    items.iter().map(|item| convert(item, element, is_finite)).collect();
                Ok(Value::from(items?))
            });
        }
        Raw::Map(map) => {
            return stacker::maybe_grow(RED_ZONE, SEGMENT, || convert_map(map, target, is_finite));
        }
    };
    match (scalar_value(scalar, target), scalar) {
        (Some(value), _) => Ok(value),
        (None, Scalar::Float(number)) => {
            *is_finite = false;
            Ok(Value::Float(number))
        }
        (None, _) => Ok(Value::Null),
    }
}

fn convert_map(map: &RawMap, target: Option<&'static Target>, is_finite: &mut bool) -> Result<Value, Error> {
    let mut out = Map::new();
    for (key, raw) in map {
        let text: Arc<str> = match key {
            Key::String(text) => Arc::clone(text),
            Key::Binary(bytes) => Arc::from(lossy(bytes)),
            Key::Bool(truth) => Arc::from(truth.to_string()),
            Key::Int(number) => Arc::from(number.to_string()),
            Key::Float(number) => Arc::from(float_key(*number)),
            Key::Null => return Err(unsupported_key("%!s(<nil>)", key, raw)),
            Key::Uint(_) => return Err(unsupported_key("uint64", key, raw)),
        };
        let entry = target.and_then(|target| target.entry(&text));
        let value = convert(raw, entry, is_finite)?;
        out.insert(text, value);
    }
    Ok(Value::from(out))
}

fn unsupported_key(kind: &str, key: &Key, value: &Raw) -> Error {
    let (key, value) = (key.go_syntax(), value.go_syntax());
    Error::new(format!("unsupported map key of type: {kind}, key: {key}, value: {value}"))
}

/// JSON has U+FFFD for each byte that is not UTF-8.
fn lossy(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}
