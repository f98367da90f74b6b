//! The Go type that a document is decoded into, as far as its shape changes values and errors.
//!
//! Go's sigs.k8s.io/yaml turns a number or boolean into text where the field is a string, and
//! `encoding/json` then checks every field's type. A [`Target`] is a static description of such a
//! type; [`crate::decode_into`] follows it.

use corten_value::Value;

/// A Go type.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// `interface {}`: numbers become floats.
    Any,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `float64`.
    Float,
    /// `string`: numbers and booleans become text.
    String,
    /// A slice of the element type.
    List(&'static Target),
    /// A map with string keys and the element type.
    Map(&'static Target),
    /// A pointer: `null` stays `null` where a plain type would keep its zero value.
    Pointer(&'static Target),
    /// A struct.
    Struct(&'static Struct),
    /// A type with its own `UnmarshalJSON`: gets the value, gives the value or Go's error text.
    Custom(fn(&Value) -> Result<Value, String>),
}

/// A Go struct type.
#[derive(Debug)]
pub struct Struct {
    /// Go: `Type.Name()`, empty for a struct without a name: the start of `Dependency.version` in errors.
    pub name: &'static str,
    /// Go: `Type.String()`, such as `v2.Dependency`: the end of errors.
    pub type_name: &'static str,
    /// The exported fields.
    pub fields: &'static [Field],
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its type.
    pub target: Target,
}

/// Whether duplicate keys and unknown fields are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Go: `yaml.Unmarshal`.
    Lenient,
    /// Go: `yaml.UnmarshalStrict`.
    Strict,
}
