//! Go values as templates see them.
//!
//! [`Val`] is a handle: cloning it clones no data, and clones of a [`Map`] are the same map, as in
//! Go. Lists never change once made (templates have no way to assign an element). Basic kinds are
//! kept apart because charts see them: `int`, `int64` and `float64` print and compare differently.

mod capacity;
mod convert;
mod copied;
mod list;
mod map;
mod text;
mod watch;

pub use list::List;
pub use map::{Map, MapEntries};
pub use text::Text;
pub use watch::Watch;

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use crate::{Kind, ObjectType, Type};

/// The signed integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`, which rune constants are.
    Int32,
    /// `int64`.
    Int64,
}

/// The unsigned integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UintKind {
    /// `uint`.
    Uint,
    /// `uint8`, which an element of `[]byte` is.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
}

/// A Go value.
#[derive(Clone, Debug, Default)]
pub enum Val {
    /// The nil interface, also the missing value.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer.
    Int(IntKind, i64),
    /// An unsigned integer.
    Uint(UintKind, u64),
    /// `float64`.
    Float(f64),
    /// `complex128`.
    Complex(f64, f64),
    /// `string`: bytes, mostly UTF-8.
    Str(Text),
    /// `[]uint8`.
    Bytes(Arc<[u8]>),
    /// A slice.
    List(List),
    /// A map with string keys, shared by all clones.
    Map(Map),
    /// A struct, pointer or named basic type with methods.
    Object(Rc<dyn Object>),
}

/// A Go struct, pointer to struct, or named basic type such as `time.Duration`.
pub trait Object: std::fmt::Debug {
    /// Its type: name, kind and methods.
    fn go_type(&self) -> &'static ObjectType;

    /// For downcasts by the functions that know it.
    fn as_any(&self) -> &dyn Any;

    /// The exported fields in order of declaration, read through a pointer too.
    fn fields(&self) -> Vec<(&'static str, Val)> {
        Vec::new()
    }

    /// All fields with the unexported ones, which `fmt` prints too.
    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        self.fields()
    }

    /// What `text/template` prints for an action that yields this value where only its pointer has
    /// `String()` and the value is addressable (Go: exec.go printableValue).
    fn addressed_display(&self) -> Option<Text> {
        None
    }

    /// An exported field.
    fn field(&self, name: &str) -> Option<Val> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// What `String()` or `Error()` returns, where the type has one: fmt's `%v` and `%s` use it.
    fn display(&self) -> Option<Text> {
        None
    }

    /// What `GoString()` returns, where the type has one: fmt's `%#v` uses it.
    fn go_string(&self) -> Option<Text> {
        None
    }

    /// A copy as `mitchellh/copystructure` makes it, which loses unexported fields; `None` where
    /// nothing is lost, so that the object may be shared.
    fn deep_copy(&self) -> Option<Val> {
        None
    }

    /// The plain value below a named basic type (`time.Duration` is an `int64`).
    fn underlying(&self) -> Option<Val> {
        None
    }

    /// What `encoding/json` makes of it; `None` when it is marshalled field by field.
    fn to_json(&self) -> Option<Val> {
        None
    }

    /// Go's `==` for values of the same type; by identity unless overridden.
    fn equals(&self, _other: &dyn Object) -> bool {
        false
    }
}

impl Val {
    /// A Go `string`.
    pub fn str(text: impl Into<Text>) -> Self {
        Self::Str(text.into())
    }

    /// A Go `int`.
    pub fn int(number: i64) -> Self {
        Self::Int(IntKind::Int, number)
    }

    /// A Go `int64`.
    pub fn int64(number: i64) -> Self {
        Self::Int(IntKind::Int64, number)
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::any(items))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(List::new(crate::ListType::STRING, items.into_iter().map(Self::str).collect()))
    }

    /// An object.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Whether this is the nil interface.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The text of a Go `string`.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The object downcast to `T`.
    pub fn as_object<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// Go: `reflect.ValueOf(v).Kind()`.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(kind, _) => match kind {
                IntKind::Int => Kind::Int,
                IntKind::Int8 => Kind::Int8,
                IntKind::Int16 => Kind::Int16,
                IntKind::Int32 => Kind::Int32,
                IntKind::Int64 => Kind::Int64,
            },
            Self::Uint(kind, _) => match kind {
                UintKind::Uint => Kind::Uint,
                UintKind::Uint8 => Kind::Uint8,
                UintKind::Uint16 => Kind::Uint16,
                UintKind::Uint32 => Kind::Uint32,
                UintKind::Uint64 => Kind::Uint64,
            },
            Self::Float(_) => Kind::Float64,
            Self::Complex(..) => Kind::Complex128,
            Self::Str(_) => Kind::String,
            Self::Bytes(_) | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.go_type().kind,
        }
    }

    /// Go: `fmt.Sprintf("%T", v)`; `<nil>` for nil.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::Bytes(_) => Type::Bytes.name(),
            Self::List(list) => list.list_type().name,
            Self::Map(map) => map.map_type().name,
            Self::Object(object) => object.go_type().name,
            basic => basic.kind().name(),
        }
    }

    /// Go: `template.IsTrue` and sprig's `empty` agree on this for all kinds charts meet: zero
    /// numbers, empty strings, lists and maps, false and nil are false; structs are true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Int(_, number) => *number != 0,
            Self::Uint(_, number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.underlying().is_none_or(|value| value.is_true()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_val_is_three_words() {
        assert_eq!(size_of::<Val>(), 24);
    }
}
