//! The trip through JSON that sigs.k8s.io/yaml takes before it writes.
//!
//! Go: `json.Marshal`, then version 2's `Unmarshal`, then its `Marshal`. Usually only numbers
//! change ([`number`]); characters that the reader refuses, folds or counts differently make
//! [`encode`] take the trip for real.

use corten_gostd::{json, strconv};

use crate::decode::{Key, Raw};
use crate::tree::{Tree, View};
use crate::{Error, Flavour, Mode, decode as nodes, document, reader};

/// Go: the depth at which json.Marshal looks for maps that hold themselves is 1000; nothing that a
/// chart builds without one is nested this deeply.
const MAX_DEPTH: usize = 10_000;

/// Tells [`super::encode`] to take the trip; never seen outside.
pub(super) fn needed() -> Error {
    Error::new("json trip needed")
}

/// What becomes of a float: the text of JSON, read as a number and written again. `None` if JSON
/// has no text for it.
pub(super) fn number(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    if number.fract() != 0.0 {
        return Some(strconv::format_float(number, b'g', None, 64));
    }
    let mut text = Vec::with_capacity(24);
    json::append_float(&mut text, number);
    let text = String::from_utf8(text).ok()?;
    if text == "-0" {
        return Some("0".to_owned());
    }
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return Some(text);
    }
    Some(strconv::format_float(number, b'g', None, 64))
}

/// Takes the trip for real.
pub(super) fn encode<T: Tree>(value: &T) -> Result<String, Error> {
    let mut text = Vec::new();
    write_json(value, &mut text, 0).map_err(|error| error.context("error marshaling into JSON"))?;
    let document = document::compose(&reader::read(&text))?;
    let decoded = nodes::decode(&document, Mode::Lenient)?;
    super::encode_raw(&decoded.raw)
}

/// Go: `json.Marshal`.
fn write_json<T: Tree>(value: &T, out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    value.visit(Flavour::V2, &mut |view| {
        match view {
            View::Null => out.extend_from_slice(b"null"),
            View::Bool(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
            View::Int(number) => strconv::append_int(out, number),
            View::Uint(number) => strconv::append_uint(out, number),
            View::Float(number) if number.is_finite() => json::append_float(out, number),
            View::Float(number) => {
                let text = strconv::format_float(number, b'g', None, 64);
                return Err(Error::new(format!("json: unsupported value: {text}")));
            }
            View::Text(text) | View::Time(text) => json::append_string(out, text.as_bytes(), true),
            View::Binary(bytes) | View::Bytes(bytes) => json::append_string(out, bytes, true),
            View::Unsupported(error) => return Err(Error::new(error)),
            View::List(_) | View::Map(_) if depth >= MAX_DEPTH => {
                return Err(Error::new(
                    "json: unsupported value: encountered a cycle via map[string]interface {}",
                ));
            }
            View::List(items) => return stacker::maybe_grow(64 * 1024, 1024 * 1024, || write_list(items, out, depth)),
            View::Map(entries) => {
                return stacker::maybe_grow(64 * 1024, 1024 * 1024, || write_map(&entries, out, depth));
            }
        }
        Ok(())
    })
}

fn write_list<T: Tree>(items: &[T], out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_json(item, out, depth + 1)?;
    }
    out.push(b']');
    Ok(())
}

fn write_map<T: Tree>(entries: &[(&[u8], &T)], out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    out.push(b'{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::append_string(out, key, true);
        out.push(b':');
        write_json(*value, out, depth + 1)?;
    }
    out.push(b'}');
    Ok(())
}

impl Tree for Raw {
    fn visit(
        &self,
        _flavour: Flavour,
        see: &mut dyn FnMut(View<'_, Self>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Null => see(View::Null),
            Self::Bool(truth) => see(View::Bool(*truth)),
            Self::Int(number) => see(View::Int(*number)),
            Self::Uint(number) => see(View::Uint(*number)),
            Self::Float(number) => see(View::Float(*number)),
            Self::String(text) => see(View::Text(text)),
            Self::Binary(bytes) => see(View::Binary(bytes)),
            Self::List(items) => see(View::List(items)),
            // JSON has no keys but strings.
            Self::Map(map) => see(View::Map(
                map.iter()
                    .filter_map(|(key, value)| match key {
                        Key::String(text) => Some((text.as_bytes(), value)),
                        _ => None,
                    })
                    .collect(),
            )),
        }
    }
}
