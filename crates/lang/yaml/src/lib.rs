//! go-yaml as Helm uses it: reader and writer of `sigs.k8s.io/yaml`, with spans.

mod error;
mod target;

pub use error::Error;
pub use target::{Field, Mode, Struct, Target};

use corten_value::Value;

/// What decoding into a typed target gives: `value` as far as it fitted, and the first mismatch.
#[derive(Debug)]
pub struct Decoded {
    /// The value: struct fields under their JSON names, absent where Go would keep the zero value.
    pub value: Value,
    /// The first error of Go's JSON decoder (`error unmarshaling JSON: …`), after which it went on.
    pub error: Option<Error>,
}

/// Go: `yaml.Unmarshal` into an `interface {}`: the first document, all numbers as floats.
pub fn decode(_text: &[u8]) -> Result<Value, Error> {
    Err(Error::new("being written"))
}

/// Go: `yaml.UnmarshalStrict` into an `interface {}`: duplicate keys are errors.
pub fn decode_strict(_text: &[u8]) -> Result<Value, Error> {
    Err(Error::new("being written"))
}

/// Go: `yaml.Unmarshal(text, &v)` for a `v` of the given type. A document `null` gives
/// [`Value::Null`]: Go leaves `v` untouched. `Err` as soon as anything does not fit.
pub fn decode_into(_text: &[u8], _target: &Target, _mode: Mode) -> Result<Value, Error> {
    Err(Error::new("being written"))
}

/// Like [`decode_into`], but gives what Go's `v` holds even when some fields did not fit.
pub fn decode_partial(_text: &[u8], _target: &Target, _mode: Mode) -> Result<Decoded, Error> {
    Err(Error::new("being written"))
}

/// Splits a stream into documents as Kubernetes' `YAMLReader` does, for Helm's values loader.
pub fn documents(_text: &[u8]) -> Vec<&[u8]> {
    Vec::new()
}

/// Go: `yaml.Marshal` of sigs.k8s.io/yaml (what `toYaml` prints, with the last newline).
pub fn encode(_value: &Value) -> Result<String, Error> {
    Err(Error::new("being written"))
}

/// Go: an encoder of go.yaml.in/yaml/v3 with an indentation (what `toYamlPretty` prints).
pub fn encode_v3(_value: &Value, _indent: usize) -> Result<String, Error> {
    Err(Error::new("being written"))
}
