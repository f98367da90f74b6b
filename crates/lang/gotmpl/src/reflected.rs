//! Values as Go's `reflect` would hold them: whether they came out of an interface decides what they may do.

use crate::{Kind, Type, Val};

/// Go: a `reflect.Value`, as far as templates can tell them apart.
///
/// The executor passes these: an element of a `map[string]interface {}` is an interface that holds
/// something, a pipeline's value is what an interface held. Errors name the one or the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reflected {
    pub(crate) val: Val,
    /// Whether the static type is `interface {}`. A nil that is not boxed is the invalid value.
    pub(crate) is_boxed: bool,
}

impl Reflected {
    /// The zero `reflect.Value`.
    pub(crate) const INVALID: Self = Self { val: Val::Nil, is_boxed: false };

    /// Go: `reflect.ValueOf(v)`.
    pub(crate) fn concrete(val: Val) -> Self {
        Self { val, is_boxed: false }
    }

    /// What a function or method returned: only one that returns an interface can return nil.
    pub(crate) fn result(val: Val) -> Self {
        Self { is_boxed: val.is_nil(), val }
    }

    /// An element of a container.
    pub(crate) fn element(elem: Type, val: Val) -> Self {
        Self { val, is_boxed: matches!(elem, Type::Any | Type::Error) }
    }

    /// Go: `reflect.Zero`.
    pub(crate) fn zero(of: Type) -> Self {
        Self { val: of.zero(), is_boxed: matches!(of, Type::Any | Type::Error) }
    }

    /// Go: `indirectInterface`.
    pub(crate) fn unboxed(self) -> Self {
        Self { is_boxed: false, ..self }
    }

    /// Go: `IsValid`.
    pub(crate) fn is_valid(&self) -> bool {
        self.is_boxed || !self.val.is_nil()
    }

    /// Go: `v.Type().String()`.
    pub(crate) fn type_name(&self) -> &'static str {
        if self.is_boxed { Type::Any.name() } else { self.val.type_name() }
    }
}

impl Type {
    /// Go: `reflect.Zero`; nil stands for the zero values that no chart can meet.
    pub fn zero(self) -> Val {
        match self {
            Self::Any | Self::Object(_) | Self::Error | Self::ReflectValue => Val::Nil,
            Self::Bool => Val::Bool(false),
            Self::Int => Val::int(0),
            Self::Int32 => Val::Int(crate::IntKind::Int32, 0),
            Self::Int64 => Val::int64(0),
            Self::Uint8 => Val::Uint(crate::UintKind::Uint8, 0),
            Self::Uint32 => Val::Uint(crate::UintKind::Uint32, 0),
            Self::Uint64 => Val::Uint(crate::UintKind::Uint64, 0),
            Self::Float64 => Val::Float(0.0),
            Self::String => Val::Str(crate::Text::default()),
            Self::Bytes => Val::Bytes(std::sync::Arc::from([])),
            Self::List(list) => Val::List(crate::List::nil(list)),
            Self::Map(map) => Val::Map(crate::Map::nil(map)),
        }
    }

    /// Go: `canBeNil`.
    pub(crate) fn can_be_nil(self) -> bool {
        match self {
            Self::Any | Self::Error | Self::ReflectValue | Self::Bytes | Self::List(_) | Self::Map(_) => true,
            Self::Object(object) => matches!(object.kind, Kind::Ptr | Kind::Map | Kind::Slice | Kind::Interface),
            _ => false,
        }
    }
}
