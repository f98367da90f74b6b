//! A tar reader that fails where Go's archive/tar fails, with its texts.
//!
//! Knows V7, USTAR, PAX and GNU long names; sparse files are refused. A link has no content, as
//! Go reads it: Helm takes it for an empty file.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::ArchiveError;
use crate::ModTime;

const BLOCK: usize = 512;
/// Go: maxSpecialFileSize.
const LARGEST_RECORD: u64 = 1 << 20;

/// One entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub size: u64,
    pub is_folder: bool,
    pub modified: ModTime,
}

/// A tar archive that is read from front to back.
pub(super) struct Tar<R> {
    source: R,
    /// The bytes of the current entry that were not read yet.
    rest: u64,
    /// The bytes from its end to the next block.
    padding: u64,
}

/// A header as it stands in its block.
struct Header {
    name: Vec<u8>,
    size: i64,
    mode: i64,
    kind: u8,
    seconds: i64,
}

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

impl<R: Read> Tar<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, rest: 0, padding: 0 }
    }

    /// The next entry; its content can be read until this is called again.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ArchiveError> {
        let mut records = Records::new();
        let mut long_name = Vec::new();
        loop {
            let Some(mut header) = self.header()? else { return Ok(None) };
            match header.kind {
                b'x' | b'g' => {
                    let text = self.record()?;
                    if header.kind == b'x' {
                        records = parse_records(&text)?;
                    } else {
                        parse_records(&text)?;
                    }
                }
                b'L' => long_name = until_nul(&self.record()?).to_vec(),
                b'K' => drop(self.record()?),
                _ => {
                    let modified = merge_records(&mut header, &records)?;
                    if !long_name.is_empty() {
                        header.name = long_name;
                    }
                    return self.entry(&header, modified).map(Some);
                }
            }
        }
    }

    /// What is left of the current entry.
    pub(super) fn content(&mut self) -> Content<'_, R> {
        Content(self)
    }

    fn entry(&mut self, header: &Header, modified: ModTime) -> Result<Entry, ArchiveError> {
        const FOLDER_BITS: i64 = 0o40_000;
        // Go: a V7 archive marks folders by a slash.
        let is_folder = header.kind == b'5' || (header.kind == 0 && header.name.ends_with(b"/"));
        let has_content = !is_folder && !(b'1'..=b'6').contains(&header.kind);
        self.expect(if has_content { header.size } else { 0 })?;
        if header.kind == b'S' {
            return Err(invalid());
        }
        Ok(Entry {
            name: String::from_utf8_lossy(&header.name).into_owned(),
            size: u64::try_from(header.size).map_err(|_| invalid())?,
            is_folder: is_folder || header.mode & !0o7777 == FOLDER_BITS,
            modified,
        })
    }

    /// Skips to the next block of a header and reads it; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>, ArchiveError> {
        let rest = self.rest;
        let skipped =
            io::copy(&mut self.source.by_ref().take(rest), &mut io::sink()).map_err(|error| broken(&error))?;
        if skipped < rest {
            return Err(cut_short());
        }
        let padding = self.padding;
        io::copy(&mut self.source.by_ref().take(padding), &mut io::sink()).map_err(|error| broken(&error))?;
        (self.rest, self.padding) = (0, 0);
        let Some(block) = self.block()? else { return Ok(None) };
        if block == [0; BLOCK] {
            return match self.block()? {
                Some(block) if block != [0; BLOCK] => Err(invalid()),
                _ => Ok(None),
            };
        }
        let header = parse_header(&block)?;
        if matches!(header.kind, b'x' | b'g' | b'L' | b'K') {
            self.expect(header.size)?;
        }
        Ok(Some(header))
    }

    fn expect(&mut self, size: i64) -> Result<(), ArchiveError> {
        self.rest = u64::try_from(size).map_err(|_| invalid())?;
        self.padding = self.rest.wrapping_neg() % BLOCK as u64;
        Ok(())
    }

    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, ArchiveError> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.source.read(&mut block[filled..]).map_err(|error| broken(&error))? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(cut_short()),
                read => filled += read,
            }
        }
        Ok(Some(block))
    }

    /// The content of an entry that only describes the next one.
    fn record(&mut self) -> Result<Vec<u8>, ArchiveError> {
        let mut text = Vec::new();
        let result = self.content().take(LARGEST_RECORD + 1).read_to_end(&mut text);
        result.map_err(|error| broken(&error))?;
        if text.len() as u64 > LARGEST_RECORD {
            return Err(ArchiveError::Refused("archive/tar: header field too long".to_owned()));
        }
        Ok(text)
    }
}

/// Reads the current entry to its end, where a cut archive is an error.
pub(super) struct Content<'a, R>(&'a mut Tar<R>);

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.0.rest).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.0.source.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.0.rest -= read as u64;
        Ok(read)
    }
}

fn parse_header(block: &[u8; BLOCK]) -> Result<Header, ArchiveError> {
    check_sum(block)?;
    let mut name = until_nul(&block[..100]).to_vec();
    // USTAR keeps the front of a long path apart; star shortens that field, GNU puts times there.
    let prefix: &[u8] = match (&block[257..263], &block[508..512]) {
        (b"ustar\0", b"tar\0") => &block[345..476],
        (b"ustar\0", _) => &block[345..500],
        _ => &[],
    };
    let prefix = until_nul(prefix);
    if !prefix.is_empty() {
        name = [prefix, b"/", &name].concat();
    }
    Ok(Header {
        name,
        size: numeric(&block[124..136])?,
        mode: numeric(&block[100..108])?,
        kind: block[156],
        seconds: numeric(&block[136..148])?,
    })
}

/// Old writers summed signed bytes; both sums are accepted.
fn check_sum(block: &[u8; BLOCK]) -> Result<(), ArchiveError> {
    let (field, blanks) = (148..156, 8 * i64::from(b' '));
    let unsigned = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| i32::from(byte.cast_signed())).sum::<i32>();
    let stored = octal(&block[field.clone()])?;
    let sums = [
        i64::from(unsigned(block)) - i64::from(unsigned(&block[field.clone()])),
        i64::from(signed(block)) - i64::from(signed(&block[field])),
    ];
    if sums.contains(&(stored - blanks)) { Ok(()) } else { Err(invalid()) }
}

/// Go: parseNumeric: octal, or big-endian two's complement when the first bit is set.
fn numeric(field: &[u8]) -> Result<i64, ArchiveError> {
    let Some((first, rest)) = field.split_first() else { return Ok(0) };
    if first & 0x80 == 0 {
        return octal(field);
    }
    let negative = first & 0x40 != 0;
    let invert = if negative { 0xff } else { 0 };
    let mut value: u64 = 0;
    for byte in std::iter::once((first ^ invert) & 0x7f).chain(rest.iter().map(|byte| byte ^ invert)) {
        if value >> 56 > 0 {
            return Err(invalid());
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).map_err(|_| invalid())?;
    Ok(if negative { !value } else { value })
}

/// Go: parseOctal: blanks and NULs around it do not count, nothing is 0.
fn octal(field: &[u8]) -> Result<i64, ArchiveError> {
    let is_filler = |byte: &u8| matches!(byte, b' ' | 0);
    let Some(start) = field.iter().position(|byte| !is_filler(byte)) else { return Ok(0) };
    let end = field.iter().rposition(|byte| !is_filler(byte)).map_or(0, |last| last + 1);
    until_nul(&field[start..end]).iter().try_fold(0_i64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value + i64::from(byte - b'0')).ok_or_else(invalid),
        _ => Err(invalid()),
    })
}

/// Go: parsePAX: records `LENGTH KEY=VALUE\n`.
fn parse_records(mut text: &[u8]) -> Result<Records, ArchiveError> {
    let mut records = Records::new();
    while !text.is_empty() {
        let (record, rest) = parse_record(text).ok_or_else(invalid)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(invalid)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        if key.is_empty() || key.starts_with(b"GNU.sparse.") {
            return Err(invalid());
        }
        if value.is_empty() {
            records.remove(key);
        } else {
            records.insert(key.to_vec(), value.to_vec());
        }
        text = rest;
    }
    Ok(records)
}

fn parse_record(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = text.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&text[..blank]).ok()?.parse().ok()?;
    let record = text.get(blank + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &text[length..]))
}

/// Go: mergePAX, as far as charts see it.
fn merge_records(header: &mut Header, records: &Records) -> Result<ModTime, ArchiveError> {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    if let Some(name) = records.get(b"path".as_slice()) {
        header.name.clone_from(name);
    }
    if let Some(size) = records.get(b"size".as_slice()) {
        header.size = number(size).ok_or_else(invalid)?;
    }
    let (mut seconds, mut nanos) = (header.seconds, 0);
    if let Some(time) = records.get(b"mtime".as_slice()) {
        (seconds, nanos) = parse_time(time).ok_or_else(invalid)?;
    }
    Ok(seconds.checked_mul(1_000_000_000).and_then(|time| time.checked_add(nanos)))
}

/// Go: parsePAXTime: decimal seconds with any number of digits after the point.
fn parse_time(text: &[u8]) -> Option<(i64, i64)> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = seconds.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    Some((number, if seconds.starts_with('-') { -nanos } else { nanos }))
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn invalid() -> ArchiveError {
    ArchiveError::Refused("archive/tar: invalid tar header".to_owned())
}

fn cut_short() -> ArchiveError {
    ArchiveError::Refused("unexpected EOF".to_owned())
}

/// The text that Go's gzip or flate would give for a broken stream.
pub(super) fn broken(error: &io::Error) -> ArchiveError {
    let text = error.to_string();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_short(),
        _ if text.contains("checksum") => ArchiveError::Refused("gzip: invalid checksum".to_owned()),
        _ if text.contains("header") => ArchiveError::Header,
        _ => ArchiveError::Refused(format!("flate: {text}")),
    }
}
