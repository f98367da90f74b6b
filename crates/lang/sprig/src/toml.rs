//! TOML as BurntSushi/toml 1.6 writes and reads it: `toToml`, `mustToToml`, `fromToml`.
//!
//! The reader is a lexer and a parser built like Go's, because its errors reach charts as the
//! `Error` entry of the result and as text.

mod encode;
mod lexer;
mod number;
mod parser;

use corten_gotmpl::{Call, Error, Function, Map, MapEntries, Text, Type, Val};

use crate::arguments::{any, bytes};
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("fromToml", &[Type::String], from_toml,
        "The dict of a TOML text, or a dict with the entry Error.", (r#"{{ (fromToml "a = 1").a }}"#, "1")),
    fixed("mustToToml", &[Type::Any], |_, args| encode::encode(&any(args, 0)).map(Val::str).map_err(encode::Fault::into_error),
        "A value as TOML; what has no TOML form fails.", (r#"{{ mustToToml (dict "a" 1) }}"#, "a = 1\n")),
    fixed("toToml", &[Type::Any], to_toml,
        "A value as TOML, or the text of the error.", (r#"{{ toToml (dict "a" 1) }}"#, "a = 1\n")),
];

fn to_toml(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    match encode::encode(&any(args, 0)) {
        Ok(text) => Ok(Val::str(text)),
        Err(encode::Fault::Value(text)) => Ok(Val::str(text)),
        Err(fault @ encode::Fault::Panic(_)) => Err(fault.into_error()),
    }
}

fn from_toml(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let now = call.world.now().div_euclid(1_000_000_000);
    match parser::parse(bytes(args, 0), &call.world.local_zone(), i64::try_from(now).unwrap_or_default()) {
        Ok(table) => Ok(Val::Map(table)),
        Err(parser::Fault::Syntax(text)) => {
            let entries: MapEntries = [(Text::from("Error"), Val::str(text))].into_iter().collect();
            Ok(Val::Map(Map::any(entries)))
        }
        Err(parser::Fault::Bug(text)) => Err(Error::new(text)),
    }
}

/// A key such as `a."b c".d`. Go: `Key.String`.
fn key_text<'k>(parts: impl IntoIterator<Item = &'k [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        if number > 0 {
            out.push(b'.');
        }
        append_key(&mut out, part);
    }
    out
}

/// One part of a key, quoted where it must be. Go: `Key.maybeQuoted`.
fn append_key(out: &mut Vec<u8>, part: &[u8]) {
    if !part.is_empty() && part.iter().all(|byte| is_bare(*byte)) {
        out.extend_from_slice(part);
    } else {
        append_quoted(out, part);
    }
}

/// Go: `isBareKeyChar`.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Go: `writeQuoted`.
fn append_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            8 => out.extend_from_slice(br"\b"),
            b'\t' => out.extend_from_slice(br"\t"),
            b'\n' => out.extend_from_slice(br"\n"),
            12 => out.extend_from_slice(br"\f"),
            b'\r' => out.extend_from_slice(br"\r"),
            0..=31 | 127 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}
