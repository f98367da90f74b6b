//! Where a matcher matches first, and every place where that match can end.

use super::matcher::{Failures, Matcher, find, find_any, is_row};
use crate::text::runes;

/// A start, and ends counted from it.
type Found = Option<(usize, Vec<usize>)>;

/// The UTF-8 length that Go's `utf8.RuneLen` gives, three for a stray byte.
fn encoded_width(rune: char) -> usize {
    rune.len_utf8()
}

/// The ends of all characters, and the start.
fn boundaries(text: &[u8], shift: usize) -> Vec<usize> {
    let mut at = shift;
    let mut ends = vec![shift];
    for (_, width) in runes(text) {
        at += width;
        ends.push(at);
    }
    ends
}

/// Starts of characters with their characters. Go: `for i, r := range s`.
fn indexed(text: &[u8]) -> impl Iterator<Item = (usize, char)> {
    runes(text).scan(0, |at, (rune, width)| {
        let start = *at;
        *at += width;
        Some((start, rune))
    })
}

/// The first character that is accepted.
fn first_rune(text: &[u8], accept: impl Fn(char) -> bool) -> Found {
    let (at, rune) = indexed(text).find(|(_, rune)| accept(*rune))?;
    Some((at, vec![encoded_width(rune)]))
}

/// The prefix's end, then the ends of the characters behind it.
fn behind(prefix: usize, text: &[u8]) -> Vec<usize> {
    let ends = indexed(text).map(|(at, rune)| prefix + at + encoded_width(rune));
    std::iter::once(prefix).chain(ends).collect()
}

impl Matcher {
    /// Go: `Index`.
    pub(super) fn index(&self, text: &[u8]) -> Found {
        match self {
            Self::Any(separators) => {
                let end = find_any(text, separators).unwrap_or(text.len());
                Some((0, boundaries(&text[..end], 0)))
            }
            Self::AnyOf(matchers) => any_of(matchers, text),
            // Go: trees cannot be searched for.
            Self::Tree(_) => None,
            Self::Contains(needle, negated) => contains(text, needle, *negated),
            Self::EveryOf(matchers) => every_of(matchers, text),
            Self::List(list, negated) => first_rune(text, |rune| list.contains(&rune) != *negated),
            Self::Max(limit) => {
                let ends = indexed(text).take(*limit).map(|(at, rune)| at + encoded_width(rune));
                Some((0, std::iter::once(0).chain(ends).collect()))
            }
            Self::Min(limit) => {
                if text.len() < *limit {
                    return None;
                }
                let skipped = limit.saturating_sub(1);
                let ends: Vec<_> = indexed(text).skip(skipped).map(|(at, rune)| at + encoded_width(rune)).collect();
                (!ends.is_empty()).then_some((0, ends))
            }
            Self::Nothing => Some((0, vec![0])),
            Self::Prefix(prefix) => {
                let at = find(text, prefix)?;
                Some((at, behind(prefix.len(), &text[at + prefix.len()..])))
            }
            Self::PrefixAny(prefix, separators) => {
                let at = find(text, prefix)?;
                let rest = &text[at + prefix.len()..];
                let end = find_any(rest, separators).unwrap_or(rest.len());
                Some((at, behind(prefix.len(), &rest[..end])))
            }
            Self::PrefixSuffix(prefix, suffix) => prefix_suffix(text, prefix, suffix),
            Self::Range(low, high, negated) => first_rune(text, |rune| (*low..=*high).contains(&rune) != *negated),
            Self::Row(matchers, length) => row(matchers, *length, text),
            Self::Single(separators) => first_rune(text, |rune| !separators.contains(&rune)),
            Self::Suffix(suffix) => Some((0, vec![find(text, suffix)? + suffix.len()])),
            Self::SuffixAny(suffix, separators) => {
                let at = find(text, suffix)?;
                let start = last_any(&text[..at], separators).map_or(0, |last| last + 1);
                Some((start, vec![at + suffix.len() - start]))
            }
            Self::Super => Some((0, boundaries(text, 0))),
            Self::Text(own) => Some((find(text, own)?, vec![own.len()])),
        }
    }
}

/// Go: `LastIndexAnyRunes` for ASCII separators.
fn last_any(text: &[u8], set: &[char]) -> Option<usize> {
    set.iter().find_map(|rune| text.iter().rposition(|byte| u32::from(*byte) == u32::from(*rune)))
}

fn any_of(matchers: &[Matcher], text: &[u8]) -> Found {
    let mut best: Found = None;
    for matcher in matchers {
        let Some((at, ends)) = matcher.index(text) else { continue };
        match &mut best {
            Some((start, _)) if at > *start => {}
            Some((start, known)) if at == *start => {
                known.extend(ends);
                known.sort_unstable();
                known.dedup();
            }
            best => *best = Some((at, ends)),
        }
    }
    best
}

fn contains(text: &[u8], needle: &[u8], negated: bool) -> Found {
    let found = find(text, needle);
    if negated {
        return Some((0, boundaries(&text[..found.unwrap_or(text.len())], 0)));
    }
    let end = found? + needle.len();
    Some((0, boundaries(&text[end..], end)))
}

fn every_of(matchers: &[Matcher], text: &[u8]) -> Found {
    let (mut index, mut offset) = (0, 0);
    let mut current: Vec<usize> = Vec::new();
    let mut rest = text;
    for (number, matcher) in matchers.iter().enumerate() {
        let (at, ends) = matcher.index(rest)?;
        if number == 0 {
            current = ends;
        } else {
            // Ends are counted from each matcher's own start.
            let moved = |end: &usize| (end + index).checked_sub(at + offset);
            current = current.iter().filter_map(moved).filter(|end| ends.contains(end)).collect();
            if current.is_empty() {
                return None;
            }
        }
        index = at + offset;
        rest = text.get(index..)?;
        offset += at;
    }
    Some((index, current))
}

fn prefix_suffix(text: &[u8], prefix: &[u8], suffix: &[u8]) -> Found {
    let at = find(text, prefix)?;
    let mut rest = &text[at..];
    if suffix.is_empty() {
        return Some((at, vec![rest.len()]));
    }
    let mut ends = Vec::new();
    while let Some(found) = memchr::memmem::rfind(rest, suffix) {
        ends.push(found + suffix.len());
        rest = &rest[..found];
    }
    ends.reverse();
    (!ends.is_empty()).then_some((at, ends))
}

/// Go: the end of a row is its length in characters, taken as bytes.
fn row(matchers: &[Matcher], length: usize, text: &[u8]) -> Found {
    let mut failures = Failures::default();
    indexed(text)
        .take_while(|(at, _)| text.len() - at >= length)
        .find(|(at, _)| is_row(matchers, &text[*at..], &mut failures))
        .map(|(at, _)| (at, vec![length]))
}
