//! Operands as case files write them: `int 1`, `float 1.5`, `string "a"`, `bytes "a"`, `json […]`,
//! `nil`.

use std::borrow::Cow;

use corten_gostd::fmt::{Entries, Items, Operand, View};
use corten_gostd::{json, strconv};
use corten_value::Value;

/// A value with the Go type that a case gives it.
pub(crate) enum Given {
    /// Go: the nil interface.
    Nil,
    /// Go: `bool`.
    Bool(bool),
    /// Go: `int`.
    Int(i64),
    /// Go: `float64`.
    Float(f64),
    /// Go: `string`.
    Str(Vec<u8>),
    /// Go: `[]uint8`.
    Bytes(Vec<u8>),
    /// Go: `[]interface {}`.
    List(Vec<Given>),
    /// Go: `map[string]interface {}`: sorted keys and their values.
    Map(Vec<(Given, Given)>),
}

impl Given {
    /// Reads a line of a case.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let (kind, text) = line.split_once(' ').unwrap_or((line, ""));
        let literal = || strconv::unquote(text.as_bytes()).ok_or_else(|| format!("no literal: {text}"));
        match kind {
            "nil" => Ok(Self::Nil),
            "int" => strconv::atoi(text.as_bytes()).map(Self::Int).map_err(|error| error.to_string()),
            "float" => strconv::parse_float(text.as_bytes(), 64).map(Self::Float).map_err(|error| error.to_string()),
            "string" => literal().map(Self::Str),
            "bytes" => literal().map(Self::Bytes),
            "json" => json::decode(text.as_bytes()).map(Self::from).map_err(|error| error.to_string()),
            _ => Err(format!("no such operand: {line}")),
        }
    }
}

impl From<Value> for Given {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Int(number) => Self::Int(number),
            Value::Float(number) => Self::Float(number),
            Value::String(text) => Self::Str(text.as_bytes().to_vec()),
            Value::List(items) => Self::List(items.iter().cloned().map(Self::from).collect()),
            Value::Map(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (Self::Str(key.as_bytes().to_vec()), Self::from(value.clone())))
                    .collect(),
            ),
        }
    }
}

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Given {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Given {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl Operand for Given {
    fn view(&self) -> View<'_> {
        match self {
            Self::Nil => View::Nil,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(number) => View::Int(*number),
            Self::Float(number) => View::Float(*number, 64),
            Self::Str(text) => View::Str(text),
            Self::Bytes(bytes) => View::Bytes(Some(bytes)),
            Self::List(_) => View::List(self),
            Self::Map(_) => View::Map(self),
        }
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        })
    }
}

impl Items for Given {
    fn is_nil(&self) -> bool {
        false
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand)) {
        if let Self::List(items) = self {
            for item in items {
                visit(item);
            }
        }
    }
}

impl Entries for Given {
    fn is_nil(&self) -> bool {
        false
    }

    fn identity(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand, &dyn Operand)) {
        if let Self::Map(entries) = self {
            for (key, value) in entries {
                visit(key, value);
            }
        }
    }
}
