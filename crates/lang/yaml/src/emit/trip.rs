//! The trip through JSON that sigs.k8s.io/yaml takes before it writes.
//!
//! Go: `json.Marshal`, then version 2's `Unmarshal`, then its `Marshal`. Usually only numbers
//! change ([`number`]); characters that the reader refuses, folds or counts differently make
//! [`encode`] take the trip for real.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use corten_gostd::{json, strconv};

use crate::decode::{Key, Raw};
use crate::tree::{See, Tree, View};
use crate::{Error, Flavour, Mode, decode as nodes, document, reader};

use super::{MAX_DEPTH, TRUSTED_DEPTH};

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
pub(super) fn encode<T: Tree>(node: &T::Node) -> Result<String, Error> {
    let mut marshal = Marshal::<T> { out: Vec::new(), depth: 0, open: BTreeSet::new(), tree: PhantomData };
    marshal.value(node).map_err(|error| error.context("error marshaling into JSON"))?;
    let document = document::compose(&reader::read(&marshal.out))?;
    let decoded = nodes::decode(&document, Mode::Lenient)?;
    super::encode_after_trip::<Raws>(&decoded.raw)
}

/// Go: `json.Marshal`.
struct Marshal<T> {
    out: Vec<u8>,
    depth: usize,
    open: BTreeSet<usize>,
    tree: PhantomData<T>,
}

impl<T: Tree> Marshal<T> {
    fn value(&mut self, node: &T::Node) -> Result<(), Error> {
        T::visit(node, Flavour::V2, &mut |view| {
            match view {
                View::Null => self.out.extend_from_slice(b"null"),
                View::Bool(truth) => self.out.extend_from_slice(if truth { b"true" } else { b"false" }),
                View::Int(number) => strconv::append_int(&mut self.out, number),
                View::Uint(number) => strconv::append_uint(&mut self.out, number),
                View::Float(number) if number.is_finite() => json::append_float(&mut self.out, number),
                View::Float(number) => {
                    let text = strconv::format_float(number, b'g', None, 64);
                    return Err(Error::new(format!("json: unsupported value: {text}")));
                }
                View::Text(text) | View::Time(text) => json::append_string(&mut self.out, text.as_bytes(), true),
                View::Binary(bytes) | View::Bytes(bytes) => json::append_string(&mut self.out, bytes, true),
                View::Unsupported(error) => return Err(Error::new(error)),
                View::List(items) => return self.nested(node, |marshal| marshal.list(items)),
                View::Map(entries) | View::Fields(entries) => {
                    return self.nested(node, |marshal| marshal.map(&entries));
                }
            }
            Ok(())
        })
    }

    fn nested(&mut self, node: &T::Node, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let watched = if self.depth >= TRUSTED_DEPTH { T::identity(node) } else { None };
        if watched.is_some_and(|identity| !self.open.insert(identity)) {
            return Err(Error::new("json: unsupported value: encountered a cycle via map[string]interface {}"));
        }
        if self.depth > MAX_DEPTH {
            // Deeper text would only be refused by the reader.
            return Ok(());
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || write(self));
        self.depth -= 1;
        if let Some(identity) = watched {
            self.open.remove(&identity);
        }
        result
    }

    fn list(&mut self, items: &[T::Node]) -> Result<(), Error> {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(item)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, entries: &[(&[u8], &T::Node)]) -> Result<(), Error> {
        self.out.push(b'{');
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            json::append_string(&mut self.out, key, true);
            self.out.push(b':');
            self.value(value)?;
        }
        self.out.push(b'}');
        Ok(())
    }
}

/// What go-yaml's decoder made of JSON.
struct Raws;

impl Tree for Raws {
    type Node = Raw;

    fn visit(node: &Raw, _flavour: Flavour, see: See<'_, Raw>) -> Result<(), Error> {
        match node {
            Raw::Null => see(View::Null),
            Raw::Bool(truth) => see(View::Bool(*truth)),
            Raw::Int(number) => see(View::Int(*number)),
            Raw::Uint(number) => see(View::Uint(*number)),
            Raw::Float(number) => see(View::Float(*number)),
            Raw::String(text) => see(View::Text(text)),
            Raw::Binary(bytes) => see(View::Binary(bytes)),
            Raw::List(items) => see(View::List(items)),
            Raw::Map(map) => see(View::Map(map.iter().filter_map(entry).collect())),
        }
    }
}

/// An entry of a table; JSON has no keys but strings.
fn entry<'a>((key, value): (&'a Key, &'a Raw)) -> Option<(&'a [u8], &'a Raw)> {
    match key {
        Key::String(text) => Some((text.as_bytes(), value)),
        _ => None,
    }
}
