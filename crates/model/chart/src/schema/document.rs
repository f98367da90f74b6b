//! A schema document: JSON whose numbers keep the text they were written with.
//!
//! Go: `jsonschema.UnmarshalJSON`, a decoder with `UseNumber`.

use std::sync::Arc;

use corten_gostd::json;
use corten_value::SortedMap;

use super::instance::{Instance, Number, View};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Document {
    Null,
    Bool(bool),
    Number(Arc<str>),
    String(Arc<str>),
    List(Vec<Document>),
    Map(SortedMap<Arc<str>, Document>),
}

impl Document {
    /// Reads a text that holds one value; errors as Go's decoder gives them.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        // A number out of range is no error here, so only its text counts.
        if let Err(error) = json::decode_first(text).value
            && error.partial.is_none()
        {
            return Err(match error.text.as_str() {
                "unexpected end of JSON input" if text.trim_ascii().is_empty() => "EOF".to_owned(),
                "unexpected end of JSON input" => "unexpected EOF".to_owned(),
                _ => error.text,
            });
        }
        let mut reader = Reader { text, position: 0 };
        let document = reader.value();
        reader.skip_space();
        if reader.position < text.len() {
            return Err("invalid character after top-level value".to_owned());
        }
        Ok(document)
    }

    /// Reads a text that is known to hold one value.
    pub(super) fn parse_valid(text: &[u8]) -> Self {
        Reader { text, position: 0 }.value()
    }

    pub(super) fn as_map(&self) -> Option<&SortedMap<Arc<str>, Self>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text under a key of a table.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.as_map()?.get(key)?.as_str()
    }
}

impl Instance for Document {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Number(text) => View::Number(Number::Text(text)),
            Self::String(text) => View::String(text),
            Self::List(list) => View::List(list),
            Self::Map(map) => View::Map(map),
        }
    }

    fn from_text(text: &Arc<str>) -> Self {
        Self::String(Arc::clone(text))
    }
}

/// Reads a text whose syntax is known to be right.
struct Reader<'a> {
    text: &'a [u8],
    position: usize,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        let rest = self.text.get(self.position..).unwrap_or_default();
        self.position += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn next(&mut self) -> Option<u8> {
        self.skip_space();
        self.text.get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.position += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Document {
        stacker::maybe_grow(32 << 10, 1 << 20, || match self.next() {
            Some(b'{') => self.map(),
            Some(b'[') => self.list(),
            Some(b'"') => Document::String(self.string()),
            Some(b't') => self.word(4, Document::Bool(true)),
            Some(b'f') => self.word(5, Document::Bool(false)),
            Some(b'n') => self.word(4, Document::Null),
            _ => Document::Number(self.number()),
        })
    }

    fn word(&mut self, length: usize, document: Document) -> Document {
        self.position += length;
        document
    }

    fn map(&mut self) -> Document {
        let mut map = SortedMap::new();
        self.position += 1;
        while self.next().is_some_and(|byte| byte != b'}') {
            let key = self.string();
            self.take(b':');
            let value = self.value();
            map.insert(key, value);
            self.take(b',');
        }
        self.position += 1;
        Document::Map(map)
    }

    fn list(&mut self) -> Document {
        let mut list = Vec::new();
        self.position += 1;
        while self.next().is_some_and(|byte| byte != b']') {
            list.push(self.value());
            self.take(b',');
        }
        self.position += 1;
        Document::List(list)
    }

    fn string(&mut self) -> Arc<str> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        if let [b'"', inside @ ..] = rest
            && let Some(length) =
                inside.iter().position(|byte| !matches!(byte, b' '..0x7F) || matches!(byte, b'"' | b'\\'))
            && inside[length] == b'"'
            && let Ok(text) = str::from_utf8(&inside[..length])
        {
            self.position += length + 2;
            return Arc::from(text);
        }
        let first = json::decode_first(rest);
        self.position += first.end.max(1);
        match first.value {
            Ok(corten_value::Value::String(text)) => text,
            // Not reached for a checked text.
            _ => Arc::from(""),
        }
    }

    fn number(&mut self) -> Arc<str> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length =
            rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
        self.position += length.max(1);
        Arc::from(String::from_utf8_lossy(&rest[..length]))
    }
}
