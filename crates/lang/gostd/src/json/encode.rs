//! Writes JSON as Go does: sorted keys, HTML characters escaped on demand, Go's float texts.

use corten_value::Value;

use crate::strconv;
use crate::text::decode_rune;

const HEX: &[u8; 16] = b"0123456789abcdef";
const RED_ZONE: usize = 32 * 1024;
const SEGMENT: usize = 1024 * 1024;

/// Go: `json.Marshal`; without `escape_html` as an `Encoder` with `SetEscapeHTML(false)`, less its
/// newline. Floats that JSON cannot hold become `null`; callers refuse them before.
pub fn encode(value: &Value, escape_html: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    append_value(&mut out, value, escape_html);
    out
}

/// Appends what [`encode`] gives.
pub fn append_value(out: &mut Vec<u8>, value: &Value, escape_html: bool) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Value::Int(number) => strconv::append_int(out, *number),
        Value::Float(number) => append_float(out, *number),
        Value::String(text) => append_string(out, text.as_bytes(), escape_html),
        Value::List(items) => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                append_value(out, item, escape_html);
            }
            out.push(b']');
        }),
        Value::Map(map) => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
            out.push(b'{');
            for (position, (key, value)) in map.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                append_string(out, key.as_bytes(), escape_html);
                out.push(b':');
                append_value(out, value, escape_html);
            }
            out.push(b'}');
        }),
    }
}

/// Go: `json.MarshalIndent`.
pub fn encode_indent(value: &Value, prefix: &str, indent: &str, escape_html: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    append_indented(&mut out, value, &Layout { prefix, indent, escape_html }, 0);
    out
}

struct Layout<'a> {
    prefix: &'a str,
    indent: &'a str,
    escape_html: bool,
}

/// Starts a line of an indented document.
pub fn append_newline(out: &mut Vec<u8>, prefix: &str, indent: &str, depth: usize) {
    out.push(b'\n');
    out.extend_from_slice(prefix.as_bytes());
    for _ in 0..depth {
        out.extend_from_slice(indent.as_bytes());
    }
}

fn append_indented(out: &mut Vec<u8>, value: &Value, layout: &Layout<'_>, depth: usize) {
    let newline = |out: &mut Vec<u8>, depth| append_newline(out, layout.prefix, layout.indent, depth);
    match value {
        Value::List(items) if !items.is_empty() => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                newline(out, depth + 1);
                append_indented(out, item, layout, depth + 1);
            }
            newline(out, depth);
            out.push(b']');
        }),
        Value::Map(map) if !map.is_empty() => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
            out.push(b'{');
            for (position, (key, value)) in map.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                newline(out, depth + 1);
                append_string(out, key.as_bytes(), layout.escape_html);
                out.extend_from_slice(b": ");
                append_indented(out, value, layout, depth + 1);
            }
            newline(out, depth);
            out.push(b'}');
        }),
        _ => append_value(out, value, layout.escape_html),
    }
}

/// Go: `floatEncoder`: as ES6 prints numbers.
pub fn append_float(out: &mut Vec<u8>, number: f64) {
    if !number.is_finite() {
        return out.extend_from_slice(b"null");
    }
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return strconv::append_float(out, number, b'f', None, 64);
    }
    strconv::append_float(out, number, b'e', None, 64);
    // Go: cleans up e-09 to e-9.
    if let [.., b'e', b'-', b'0', _] = out[..] {
        out.remove(out.len() - 2);
    }
}

/// Go: `appendString`: a JSON string literal; bad bytes become `\ufffd`.
pub fn append_string(out: &mut Vec<u8>, text: &[u8], escape_html: bool) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut start = 0;
    let mut position = 0;
    while let Some(&byte) = text.get(position) {
        let is_plain = match byte {
            b'"' | b'\\' | 0..=0x1F => false,
            b'<' | b'>' | b'&' => !escape_html,
            _ => byte.is_ascii(),
        };
        if is_plain {
            position += 1;
            continue;
        }
        let width = escape(out, &text[start..position], &text[position..]);
        position += width.unsigned_abs();
        if width > 0 {
            start = position;
        }
    }
    out.extend_from_slice(&text[start..]);
    out.push(b'"');
}

/// Escapes the first character of `rest` after the plain text before it and returns its width;
/// a negative width means that the character needs no escape and nothing was written.
fn escape(out: &mut Vec<u8>, plain: &[u8], rest: &[u8]) -> isize {
    let byte = rest[0];
    if byte.is_ascii() {
        out.extend_from_slice(plain);
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0C => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xF)]]);
            }
        }
        return 1;
    }
    match decode_rune(rest) {
        (char::REPLACEMENT_CHARACTER, 1) => {
            out.extend_from_slice(plain);
            out.extend_from_slice(b"\\ufffd");
            1
        }
        (rune @ ('\u{2028}' | '\u{2029}'), _) => {
            out.extend_from_slice(plain);
            out.extend_from_slice(if rune == '\u{2028}' { b"\\u2028" } else { b"\\u2029" });
            3
        }
        (_, width) => -isize::try_from(width).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value, escape_html: bool) -> String {
        String::from_utf8(encode(value, escape_html)).unwrap()
    }

    #[test]
    fn strings_escape_as_go_does() {
        let value = Value::from("<a&b>\"\\\n\u{1}é\u{2028}\u{7F}");
        assert_eq!(text(&value, true), r#""\u003ca\u0026b\u003e\"\\\n\u0001é\u2028"#.to_owned() + "\u{7F}\"");
        assert_eq!(text(&value, false), r#""<a&b>\"\\\n\u0001é\u2028"#.to_owned() + "\u{7F}\"");
        let mut out = Vec::new();
        append_string(&mut out, b"a\xFFb", true);
        assert_eq!(out, br#""a\ufffdb""#);
    }

    #[test]
    fn floats_have_the_cutoffs_of_es6() {
        for (number, want) in [
            (1e6, "1000000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (-0.0, "-0"),
            (9_223_372_036_854_775_807.0, "9223372036854776000"),
        ] {
            assert_eq!(text(&Value::Float(number), true), want);
        }
    }

    #[test]
    fn empty_tables_stay_on_their_line() {
        let value = Value::from_iter([("a", Value::from(vec![])), ("b", Value::from(vec![Value::Int(1)]))]);
        let indented = String::from_utf8(encode_indent(&value, "", "  ", true)).unwrap();
        assert_eq!(indented, "{\n  \"a\": [],\n  \"b\": [\n    1\n  ]\n}");
    }
}
