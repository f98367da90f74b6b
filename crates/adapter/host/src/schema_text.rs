//! The texts behind a schema's `$ref`: files from here, web pages from whoever can fetch them.

use std::fs;

/// Fetches what an `http:` or `https:` URL names: its text, or Helm's words of why there is none.
pub type Web = fn(&str) -> Result<String, String>;

/// Reads what a `file:` URL names, and leaves other schemes to `web`.
///
/// # Errors
/// Why there is no text, naming the URL.
pub(crate) fn schema_text(url: &str, web: Web) -> Result<String, String> {
    let Some(path) = url.strip_prefix("file://") else {
        return web(url);
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
