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

impl Target {
    /// Go: `indirect` of sigs.k8s.io/yaml: through pointers; nothing for a type that decodes itself.
    pub(crate) fn indirect(&'static self) -> Option<&'static Self> {
        match self {
            Self::Pointer(target) => target.indirect(),
            Self::Custom(_) => None,
            target => Some(target),
        }
    }

    /// The type of the elements, for a slice.
    pub(crate) fn element(&'static self) -> Option<&'static Self> {
        match self.indirect() {
            Some(Self::List(element)) => Some(element),
            _ => None,
        }
    }

    /// The type of an entry of a map or of a field of a struct.
    pub(crate) fn entry(&'static self, key: &str) -> Option<&'static Self> {
        match self.indirect() {
            Some(Self::Map(element)) => Some(element),
            Some(Self::Struct(fields)) => fields.field(key).map(|field| &field.target),
            _ => None,
        }
    }

    /// Whether this is a struct, or a pointer to one.
    pub(crate) fn is_struct(&'static self) -> bool {
        matches!(self.indirect(), Some(Self::Struct(_)))
    }

    /// Go: `reflect.Type.String()`.
    pub(crate) fn type_name(&self) -> String {
        match self {
            Self::Any | Self::Custom(_) => "interface {}".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Float => "float64".to_owned(),
            Self::String => "string".to_owned(),
            Self::List(element) => format!("[]{}", element.type_name()),
            Self::Map(element) => format!("map[string]{}", element.type_name()),
            Self::Pointer(target) => format!("*{}", target.type_name()),
            Self::Struct(fields) => fields.type_name.to_owned(),
        }
    }
}

impl Struct {
    /// The field for a key of JSON: an exact match, else the first that differs in case only.
    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        let exact = self.fields.iter().find(|field| field.name == key);
        exact.or_else(|| self.fields.iter().find(|field| equal_fold(field.name, key)))
    }
}

/// Go: `foldName`: equal but for case; two letters outside of ASCII fold into it.
pub(crate) fn equal_fold(left: &str, right: &str) -> bool {
    let fold = |character: char| match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        _ => character.to_ascii_lowercase(),
    };
    left.chars().map(fold).eq(right.chars().map(fold))
}

/// Which go-yaml is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// go.yaml.in/yaml/v2 (through sigs.k8s.io/yaml).
    V2,
    /// go.yaml.in/yaml/v3.
    V3,
}
