//! Reads Go string and rune literals: `Unquote`, `UnquoteChar`.

use crate::text::decode_rune;

/// What [`unquote_char`] read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnquotedChar<'a> {
    /// The code point, or the byte that `\xFF` and `\377` stand for.
    pub value: u32,
    /// Whether the value needs UTF-8; a value without it is one byte.
    pub multibyte: bool,
    /// What follows.
    pub rest: &'a [u8],
}

/// Go: `strconv.Unquote`: the text of a literal in double quotes, single quotes or backquotes.
pub fn unquote(literal: &[u8]) -> Option<Vec<u8>> {
    let (&quote, rest) = literal.split_first()?;
    let (&last, inner) = rest.split_last()?;
    match quote {
        b'`' if last == b'`' && !inner.contains(&b'`') => {
            // Go: carriage returns in raw literals are discarded.
            Some(inner.iter().copied().filter(|byte| *byte != b'\r').collect())
        }
        b'"' | b'\'' => unquote_escaped(rest, quote),
        _ => None,
    }
}

fn unquote_escaped(mut rest: &[u8], quote: u8) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(rest.len());
    let mut count = 0;
    while *rest.first()? != quote {
        if rest[0] == b'\n' {
            return None;
        }
        let unquoted = unquote_char(rest, quote)?;
        unquoted.append_to(&mut out);
        rest = unquoted.rest;
        count += 1;
        // Go: single quotes hold one rune, or none.
        if quote == b'\'' && count > 1 {
            return None;
        }
    }
    (rest.len() == 1).then_some(out)
}

impl UnquotedChar<'_> {
    /// Appends the byte or the rune in UTF-8.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        if !self.multibyte {
            out.push((self.value & 0xFF) as u8);
            return;
        }
        let rune = char::from_u32(self.value).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Go: `strconv.UnquoteChar`: the first character of an escaped text. `quote` is `"` or `'`, which
/// must be escaped then, or 0.
pub fn unquote_char(text: &[u8], quote: u8) -> Option<UnquotedChar<'_>> {
    let (&first, rest) = text.split_first()?;
    if first == quote && matches!(quote, b'\'' | b'"') {
        return None;
    }
    if !first.is_ascii() {
        let (rune, width) = decode_rune(text);
        return Some(UnquotedChar { value: u32::from(rune), multibyte: true, rest: &text[width..] });
    }
    if first != b'\\' {
        return Some(UnquotedChar { value: u32::from(first), multibyte: false, rest });
    }
    let (&escape, rest) = rest.split_first()?;
    let value = match escape {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => 0x0A,
        b'r' => 0x0D,
        b't' => 0x09,
        b'v' => 0x0B,
        b'\\' => 0x5C,
        b'\'' | b'"' if escape == quote => u32::from(escape),
        b'x' => return digits(rest, 2, 16).map(|(value, rest)| UnquotedChar { value, multibyte: false, rest }),
        b'u' => return unicode(rest, 4),
        b'U' => return unicode(rest, 8),
        b'0'..=b'7' => {
            let (low, rest) = digits(rest, 2, 8)?;
            let value = u32::from(escape - b'0') * 64 + low;
            return (value <= 255).then_some(UnquotedChar { value, multibyte: false, rest });
        }
        _ => return None,
    };
    Some(UnquotedChar { value, multibyte: false, rest })
}

fn unicode(text: &[u8], count: usize) -> Option<UnquotedChar<'_>> {
    let (value, rest) = digits(text, count, 16)?;
    char::from_u32(value)?;
    Some(UnquotedChar { value, multibyte: true, rest })
}

fn digits(text: &[u8], count: usize, base: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let value = digits.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(base)?;
        Some(value.wrapping_mul(base) | digit)
    });
    value.map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_literal_forms() {
        assert_eq!(unquote(br#""a\n\x41\101\u00e9\xff""#).as_deref(), Some(&b"a\nAA\xC3\xA9\xFF"[..]));
        assert_eq!(unquote(b"`a\\\r\nb`").as_deref(), Some(&b"a\\\nb"[..]));
        assert_eq!(unquote("'é'".as_bytes()).as_deref(), Some("é".as_bytes()));
        assert_eq!(unquote(b"''").as_deref(), Some(&b""[..]));
    }

    #[test]
    fn bad_literals() {
        for literal in [&b"\""[..], b"\"a", b"'ab'", b"\"\n\"", br#""\q""#, br#""\ud800""#, br#""\400""#, b"a", b"``x`"]
        {
            assert_eq!(unquote(literal), None);
        }
    }
}
