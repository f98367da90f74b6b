//! Cutting and wrapping of texts by bytes, as goutils and sprig do: `abbrev`, `wrap`, `initials`,
//! `nospace`, `trunc`, `substr`, `untitle`.

use corten_gostd::text::{is_space, runes, to_lower_char};
use corten_value::number;
use memchr::{memchr, memrchr};

/// goutils: `AbbreviateFull`, which counts bytes and may cut inside a character.
pub(super) fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = number::length(text.len());
    if width < 4 {
        return Vec::new();
    }
    if length <= width {
        return text.to_vec();
    }
    let kept = width - 3;
    let mut offset = offset.min(length);
    if length.saturating_sub(offset) < kept {
        offset = length - kept;
    }
    if offset <= 4 {
        return [&text[..index(kept)], b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + kept < length {
        let middle = abbreviate(&text[index(offset)..], 0, kept);
        return [b"...", middle.as_slice()].concat();
    }
    [b"...", &text[index(length - kept)..]].concat()
}

/// goutils: `WrapCustom`: lines of at most `width` bytes where words allow; `cut` breaks long words.
pub(super) fn wrap(text: &[u8], width: i64, newline: &[u8], cut: bool) -> Vec<u8> {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let width = index(width.max(1));
    let mut out = Vec::with_capacity(text.len() + text.len() / width.max(8) * newline.len());
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        // A space right after the line still ends it.
        let (end, next) = match memrchr(b' ', &rest[..=width]) {
            Some(space) => (space, space + 1),
            None if cut => (width, width),
            None => match memchr(b' ', &rest[width..]) {
                Some(space) => (width + space, width + space + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(newline);
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    out
}

/// goutils: `Initials`, which takes bytes for Latin-1 characters.
pub(super) fn initials(text: &[u8]) -> String {
    let mut out = String::new();
    let mut after_space = true;
    for byte in text {
        let rune = char::from(*byte);
        if is_space(rune) {
            after_space = true;
        } else if std::mem::take(&mut after_space) {
            out.push(rune);
        }
    }
    out
}

// compat: latin-1-words
/// goutils: `DeleteWhiteSpace`, which takes bytes for Latin-1 characters when any is a space.
pub(super) fn without_space(text: &[u8]) -> Option<String> {
    let is_blank = |byte: &u8| is_space(char::from(*byte));
    text.iter()
        .any(is_blank)
        .then(|| text.iter().filter(|byte| !is_blank(byte)).map(|byte| char::from(*byte)).collect())
}

/// goutils: `Uncapitalize`.
pub(super) fn uncapitalize(text: &[u8]) -> String {
    let mut start = true;
    runes(text)
        .map(|(rune, _)| {
            if is_space(rune) {
                start = true;
                rune
            } else if std::mem::take(&mut start) {
                to_lower_char(rune)
            } else {
                rune
            }
        })
        .collect()
}

/// sprig: `trunc`: the first bytes, or the last ones for a negative count.
pub(super) fn truncate(text: &[u8], count: i64) -> &[u8] {
    let length = number::length(text.len());
    match count {
        0.. if count < length => &text[..index(count)],
        ..0 if length.saturating_add(count) > 0 => &text[index(length + count)..],
        _ => text,
    }
}

/// sprig: `substr`, with the texts of Go's bounds checks.
pub(super) fn part(text: &[u8], start: i64, end: i64) -> Result<&[u8], String> {
    const OUT_OF_RANGE: &str = "runtime error: slice bounds out of range";
    let length = number::length(text.len());
    if start < 0 {
        return match end {
            ..0 => Err(format!("{OUT_OF_RANGE} [:{end}]")),
            _ if end > length => Err(format!("{OUT_OF_RANGE} [:{end}] with length {length}")),
            _ => Ok(&text[..index(end)]),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end { Err(format!("{OUT_OF_RANGE} [{start}:{end}]")) } else { Ok(&text[index(start)..index(end)]) }
}

fn index(int: i64) -> usize {
    number::index(int).unwrap_or(0)
}
