//! Go's `json.Marshal` over template values: one walk, two targets.

use std::collections::BTreeSet;
use std::sync::Arc;

use corten_gostd::{json, strconv};
use corten_gotmpl::{Error, Kind, List, Map, MapEntries, Object, Val};
use corten_value::{Map as Table, Value};
use data_encoding::BASE64;

/// Go: `startDetectingCyclesAfter`.
const TRUSTED_DEPTH: usize = 1_000;
/// Boundary values are no deeper than what decoders accept; go-yaml stops here too.
const MAX_DEPTH: usize = 10_000;
const RED_ZONE: usize = 64 * 1024;
const SEGMENT: usize = 1024 * 1024;

/// How JSON text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Whether `<`, `>` and `&` are escaped.
    pub(super) escape_html: bool,
    /// What one level is indented by; `None` puts all on one line.
    pub(super) indent: Option<&'static str>,
}

/// The boundary value of what `json.Marshal` writes. Texts lose bytes that are not UTF-8, times and
/// versions become texts, nil maps and slices become null.
///
/// # Errors
/// Go's text for what JSON cannot hold: infinite numbers, functions, maps that hold themselves.
pub fn json_value(value: &Val) -> Result<Value, Error> {
    Walk::default().value(value)
}

/// The JSON text of a value.
pub(super) fn marshal(value: &Val, style: Style) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(128);
    Walk::default().write(&mut out, value, style)?;
    Ok(out)
}

fn unsupported_number(number: f64) -> Error {
    Error::new(format!("json: unsupported value: {}", strconv::format_float(number, b'g', None, 64)))
}

fn unsupported_type(name: &str) -> Error {
    Error::new(format!("json: unsupported type: {name}"))
}

/// What an object is to JSON.
enum Shape {
    Instead(Val),
    Fields(Vec<(&'static str, Val)>),
}

fn shape(object: &dyn Object) -> Result<Shape, Error> {
    if let Some(value) = object.to_json().or_else(|| object.underlying()) {
        return Ok(Shape::Instead(value));
    }
    match object.go_type().kind {
        Kind::Func => Err(unsupported_type(object.go_type().name)),
        _ => Ok(Shape::Fields(object.fields())),
    }
}

/// A walk through a value that finds maps and slices inside themselves as Go does: only below a
/// depth that no honest value has.
#[derive(Default)]
struct Walk {
    depth: usize,
    open: BTreeSet<usize>,
}

impl Walk {
    /// Runs a step one level deeper.
    fn nested<T>(
        &mut self,
        identity: usize,
        type_name: &str,
        step: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.depth += 1;
        let watched = self.depth > TRUSTED_DEPTH;
        if watched && !self.open.insert(identity) {
            return Err(Error::new(format!("json: unsupported value: encountered a cycle via {type_name}")));
        }
        let result = stacker::maybe_grow(RED_ZONE, SEGMENT, || step(self));
        if watched {
            self.open.remove(&identity);
        }
        self.depth -= 1;
        result
    }

    fn list<T>(&mut self, list: &List, step: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.nested(list.as_ptr().addr(), list.list_type().name, step)
    }

    fn map<T>(&mut self, map: &Map, step: impl FnOnce(&mut Self, &MapEntries) -> Result<T, Error>) -> Result<T, Error> {
        self.nested(map.identity(), map.map_type().name, |walk| step(walk, &map.entries()))
    }

    fn value(&mut self, value: &Val) -> Result<Value, Error> {
        if self.depth > MAX_DEPTH {
            return Err(Error::new("json: unsupported value: exceeded max depth"));
        }
        Ok(match value {
            Val::Nil => Value::Null,
            Val::Bool(truth) => Value::Bool(*truth),
            Val::Int(_, number) => Value::Int(*number),
            Val::Uint(_, number) => i64::try_from(*number)
                .map_or_else(|_| Value::Float(corten_value::number::uint_to_float(*number)), Value::Int),
            Val::Float(number) if number.is_finite() => Value::Float(*number),
            Val::Float(number) => return Err(unsupported_number(*number)),
            Val::Complex(..) => return Err(unsupported_type("complex128")),
            Val::Str(text) => Value::String(text.to_shared()),
            Val::Bytes(bytes) => Value::from(BASE64.encode(bytes)),
            Val::List(list) if list.is_nil() => Value::Null,
            Val::List(list) => {
                self.list(list, |walk| list.iter().map(|item| walk.value(item)).collect::<Result<Vec<_>, _>>())?.into()
            }
            Val::Map(map) if map.is_nil() => Value::Null,
            Val::Map(map) => self
                .map(map, |walk, entries| {
                    entries.iter().map(|(key, value)| Ok((key.to_shared(), walk.value(value)?))).collect()
                })
                .map(|table: Table| Value::Map(Arc::new(table)))?,
            Val::Object(object) => match shape(&**object)? {
                Shape::Instead(value) => self.value(&value)?,
                Shape::Fields(fields) => {
                    let table: Result<Table, Error> =
                        fields.iter().map(|(name, value)| Ok((Arc::from(*name), self.value(value)?))).collect();
                    Value::from(table?)
                }
            },
        })
    }

    fn write(&mut self, out: &mut Vec<u8>, value: &Val, style: Style) -> Result<(), Error> {
        match value {
            Val::Nil => out.extend_from_slice(b"null"),
            Val::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
            Val::Int(_, number) => strconv::append_int(out, *number),
            Val::Uint(_, number) => strconv::append_uint(out, *number),
            Val::Float(number) if number.is_finite() => json::append_float(out, *number),
            Val::Float(number) => return Err(unsupported_number(*number)),
            Val::Complex(..) => return Err(unsupported_type("complex128")),
            Val::Str(text) => json::append_string(out, text.as_bytes(), style.escape_html),
            Val::Bytes(bytes) => {
                out.push(b'"');
                out.extend_from_slice(BASE64.encode(bytes).as_bytes());
                out.push(b'"');
            }
            Val::List(list) if list.is_nil() => out.extend_from_slice(b"null"),
            Val::List(list) => self.list(list, |walk| {
                out.push(b'[');
                for (position, item) in list.iter().enumerate() {
                    walk.separate(out, position, style);
                    walk.write(out, item, style)?;
                }
                walk.close(out, b']', list.is_empty(), style);
                Ok(())
            })?,
            Val::Map(map) if map.is_nil() => out.extend_from_slice(b"null"),
            Val::Map(map) => self.map(map, |walk, entries| {
                let entries = entries.iter().map(|(key, value)| (key.as_bytes(), value));
                walk.write_object(out, entries, style)
            })?,
            Val::Object(object) => match shape(&**object)? {
                Shape::Instead(value) => self.write(out, &value, style)?,
                Shape::Fields(fields) => {
                    self.depth += 1;
                    let entries = fields.iter().map(|(name, value)| (name.as_bytes(), value));
                    self.write_object(out, entries, style)?;
                    self.depth -= 1;
                }
            },
        }
        Ok(())
    }

    fn write_object<'v>(
        &mut self,
        out: &mut Vec<u8>,
        entries: impl ExactSizeIterator<Item = (&'v [u8], &'v Val)>,
        style: Style,
    ) -> Result<(), Error> {
        let is_empty = entries.len() == 0;
        out.push(b'{');
        for (position, (key, value)) in entries.enumerate() {
            self.separate(out, position, style);
            json::append_string(out, key, style.escape_html);
            out.extend_from_slice(if style.indent.is_some() { b": " } else { b":" });
            self.write(out, value, style)?;
        }
        self.close(out, b'}', is_empty, style);
        Ok(())
    }

    fn separate(&self, out: &mut Vec<u8>, position: usize, style: Style) {
        if position > 0 {
            out.push(b',');
        }
        if let Some(indent) = style.indent {
            json::append_newline(out, "", indent, self.depth);
        }
    }

    fn close(&self, out: &mut Vec<u8>, bracket: u8, is_empty: bool, style: Style) {
        if let Some(indent) = style.indent.filter(|_| !is_empty) {
            json::append_newline(out, "", indent, self.depth - 1);
        }
        out.push(bracket);
    }
}
