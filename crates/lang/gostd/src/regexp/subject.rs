//! The text that is searched, as UTF-8.

use std::borrow::Cow;

/// A text whose stray bytes are replaced by U+FFFD, with the way back to the original positions.
pub(super) struct Subject<'t> {
    original: &'t [u8],
    text: Cow<'t, [u8]>,
    /// Positions just behind each U+FFFD that stands for one byte, ascending.
    replaced: Vec<usize>,
}

/// The UTF-8 length of U+FFFD.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

impl<'t> Subject<'t> {
    pub(super) fn new(original: &'t [u8]) -> Self {
        if std::str::from_utf8(original).is_ok() {
            return Self { original, text: Cow::Borrowed(original), replaced: Vec::new() };
        }
        let mut text = Vec::with_capacity(original.len() * 2);
        let mut replaced = Vec::new();
        for chunk in original.utf8_chunks() {
            text.extend_from_slice(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                text.extend_from_slice(REPLACEMENT);
                replaced.push(text.len());
            }
        }
        Self { original, text: Cow::Owned(text), replaced }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// The original position of a position at a character boundary.
    pub(super) fn origin(&self, at: usize) -> usize {
        at - (REPLACEMENT.len() - 1) * self.replaced.partition_point(|end| *end <= at)
    }

    /// The original text between two positions.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'t [u8] {
        &self.original[self.origin(start)..self.origin(end)]
    }

    /// The position behind the character at `at`, also beyond the end.
    pub(super) fn next(&self, at: usize) -> usize {
        let rest = self.text.get(at + 1..).unwrap_or_default();
        at + 1 + rest.iter().take_while(|byte| **byte & 0xc0 == 0x80).count()
    }
}
