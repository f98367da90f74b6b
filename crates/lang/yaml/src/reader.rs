//! Bytes to text: encoding, and the characters that YAML does not allow.
//!
//! Go: readerc.go. go-yaml decodes its input in chunks of 512 bytes while it scans, so a bad
//! character is reported only once the scanner needs its chunk, and a syntax error before that
//! wins. [`Source::text`] therefore ends where the chunk of the first bad character begins, and
//! [`Source::fault`] says what the scanner has to report when it wants more.

use std::borrow::Cow;

/// Go: `input_raw_buffer_size`.
const CHUNK: usize = 512;

/// Decoded input.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// Valid text without a byte order mark, NUL or other control characters.
    pub(crate) text: Cow<'a, str>,
    /// How many bytes of the input come before the text (a byte order mark).
    pub(crate) offset: usize,
    /// Go's words for what follows the text, when that is not the end of the input.
    pub(crate) fault: Option<&'static str>,
}

/// Decodes the input of go-yaml.
pub(crate) fn read(bytes: &[u8]) -> Source<'_> {
    match bytes {
        // Go: decode.go newParser reads an empty input as one line break.
        [] => Source { text: Cow::Borrowed("\n"), offset: 0, fault: None },
        [0xFF, 0xFE, ..] => read_utf16(bytes, u16::from_le_bytes),
        [0xFE, 0xFF, ..] => read_utf16(bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, ..] => read_utf8(bytes, 3),
        _ => read_utf8(bytes, 0),
    }
}

fn read_utf8(bytes: &[u8], offset: usize) -> Source<'_> {
    let body = &bytes[offset..];
    let (valid, invalid) = match str::from_utf8(body) {
        Ok(text) => (text, false),
        Err(error) => (str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default(), true),
    };
    let (end, fault) = match find_control(valid) {
        Some(at) => (at, "control characters are not allowed"),
        None if invalid => (valid.len(), invalid_utf8(&body[valid.len()..])),
        None => return Source { text: Cow::Borrowed(valid), offset, fault: None },
    };
    // Go: what is cut off by the end is noticed only after all before it has been handed out.
    let is_cut = fault.starts_with("incomplete");
    let limit = if is_cut { end } else { chunk_start(bytes, offset + end).saturating_sub(offset) };
    Source { text: Cow::Borrowed(&valid[..limit]), offset, fault: Some(fault) }
}

/// The start of the chunk that holds the character `at`; a chunk begins with the character that the
/// one before could not complete.
fn chunk_start(bytes: &[u8], at: usize) -> usize {
    let width = match bytes.get(at) {
        Some(0xC0..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF7) => 4,
        _ => 1,
    };
    let mut start = 0;
    loop {
        let mut next = start + CHUNK;
        if next >= at + width {
            return start;
        }
        while next > at || bytes.get(next).is_some_and(|byte| byte & 0xC0 == 0x80) {
            next -= 1;
        }
        start = next;
    }
}

/// What go-yaml says of a byte sequence that is not UTF-8.
fn invalid_utf8(bytes: &[u8]) -> &'static str {
    let width = match bytes.first().copied().unwrap_or_default() {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(sequence) = bytes.get(..width) else {
        return "incomplete UTF-8 octet sequence";
    };
    if sequence[1..].iter().any(|byte| byte & 0xC0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    match (sequence[0], sequence[1]) {
        (0xC0..=0xC1, _) | (0xE0, 0x80..=0x9F) | (0xF0, 0x80..=0x8F) => "invalid length of a UTF-8 sequence",
        _ => "invalid Unicode character",
    }
}

/// The offset of the first character that YAML does not allow.
pub(crate) fn find_control(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut start = 0;
    for chunk in bytes.chunks(256) {
        // Sums instead of branches, so that this is vectorised: almost all chunks end here.
        let suspect = chunk.iter().fold(0_u8, |found, &byte| {
            let is_break_or_tab = u8::from(byte == b'\n') | u8::from(byte == b'\t') | u8::from(byte == b'\r');
            found | (u8::from(byte < 0x20) & !is_break_or_tab) | u8::from(byte >= 0x7F)
        }) != 0;
        if suspect && let Some(at) = find_control_slowly(bytes, start, start + chunk.len()) {
            return Some(at);
        }
        start += chunk.len();
    }
    None
}

fn find_control_slowly(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    (start..end).find(|&at| match bytes[at] {
        b'\t' | b'\n' | b'\r' => false,
        0..0x20 | 0x7F => true,
        // U+0080 to U+009F but for NEL.
        0xC2 => matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9F)),
        // U+FFFE and U+FFFF.
        0xEF => matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])),
        _ => false,
    })
}

fn read_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Source<'_> {
    let mut text = String::with_capacity(bytes.len());
    let (mut at, mut chunk, mut chunk_text) = (2, 0, 0);
    let fault = loop {
        if at >= bytes.len() {
            return Source { text: Cow::Owned(text), offset: 2, fault: None };
        }
        let (character, width) = match next_utf16(&bytes[at..], unit) {
            Ok(next) => next,
            Err(fault) => break fault,
        };
        while at + width > chunk + CHUNK {
            (chunk, chunk_text) = (at, text.len());
        }
        if matches!(u32::from(character), 0..=8 | 0xB | 0xC | 0xE..=0x1F | 0x7F..=0x84 | 0x86..=0x9F | 0xFFFE | 0xFFFF)
        {
            break "control characters are not allowed";
        }
        text.push(character);
        at += width;
    };
    if !fault.starts_with("incomplete") {
        text.truncate(chunk_text);
    }
    Source { text: Cow::Owned(text), offset: 2, fault: Some(fault) }
}

fn next_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<(char, usize), &'static str> {
    let [low, high, rest @ ..] = bytes else {
        return Err("incomplete UTF-16 character");
    };
    let first = unit([*low, *high]);
    match first & 0xFC00 {
        0xDC00 => Err("unexpected low surrogate area"),
        0xD800 => {
            let [low, high, ..] = rest else {
                return Err("incomplete UTF-16 surrogate pair");
            };
            let second = unit([*low, *high]);
            if second & 0xFC00 != 0xDC00 {
                return Err("expected low surrogate area");
            }
            let value = 0x1_0000 + ((u32::from(first) & 0x3FF) << 10) + (u32::from(second) & 0x3FF);
            char::from_u32(value).map(|character| (character, 4)).ok_or("invalid Unicode character")
        }
        _ => char::from_u32(u32::from(first)).map(|character| (character, 2)).ok_or("invalid Unicode character"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_character_cuts_the_text_at_its_chunk() {
        let mut input = vec![b'x'; 600];
        assert!(read(&input).fault.is_none());
        input[550] = 1;
        let source = read(&input);
        assert_eq!((source.text.len(), source.fault), (512, Some("control characters are not allowed")));
        input[10] = 0xFF;
        assert_eq!(read(&input).fault, Some("invalid leading UTF-8 octet"));
    }

    #[test]
    fn utf16_is_decoded_either_way() {
        assert_eq!(read(b"\xFF\xFEa\0:\0").text, "a:");
        assert_eq!(read(b"\xFE\xFF\0a\xD8\x3D\xDE\0").text, "a\u{1F600}");
        assert_eq!(read(b"\xFE\xFF\0a\xD8").fault, Some("incomplete UTF-16 character"));
    }
}
