//! The texts behind a schema's `$ref` to files.

use std::fs;

/// Reads what a `file:` URL names; other schemes need a network, which this build does not have.
///
/// # Errors
/// Why there is no text, naming the URL.
pub(crate) fn schema_text(url: &str) -> Result<String, String> {
    let Some(path) = url.strip_prefix("file://") else {
        return Err(format!("cannot load {url}: only file: URLs are loaded"));
    };
    let path = if cfg!(windows) { path.trim_start_matches('/') } else { path };
    fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            _ => error.to_string(),
        };
        format!("open {path}: {reason}")
    })
}
