//! Reads JSON in one pass, with the positions of errors implied by the order of reading as in
//! Go's scanner.

use std::sync::Arc;

use corten_value::{Map, Value};

use crate::strconv;

/// Go: `maxNestingDepth`.
const MAX_DEPTH: usize = 10_000;
const RED_ZONE: usize = 32 * 1024;
const SEGMENT: usize = 1024 * 1024;

/// Why a text is not JSON, or holds a number that is no float64.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    /// Go's text.
    pub text: String,
    /// After a number out of range Go goes on with nil in its place; this is what it got.
    pub partial: Option<Value>,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for JsonError {}

/// Go: `json.Unmarshal` into an `interface{}`.
pub fn decode(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader::new(text);
    let value = reader.document().map_err(|text| JsonError { text, partial: None })?;
    match reader.range_error {
        None => Ok(value),
        Some(text) => Err(JsonError { text, partial: Some(value) }),
    }
}

/// As [`decode`], but integers that fit `int64` stay integers, as k8s.io/apimachinery's
/// `util/json` reads the objects of a cluster.
pub fn decode_integers(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader { keeps_integers: true, ..Reader::new(text) };
    let value = reader.document().map_err(|text| JsonError { text, partial: None })?;
    match reader.range_error {
        None => Ok(value),
        Some(text) => Err(JsonError { text, partial: Some(value) }),
    }
}

/// The first value of a text, and where reading it ended. See [`decode_first`].
#[derive(Debug)]
pub struct First {
    /// The value, or why there is none.
    pub value: Result<Value, JsonError>,
    /// The position behind the value, or of the byte that does not fit.
    pub end: usize,
}

/// Go: `json.Decoder.Decode` for one value, with its `InputOffset`. What follows is not looked at.
pub fn decode_first(text: &[u8]) -> First {
    let mut reader = Reader::new(text);
    let first = reader.skip_space();
    let value = reader.value(first).map_err(|text| JsonError { text, partial: None });
    let value = match (value, reader.range_error) {
        (Ok(value), Some(text)) => Err(JsonError { text, partial: Some(value) }),
        (value, _) => value,
    };
    First { value, end: reader.position }
}

struct Reader<'a> {
    text: &'a [u8],
    position: usize,
    depth: usize,
    range_error: Option<String>,
    keeps_integers: bool,
}

type Read<T> = Result<T, String>;

impl<'a> Reader<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, position: 0, depth: 0, range_error: None, keeps_integers: false }
    }

    fn document(&mut self) -> Read<Value> {
        let first = self.skip_space();
        let value = self.value(first)?;
        match self.skip_space() {
            None => Ok(value),
            Some(_) => Err(self.unexpected("after top-level value")),
        }
    }

    /// The next byte after white space, not consumed.
    fn skip_space(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.position) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(*byte);
            }
            self.position += 1;
        }
        None
    }

    /// Go: `scanner.error`: the byte at hand does not fit, or there is none.
    fn unexpected(&self, context: &str) -> String {
        match self.text.get(self.position) {
            Some(byte) => invalid(*byte, context),
            None => "unexpected end of JSON input".to_owned(),
        }
    }

    /// The same within a token, where Go takes the end for a space.
    fn unexpected_inside(&self, context: &str) -> String {
        invalid(self.text.get(self.position).copied().unwrap_or(b' '), context)
    }

    fn value(&mut self, first: Option<u8>) -> Read<Value> {
        match first {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Value::Bool(false)),
            Some(b'n') => self.word("null").map(|()| Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        if self.depth == MAX_DEPTH {
            return Err(self.unexpected("exceeded max depth"));
        }
        self.depth += 1;
        self.position += 1;
        let value = stacker::maybe_grow(RED_ZONE, SEGMENT, || read(self));
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Read<Value> {
        let mut map = Map::new();
        let mut next = self.skip_space();
        if next == Some(b'}') {
            self.position += 1;
            return Ok(Value::from(map));
        }
        loop {
            if next != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            if self.skip_space() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.position += 1;
            let first = self.skip_space();
            map.insert(key, self.value(first)?);
            let end = self.skip_space();
            match end {
                Some(b',') => self.position += 1,
                Some(b'}') => {
                    self.position += 1;
                    return Ok(Value::from(map));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
            next = self.skip_space();
        }
    }

    fn list(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        let mut next = self.skip_space();
        if next == Some(b']') {
            self.position += 1;
            return Ok(Value::from(items));
        }
        loop {
            items.push(self.value(next)?);
            match self.skip_space() {
                Some(b',') => self.position += 1,
                Some(b']') => {
                    self.position += 1;
                    return Ok(Value::from(items));
                }
                _ => return Err(self.unexpected("after array element")),
            }
            next = self.skip_space();
        }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        self.position += 1;
        for expected in word.bytes().skip(1) {
            if self.text.get(self.position) != Some(&expected) {
                return Err(
                    self.unexpected_inside(&format!("in literal {word} (expecting '{}')", char::from(expected)))
                );
            }
            self.position += 1;
        }
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let start = self.position;
        while self.text.get(self.position).is_some_and(u8::is_ascii_digit) {
            self.position += 1;
        }
        self.position > start
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.position;
        if self.text.get(self.position) == Some(&b'-') {
            self.position += 1;
        }
        if self.text.get(self.position) == Some(&b'0') {
            self.position += 1;
        } else if !self.digits() {
            return Err(self.unexpected_inside("in numeric literal"));
        }
        if self.text.get(self.position) == Some(&b'.') {
            self.position += 1;
            if !self.digits() {
                return Err(self.unexpected_inside("after decimal point in numeric literal"));
            }
        }
        if matches!(self.text.get(self.position), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.text.get(self.position), Some(b'+' | b'-')) {
                self.position += 1;
            }
            if !self.digits() {
                return Err(self.unexpected_inside("in exponent of numeric literal"));
            }
        }
        let text = &self.text[start..self.position];
        if self.keeps_integers
            && let Some(number) = str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok())
        {
            return Ok(Value::Int(number));
        }
        match str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()) {
            Some(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                // Go: the first such error is kept, and reading goes on.
                self.range_error.get_or_insert_with(|| {
                    let text = String::from_utf8_lossy(text);
                    format!("json: cannot unmarshal number {text} into Go value of type float64")
                });
                Ok(Value::Null)
            }
        }
    }

    /// A string literal, from its opening quote on.
    fn string(&mut self) -> Read<Arc<str>> {
        self.position += 1;
        let start = self.position;
        self.skip_plain();
        if self.text.get(self.position) == Some(&b'"') {
            let plain = &self.text[start..self.position];
            self.position += 1;
            return Ok(match str::from_utf8(plain) {
                Ok(text) => Arc::from(text),
                Err(_) => Arc::from(crate::text::to_valid(plain)),
            });
        }
        let mut out = String::new();
        push_valid(&mut out, &self.text[start..self.position]);
        loop {
            match self.text.get(self.position) {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(Arc::from(out));
                }
                Some(b'\\') => {
                    self.position += 1;
                    self.escape(&mut out)?;
                }
                _ => return Err(self.unexpected("in string literal")),
            }
            let start = self.position;
            self.skip_plain();
            push_valid(&mut out, &self.text[start..self.position]);
        }
    }

    /// Moves to the next quote, backslash or control character.
    fn skip_plain(&mut self) {
        let rest = &self.text[self.position..];
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
        self.position += plain.unwrap_or(rest.len());
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        let plain = match self.text.get(self.position) {
            Some(b'b') => '\x08',
            Some(b'f') => '\x0C',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(&byte @ (b'\\' | b'/' | b'"')) => char::from(byte),
            Some(b'u') => {
                self.position += 1;
                let code = self.hex()?;
                out.push(self.rune(code));
                return Ok(());
            }
            _ => return Err(self.unexpected_inside("in string escape code")),
        };
        out.push(plain);
        self.position += 1;
        Ok(())
    }

    fn hex(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.text.get(self.position).and_then(|byte| char::from(*byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected_inside("in \\u hexadecimal character escape")) };
            code = code * 16 + digit;
            self.position += 1;
        }
        Ok(code)
    }

    /// A surrogate takes the escape behind it when that is its other half, else it is U+FFFD.
    fn rune(&mut self, code: u32) -> char {
        if let Some(rune) = char::from_u32(code) {
            return rune;
        }
        let low = self.text.get(self.position..self.position + 6).filter(|escape| escape.starts_with(b"\\u"));
        let low = low.and_then(|escape| u32::from_str_radix(str::from_utf8(&escape[2..]).ok()?, 16).ok());
        match low {
            Some(low @ 0xDC00..=0xDFFF) if code < 0xDC00 => {
                self.position += 6;
                let code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => char::REPLACEMENT_CHARACTER,
        }
    }
}

fn invalid(byte: u8, context: &str) -> String {
    let quoted = match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let quoted = strconv::quote(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    format!("invalid character {quoted} {context}")
}

fn push_valid(out: &mut String, bytes: &[u8]) {
    match str::from_utf8(bytes) {
        Ok(text) => out.push_str(text),
        Err(_) => out.push_str(&crate::text::to_valid(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_floats_and_later_keys_win() {
        let value = decode(br#" {"a": [1, -0.5e3, "\u00e9\ud83d\ude00\ud800x"], "a": null, "b": true} "#);
        assert_eq!(value, Ok(Value::from_iter([("a", Value::Null), ("b", Value::Bool(true))])));
        assert_eq!(decode(br#""\ud83d\ude00\ud800x""#), Ok(Value::from("😀\u{FFFD}x")));
        assert_eq!(decode(b"\"a\xFF\""), Ok(Value::from("a\u{FFFD}")));
    }

    #[test]
    fn integers_can_be_kept() {
        let list = decode_integers(b"[1, -9223372036854775808, 9223372036854775808, 1.0, 1e3, -0]");
        let numbers = [Value::Int(1), Value::Int(i64::MIN), Value::Float(9_223_372_036_854_775_808.0)];
        let more = [Value::Float(1.0), Value::Float(1000.0), Value::Int(0)];
        assert_eq!(list, Ok(Value::from([numbers, more].concat())));
    }

    #[test]
    fn errors_have_the_texts_of_go() {
        for (text, error) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("nul", "invalid character ' ' in literal null (expecting 'l')"),
            ("\"nul", "unexpected end of JSON input"),
            ("nulx", "invalid character 'x' in literal null (expecting 'l')"),
            ("01", "invalid character '1' after top-level value"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u12x\"", "invalid character 'x' in \\u hexadecimal character escape"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("1e999", "json: cannot unmarshal number 1e999 into Go value of type float64"),
        ] {
            assert_eq!(decode(text.as_bytes()).map_err(|error| error.text), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let deep = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
        // Dropping so deep a value recurses too.
        assert!(stacker::grow(64 << 20, || decode(&deep(10_000)).is_ok()));
        let error = decode(&deep(10_001)).map_err(|error| error.text);
        assert_eq!(error, Err("invalid character '[' exceeded max depth".to_owned()));
    }
}
