//! Comparisons: basic kinds must agree, integers compare whatever their sign.

use std::rc::Rc;

use corten_gostd::fmt;

use super::truth;
use crate::reflected::Reflected;
use crate::{Error, Kind, Val};

/// Go: `basicKind`, with the value that is compared; a named basic type compares as what is below.
enum Basic<'a> {
    Bool(bool),
    Complex(f64, f64),
    Int(i64),
    Float(f64),
    Str(&'a [u8]),
    Uint(u64),
    Other,
}

impl Basic<'_> {
    fn of(val: &Val) -> Basic<'_> {
        match val {
            Val::Bool(truth) => Basic::Bool(*truth),
            Val::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
            Val::Int(_, number) => Basic::Int(*number),
            Val::Float(number) => Basic::Float(*number),
            Val::Str(text) => Basic::Str(text.as_bytes()),
            Val::Uint(_, number) => Basic::Uint(*number),
            Val::Object(object) => match object.underlying() {
                Some(Val::Bool(truth)) => Basic::Bool(truth),
                Some(Val::Int(_, number)) => Basic::Int(number),
                Some(Val::Uint(_, number)) => Basic::Uint(number),
                Some(Val::Float(number)) => Basic::Float(number),
                _ => Basic::Other,
            },
            _ => Basic::Other,
        }
    }

    fn is_other(&self) -> bool {
        matches!(self, Self::Other)
    }
}

pub(super) fn eq(args: &[Reflected]) -> Result<Reflected, Error> {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(Error::new("missing argument for comparison"));
    };
    for other in others {
        if equal(&first.val, &other.val)? {
            return Ok(truth(true));
        }
    }
    Ok(truth(false))
}

pub(super) fn ne(args: &[Reflected]) -> Result<Reflected, Error> {
    Ok(truth(!equal(&args[0].val, &args[1].val)?))
}

pub(super) fn lt(args: &[Reflected]) -> Result<Reflected, Error> {
    less(&args[0].val, &args[1].val).map(truth)
}

pub(super) fn le(args: &[Reflected]) -> Result<Reflected, Error> {
    less_or_equal(args).map(truth)
}

pub(super) fn gt(args: &[Reflected]) -> Result<Reflected, Error> {
    less_or_equal(args).map(|result| truth(!result))
}

pub(super) fn ge(args: &[Reflected]) -> Result<Reflected, Error> {
    less(&args[0].val, &args[1].val).map(|result| truth(!result))
}

fn less_or_equal(args: &[Reflected]) -> Result<bool, Error> {
    Ok(less(&args[0].val, &args[1].val)? || equal(&args[0].val, &args[1].val)?)
}

fn incompatible(left: &Val, right: &Val) -> Error {
    Error::new(format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name()))
}

#[expect(clippy::float_cmp, reason = "Go compares exactly")]
fn equal(left: &Val, right: &Val) -> Result<bool, Error> {
    Ok(match (Basic::of(left), Basic::of(right)) {
        (Basic::Bool(left), Basic::Bool(right)) => left == right,
        (Basic::Complex(re, im), Basic::Complex(other_re, other_im)) => re == other_re && im == other_im,
        (Basic::Int(left), Basic::Int(right)) => left == right,
        (Basic::Float(left), Basic::Float(right)) => left == right,
        (Basic::Str(left), Basic::Str(right)) => left == right,
        (Basic::Uint(left), Basic::Uint(right)) => left == right,
        (Basic::Int(int), Basic::Uint(uint)) | (Basic::Uint(uint), Basic::Int(int)) => {
            u64::try_from(int).is_ok_and(|int| int == uint)
        }
        (Basic::Other, Basic::Other) => return equal_others(left, right),
        // Nil equals no basic value, without an error.
        _ if left.is_nil() || right.is_nil() => false,
        _ => return Err(incompatible(left, right)),
    })
}

/// Slices, maps, structs, pointers and nil.
fn equal_others(left: &Val, right: &Val) -> Result<bool, Error> {
    let (left_kind, right_kind) = (left.kind(), right.kind());
    if left_kind != right_kind && left_kind != Kind::Invalid && right_kind != Kind::Invalid {
        let mut message = b"non-comparable types ".to_vec();
        message.extend_from_slice(&fmt::sprintf(b"%s", &[left]));
        message.extend_from_slice(format!(": {}, {}: ", left.type_name(), right.type_name()).as_bytes());
        message.extend_from_slice(&fmt::sprintf(b"%v", &[right]));
        return Err(Error::new(message));
    }
    if is_nil(left) || is_nil(right) {
        return Ok(is_nil(left) == is_nil(right));
    }
    if let (Val::Object(left), Val::Object(right)) = (left, right) {
        let is_pointer = left.go_type().kind == Kind::Ptr;
        let is_same_type = left.go_type().name == right.go_type().name;
        return Ok(Rc::ptr_eq(left, right) || (!is_pointer && is_same_type && left.equals(&**right)));
    }
    let mut message = b"non-comparable type ".to_vec();
    message.extend_from_slice(&fmt::sprintf(b"%s", &[right]));
    message.extend_from_slice(b": ");
    message.extend_from_slice(right.type_name().as_bytes());
    Err(Error::new(message))
}

fn is_nil(val: &Val) -> bool {
    match val {
        Val::Nil => true,
        Val::List(list) => list.is_nil(),
        Val::Map(map) => map.is_nil(),
        _ => false,
    }
}

fn less(left: &Val, right: &Val) -> Result<bool, Error> {
    let (first, second) = (Basic::of(left), Basic::of(right));
    if first.is_other() || second.is_other() {
        return Err(Error::new("invalid type for comparison"));
    }
    Ok(match (first, second) {
        (Basic::Int(left), Basic::Int(right)) => left < right,
        (Basic::Float(left), Basic::Float(right)) => left < right,
        (Basic::Str(left), Basic::Str(right)) => left < right,
        (Basic::Uint(left), Basic::Uint(right)) => left < right,
        (Basic::Int(int), Basic::Uint(uint)) => u64::try_from(int).map_or(true, |int| int < uint),
        (Basic::Uint(uint), Basic::Int(int)) => u64::try_from(int).is_ok_and(|int| uint < int),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => {
            return Err(Error::new("invalid type for comparison"));
        }
        _ => return Err(incompatible(left, right)),
    })
}
