//! Arguments: constants take the type of the parameter, values are checked against it. Go:
//! `evalArg`, `validateType` in exec.go.

use crate::reflected::Reflected;
use crate::tree::{Ideal, Kind as NodeKind, NodeId, Number, node_string};
use crate::{Error, IntKind, Kind, Type, UintKind, Val};

use super::{Execution, Frame};

impl Execution<'_, '_> {
    /// The argument for a parameter of a type.
    pub(super) fn argument(&mut self, frame: Frame<'_>, param: Type, id: NodeId) -> Result<Val, Error> {
        if let Some(value) = self.operand(frame, id)? {
            return self.checked(frame, value, param);
        }
        let source = frame.source();
        let node = source.node(id).kind;
        if matches!(node, NodeKind::Nil) {
            if param.can_be_nil() {
                return Ok(param.zero());
            }
            return Err(self.fail(frame, format!("cannot assign nil to {}", param.name())));
        }
        let number = match node {
            NodeKind::Number(number) => Some(&source.numbers[number as usize]),
            _ => None,
        };
        let (value, expected) = match param.kind() {
            Kind::Bool => (if let NodeKind::Bool(truth) = node { Some(Val::Bool(truth)) } else { None }, "bool"),
            Kind::String => match node {
                NodeKind::String { constant, .. } => {
                    (Some(Val::Str(source.constants[constant as usize].clone())), "string")
                }
                _ => (None, "string"),
            },
            Kind::Float64 => (number.and_then(|number| number.float).map(Val::Float), "float"),
            Kind::Complex128 => (number.and_then(complex), "complex"),
            kind => match (signed(kind), unsigned(kind)) {
                (Some(kind), _) => (number.and_then(|number| number.int).map(|int| wrapped(kind, int)), "integer"),
                (_, Some(kind)) => {
                    let value = number.and_then(|number| number.uint);
                    (value.map(|uint| wrapped_uint(kind, uint)), "unsigned integer")
                }
                _ if matches!(param, Type::Any | Type::ReflectValue) => return self.constant(frame, id),
                _ => return Err(self.unhandled(frame, id, param)),
            },
        };
        value.ok_or_else(|| {
            let mut message = format!("expected {expected}; found ").into_bytes();
            message.extend_from_slice(&node_string(source, id));
            self.fail(frame, message)
        })
    }

    fn unhandled(&self, frame: Frame<'_>, id: NodeId, param: Type) -> Error {
        let mut message = b"can't handle ".to_vec();
        message.extend_from_slice(&node_string(frame.source(), id));
        message.extend_from_slice(format!(" for arg of type {}", param.name()).as_bytes());
        self.fail(frame, message)
    }

    /// An argument for a builtin function that takes a `reflect.Value`.
    pub(super) fn reflected_argument(&mut self, frame: Frame<'_>, id: NodeId) -> Result<Reflected, Error> {
        if let Some(value) = self.operand(frame, id)? {
            return Ok(value);
        }
        if matches!(frame.source().node(id).kind, NodeKind::Nil) {
            return Ok(Reflected::INVALID);
        }
        self.constant(frame, id).map(Reflected::concrete)
    }

    /// Go: `evalEmptyInterface`, for constants.
    fn constant(&self, frame: Frame<'_>, id: NodeId) -> Result<Val, Error> {
        let source = frame.source();
        Ok(match source.node(id).kind {
            NodeKind::Bool(truth) => Val::Bool(truth),
            NodeKind::Number(number) => return self.ideal(frame, &source.numbers[number as usize]),
            NodeKind::String { constant, .. } => Val::Str(source.constants[constant as usize].clone()),
            _ => {
                let mut message = b"can't handle assignment of ".to_vec();
                message.extend_from_slice(&node_string(source, id));
                message.extend_from_slice(b" to empty interface argument");
                return Err(self.fail(frame, message));
            }
        })
    }

    /// Go: `validateType`: the value as the parameter's type, if it is assignable.
    pub(super) fn checked(&self, frame: Frame<'_>, value: Reflected, param: Type) -> Result<Val, Error> {
        match (&value.val, param) {
            (Val::Object(_), Type::Any) => return Ok(value.val.into_interface()),
            (_, Type::Any | Type::ReflectValue) | (Val::Str(_), Type::String) => return Ok(value.val),
            (Val::Nil, _) if !value.is_boxed => {
                if param.can_be_nil() {
                    return Ok(param.zero());
                }
                return Err(self.fail(frame, format!("invalid value; expected {}", param.name())));
            }
            (Val::Nil, _) => {}
            (Val::Map(map), Type::Map(wanted)) => {
                let found = map.map_type();
                if found.name == wanted.name {
                    return Ok(value.val);
                }
                if is_one_unnamed(found.name, wanted.name) && found.elem.name() == wanted.elem.name() {
                    return Ok(Val::Map(map.with_type(wanted)));
                }
            }
            (Val::List(list), Type::List(wanted)) => {
                let found = list.list_type();
                let is_same = found.elem.name() == wanted.elem.name() && is_one_unnamed(found.name, wanted.name);
                if found.name == wanted.name || is_same {
                    return Ok(value.val);
                }
            }
            (Val::Object(object), Type::Object(wanted)) => {
                let found = object.go_type();
                // One indirection is done for the caller.
                let is_pointer = found.kind == Kind::Ptr && found.name.strip_prefix('*') == Some(wanted.name);
                if found.name == wanted.name || is_pointer {
                    return Ok(value.val);
                }
            }
            (Val::Object(object), Type::Error)
                if object.go_type().methods.iter().any(|method| method.name == "Error") =>
            {
                return Ok(value.val);
            }
            (basic, param) if basic.type_name() == param.name() => return Ok(value.val),
            _ => {}
        }
        let found = if value.val.is_nil() { Type::Any.name() } else { value.val.type_name() };
        Err(self.fail(frame, format!("wrong type for value; expected {}; got {found}", param.name())))
    }
}

/// Go: types with the same structure are assignable when one of them has no name.
fn is_one_unnamed(found: &str, wanted: &str) -> bool {
    let is_unnamed = |name: &str| name.starts_with('[') || name.starts_with("map[");
    is_unnamed(found) || is_unnamed(wanted)
}

fn complex(number: &Number) -> Option<Val> {
    match number.ideal {
        Some(Ideal::Complex(real, imaginary)) => Some(Val::Complex(real, imaginary)),
        _ => None,
    }
}

fn signed(kind: Kind) -> Option<IntKind> {
    Some(match kind {
        Kind::Int => IntKind::Int,
        Kind::Int8 => IntKind::Int8,
        Kind::Int16 => IntKind::Int16,
        Kind::Int32 => IntKind::Int32,
        Kind::Int64 => IntKind::Int64,
        _ => return None,
    })
}

fn unsigned(kind: Kind) -> Option<UintKind> {
    Some(match kind {
        Kind::Uint => UintKind::Uint,
        Kind::Uint8 => UintKind::Uint8,
        Kind::Uint16 => UintKind::Uint16,
        Kind::Uint32 => UintKind::Uint32,
        Kind::Uint64 => UintKind::Uint64,
        _ => return None,
    })
}

/// Go: `reflect.Value.SetInt` drops what the type cannot hold.
fn wrapped(kind: IntKind, int: i64) -> Val {
    let bits = match kind {
        IntKind::Int8 => 8,
        IntKind::Int16 => 16,
        IntKind::Int32 => 32,
        IntKind::Int | IntKind::Int64 => 64,
    };
    Val::Int(kind, int << (64 - bits) >> (64 - bits))
}

/// Go: `reflect.Value.SetUint`.
fn wrapped_uint(kind: UintKind, uint: u64) -> Val {
    let bits = match kind {
        UintKind::Uint8 => 8,
        UintKind::Uint16 => 16,
        UintKind::Uint32 => 32,
        UintKind::Uint | UintKind::Uint64 => 64,
    };
    Val::Uint(kind, uint << (64 - bits) >> (64 - bits))
}
