//! Go string and rune literals: `Quote`, `AppendQuoteToASCII`, `CanBackquote`.

use crate::text::decode_rune;
use crate::unicode::is_print;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Go: `strconv.Quote`.
pub fn quote(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_quote(&mut out, text);
    // The quoted form is UTF-8: bad bytes are escaped.
    String::from_utf8(out).unwrap_or_default()
}

/// Go: `strconv.AppendQuote`.
pub fn append_quote(out: &mut Vec<u8>, text: &[u8]) {
    append_quoted(out, text, false);
}

/// Go: `strconv.AppendQuoteToASCII`.
pub fn append_quote_to_ascii(out: &mut Vec<u8>, text: &[u8]) {
    append_quoted(out, text, true);
}

/// Go: `strconv.QuoteRune`.
pub fn quote_rune(rune: char) -> String {
    let mut out = Vec::new();
    append_quote_rune(&mut out, rune);
    String::from_utf8(out).unwrap_or_default()
}

/// Go: `strconv.AppendQuoteRune`.
pub fn append_quote_rune(out: &mut Vec<u8>, rune: char) {
    out.push(b'\'');
    append_escaped(out, rune, '\'', false);
    out.push(b'\'');
}

/// Go: `strconv.AppendQuoteRuneToASCII`.
pub fn append_quote_rune_to_ascii(out: &mut Vec<u8>, rune: char) {
    out.push(b'\'');
    append_escaped(out, rune, '\'', true);
    out.push(b'\'');
}

/// Go: `strconv.CanBackquote`.
pub fn can_backquote(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else { return false };
    text.chars().all(|rune| match rune {
        '\u{FEFF}' | '`' | '\u{7F}' => false,
        '\t' => true,
        _ => rune >= ' ',
    })
}

fn append_quoted(out: &mut Vec<u8>, text: &[u8], ascii_only: bool) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut position = 0;
    while position < text.len() {
        let rest = &text[position..];
        let plain = rest.iter().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'));
        let plain = plain.unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        position += plain;
        let Some(byte) = rest.get(plain) else { break };
        let (rune, width) = decode_rune(&rest[plain..]);
        if width == 1 && !byte.is_ascii() {
            out.extend_from_slice(b"\\x");
            append_hex(out, u32::from(*byte), 2);
        } else {
            append_escaped(out, rune, '"', ascii_only);
        }
        position += width;
    }
    out.push(b'"');
}

/// Go: `appendEscapedRune`.
fn append_escaped(out: &mut Vec<u8>, rune: char, quote: char, ascii_only: bool) {
    let code = u32::from(rune);
    let escape = match rune {
        '\\' => b'\\',
        _ if rune == quote => quote as u8,
        _ if is_print(rune) && (!ascii_only || rune.is_ascii()) => {
            return out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        }
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0C' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0B' => b'v',
        _ if code < 0x20 || code == 0x7F => {
            out.extend_from_slice(b"\\x");
            return append_hex(out, code, 2);
        }
        _ if code < 0x1_0000 => {
            out.extend_from_slice(b"\\u");
            return append_hex(out, code, 4);
        }
        _ => {
            out.extend_from_slice(b"\\U");
            return append_hex(out, code, 8);
        }
    };
    out.extend_from_slice(&[b'\\', escape]);
}

fn append_hex(out: &mut Vec<u8>, code: u32, digits: u32) {
    for position in (0..digits).rev() {
        out.push(HEX[((code >> (4 * position)) & 0xF) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote("a\"\\\n\x01é\u{200B}\u{E0001}".as_bytes()), "\"a\\\"\\\\\\n\\x01é\\u200b\\U000e0001\"");
        assert_eq!(quote(b"\xFF\xC3"), r#""\xff\xc3""#);
        assert_eq!(quote_rune('\''), r"'\''");
        let mut out = Vec::new();
        append_quote_to_ascii(&mut out, "é😀".as_bytes());
        assert_eq!(out, br#""\u00e9\U0001f600""#);
    }

    #[test]
    fn backquotes_hold_no_controls() {
        assert!(can_backquote("a\té".as_bytes()));
        for text in [&b"`"[..], b"\n", b"\x7F", b"\xFF", "\u{FEFF}".as_bytes()] {
            assert!(!can_backquote(text));
        }
    }
}
