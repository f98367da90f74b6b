//! Chart archives: gzipped tar files whose entries lie in one folder.
//!
//! Follows Go's pkg/chart/loader/archive: every name is checked before anything is read, sizes are
//! limited before and while reading. Reading stops at the first entry that is refused. Archives in
//! archives share one [`Allowance`], so nesting does not multiply the limits.

mod content_type;
mod tar;
mod write;

use std::io::{self, Read};
use std::sync::Arc;

use corten_gostd::strconv;
use flate2::bufread::MultiGzDecoder;

pub use content_type::check_archive;
pub(crate) use write::{Packed, pack};

use self::tar::{Entry, Tar};
use crate::{Compat, File, paths};

/// The most that a chart may unpack to.
pub const MAX_CHART_SIZE: u64 = 100 << 20;
/// The most that one file of a chart may have.
pub const MAX_FILE_SIZE: u64 = 5 << 20;
/// The most that a chart and all archives inside it may unpack to, together.
const MAX_TOTAL_SIZE: u64 = 512 << 20;

/// Why an archive cannot be read; Display is the text of Helm or of Go's library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It does not start as gzip does. Go: `gzip.ErrHeader`.
    #[error("gzip: invalid header")]
    Header,
    /// It is broken, or breaks a rule.
    #[error("{0}")]
    Refused(String),
}

/// What may still be unpacked.
#[derive(Debug)]
pub(crate) struct Allowance(u64);

impl Default for Allowance {
    fn default() -> Self {
        Self(MAX_TOTAL_SIZE)
    }
}

/// The files of an archive, named relative to its folder.
pub fn archive_files(data: &[u8], compat: Compat) -> Result<Vec<File>, ArchiveError> {
    read(data, compat, &mut Allowance::default())
}

pub(crate) fn read(data: &[u8], compat: Compat, allowance: &mut Allowance) -> Result<Vec<File>, ArchiveError> {
    check_header(data)?;
    let mut archive = Tar::new(MultiGzDecoder::new(data));
    let mut files = Vec::new();
    let mut remaining = MAX_CHART_SIZE.min(allowance.0);
    let before = remaining;
    while let Some(entry) = archive.next()? {
        if entry.is_folder {
            continue;
        }
        let name = file_name(&entry.name)?;
        check_size(&entry, remaining, compat)?;
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        let data = read_whole(&mut archive.content(), size).map_err(|error| tar::broken(&error))?;
        remaining -= entry.size;
        let Some(data) = data.filter(|_| remaining > 0) else { return Err(too_large(compat)) };
        files.push(File { name: name.into(), data: without_bom(data), modified: entry.modified });
    }
    allowance.0 -= before - remaining;
    if files.is_empty() {
        return Err(refused("no files in chart archive"));
    }
    Ok(files)
}

/// The content of an entry, read where it stays; `None` for a link, which has a size and no content.
fn read_whole(content: &mut impl Read, size: usize) -> io::Result<Option<Arc<[u8]>>> {
    let mut data: Arc<[u8]> = std::iter::repeat_n(0, size).collect();
    // Nobody else has it yet.
    let mut room = Arc::get_mut(&mut data).unwrap_or_default();
    while !room.is_empty() {
        match content.read(room) {
            Ok(0) => return Ok(None),
            Ok(read) => room = &mut room[read..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(data))
}

/// Go: `gzip.NewReader`, which reads the first header at once.
fn check_header(data: &[u8]) -> Result<(), ArchiveError> {
    match data {
        [] => Err(refused("EOF")),
        [0x1f, 0x8b, 8, ..] if data.len() >= 10 => Ok(()),
        _ if data.len() < 10 => Err(refused("unexpected EOF")),
        _ => Err(ArchiveError::Header),
    }
}

/// Go: the checks of `LoadArchiveFiles`, which gives the name without the chart's folder.
fn file_name(full: &str) -> Result<String, ArchiveError> {
    // Archives made on Windows may hold backslashes.
    let delimiter = if full.contains('\\') { '\\' } else { '/' };
    let (folder, inside) = full.split_once(delimiter).unwrap_or((full, ""));
    let inside = inside.replace(delimiter, "/");
    if inside.starts_with('/') {
        return Err(refused("chart illegally contains absolute paths"));
    }
    let name = paths::clean(&inside);
    if name == "." {
        let full = strconv::quote(full.as_bytes());
        return Err(refused(format!("chart illegally contains content outside the base directory: {full}")));
    }
    if name.starts_with("..") {
        return Err(refused("chart illegally references parent directory"));
    }
    // Mixed slashes can hide a drive: c:/x.
    if let [drive, b':', b'/', ..] = name.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        return Err(refused("chart contains illegally named files"));
    }
    if folder == "Chart.yaml" {
        return Err(refused("chart yaml not in base directory"));
    }
    Ok(name)
}

fn check_size(entry: &Entry, remaining: u64, compat: Compat) -> Result<(), ArchiveError> {
    if entry.size > remaining {
        return Err(too_large(compat));
    }
    if entry.size > MAX_FILE_SIZE {
        let name = strconv::quote(entry.name.as_bytes());
        return Err(refused(format!(
            "decompressed chart file {name} is larger than the maximum file size {MAX_FILE_SIZE}"
        )));
    }
    Ok(())
}

fn too_large(compat: Compat) -> ArchiveError {
    // compat: helm3-archive-size-text
    let limit = match compat {
        Compat::Helm4 => "maximum size",
        Compat::Helm3 => "maximum file size",
    };
    refused(format!("decompressed chart is larger than the {limit} {MAX_CHART_SIZE}"))
}

/// Helm trims the byte order mark of every file, text or not.
fn without_bom(data: Arc<[u8]>) -> Arc<[u8]> {
    match data.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => Arc::from(rest),
        None => data,
    }
}

fn refused(message: impl Into<String>) -> ArchiveError {
    ArchiveError::Refused(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_archives_share_one_allowance() {
        let archive = pack(std::iter::once(Packed { name: "c/x", data: b"12345678", seconds: 0 }));
        let mut allowance = Allowance(20);
        for left in [12, 4] {
            assert_eq!(read(&archive, Compat::Helm4, &mut allowance).map(|files| files.len()), Ok(1));
            assert_eq!(allowance.0, left);
        }
        let error = read(&archive, Compat::Helm4, &mut allowance).unwrap_err().to_string();
        assert_eq!(error, "decompressed chart is larger than the maximum size 104857600");
    }

    #[test]
    fn helm3_names_the_largest_chart_otherwise() {
        let error = too_large(Compat::Helm3).to_string();
        assert_eq!(error, "decompressed chart is larger than the maximum file size 104857600");
    }
}
