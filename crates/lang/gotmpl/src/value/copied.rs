//! Structs that have lost their address.
//!
//! Go: a field of a struct behind a pointer is addressable, and `text/template` prints it with the
//! `String()` of its pointer; passed as an `interface {}` it is a copy without address, which
//! prints field by field. Only objects with an `addressed_display` tell the two apart.

use std::any::Any;
use std::rc::Rc;

use super::{Object, Text, Val};
use crate::ObjectType;

/// The object, all but its `addressed_display`.
#[derive(Debug)]
struct Copied(Rc<dyn Object>);

impl Val {
    /// Go: the conversion to an `interface {}`, which copies structs.
    pub(crate) fn into_interface(self) -> Self {
        match self {
            Self::Object(object) if object.addressed_display().is_some() => Self::object(Copied(object)),
            value => value,
        }
    }
}

impl Object for Copied {
    fn go_type(&self) -> &'static ObjectType {
        self.0.go_type()
    }

    fn as_any(&self) -> &dyn Any {
        self.0.as_any()
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        self.0.fields()
    }

    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        self.0.all_fields()
    }

    fn field(&self, name: &str) -> Option<Val> {
        self.0.field(name)
    }

    fn display(&self) -> Option<Text> {
        self.0.display()
    }

    fn go_string(&self) -> Option<Text> {
        self.0.go_string()
    }

    fn deep_copy(&self) -> Option<Val> {
        self.0.deep_copy().map(Val::into_interface)
    }

    fn underlying(&self) -> Option<Val> {
        self.0.underlying()
    }

    fn to_json(&self) -> Option<Val> {
        self.0.to_json()
    }

    fn equals(&self, other: &dyn Object) -> bool {
        self.0.equals(other)
    }
}
