//! File names as text, cut and joined by Go's rules.

use corten_gostd::path;

/// Go: filepath.Join.
pub(crate) fn join(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    text(&path::join(&parts))
}

/// Go: filepath.Base.
pub(crate) fn base(name: &str) -> String {
    text(path::base(name.as_bytes()))
}

/// Go: filepath.Dir.
pub(crate) fn dir(name: &str) -> String {
    text(&path::dir(name.as_bytes()))
}

/// Go: filepath.Ext.
pub(crate) fn ext(name: &str) -> String {
    text(path::ext(name.as_bytes()))
}

/// Go: filepath.Clean.
pub(crate) fn clean(name: &str) -> String {
    text(&path::clean(name.as_bytes()))
}

/// Cutting at slashes keeps UTF-8 whole, so nothing is lost here.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
