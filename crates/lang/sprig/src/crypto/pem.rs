//! PEM blocks. Go: encoding/pem.

use crate::encoding::base64;

/// A block: its type and its bytes.
#[derive(Debug)]
pub(super) struct Block {
    pub label: String,
    pub bytes: Vec<u8>,
}

/// Go: `pem.EncodeToMemory` without headers.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = &text[..];
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The first well-formed block. Go: `pem.Decode`.
pub(super) fn decode(text: &[u8]) -> Option<Block> {
    let mut rest = text;
    // Each end line is tried with the last begin line before it.
    while let Some(end) = memchr::memmem::find(rest, END) {
        let (before, after) = rest.split_at(end);
        if let Some(block) = block(before, &after[END.len()..]) {
            return Some(block);
        }
        rest = &after[END.len()..];
    }
    None
}

/// A block of what stands before and behind `-----END `.
fn block(before: &[u8], trailer: &[u8]) -> Option<Block> {
    let begin = memchr::memmem::rfind(before, BEGIN)?;
    if begin > 0 && before[begin - 1] != b'\n' {
        return None;
    }
    let (line, mut body) = line(&before[begin + BEGIN.len()..]);
    let label = line.strip_suffix(DASHES)?;
    loop {
        let (header, next) = self::line(body);
        if !header.contains(&b':') {
            break;
        }
        body = next;
    }
    let behind = trailer.strip_prefix(label)?.strip_prefix(DASHES)?;
    if !self::line(behind).0.is_empty() {
        return None;
    }
    let packed: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    let bytes = base64::decode(&packed).ok()?;
    Some(Block { label: String::from_utf8_lossy(label).into_owned(), bytes })
}

/// The first line without white space at its end, and the rest. Go: `getLine`.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let line = &text[..end.unwrap_or(text.len())];
    let rest = end.map_or(&[][..], |end| &text[end + 1..]);
    (line.trim_ascii_end(), rest)
}
