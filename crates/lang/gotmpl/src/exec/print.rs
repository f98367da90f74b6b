//! What an action prints. Go: `printValue`, `printableValue` in exec.go.

use corten_gostd::{fmt, strconv};

use crate::operand::Pointee;
use crate::{Kind, Val};

/// What stands for nil.
pub(crate) const NO_VALUE: &[u8] = b"<no value>";

/// Writes the value of an action.
pub(super) fn action(out: &mut Vec<u8>, value: &Val) {
    match value {
        Val::Nil => out.extend_from_slice(NO_VALUE),
        Val::Str(text) => out.extend_from_slice(text.as_bytes()),
        Val::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Val::Int(_, number) => strconv::append_int(out, *number),
        Val::Uint(_, number) => strconv::append_uint(out, *number),
        Val::Object(object) => match object.display().or_else(|| object.addressed_display()) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => indirect(out, value),
        },
        _ => fmt::append_value(out, value),
    }
}

/// Writes what a pointer points at. Types whose pointer shows itself by `String` do so by value too.
pub(super) fn indirect(out: &mut Vec<u8>, value: &Val) {
    match value {
        Val::Object(object) if object.go_type().kind == Kind::Ptr && object.display().is_none() => {
            fmt::append_value(out, &Pointee(&**object));
        }
        _ => fmt::append_value(out, value),
    }
}
