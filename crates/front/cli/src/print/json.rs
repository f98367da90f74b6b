//! JSON objects whose keys keep their order, as Go writes structs.

use corten_gostd::json;
use corten_value::Value;

/// An object under construction.
#[derive(Default)]
pub(crate) struct Object(Vec<u8>);

impl Object {
    /// A value under a key.
    pub(crate) fn value(mut self, key: &str, value: &Value) -> Self {
        self.raw(key, &json::encode(value, true));
        self
    }

    /// A text under a key.
    pub(crate) fn text(self, key: &str, text: &str) -> Self {
        self.value(key, &Value::from(text))
    }

    /// A text under a key, left out when it is empty (`omitempty`).
    pub(crate) fn some_text(self, key: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.text(key, text) }
    }

    /// A whole number under a key.
    pub(crate) fn number(self, key: &str, number: i64) -> Self {
        self.value(key, &Value::Int(number))
    }

    /// JSON under a key.
    pub(crate) fn json(mut self, key: &str, text: &[u8]) -> Self {
        self.raw(key, text);
        self
    }

    fn raw(&mut self, key: &str, text: &[u8]) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.extend(json::encode(&Value::from(key), true));
        self.0.push(b':');
        self.0.extend_from_slice(text);
    }

    /// The text of the object.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }
}

/// The text of a list.
pub(crate) fn list(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<Vec<u8>> = items.into_iter().collect();
    [b"[".as_slice(), &items.join(&b','), b"]"].concat()
}

/// JSON on a line. Go: output.EncodeJSON.
pub(crate) fn line(mut text: Vec<u8>) -> Vec<u8> {
    text.push(b'\n');
    text
}

/// The same value as YAML, its keys sorted. Go: output.EncodeYAML goes through JSON, too.
pub(crate) fn yaml(text: &[u8]) -> Result<String, String> {
    let fail = |cause: &str| format!("unable to write YAML output: {cause}");
    let value = json::decode(text).map_err(|error| fail(&error.text))?;
    corten_yaml::encode(&value).map_err(|error| fail(&error.to_string()))
}
