//! sigs.k8s.io/yaml: decoded values to what JSON can say.

use std::sync::Arc;

use corten_gostd::strconv;
use corten_value::{Map, Value};

use super::{Key, Raw, RawMap};
use crate::direct::scalar_value;
use crate::resolve::Scalar;
use crate::{Error, Target};

/// Go: `convertToJSONableObject`, then `json.Marshal`, then the numbers of `json.Unmarshal`.
///
/// Go walks maps in random order; of several errors this gives the one with the first key.
pub(crate) fn to_value(raw: &Raw, target: Option<&'static Target>) -> Result<Value, Error> {
    let mut unsupported = None;
    let value = convert(raw, target, &mut unsupported)?;
    match unsupported {
        Some(number) => {
            let text = strconv::format_float(number, b'g', None, 64);
            Err(Error::new(format!("json: unsupported value: {text}")))
        }
        None => Ok(value),
    }
}

fn convert(raw: &Raw, target: Option<&'static Target>, unsupported: &mut Option<f64>) -> Result<Value, Error> {
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
            return stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let items: Result<Vec<Value>, Error> =
                    items.iter().map(|item| convert(item, element, unsupported)).collect();
                Ok(Value::from(items?))
            });
        }
        Raw::Map(map) => {
            return stacker::maybe_grow(64 * 1024, 1024 * 1024, || convert_map(map, target, unsupported));
        }
    };
    match (scalar_value(scalar, target), scalar) {
        (Some(value), _) => Ok(value),
        (None, Scalar::Float(number)) => {
            unsupported.get_or_insert(number);
            Ok(Value::Null)
        }
        (None, _) => Ok(Value::Null),
    }
}

fn convert_map(
    map: &RawMap,
    target: Option<&'static Target>,
    unsupported: &mut Option<f64>,
) -> Result<Value, Error> {
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
        let value = convert(raw, entry, unsupported)?;
        out.insert(text, value);
    }
    Ok(Value::from(out))
}

fn float_key(number: f64) -> String {
    let text = strconv::format_float(number, b'g', None, 32);
    match text.as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        _ => text,
    }
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
