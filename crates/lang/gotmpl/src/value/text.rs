//! Strings of templates: bytes that are cheap to share and to cut.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Texts that are at least this long stay where they were made.
const LONG: usize = 64 << 10;

/// A Go string: immutable bytes, UTF-8 unless a template cut or decoded them otherwise.
///
/// Valid UTF-8 is never held as [`Text::Raw`]; as [`Text::Utf8`] it is shared with boundary values.
#[derive(Clone)]
pub enum Text {
    /// Valid UTF-8.
    Utf8(Arc<str>),
    /// Valid UTF-8 that was long when a function made it, as it was made: a copy would double it.
    Long(Arc<String>),
    /// Bytes that are not valid UTF-8.
    Raw(Arc<[u8]>),
}

impl Text {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Long(text) => text.as_bytes(),
            Self::Raw(bytes) => bytes,
        }
    }

    /// The text, when it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Utf8(text) => Some(text),
            Self::Long(text) => Some(text),
            Self::Raw(_) => None,
        }
    }

    /// The text with U+FFFD for each byte that is not UTF-8, as Go's `range` and JSON see it.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        match self {
            Self::Utf8(text) => Cow::Borrowed(text),
            Self::Long(text) => Cow::Borrowed(text),
            Self::Raw(bytes) => Cow::Owned(go_lossy(bytes)),
        }
    }

    /// The text as a shared `str`, with U+FFFD for each byte that is not UTF-8.
    pub fn to_shared(&self) -> Arc<str> {
        match self {
            Self::Utf8(text) => Arc::clone(text),
            Self::Long(_) | Self::Raw(_) => Arc::from(&*self.to_str_lossy()),
        }
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

/// Go replaces every single invalid byte, Rust's lossy conversion each maximal invalid prefix.
fn go_lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    out
}

impl Default for Text {
    fn default() -> Self {
        Self::Utf8(Arc::from(""))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Utf8(Arc::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.len() < LONG { Self::Utf8(Arc::from(text)) } else { Self::Long(Arc::new(text)) }
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self::Utf8(text)
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::from(text),
            Err(error) => Self::Raw(Arc::from(error.into_bytes())),
        }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) => Self::from(text),
            Err(_) => Self::Raw(Arc::from(bytes)),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::borrow::Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<Text> for Arc<[u8]> {
    /// Shares the bytes, those of long texts aside.
    fn from(text: Text) -> Self {
        match text {
            Text::Utf8(text) => Self::from(text),
            Text::Long(text) => Self::from(text.as_bytes()),
            Text::Raw(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invalid_byte_becomes_one_replacement() {
        assert_eq!(Text::from(vec![b'a', 0xE6, 0x97, b'b']).to_str_lossy(), "a\u{FFFD}\u{FFFD}b");
    }

    #[test]
    fn valid_bytes_are_always_utf8() {
        assert!(matches!(Text::from(b"abc".to_vec()), Text::Utf8(_)));
        assert!(matches!(Text::from(vec![0xFF]), Text::Raw(_)));
    }

    #[test]
    fn long_texts_are_not_copied() {
        let bytes = vec![b'a'; LONG];
        let (address, wanted) = (bytes.as_ptr(), Text::from(&bytes[..]));
        let text = Text::from(bytes);
        assert_eq!(text.as_bytes().as_ptr(), address);
        assert!(matches!((&text, &wanted), (Text::Long(_), Text::Utf8(_))));
        assert_eq!((&text, text.as_str(), text.to_shared()), (&wanted, wanted.as_str(), wanted.to_shared()));
        assert_eq!(<Arc<[u8]>>::from(text), <Arc<[u8]>>::from(wanted));
    }
}
