//! Writes the files of `--output-dir`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// One file to write: path, bytes, and whether they go behind the end of what is there.
pub(crate) type Write<'a> = (&'a str, &'a [u8], bool);

/// Writes the files in order and returns the `wrote PATH` lines.
///
/// # Errors
/// The path and why it cannot be written; files after it are not touched.
pub fn write_files<'a>(writes: impl IntoIterator<Item = Write<'a>>) -> Result<String, (String, io::Error)> {
    let mut lines = String::new();
    for (path, data, is_append) in writes {
        write_file(Path::new(path), data, is_append).map_err(|error| (path.to_owned(), error))?;
        lines.push_str("wrote ");
        lines.push_str(path);
        lines.push('\n');
    }
    Ok(lines)
}

fn write_file(path: &Path, data: &[u8], is_append: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).write(true);
    if is_append {
        options.append(true)
    } else {
        options.truncate(true)
    };
    options.open(path)?.write_all(data)
}
