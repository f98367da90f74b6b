//! Values into Go types: what `json.Unmarshal` says of a field that does not fit.
//!
//! Works on a value whose tables are sorted, because sigs.k8s.io/yaml hands Go's JSON decoder text
//! that `json.Marshal` has sorted. The first mismatch is the error, but decoding goes on.

use std::sync::Arc;

use corten_gostd::json;
use corten_value::{Map, Value, number};

use crate::{Decoded, Error, Mode, Struct, Target};

/// Go: `json.Unmarshal` of the value into the type, strict: with `DisallowUnknownFields`.
///
/// Works for anything that came through JSON, so also for `fromJson`-like needs of its own.
pub fn unmarshal(value: &Value, target: &'static Target, mode: Mode) -> Decoded {
    let mut decoder = Decoder { mode, path: Vec::new(), structs: Vec::new(), error: None, fatal: None };
    let value = decoder.value(value, target);
    let error = decoder.fatal.or(decoder.error).map(Error::new);
    Decoded { value: value.unwrap_or(Value::Null), error }
}

struct Decoder {
    mode: Mode,
    /// The names of the fields on the way here.
    path: Vec<&'static str>,
    /// The structs on the way here.
    structs: Vec<&'static Struct>,
    error: Option<String>,
    fatal: Option<String>,
}

impl Decoder {
    /// The decoded value; `None` leaves Go's zero value.
    fn value(&mut self, value: &Value, target: &'static Target) -> Option<Value> {
        if self.fatal.is_some() {
            return None;
        }
        match (target, value) {
            (Target::Pointer(target), value) => self.value(value, target),
            (Target::Any, value) => Some(value.clone()),
            (_, Value::Null) => None,
            (Target::Custom(decode), value) => match decode(value) {
                Ok(value) => Some(value),
                Err(error) => {
                    self.fatal = Some(error);
                    None
                }
            },
            (Target::Bool, Value::Bool(_)) | (Target::String, Value::String(_)) => Some(value.clone()),
            (Target::Int, Value::Int(_)) | (Target::Float, Value::Float(_)) => Some(value.clone()),
            (Target::Float, Value::Int(integer)) => Some(Value::Float(number::int_to_float(*integer))),
            (Target::Int, Value::Float(float)) => self.integer(*float, target),
            (Target::List(element), Value::List(items)) => {
                let items = items.iter().map(|item| self.element(item, element));
                Some(Value::from(items.collect::<Vec<_>>()))
            }
            (Target::Map(element), Value::Map(map)) => {
                let entries = map.iter().map(|(key, value)| (Arc::clone(key), self.element(value, element)));
                Some(Value::from(entries.collect::<Map>()))
            }
            (Target::Struct(fields), Value::Map(map)) => Some(self.fields(map, fields)),
            _ => self.mismatch(kind(value), target),
        }
    }

    /// An element of a list or map, which gets Go's zero value where a field would keep it.
    fn element(&mut self, value: &Value, target: &'static Target) -> Value {
        let zero = || match target {
            Target::Bool => Value::Bool(false),
            Target::Int => Value::Int(0),
            Target::Float => Value::Float(0.0),
            Target::String => Value::from(""),
            Target::Struct(_) => Value::empty_map(),
            _ => Value::Null,
        };
        self.value(value, target).unwrap_or_else(zero)
    }

    fn fields(&mut self, map: &Map, fields: &'static Struct) -> Value {
        let mut out = Map::new();
        for (key, value) in map {
            let Some(field) = fields.field(key) else {
                if self.mode == Mode::Strict {
                    let key = corten_gostd::strconv::quote(key.as_bytes());
                    self.error.get_or_insert_with(|| format!("json: unknown field {key}"));
                }
                continue;
            };
            self.path.push(field.name);
            self.structs.push(fields);
            if let Some(value) = self.value(value, &field.target) {
                out.insert(field.name.into(), value);
            }
            self.structs.pop();
            self.path.pop();
        }
        Value::from(out)
    }

    fn integer(&mut self, float: f64, target: &'static Target) -> Option<Value> {
        let mut text = Vec::new();
        json::append_float(&mut text, float);
        let text = String::from_utf8_lossy(&text);
        match text.parse() {
            Ok(integer) => Some(Value::Int(integer)),
            Err(_) => self.mismatch(&format!("number {text}"), target),
        }
    }

    /// Go: `UnmarshalTypeError.Error`.
    fn mismatch(&mut self, found: &str, target: &'static Target) -> Option<Value> {
        let wanted = target.type_name();
        self.error.get_or_insert_with(|| match self.structs.last() {
            Some(fields) => {
                let path = self.path.join(".");
                format!("json: cannot unmarshal {found} into Go struct field {}.{path} of type {wanted}", fields.name)
            }
            None => format!("json: cannot unmarshal {found} into Go value of type {wanted}"),
        });
        None
    }
}

/// Go: what `encoding/json` calls a value that does not fit.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}
