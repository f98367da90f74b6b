//! Removes `<no value>` from texts, as Helm does with the output of files and of `tpl`.

use crate::Text;

/// What an action prints for nil.
// compat: no-value-removed. Text of a chart that reads so vanishes too.
pub(crate) const TEXT: &[u8] = b"<no value>";

/// Whether a text has to be parsed at all.
pub(crate) fn may_hold_action(text: &[u8]) -> bool {
    // One brace alone is rare.
    memchr::memchr_iter(b'{', text).any(|at| text.get(at + 1) == Some(&b'{'))
}

/// Where it starts, from left to right.
pub(crate) fn find(bytes: &[u8]) -> Vec<usize> {
    // Looking for the bracket alone takes no preparation, which short texts would not be worth.
    memchr::memchr_iter(TEXT[0], bytes).filter(|&at| bytes[at..].starts_with(TEXT)).collect()
}

/// The bytes without what [`find`] found.
pub(crate) fn cut(bytes: &[u8], found: &[usize]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = 0;
    for &start in found {
        out.extend_from_slice(&bytes[rest..start]);
        rest = start + TEXT.len();
    }
    out.extend_from_slice(&bytes[rest..]);
    out
}

/// The text itself when there is nothing to remove.
pub(crate) fn without(text: &Text) -> Text {
    let found = find(text.as_bytes());
    if found.is_empty() { text.clone() } else { Text::from(cut(text.as_bytes(), &found)) }
}
