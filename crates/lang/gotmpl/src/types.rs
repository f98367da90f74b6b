//! Go's static types, as far as charts can meet them.
//!
//! Function parameters, list elements, map elements and method tables name a [`Type`]; its name is
//! what `%T`, `typeOf` and error texts print.

use crate::{Call, Error, Val};

/// Go: `reflect.Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The zero `reflect.Value`.
    Invalid,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`, also runes.
    Int32,
    /// `int64`.
    Int64,
    /// `uint`.
    Uint,
    /// `uint8`, also bytes.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `float64`.
    Float64,
    /// `complex128`.
    Complex128,
    /// `string`.
    String,
    /// Slices.
    Slice,
    /// Maps.
    Map,
    /// Structs.
    Struct,
    /// Pointers.
    Ptr,
    /// Interfaces.
    Interface,
    /// Functions.
    Func,
}

impl Kind {
    /// The name that `kindOf` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::String => "string",
            Self::Slice => "slice",
            Self::Map => "map",
            Self::Struct => "struct",
            Self::Ptr => "ptr",
            Self::Interface => "interface",
            Self::Func => "func",
        }
    }
}

/// A static Go type.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `uint8`.
    Uint8,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `float64`.
    Float64,
    /// `string`.
    String,
    /// `[]uint8`.
    Bytes,
    /// A slice type.
    List(&'static ListType),
    /// A map type with string keys.
    Map(&'static MapType),
    /// A struct, pointer or named basic type.
    Object(&'static ObjectType),
    /// `error`.
    Error,
    /// `reflect.Value`, in which the builtin functions take what they get unconverted.
    ReflectValue,
}

impl Type {
    /// The name as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Bytes => "[]uint8",
            Self::List(list) => list.name,
            Self::Map(map) => map.name,
            Self::Object(object) => object.name,
            Self::Error => "error",
            Self::ReflectValue => "reflect.Value",
        }
    }

    /// The kind as `reflect` has it.
    pub fn kind(self) -> Kind {
        match self {
            Self::Any | Self::Error => Kind::Interface,
            Self::Bool => Kind::Bool,
            Self::Int => Kind::Int,
            Self::Int32 => Kind::Int32,
            Self::Int64 => Kind::Int64,
            Self::Uint8 => Kind::Uint8,
            Self::Uint32 => Kind::Uint32,
            Self::Uint64 => Kind::Uint64,
            Self::Float64 => Kind::Float64,
            Self::String => Kind::String,
            Self::Bytes | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind,
            Self::ReflectValue => Kind::Struct,
        }
    }
}

/// A slice type such as `[]string` or `common.VersionSet`; compared by name.
#[derive(Debug)]
pub struct ListType {
    /// The name as Go prints it.
    pub name: &'static str,
    /// The type of the elements.
    pub elem: Type,
    /// Its methods.
    pub methods: &'static [Method],
}

impl ListType {
    /// `[]interface {}`.
    pub const ANY: &'static Self = &Self { name: "[]interface {}", elem: Type::Any, methods: &[] };
    /// `[]string`.
    pub const STRING: &'static Self = &Self { name: "[]string", elem: Type::String, methods: &[] };
    /// `[]int`.
    pub const INT: &'static Self = &Self { name: "[]int", elem: Type::Int, methods: &[] };
    /// `[][]interface {}`, which `chunk` returns.
    pub const LIST_ANY: &'static Self = &Self { name: "[][]interface {}", elem: Type::List(Self::ANY), methods: &[] };
    /// `[]map[string]interface {}`, which TOML arrays of tables are.
    pub const MAP_ANY: &'static Self =
        &Self { name: "[]map[string]interface {}", elem: Type::Map(MapType::ANY), methods: &[] };
}

/// A map type with string keys such as `map[string]string` or `common.Values`; compared by name.
#[derive(Debug)]
pub struct MapType {
    /// The name as Go prints it.
    pub name: &'static str,
    /// The type of the elements.
    pub elem: Type,
    /// Its methods.
    pub methods: &'static [Method],
}

impl MapType {
    /// `map[string]interface {}`.
    pub const ANY: &'static Self = &Self { name: "map[string]interface {}", elem: Type::Any, methods: &[] };
    /// `map[string]string`.
    pub const STRING: &'static Self = &Self { name: "map[string]string", elem: Type::String, methods: &[] };
}

/// A struct, pointer or named basic type such as `*semver.Version`, `time.Time`, `time.Duration`.
#[derive(Debug)]
pub struct ObjectType {
    /// The name as Go prints it.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its methods.
    pub methods: &'static [Method],
}

/// A Go method that templates can call.
pub struct Method {
    /// The name, exported.
    pub name: &'static str,
    /// The parameter types without the receiver; the last one repeats when `variadic`.
    pub params: &'static [Type],
    /// Whether the last parameter repeats.
    pub variadic: bool,
    /// The body: context, receiver, arguments (already checked and converted to `params`).
    pub call: fn(&mut Call<'_>, &Val, &[Val]) -> Result<Val, Error>,
}

impl std::fmt::Debug for Method {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Method({})", self.name)
    }
}
