//! Go's `strings` and `unicode/utf8`, as far as template functions need them.
//!
//! Texts are bytes; where Go decodes runes, each byte that is not UTF-8 counts as one U+FFFD.

pub use crate::unicode::{
    is_digit, is_letter, is_lower, is_print, is_space, is_upper, to_lower as to_lower_char, to_title,
    to_upper as to_upper_char,
};

use memchr::memmem;

/// Go: `utf8.DecodeRune`: the first rune and its width; U+FFFD of width 1 for a bad byte and of
/// width 0 for no text.
pub fn decode_rune(text: &[u8]) -> (char, usize) {
    let Some(first) = text.first() else { return (char::REPLACEMENT_CHARACTER, 0) };
    if first.is_ascii() {
        return (char::from(*first), 1);
    }
    let width = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    let rune = text.get(..width).and_then(|bytes| str::from_utf8(bytes).ok()).and_then(|text| text.chars().next());
    rune.map_or((char::REPLACEMENT_CHARACTER, 1), |rune| (rune, width))
}

/// Go: `utf8.DecodeLastRune`.
pub fn decode_last_rune(text: &[u8]) -> (char, usize) {
    if text.is_empty() {
        return (char::REPLACEMENT_CHARACTER, 0);
    }
    for width in 1..=text.len().min(4) {
        let (rune, size) = decode_rune(&text[text.len() - width..]);
        if size == width && (width > 1 || rune != char::REPLACEMENT_CHARACTER) {
            return (rune, width);
        }
    }
    (char::REPLACEMENT_CHARACTER, 1)
}

/// The runes of a text with their widths, as Go's `range` yields them.
pub fn runes(text: &[u8]) -> Runes<'_> {
    Runes { rest: text }
}

/// The iterator of [`runes`].
#[derive(Clone, Debug)]
pub struct Runes<'a> {
    rest: &'a [u8],
}

impl Iterator for Runes<'_> {
    type Item = (char, usize);

    fn next(&mut self) -> Option<(char, usize)> {
        let (rune, width) = decode_rune(self.rest);
        self.rest = self.rest.get(width..)?;
        (width > 0).then_some((rune, width))
    }
}

/// Go: `utf8.RuneCount`.
pub fn rune_count(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Go: `strings.ToValidUTF8` with U+FFFD for each bad byte: what ranging over the text sees.
pub fn to_valid(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    out
}

/// Go: `strings.ToUpper`.
pub fn to_upper(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() { text.to_ascii_uppercase() } else { map(text, crate::unicode::to_upper) }
}

/// Go: `strings.ToLower`.
pub fn to_lower(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() { text.to_ascii_lowercase() } else { map(text, crate::unicode::to_lower) }
}

/// Go: `strings.Title`: the title case of each rune after a separator.
pub fn title(text: &[u8]) -> Vec<u8> {
    let mut previous = ' ';
    map(text, |rune| if is_separator(std::mem::replace(&mut previous, rune)) { to_title(rune) } else { rune })
}

/// Go: `strings.Map`, which turns bad bytes into U+FFFD.
fn map(text: &[u8], mut change: impl FnMut(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (rune, _) in runes(text) {
        out.extend_from_slice(change(rune).encode_utf8(&mut [0; 4]).as_bytes());
    }
    out
}

/// Go: `isSeparator` of strings.Title.
fn is_separator(rune: char) -> bool {
    if rune.is_ascii() { !rune.is_ascii_alphanumeric() && rune != '_' } else { is_space(rune) }
}

/// Go: `strings.Fields`.
pub fn fields(text: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = None;
    let mut position = 0;
    for (rune, width) in runes(text) {
        if is_space(rune) {
            fields.extend(start.take().map(|start| &text[start..position]));
        } else if start.is_none() {
            start = Some(position);
        }
        position += width;
    }
    fields.extend(start.map(|start| &text[start..]));
    fields
}

/// Go: `strings.TrimSpace`.
pub fn trim_space(text: &[u8]) -> &[u8] {
    trim_right(trim_left(text, is_space), is_space)
}

/// Go: `strings.TrimLeftFunc`.
pub fn trim_left(mut text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    loop {
        let (rune, width) = decode_rune(text);
        if width == 0 || !cut(rune) {
            return text;
        }
        text = &text[width..];
    }
}

/// Go: `strings.TrimRightFunc`.
pub fn trim_right(mut text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    loop {
        let (rune, width) = decode_last_rune(text);
        if width == 0 || !cut(rune) {
            return text;
        }
        text = &text[..text.len() - width];
    }
}

/// Go: `strings.ReplaceAll`; an empty `old` matches before each rune and at the end.
pub fn replace_all(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    if old.is_empty() {
        let mut position = 0;
        for (_, width) in runes(text) {
            out.extend_from_slice(new);
            out.extend_from_slice(&text[position..position + width]);
            position += width;
        }
        out.extend_from_slice(new);
        return out;
    }
    let mut position = 0;
    for found in memmem::find_iter(text, old) {
        out.extend_from_slice(&text[position..found]);
        out.extend_from_slice(new);
        position = found + old.len();
    }
    out.extend_from_slice(&text[position..]);
    out
}

/// Helm: `strings.ReplaceAll(text, "<no value>", "")`, without a copy when there is none.
pub fn replace_no_value(text: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    if memmem::find(&text, NO_VALUE).is_none() { text } else { replace_all(&text, NO_VALUE, b"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bytes_count_one_rune_each() {
        assert_eq!(decode_rune(b"\xE6\x97x"), (char::REPLACEMENT_CHARACTER, 1));
        assert_eq!(decode_last_rune("a日".as_bytes()), ('日', 3));
        assert_eq!(decode_last_rune(b"a\x97"), (char::REPLACEMENT_CHARACTER, 1));
        assert_eq!(rune_count(b"a\xE6\x97"), 3);
        assert_eq!(to_upper(b"\xC3\xA9\xFF"), "É\u{FFFD}".as_bytes());
    }

    #[test]
    fn titles_start_after_separators() {
        assert_eq!(title(b"foo-bar b_c x1y \xC3\xA9t"), "Foo-Bar B_c X1y Ét".as_bytes());
    }

    #[test]
    fn fields_and_trims() {
        assert_eq!(fields("  a\u{A0}b c ".as_bytes()), [b"a", b"b", b"c"]);
        assert_eq!(trim_space("\u{2003} x y\t".as_bytes()), b"x y");
        assert_eq!(trim_space(b"  "), b"");
    }

    #[test]
    fn no_value_vanishes() {
        assert_eq!(replace_no_value(b"a<no value><no value>b".to_vec()), b"ab");
        assert_eq!(replace_all("aé".as_bytes(), b"", b"-"), "-a-é-".as_bytes());
    }
}
