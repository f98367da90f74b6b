//! Between the boundary's `Value` and the templates' `Val`.

use std::sync::Arc;

use corten_value::Value;

use crate::ListType;

use super::{IntKind, List, Map, Text, Val};

impl From<&Value> for Val {
    /// Makes handles of a boundary value: fresh maps, shared strings. Tables are taken over as they
    /// are looked at.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::Int(IntKind::Int64, *number),
            Value::Float(number) => Self::Float(*number),
            Value::String(text) => Self::Str(Text::Utf8(Arc::clone(text))),
            Value::List(items) => Self::List(List::grown(ListType::ANY, items.iter().map(Self::from).collect(), 0)),
            Value::Map(map) => Self::Map(Map::of_table(map)),
        }
    }
}

impl From<bool> for Val {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<f64> for Val {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::str(text)
    }
}
