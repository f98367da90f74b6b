//! Access to arguments that the engine has already converted to the declared types.
//!
//! An argument of another type cannot arrive; where the type system cannot say so, the zero value
//! stands in, so that nothing here fails.

use std::borrow::Cow;

use corten_gotmpl::{Error, List, ListType, Map, MapType, Text, UintKind, Val};
use corten_value::number;

/// Go: the text of a dereferenced nil pointer, which list functions run into when given nil.
pub(crate) const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The argument at a position, nil when absent.
pub(crate) fn any(args: &[Val], position: usize) -> Val {
    args.get(position).cloned().unwrap_or_default()
}

/// A `string` argument, shared.
pub(crate) fn text(args: &[Val], position: usize) -> Text {
    args.get(position).and_then(Val::as_text).cloned().unwrap_or_default()
}

/// The bytes of a `string` argument.
pub(crate) fn bytes(args: &[Val], position: usize) -> &[u8] {
    args.get(position).and_then(Val::as_text).map_or(b"", Text::as_bytes)
}

/// An `int` argument.
pub(crate) fn int(args: &[Val], position: usize) -> i64 {
    match args.get(position) {
        Some(Val::Int(_, number)) => *number,
        _ => 0,
    }
}

/// A `bool` argument.
pub(crate) fn truth(args: &[Val], position: usize) -> bool {
    matches!(args.get(position), Some(Val::Bool(true)))
}

/// A `map[string]interface {}` argument; nil is the nil map.
pub(crate) fn map(args: &[Val], position: usize) -> Map {
    match args.get(position) {
        Some(Val::Map(map)) => map.with_type(MapType::ANY),
        _ => Map::nil(MapType::ANY),
    }
}

/// The elements of a slice of any type, `None` for what is no slice.
pub(crate) fn elements(value: &Val) -> Option<Cow<'_, [Val]>> {
    match value {
        Val::List(list) => Some(Cow::Borrowed(list)),
        Val::Bytes(bytes) => {
            Some(Cow::Owned(bytes.iter().map(|byte| Val::Uint(UintKind::Uint8, u64::from(*byte))).collect()))
        }
        _ => None,
    }
}

/// The elements of an argument that must be a slice; otherwise the error that names its kind, or
/// what Go says where `reflect.TypeOf(nil)` is asked for its kind.
pub(crate) fn slice<'a>(value: &'a Val, complaint: &str) -> Result<Cow<'a, [Val]>, Error> {
    match elements(value) {
        Some(items) => Ok(items),
        None if value.is_nil() => Err(Error::new(NIL_DEREFERENCE)),
        None => Err(Error::new(format!("{complaint} {}", value.kind().name()))),
    }
}

/// A part of a slice with its type kept, up to its capacity.
pub(crate) fn part(value: &Val, start: usize, end: usize) -> Val {
    match value {
        Val::List(list) => {
            let present = list.get(start..end.min(list.len())).unwrap_or_default();
            let mut items = Vec::with_capacity(end - start);
            items.extend_from_slice(present);
            items.resize_with(end - start, || list.list_type().elem.zero());
            // compat: slice-hidden-elements
            let capacity = if end < list.len() { items.len() } else { list.capacity() - start };
            Val::List(List::with_capacity(list.list_type(), items, capacity))
        }
        Val::Bytes(bytes) => Val::Bytes(bytes[start..end].into()),
        _ => Val::Nil,
    }
}

/// A nil `[]interface {}`.
pub(crate) fn nil_list() -> Val {
    Val::List(List::nil(ListType::ANY))
}

/// A length as a Go `int`.
pub(crate) fn length(items: &[impl Sized]) -> i64 {
    number::length(items.len())
}

/// The same text when a function cut nothing off, so that it stays shared.
pub(crate) fn shortened(args: &[Val], position: usize, cut: &[u8]) -> Val {
    match args.get(position) {
        Some(Val::Str(whole)) if whole.len() == cut.len() => Val::Str(whole.clone()),
        _ => Val::str(cut),
    }
}
