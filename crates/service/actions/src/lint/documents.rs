//! The documents of a file, as JSON or YAML. Go: apimachinery `YAMLOrJSONDecoder`.
//!
//! A file that begins with a brace is read as JSON values in a row, until one does not parse; from
//! there on as YAML. When that fails too, the first error counts.

use corten_gostd::json;
use corten_gostd::text::is_space;
use corten_value::Value;
use corten_yaml::{Mode, Target};

/// How far the decoder looks for the brace.
const LOOK_AHEAD: usize = 4096;

/// Why a document does not parse, in Go's words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DocumentError(pub(super) String);

/// The documents of a text; after an error it makes no sense to go on.
pub(super) struct Documents<'a> {
    text: &'a [u8],
    target: &'static Target,
    position: usize,
    /// How many JSON values were read, while it is JSON.
    json: Option<usize>,
    yaml: Option<corten_yaml::Documents<'a>>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(text: &'a [u8], target: &'static Target) -> Self {
        let start = &text[..text.len().min(LOOK_AHEAD)];
        let is_json = corten_gostd::text::trim_space(start).starts_with(b"{");
        let yaml = (!is_json).then(|| corten_yaml::documents(text));
        Self { text, target, position: 0, json: is_json.then_some(0), yaml }
    }

    /// The next JSON value; nothing at the end.
    fn next_json(&mut self, count: usize) -> Option<Result<Value, DocumentError>> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        if rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            return None;
        }
        let first = json::decode_first(rest);
        let value = match first.value {
            Ok(value) => Ok(value),
            // A number out of range only matters where a field takes it.
            Err(error) => match error.partial {
                Some(value) => Ok(value),
                None if error.text == "unexpected end of JSON input" => Err(("unexpected EOF".to_owned(), false)),
                None => Err((error.text, true)),
            },
        };
        let decoded = value.and_then(|value| {
            let decoded = corten_yaml::unmarshal_value(&value, self.target, Mode::Lenient);
            match decoded.error {
                Some(error) => Err((error.to_string(), false)),
                None => Ok(decoded.value),
            }
        });
        let (text, is_syntax) = match decoded {
            Ok(value) => {
                self.position += first.end;
                self.json = Some(count + 1);
                return Some(Ok(value));
            }
            Err(error) => error,
        };
        self.json = None;
        if count > 1 {
            return Some(Err(DocumentError(text)));
        }
        let offset = self.position + first.end + 1;
        let text = if is_syntax { format!("json: offset {offset}: {text}") } else { text };
        if !self.skip_blank() {
            return Some(Err(DocumentError(text)));
        }
        self.yaml = Some(corten_yaml::documents(&self.text[self.position..]));
        Some(match self.next_yaml()? {
            Ok(value) => Ok(value),
            Err(_) => Err(DocumentError(text)),
        })
    }

    /// Go: `consumeWhitespace`: to the first character that is no space, or over one line break;
    /// false at the end of the text.
    fn skip_blank(&mut self) -> bool {
        let rest = String::from_utf8_lossy(&self.text[self.position..]);
        for character in rest.chars() {
            if !is_space(character) {
                return character != char::REPLACEMENT_CHARACTER;
            }
            self.position += character.len_utf8();
            if character == '\n' {
                return true;
            }
        }
        false
    }

    fn next_yaml(&mut self) -> Option<Result<Value, DocumentError>> {
        let document = self.yaml.as_mut()?.next()?;
        let decoded = document.and_then(|document| corten_yaml::decode_into(&document, self.target, Mode::Lenient));
        Some(decoded.map_err(|error| DocumentError(error.to_string())))
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Value, DocumentError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.json {
            Some(count) => self.next_json(count),
            None => self.next_yaml(),
        }
    }
}
