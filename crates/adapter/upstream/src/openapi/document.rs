//! The document: JSON or YAML, and what its references point to.
//!
//! Only references within the document are followed: another document would be another's choice of what to fetch.

use serde_json::{Map, Number, Value};

/// How many references are followed one after another.
const HOPS: usize = 16;

/// A document.
pub(crate) struct Document {
    root: Value,
    /// Whether it is of 3.0, whose schemas differ from JSON Schema.
    pub(crate) is_old: bool,
}

impl Document {
    /// Reads a document.
    pub(crate) fn read(text: &[u8]) -> Result<Self, String> {
        let root = match serde_json::from_slice(text) {
            Ok(root) => root,
            Err(error) if text.trim_ascii_start().starts_with(b"{") => return Err(format!("it is no JSON: {error}")),
            Err(_) => to_json(&corten_yaml::decode(text).map_err(|error| format!("it is no YAML: {error}"))?),
        };
        let version = root["openapi"].as_str().unwrap_or_default();
        let is_old = version.starts_with("3.0");
        if !is_old && !version.starts_with("3.1") {
            let said = root["swagger"].as_str().unwrap_or(version);
            return Err(format!("it is of version {said:?}; 3.0 and 3.1 are understood"));
        }
        Ok(Self { root, is_old })
    }

    /// The whole document.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// What a value stands for: itself, or what its `$ref` points to.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let mut at = value;
        for _ in 0..HOPS {
            let Some(reference) = at.get("$ref").and_then(Value::as_str) else { return Some(at) };
            at = self.root.pointer(&pointer(reference)?)?;
        }
        None
    }

    /// The first server, its variables filled in by their defaults.
    pub(crate) fn server(&self) -> String {
        let server = &self.root["servers"][0];
        let mut url = server["url"].as_str().unwrap_or("/").to_owned();
        for (name, variable) in server["variables"].as_object().into_iter().flatten() {
            url = url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default());
        }
        url
    }
}

/// The JSON pointer of a reference within the document, which is written in percent form.
pub(crate) fn pointer(reference: &str) -> Option<String> {
    let mut rest = reference.strip_prefix('#')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.push(u8::from_str_radix(rest.get(at + 1..at + 3)?, 16).ok()?);
        rest = &rest[at + 3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

fn to_json(value: &corten_value::Value) -> Value {
    if let Some(map) = value.as_map() {
        let pair = |(key, value): (_, &corten_value::Value)| (AsRef::<str>::as_ref(key).to_owned(), to_json(value));
        return Value::Object(map.iter().map(pair).collect::<Map<_, _>>());
    }
    if let Some(list) = value.as_list() {
        return Value::Array(list.iter().map(to_json).collect());
    }
    scalar(value)
}

#[expect(clippy::cast_possible_truncation, reason = "the value is checked to be whole and small")]
fn scalar(value: &corten_value::Value) -> Value {
    match value {
        corten_value::Value::Bool(truth) => Value::Bool(*truth),
        corten_value::Value::Int(int) => Value::Number((*int).into()),
        // YAML is read as Go's JSON reader reads it: every number is a float.
        corten_value::Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => {
            Value::Number((*float as i64).into())
        }
        corten_value::Value::Float(float) => Number::from_f64(*float).map_or(Value::Null, Value::Number),
        other => other.as_str().map_or(Value::Null, |text| Value::String(text.to_owned())),
    }
}
