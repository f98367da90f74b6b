//! `html`, `js`, `urlquery`.

use corten_gostd::fmt;
use corten_gostd::text::{decode_rune, is_print};

use super::text;
use crate::{Text, Val};

pub(super) fn html(args: &[Val]) -> Val {
    let plain = plain(args);
    let mut out = Vec::with_capacity(plain.len());
    for &byte in plain.as_bytes() {
        match byte {
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    text(out)
}

pub(super) fn js(args: &[Val]) -> Val {
    let plain = plain(args);
    let mut rest = plain.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some(&byte) = rest.first() {
        let (symbol, width) = decode_rune(rest);
        match byte {
            b'\\' => out.extend_from_slice(br"\\"),
            b'\'' => out.extend_from_slice(br"\'"),
            b'"' => out.extend_from_slice(br#"\""#),
            b'<' | b'>' | b'&' | b'=' | 0..=0x1F => out.extend_from_slice(format!("\\u{byte:04X}").as_bytes()),
            _ if byte.is_ascii() || is_print(symbol) => out.extend_from_slice(&rest[..width]),
            _ => out.extend_from_slice(format!("\\u{:04X}", u32::from(symbol)).as_bytes()),
        }
        rest = &rest[width..];
    }
    text(out)
}

/// Go: `url.QueryEscape`.
pub(super) fn urlquery(args: &[Val]) -> Val {
    let plain = plain(args);
    let mut out = Vec::with_capacity(plain.len());
    for &byte in plain.as_bytes() {
        match byte {
            b' ' => out.push(b'+'),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    text(out)
}

/// Go: `evalArgs`: `fmt.Sprint` of what actions would print.
fn plain(args: &[Val]) -> Text {
    if let [Val::Str(text)] = args {
        return text.clone();
    }
    let printable: Vec<Val> = args.iter().map(printable).collect();
    Text::from(fmt::sprint(&super::operands(&printable)))
}

fn printable(arg: &Val) -> Val {
    match arg {
        Val::Nil => Val::str("<no value>"),
        other => other.clone(),
    }
}
