//! `index`, `slice`, `len`.

use std::sync::Arc;

use corten_value::number::length;

use crate::reflected::Reflected;
use crate::{Error, List, Text, UintKind, Val};

pub(super) fn index(args: &[Reflected]) -> Result<Reflected, Error> {
    if args[0].val.is_nil() {
        return Err(Error::new("index of untyped nil"));
    }
    let mut item = args[0].clone().unboxed();
    for index in &args[1..] {
        item = match &item.val {
            Val::Nil => return Err(Error::new("index of nil pointer")),
            Val::Map(map) => {
                let elem = map.map_type().elem;
                match &index.val {
                    Val::Str(key) => {
                        map.get(key.as_bytes()).map_or(Reflected::zero(elem), |value| Reflected::element(elem, value))
                    }
                    Val::Nil => return Err(Error::new("value is nil; should be of type string")),
                    other => {
                        return Err(Error::new(format!("value has type {}; should be string", other.type_name())));
                    }
                }
            }
            Val::List(list) => {
                let position = position(index, list.len())?;
                let value = list.get(position).ok_or_else(|| Error::new("reflect: slice index out of range"))?;
                Reflected::element(list.list_type().elem, value.clone())
            }
            Val::Bytes(bytes) => byte(bytes, index, "slice")?,
            Val::Str(text) => byte(text.as_bytes(), index, "string")?,
            other => return Err(Error::new(format!("can't index item of type {}", pointed_at(other)))),
        };
    }
    Ok(item)
}

fn byte(bytes: &[u8], index: &Reflected, what: &str) -> Result<Reflected, Error> {
    let position = position(index, bytes.len())?;
    // Go lets the length itself pass here, and panics below.
    let byte = bytes.get(position).ok_or_else(|| Error::new(format!("reflect: {what} index out of range")))?;
    Ok(Reflected::concrete(Val::Uint(UintKind::Uint8, u64::from(*byte))))
}

/// Go: `indexArg`.
fn position(index: &Reflected, limit: usize) -> Result<usize, Error> {
    let number = match &index.val {
        Val::Int(_, number) => *number,
        Val::Uint(_, number) => number.cast_signed(),
        Val::Nil => return Err(Error::new("cannot index slice/array with nil")),
        Val::Object(object) => match object.underlying() {
            Some(Val::Int(_, number)) => number,
            _ => return Err(wrong_index(&index.val)),
        },
        other => return Err(wrong_index(other)),
    };
    match usize::try_from(number) {
        Ok(position) if position <= limit => Ok(position),
        _ => Err(Error::new(format!("index out of range: {number}"))),
    }
}

fn wrong_index(index: &Val) -> Error {
    Error::new(format!("cannot index slice/array with type {}", index.type_name()))
}

pub(super) fn slice(args: &[Reflected]) -> Result<Reflected, Error> {
    let indexes = &args[1..];
    let item = &args[0].val;
    if item.is_nil() {
        return Err(Error::new("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(Error::new(format!("too many slice indexes: {}", indexes.len())));
    }
    let size = match item {
        Val::Str(_) if indexes.len() == 3 => return Err(Error::new("cannot 3-index slice a string")),
        Val::Str(text) => text.len(),
        Val::List(list) => list.len(),
        Val::Bytes(bytes) => bytes.len(),
        other => return Err(Error::new(format!("can't slice item of type {}", pointed_at(other)))),
    };
    let mut bounds = [0, size, size];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, size)?;
    }
    let [start, end, capacity] = bounds;
    if start > end {
        return Err(Error::new(format!("invalid slice index: {start} > {end}")));
    }
    if end > capacity {
        return Err(Error::new(format!("invalid slice index: {end} > {capacity}")));
    }
    Ok(Reflected::concrete(match item {
        Val::Str(text) => Val::Str(Text::from(&text.as_bytes()[start..end])),
        Val::List(list) => Val::List(List::new(list.list_type(), list[start..end].to_vec())),
        Val::Bytes(bytes) => Val::Bytes(Arc::from(&bytes[start..end])),
        other => other.clone(),
    }))
}

pub(super) fn len(args: &[Reflected]) -> Result<Reflected, Error> {
    let size = match &args[0].val {
        Val::Str(text) => text.len(),
        Val::List(list) => list.len(),
        Val::Bytes(bytes) => bytes.len(),
        Val::Map(map) => map.len(),
        Val::Nil if args[0].is_boxed => return Err(Error::new("len of nil pointer")),
        // Go panics inside, and reports that.
        Val::Nil => return Err(Error::new("reflect: call of reflect.Value.Type on zero Value")),
        other => return Err(Error::new(format!("len of type {}", pointed_at(other)))),
    };
    Ok(Reflected::concrete(Val::int(length(size))))
}

/// The type behind a pointer.
fn pointed_at(val: &Val) -> &'static str {
    let name = val.type_name();
    if val.kind() == crate::Kind::Ptr { name.strip_prefix('*').unwrap_or(name) } else { name }
}
