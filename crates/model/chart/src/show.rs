//! Values as Go's `fmt` prints them in warnings and errors.

use std::borrow::Cow;
use std::sync::Arc;

use corten_gostd::fmt::{Entries, Items, Operand, View, sprintf};
use corten_value::{Map, Value};

/// Go: `fmt.Sprintf(format, value)`.
pub(crate) fn show(format: &str, value: &Value) -> String {
    String::from_utf8_lossy(&sprintf(format.as_bytes(), &[&Shown(value)])).into_owned()
}

struct Shown<'a>(&'a Value);

struct Text<'a>(&'a str);

impl Operand for Shown<'_> {
    fn view(&self) -> View<'_> {
        match self.0 {
            Value::Null => View::Nil,
            Value::Bool(truth) => View::Bool(*truth),
            Value::Int(number) => View::Int(*number),
            Value::Float(number) => View::Float(*number, 64),
            Value::String(text) => View::Str(text.as_bytes()),
            Value::List(_) | Value::Map(_) => self.container(),
        }
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self.0 {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int64",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        })
    }
}

impl Shown<'_> {
    fn container(&self) -> View<'_> {
        match self.0 {
            Value::List(_) => View::List(self),
            _ => View::Map(self),
        }
    }
}

impl Items for Shown<'_> {
    fn is_nil(&self) -> bool {
        false
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand)) {
        self.0.as_list().unwrap_or_default().iter().for_each(|item| visit(&Shown(item)));
    }
}

impl Entries for Shown<'_> {
    fn is_nil(&self) -> bool {
        false
    }

    fn identity(&self) -> usize {
        match self.0 {
            Value::Map(map) => Arc::as_ptr(map).cast::<Map>().addr(),
            _ => 0,
        }
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand, &dyn Operand)) {
        for (key, value) in self.0.as_map().into_iter().flatten() {
            visit(&Text(key), &Shown(value));
        }
    }
}

impl Operand for Text<'_> {
    fn view(&self) -> View<'_> {
        View::Str(self.0.as_bytes())
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed("string")
    }
}
