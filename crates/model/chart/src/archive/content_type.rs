//! What a file that is no archive looks like. Go: net/http `DetectContentType`, and Helm's check
//! before it opens an archive.

/// How many bytes are looked at.
const LOOK: usize = 512;

/// Refuses what is no gzip file, with a hint at what it is. Go: archive.go `EnsureArchive`.
///
/// # Errors
/// Helm's text.
pub fn check_archive(name: &str, data: &[u8]) -> Result<(), String> {
    // Go looks at a zeroed buffer, so a short text ends in NULs and counts as binary.
    let mut start = [0; LOOK];
    for (to, from) in start.iter_mut().zip(data) {
        *to = *from;
    }
    let found = content_type(&start);
    if found == "application/x-gzip" || start.starts_with(b"\x1f\x8b\x08") {
        return Ok(());
    }
    if [".yml", ".yaml"].iter().any(|ending| name.ends_with(ending)) {
        return Err(format!("file '{name}' seems to be a YAML file, but expected a gzipped archive"));
    }
    Err(format!("file '{name}' does not appear to be a gzipped archive; got '{found}'"))
}

fn content_type(data: &[u8]) -> &'static str {
    let blanks = data.iter().take_while(|byte| b"\t\n\x0c\r ".contains(byte)).count();
    let text = &data[blanks..];
    if HTML.iter().any(|tag| is_tag(text, tag)) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let matches = |(parts, _): &&Signature| parts.iter().all(|(at, bytes)| data[*at..].starts_with(bytes));
    if let Some((_, found)) = BEFORE_VIDEO.iter().find(matches) {
        return found;
    }
    if is_mp4(data) {
        return "video/mp4";
    }
    if let Some((_, found)) = AFTER_VIDEO.iter().find(matches) {
        return found;
    }
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if text.iter().any(is_binary) { "application/octet-stream" } else { "text/plain; charset=utf-8" }
}

fn is_tag(text: &[u8], tag: &[u8]) -> bool {
    let Some((start, rest)) = text.split_at_checked(tag.len()) else { return false };
    start.eq_ignore_ascii_case(tag) && matches!(rest.first(), Some(b' ' | b'>'))
}

/// An MP4 file starts with a box of four-byte brands, any of which may be mp4.
fn is_mp4(data: &[u8]) -> bool {
    let [a, b, c, d, b'f', b't', b'y', b'p', ..] = *data else { return false };
    let size = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if size > data.len() || size % 4 != 0 {
        return false;
    }
    // The second brand is a version number.
    (8..size).step_by(4).filter(|at| *at != 12).any(|at| data[at..].starts_with(b"mp4"))
}

const HTML: &[&[u8]] = &[
    b"<!DOCTYPE HTML",
    b"<HTML",
    b"<HEAD",
    b"<SCRIPT",
    b"<IFRAME",
    b"<H1",
    b"<DIV",
    b"<FONT",
    b"<TABLE",
    b"<A",
    b"<STYLE",
    b"<TITLE",
    b"<B",
    b"<BODY",
    b"<BR",
    b"<P",
    b"<!--",
];

/// Bytes at offsets, and what a file with all of them is.
type Signature = (&'static [(usize, &'static [u8])], &'static str);

const BEFORE_VIDEO: &[Signature] = &[
    (&[(0, b"%PDF-")], "application/pdf"),
    (&[(0, b"%!PS-Adobe-")], "application/postscript"),
    (&[(0, b"\xfe\xff")], "text/plain; charset=utf-16be"),
    (&[(0, b"\xff\xfe")], "text/plain; charset=utf-16le"),
    (&[(0, b"\xef\xbb\xbf")], "text/plain; charset=utf-8"),
    (&[(0, b"\0\0\x01\0")], "image/x-icon"),
    (&[(0, b"\0\0\x02\0")], "image/x-icon"),
    (&[(0, b"BM")], "image/bmp"),
    (&[(0, b"GIF87a")], "image/gif"),
    (&[(0, b"GIF89a")], "image/gif"),
    (&[(0, b"RIFF"), (8, b"WEBPVP")], "image/webp"),
    (&[(0, b"\x89PNG\r\n\x1a\n")], "image/png"),
    (&[(0, b"\xff\xd8\xff")], "image/jpeg"),
    (&[(0, b"FORM"), (8, b"AIFF")], "audio/aiff"),
    (&[(0, b"ID3")], "audio/mpeg"),
    (&[(0, b"OggS\0")], "application/ogg"),
    (&[(0, b"MThd\0\0\0\x06")], "audio/midi"),
    (&[(0, b"RIFF"), (8, b"AVI ")], "video/avi"),
    (&[(0, b"RIFF"), (8, b"WAVE")], "audio/wave"),
];

const AFTER_VIDEO: &[Signature] = &[
    (&[(0, b"\x1a\x45\xdf\xa3")], "video/webm"),
    (&[(34, b"LP")], "application/vnd.ms-fontobject"),
    (&[(0, b"\0\x01\0\0")], "font/ttf"),
    (&[(0, b"OTTO")], "font/otf"),
    (&[(0, b"ttcf")], "font/collection"),
    (&[(0, b"wOFF")], "font/woff"),
    (&[(0, b"wOF2")], "font/woff2"),
    (&[(0, b"\x1f\x8b\x08")], "application/x-gzip"),
    (&[(0, b"PK\x03\x04")], "application/zip"),
    (&[(0, b"Rar!\x1a\x07\0")], "application/x-rar-compressed"),
    (&[(0, b"Rar!\x1a\x07\x01\0")], "application/x-rar-compressed"),
    (&[(0, b"\0asm")], "application/wasm"),
];
