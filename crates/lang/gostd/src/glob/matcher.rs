//! The matchers that patterns become. Go: gobwas package `match`.

use std::collections::BTreeSet;

use crate::text::{decode_rune, runes};

/// A part of a compiled pattern.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// Any text without separators.
    Any(Vec<char>),
    AnyOf(Vec<Matcher>),
    Tree(Box<Tree>),
    /// Text with the needle, or without it when negated.
    Contains(Vec<u8>, bool),
    EveryOf(Vec<Matcher>),
    List(Vec<char>, bool),
    /// At most so many characters.
    Max(usize),
    /// At least so many characters.
    Min(usize),
    Nothing,
    Prefix(Vec<u8>),
    PrefixAny(Vec<u8>, Vec<char>),
    PrefixSuffix(Vec<u8>, Vec<u8>),
    Range(char, char, bool),
    /// Matchers of fixed length behind each other, and the characters they take.
    Row(Vec<Matcher>, usize),
    Single(Vec<char>),
    Suffix(Vec<u8>),
    SuffixAny(Vec<u8>, Vec<char>),
    Super,
    Text(Vec<u8>),
}

/// A matcher that is searched for, and what must match before and behind it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub value: Matcher,
    pub left: Option<Matcher>,
    pub right: Option<Matcher>,
}

/// What trees did not match, so that no part of a text is tried twice.
#[derive(Default)]
pub(super) struct Failures(BTreeSet<(usize, usize, usize)>);

/// Go: `IndexAnyRunes`, which takes the first separator found, not the leftmost.
pub(super) fn find_any(text: &[u8], set: &[char]) -> Option<usize> {
    set.iter().find_map(|rune| find_rune(text, *rune))
}

fn find_rune(text: &[u8], rune: char) -> Option<usize> {
    find(text, rune.encode_utf8(&mut [0; 4]).as_bytes())
}

/// Go: `strings.Index`.
pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

/// The width of the first character, at least one.
fn first_width(text: &[u8]) -> usize {
    decode_rune(text).1.max(1)
}

/// Whether a text is at most one character, and the character.
fn only_rune(text: &[u8]) -> Option<char> {
    let (rune, width) = decode_rune(text);
    (text.len() <= width).then_some(rune)
}

impl Matcher {
    /// The length in characters where it is fixed. Go: `Len`.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::List(..) | Self::Range(..) | Self::Single(_) => Some(1),
            Self::Nothing => Some(0),
            Self::Row(_, length) => Some(*length),
            Self::Text(text) => Some(runes(text).count()),
            Self::Tree(tree) => tree.length(),
            Self::AnyOf(matchers) => any_of_length(matchers),
            Self::EveryOf(matchers) if matchers.is_empty() => Some(0),
            _ => None,
        }
    }

    /// Whether it matches the whole text. Go: `Match`.
    pub(super) fn is_match(&self, text: &[u8], failures: &mut Failures) -> bool {
        match self {
            Self::Any(separators) => find_any(text, separators).is_none(),
            Self::AnyOf(matchers) => matchers.iter().any(|matcher| matcher.is_match(text, failures)),
            Self::Tree(tree) => tree.is_match(text, failures),
            Self::Contains(needle, negated) => find(text, needle).is_some() != *negated,
            Self::EveryOf(matchers) => matchers.iter().all(|matcher| matcher.is_match(text, failures)),
            Self::List(list, negated) => only_rune(text).is_some_and(|rune| list.contains(&rune) != *negated),
            Self::Max(limit) => runes(text).count() <= *limit,
            // Go: Min(0) needs a character too.
            Self::Min(limit) => runes(text).take(*limit).count() >= (*limit).max(1),
            Self::Nothing => text.is_empty(),
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::PrefixAny(prefix, separators) => {
                text.strip_prefix(&prefix[..]).is_some_and(|rest| find_any(rest, separators).is_none())
            }
            Self::PrefixSuffix(prefix, suffix) => text.starts_with(prefix) && text.ends_with(suffix),
            Self::Range(low, high, negated) => {
                only_rune(text).is_some_and(|rune| (*low..=*high).contains(&rune) != *negated)
            }
            Self::Row(matchers, length) => runes(text).count() == *length && is_row(matchers, text, failures),
            Self::Single(separators) => only_rune(text).is_some_and(|rune| !separators.contains(&rune)),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::SuffixAny(suffix, separators) => {
                text.strip_suffix(&suffix[..]).is_some_and(|rest| find_any(rest, separators).is_none())
            }
            Self::Super => true,
            Self::Text(own) => own == text,
        }
    }
}

/// Go: `AnyOf.Len`, in which a matcher without fixed length does not count unless a fixed one
/// comes before it.
// compat: glob-any-of-length
fn any_of_length(matchers: &[Matcher]) -> Option<usize> {
    let mut length = None;
    for matcher in matchers {
        let own = matcher.length();
        if length.is_none() {
            length = own;
        } else if length != own {
            return None;
        }
    }
    length
}

/// Go: `Row.matchAll`, which cuts one byte behind the start of a part's last character, so that
/// characters of several bytes do not fit.
// compat: glob-row-bytes
pub(super) fn is_row(matchers: &[Matcher], text: &[u8], failures: &mut Failures) -> bool {
    let mut at = 0;
    for matcher in matchers {
        let length = matcher.length().unwrap_or_default();
        let rest = text.get(at..).unwrap_or_default();
        let (mut last, mut count, mut start) = (0, 0, 0);
        for (_, width) in runes(rest) {
            last = start;
            start += width;
            count += 1;
            if count == length {
                break;
            }
        }
        // Go panics where the cut is beyond the text; that is no match here.
        let Some(part) = rest.get(..=last) else { return false };
        if count < length || !matcher.is_match(part, failures) {
            return false;
        }
        at += last + 1;
    }
    true
}

impl Tree {
    pub(super) fn length(&self) -> Option<usize> {
        let side = |matcher: &Option<Matcher>| matcher.as_ref().map_or(Some(0), Matcher::length);
        Some(side(&self.left)? + self.value.length()? + side(&self.right)?)
    }

    /// Go: `BTree.Match`, with lengths in characters taken as bytes.
    fn is_match(&self, text: &[u8], failures: &mut Failures) -> bool {
        let key = (std::ptr::from_ref(self).addr(), text.as_ptr().addr(), text.len());
        if failures.0.contains(&key) {
            return false;
        }
        let is_match = stacker::maybe_grow(64 << 10, 1 << 20, || self.search(text, failures));
        if !is_match {
            failures.0.insert(key);
        }
        is_match
    }

    fn search(&self, text: &[u8], failures: &mut Failures) -> bool {
        if self.length().is_some_and(|length| length > text.len()) {
            return false;
        }
        let side = |matcher: &Option<Matcher>| matcher.as_ref().and_then(Matcher::length).unwrap_or_default();
        let mut offset = side(&self.left);
        let Some(limit) = text.len().checked_sub(side(&self.right)) else { return false };
        while offset < limit {
            let Some((index, ends)) = self.value.index(&text[offset..limit]) else { return false };
            let start = offset + index;
            let (before, after) = text.split_at(start);
            if side_matches(self.left.as_ref(), before, failures) {
                for end in ends.iter().rev() {
                    let rest = after.get(*end..).unwrap_or_default();
                    if side_matches(self.right.as_ref(), rest, failures) {
                        return true;
                    }
                }
            }
            offset = start + first_width(after);
        }
        false
    }
}

fn side_matches(matcher: Option<&Matcher>, text: &[u8], failures: &mut Failures) -> bool {
    matcher.map_or(text.is_empty(), |matcher| matcher.is_match(text, failures))
}
