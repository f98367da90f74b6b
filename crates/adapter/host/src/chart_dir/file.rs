//! Reading the files of a chart's folder with as few and as cheap calls to the system as there can be: charts of
//! thousands of files take longer to read than to render.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corten_chart::{File, MAX_FILE_SIZE, ModTime};
use corten_gostd::strconv;

use super::ReadChartError;
use crate::go_error::path_error;

/// A file that the walk came by.
pub(super) struct Found {
    /// Its path below the folder, with slashes.
    inside: String,
    /// Where it is, when the path below the folder does not tell.
    elsewhere: Option<PathBuf>,
}

impl Found {
    /// A file at a path, and its path below the folder as it is shown: without the bytes that are no text.
    pub(super) fn new(inside: String, path: impl FnOnce() -> PathBuf) -> Self {
        let is_exact = cfg!(unix) && !inside.contains(char::REPLACEMENT_CHARACTER);
        Self { inside, elsewhere: (!is_exact).then(path) }
    }
}

/// A chart's folder.
pub(super) struct Folder<'p> {
    path: &'p Path,
    /// Files are found from here: the system has less of a path to go.
    #[cfg(unix)]
    handle: Option<rustix::fd::OwnedFd>,
}

impl<'p> Folder<'p> {
    #[cfg(unix)]
    pub(super) fn open(path: &'p Path) -> Self {
        use rustix::fs::{Mode, OFlags, open};

        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Self { path, handle: open(path, flags, Mode::empty()).ok() }
    }

    #[cfg(not(unix))]
    pub(super) fn open(path: &'p Path) -> Self {
        Self { path }
    }

    /// Opens, looks at and reads a file.
    pub(super) fn read(&self, found: &Found) -> Result<File, ReadChartError> {
        let inside = &found.inside;
        let failed = |operation: &'static str| {
            move |error: io::Error| {
                let error = path_error(operation, &self.path_of(found), &error);
                ReadChartError::Read(format!("error reading {inside}: {error}"))
            }
        };
        let mut file = self.open_file(found).map_err(failed("open"))?;
        let (size, modified) = facts(&file).map_err(failed("stat"))?;
        if size > MAX_FILE_SIZE {
            let base = strconv::quote(inside.rsplit('/').next().unwrap_or_default().as_bytes());
            return Err(ReadChartError::Read(format!(
                "chart file {base} is larger than the maximum file size {MAX_FILE_SIZE}"
            )));
        }
        let mut data = read_all(&mut file, size).map_err(failed("read"))?;
        if let Some(rest) = data.strip_prefix(b"\xef\xbb\xbf") {
            data = Arc::from(rest);
        }
        Ok(File { name: inside.as_str().into(), data, modified })
    }

    fn path_of(&self, found: &Found) -> PathBuf {
        found.elsewhere.clone().unwrap_or_else(|| self.path.join(&found.inside))
    }

    #[cfg(unix)]
    fn open_file(&self, found: &Found) -> io::Result<fs::File> {
        use rustix::fs::{Mode, OFlags, openat};

        let (Some(handle), None) = (&self.handle, &found.elsewhere) else {
            return fs::File::open(self.path_of(found));
        };
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let opened = rustix::io::retry_on_intr(|| openat(handle, found.inside.as_str(), flags, Mode::empty()))?;
        Ok(opened.into())
    }

    #[cfg(not(unix))]
    fn open_file(&self, found: &Found) -> io::Result<fs::File> {
        fs::File::open(self.path_of(found))
    }
}

/// The size of a file, and when it was modified last.
#[cfg(unix)]
fn facts(file: &fs::File) -> io::Result<(u64, ModTime)> {
    let stat = rustix::fs::fstat(file)?;
    let seconds = i128::from(stat.st_mtime) * 1_000_000_000;
    let modified = i64::try_from(seconds + i128::from(stat.st_mtime_nsec)).ok();
    Ok((u64::try_from(stat.st_size).unwrap_or_default(), modified))
}

/// The size of a file, and when it was modified last.
#[cfg(not(unix))]
fn facts(file: &fs::File) -> io::Result<(u64, ModTime)> {
    let found = file.metadata()?;
    let modified = found.modified().ok().and_then(|time| {
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_nanos()).ok()
    });
    Ok((found.len(), modified))
}

/// The first `size` bytes, read where they stay; everything when the system does not tell the size.
fn read_all(file: &mut fs::File, size: u64) -> io::Result<Arc<[u8]>> {
    let mut data: Arc<[u8]> = std::iter::repeat_n(0, usize::try_from(size).unwrap_or_default()).collect();
    let mut filled = 0;
    // Nobody else has it yet.
    let room = Arc::get_mut(&mut data).unwrap_or_default();
    if room.is_empty() {
        let mut all = Vec::new();
        file.take(MAX_FILE_SIZE).read_to_end(&mut all)?;
        return Ok(Arc::from(all));
    }
    while filled < room.len() {
        match file.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(if filled < data.len() { Arc::from(&data[..filled]) } else { data })
}
