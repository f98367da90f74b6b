//! How values become text: sprig's `strval` and `strslice`, and `%v`.

use corten_gostd::fmt;
use corten_gotmpl::{Text, Val};

use crate::arguments;

/// sprig: `strval`: a string as it is, bytes as text, `Error()` or `String()`, else `%v`.
pub(crate) fn text(value: &Val) -> Text {
    match value {
        Val::Str(text) => text.clone(),
        Val::Bytes(bytes) => Text::from(&bytes[..]),
        other => {
            let mut out = Vec::with_capacity(room(other, DEEPEST_FILES));
            append(&mut out, other);
            Text::from(out)
        }
    }
}

/// Below `$`, files lie in `.Files` and in `.Subcharts.name.Files`.
const DEEPEST_FILES: usize = 4;

/// The room that the files inside a value take in text, where each byte is a number: a chart that makes text of `$`
/// (as in `dict "value" .x $`) prints them all, and a vector that grows to that size leaves as much behind.
fn room(value: &Val, depth: usize) -> usize {
    match value {
        Val::Bytes(bytes) => bytes.len() * "255 ".len(),
        Val::Map(map) if depth > 0 => map.entries().values().map(|value| room(value, depth - 1)).sum(),
        _ => 0,
    }
}

/// Appends what [`text`] yields.
pub(crate) fn append(out: &mut Vec<u8>, value: &Val) {
    match value {
        Val::Str(text) => out.extend_from_slice(text.as_bytes()),
        Val::Bytes(bytes) => out.extend_from_slice(bytes),
        other => fmt::append_value(out, other),
    }
}

/// Go: `fmt.Sprintf("%v", value)`.
pub(crate) fn append_plain(out: &mut Vec<u8>, value: &Val) {
    match value {
        Val::Str(text) => out.extend_from_slice(text.as_bytes()),
        other => fmt::append_value(out, other),
    }
}

/// sprig: `strslice`: the texts of a slice without its nils, one text for anything else, none for
/// nil.
pub(crate) fn texts(value: &Val) -> Vec<Text> {
    match arguments::elements(value) {
        Some(items) => items.iter().filter(|item| !item.is_nil()).map(text).collect(),
        None if value.is_nil() => Vec::new(),
        None => vec![text(value)],
    }
}
