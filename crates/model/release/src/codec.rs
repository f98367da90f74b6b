//! Records as text: JSON, gzip, base64, as Helm 4.2.4 writes them and as Helm 3 wrote them.
//!
//! [`encode`] gives JSON equal to Helm's (the gzip bytes differ); [`decode`] reads what any Helm
//! wrote, with Go's texts for what it cannot; [`summary`] reads only the beginning, as far as a
//! list needs it. Nothing here grows without bound: a record beyond [`MAX_RECORD`] is refused.

mod decode;
mod encode;
mod summary;

use std::io::{Read as _, Write as _};

use corten_gostd::json;
use data_encoding::{BASE64, Encoding, Specification};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

pub use encode::{SizeOf, sizes, to_json};
pub use summary::{Summary, summary, summary_of_head};

use crate::Release;

/// How large the JSON of a record may be.
pub const MAX_RECORD: usize = 256 * 1024 * 1024;

/// Why a record does not decode; Display is Go's text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Not base64.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// Not gzip although it begins like it, or cut off.
    #[error("{0}")]
    Gzip(String),
    /// Not JSON, or not the JSON of a release.
    #[error("{0}")]
    Json(String),
    /// Too large to be a record.
    #[error("the record is larger than {MAX_RECORD} bytes")]
    TooLarge,
}

/// The text of a record. Go: util.go `encodeRelease`.
pub fn encode(release: &Release) -> String {
    let json = to_json(release);
    let text = compress(&json, Compression::default());
    if text.len() <= ROOMY {
        return text;
    }
    // Near the limit of an object every byte counts.
    compress(&json, Compression::best())
}

/// Records up to this size are not worth the best compression.
const ROOMY: usize = 768 * 1024;

/// The release of a record's text. Go: util.go `decodeRelease`.
///
/// # Errors
/// Go's text.
pub fn decode(text: &str) -> Result<Release, CodecError> {
    from_json(&decompress(text)?)
}

/// The release of a record's JSON.
///
/// # Errors
/// Go's text.
pub fn from_json(text: &[u8]) -> Result<Release, CodecError> {
    let value = json::decode(text).map_err(|error| CodecError::Json(error.text))?;
    decode::release(&value).map_err(CodecError::Json)
}

/// The release of a record that was read as YAML, as `HELM_MEMORY_DRIVER_DATA` holds them.
///
/// # Errors
/// Go's text.
pub fn from_value(value: &corten_value::Value) -> Result<Release, CodecError> {
    decode::release(value).map_err(CodecError::Json)
}

fn compress(json: &[u8], level: Compression) -> String {
    let mut encoder = GzEncoder::new(Vec::with_capacity(json.len() / 4), level);
    encoder.write_all(json).expect("invariant: writing to memory does not fail");
    let bytes = encoder.finish().expect("invariant: writing to memory does not fail");
    BASE64.encode(&bytes)
}

/// The JSON of a record's text.
fn decompress(text: &str) -> Result<Vec<u8>, CodecError> {
    let bytes = base64(text)?;
    if !is_gzip(&bytes) {
        return Ok(bytes);
    }
    let limit = u64::try_from(MAX_RECORD).unwrap_or(u64::MAX).saturating_add(1);
    let mut json = Vec::with_capacity(bytes.len().saturating_mul(4).min(MAX_RECORD));
    MultiGzDecoder::new(&*bytes).take(limit).read_to_end(&mut json).map_err(|error| gzip_error(&error))?;
    if json.len() > MAX_RECORD { Err(CodecError::TooLarge) } else { Ok(json) }
}

// Go: util.go: records from before compression have no magic.
fn is_gzip(bytes: &[u8]) -> bool {
    bytes.len() > 3 && bytes.starts_with(&[0x1f, 0x8b, 0x08])
}

fn gzip_error(error: &std::io::Error) -> CodecError {
    CodecError::Gzip(match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => format!("gzip: {error}"),
    })
}

/// Go: `base64.StdEncoding`, which skips line ends and does not look at trailing bits.
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, CodecError> {
    let strict = BASE64.decode(text.as_bytes());
    strict.or_else(|_| go_base64().decode(text.as_bytes())).map_err(|error| CodecError::Base64(error.position))
}

fn go_base64() -> Encoding {
    let mut rules = Specification::new();
    rules.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    rules.padding = Some('=');
    rules.ignore.push_str("\r\n");
    rules.check_trailing_bits = false;
    rules.encoding().expect("invariant: the rules of base64 are sound")
}

#[cfg(test)]
mod tests;
