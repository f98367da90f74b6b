//! The files of the spool: one line per entry, named by the number of their first entry.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use corten_govern::audit::Entry;

use crate::error::OpenError;

const SUFFIX: &str = ".jsonl";

/// Where the chain ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) path: PathBuf,
    pub(super) length: u64,
    pub(super) seq: u64,
    pub(super) hash: String,
}

/// The file that begins with an entry.
pub(super) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}{SUFFIX}"))
}

/// Opens a segment for appending.
pub(super) fn append(path: &Path) -> std::io::Result<File> {
    File::options().create(true).append(true).read(true).open(path)
}

/// The segments with the numbers of their first entries, oldest first.
fn list(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(first) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).and_then(|name| name.parse().ok())
        {
            found.push((first, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Finds the last entry, and cuts off what a crash left behind it.
pub(super) fn recover(folder: &Path) -> Result<Option<End>, OpenError> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| OpenError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let segments = list(folder).map_err(|error| failed(folder, &error))?;
    for (_, path) in segments.iter().rev() {
        let mut text = Vec::new();
        let mut file = append(path).map_err(|error| failed(path, &error))?;
        file.read_to_end(&mut text).map_err(|error| failed(path, &error))?;
        let length = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if length < text.len() {
            file.set_len(length as u64).map_err(|error| failed(path, &error))?;
            tracing::warn!(file = %path.display(), bytes = text.len() - length, "an entry that was not written to its end is cut off");
        }
        let Some(line) = text[..length].split(|&byte| byte == b'\n').rfind(|line| !line.is_empty()) else {
            continue;
        };
        let entry: Entry = serde_json::from_slice(line).map_err(|error| failed(path, &error))?;
        let body = entry.read().map_err(|error| failed(path, &error))?;
        return Ok(Some(End { path: path.clone(), length: length as u64, seq: body.seq, hash: entry.hash }));
    }
    Ok(None)
}

/// Reads entries in order and removes what was read to its end.
#[derive(Debug)]
pub(crate) struct Reader {
    folder: PathBuf,
    segment: Option<(u64, PathBuf)>,
    offset: u64,
}

impl Reader {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), segment: None, offset: 0 }
    }

    /// The next entries up to a number, at most so many bytes of them; starts at `from`, which is
    /// the number after the last one that was moved.
    pub(crate) fn read(&mut self, from: u64, to: u64, bytes: usize) -> std::io::Result<Vec<Entry>> {
        if from > to {
            return Ok(Vec::new());
        }
        let segments = list(&self.folder)?;
        let current = segments.iter().rev().find(|(first, _)| *first <= from).or(segments.first());
        let Some((first, path)) = current else { return Ok(Vec::new()) };
        if self.segment.as_ref() != Some(&(*first, path.clone())) {
            self.segment = Some((*first, path.clone()));
            self.offset = 0;
        }
        let mut file = BufReader::with_capacity(256 * 1024, File::open(path)?);
        file.seek(SeekFrom::Start(self.offset))?;
        let mut entries = Vec::new();
        let mut taken = 0;
        let mut line = Vec::new();
        while taken < bytes {
            line.clear();
            let length = file.read_until(b'\n', &mut line)?;
            if length == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let entry: Entry = serde_json::from_slice(&line)?;
            let seq = entry.read()?.seq;
            if seq > to {
                break;
            }
            self.offset += length as u64;
            if seq >= from {
                taken += length;
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Goes back to the beginning: what was read was not moved.
    pub(crate) fn rewind(&mut self) {
        self.segment = None;
        self.offset = 0;
    }

    /// Removes segments all of whose entries were moved, but the newest that holds any.
    pub(crate) fn remove_until(&self, moved: u64) -> std::io::Result<()> {
        let segments = list(&self.folder)?;
        for pair in segments.windows(2) {
            let [(_, path), (next, next_path)] = pair else { continue };
            // The next segment must hold an entry, from which the chain can go on.
            if *next <= moved + 1 && std::fs::metadata(next_path)?.len() > 0 {
                std::fs::remove_file(path)?;
            } else {
                break;
            }
        }
        Ok(())
    }
}
