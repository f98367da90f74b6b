//! The ways in: `yaml.Unmarshal` and `yaml.UnmarshalStrict` of sigs.k8s.io/yaml.

use corten_value::Value;

use crate::direct::Attempt;
use crate::{Error, Mode, Target, decode as nodes, direct, document, reader, typed};

/// What decoding into a typed target gives.
#[derive(Debug)]
pub struct Decoded {
    /// The value: struct fields under their JSON names, absent where Go would keep the zero value.
    pub value: Value,
    /// The first error of Go's JSON decoder, after which it went on.
    pub error: Option<Error>,
}

/// Go: `yaml.Unmarshal` into an `interface {}`: the first document, all numbers as floats.
///
/// # Errors
/// Go's text: `error converting YAML to JSON: yaml: line 2: …`.
///
/// ```
/// let value = corten_yaml::decode(b"a: 0x10\non: [~, 1_000]").unwrap();
/// assert_eq!(value.at("a"), Some(&16.0.into()));
/// assert!(value.get("true").is_some());
/// ```
pub fn decode(text: &[u8]) -> Result<Value, Error> {
    to_json(text, None, Mode::Lenient)
}

/// Go: `yaml.UnmarshalStrict` into an `interface {}`: duplicate keys are errors.
///
/// # Errors
/// As [`decode`].
pub fn decode_strict(text: &[u8]) -> Result<Value, Error> {
    to_json(text, None, Mode::Strict)
}

/// Go: `yaml.Unmarshal(text, &v)` for a `v` of the given type. A document `null` gives
/// [`Value::Null`]: Go leaves `v` untouched.
///
/// # Errors
/// As [`decode`], and for the first thing that does not fit the type:
/// `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal …`.
pub fn decode_into(text: &[u8], target: &'static Target, mode: Mode) -> Result<Value, Error> {
    let decoded = decode_partial(text, target, mode)?;
    match decoded.error {
        Some(error) => Err(error),
        None => Ok(decoded.value),
    }
}

/// Like [`decode_into`], but gives what Go's `v` holds even when some fields did not fit.
///
/// # Errors
/// As [`decode`]; a field that does not fit is in [`Decoded::error`].
pub fn decode_partial(text: &[u8], target: &'static Target, mode: Mode) -> Result<Decoded, Error> {
    let value = to_json(text, Some(target), mode)?;
    let decoded = typed::unmarshal(&value, target, mode);
    Ok(Decoded { value: decoded.value, error: decoded.error.map(unmarshaling) })
}

/// Go: `yamlToJSONTarget`, then JSON without a type.
fn to_json(text: &[u8], target: Option<&'static Target>, mode: Mode) -> Result<Value, Error> {
    let converting = |error: Error| error.context("error converting YAML to JSON");
    let source = reader::read(text);
    if let Attempt::Value(value) = direct::decode(&source, target, mode).map_err(converting)? {
        return Ok(value);
    }
    let document = document::compose(&source).map_err(converting)?;
    let decoded = nodes::decode(&document, mode).map_err(converting)?;
    let value = nodes::to_value(&decoded.raw, target).map_err(converting)?;
    match decoded.too_deep {
        Some(bracket) => Err(unmarshaling(Error::new(format!("invalid character '{bracket}' exceeded max depth")))),
        None => Ok(value),
    }
}

fn unmarshaling(error: Error) -> Error {
    error.context("while decoding JSON").context("error unmarshaling JSON")
}
