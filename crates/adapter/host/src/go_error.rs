//! Errors of the system in Go's words.

use std::io;
use std::path::Path;

/// Go: `syscall.Errno.Error`: the C library's text, in lower case and without a number.
pub fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Go: `fs.PathError.Error`: `open x: no such file or directory`.
pub fn path_error(operation: &str, path: &Path, error: &io::Error) -> String {
    format!("{operation} {}: {}", path.display(), system_text(error))
}
