//! An expression as far as ASCII texts can tell.
//!
//! A class such as `[^a-z]` holds nearly all of Unicode, and a program for that costs more than most
//! expressions are ever used for. Nearly all texts are ASCII, and to those it is a class of a few bytes.

use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

/// Larger expressions could meet the limit on the size of programs, which has to be noticed at once.
const MOST_STATES: u64 = 10_000;

/// The last character of ASCII.
const LAST: char = '\x7f';

/// The same expression for ASCII texts; `None` where that would be nothing gained.
pub(super) fn restricted(hir: &Hir) -> Option<Hir> {
    let has_wide = has_wide_class(hir);
    (has_wide && states(hir) <= MOST_STATES).then(|| without_others(hir)).flatten()
}

fn has_wide_class(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => !class.is_ascii(),
        HirKind::Repetition(Repetition { sub, .. }) | HirKind::Capture(Capture { sub, .. }) => has_wide_class(sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_wide_class),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => false,
    }
}

/// More or less the ranges and bytes that a program has to tell apart.
fn states(hir: &Hir) -> u64 {
    let sum = |parts: &[Hir]| parts.iter().fold(1_u64, |sum, part| sum.saturating_add(states(part)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() as u64,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
        HirKind::Repetition(repetition) => {
            let count = u64::from(repetition.max.unwrap_or(repetition.min).max(1));
            states(&repetition.sub).saturating_mul(count)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

/// Classes without what is beyond ASCII; `None` when nothing is left of one.
fn without_others(hir: &Hir) -> Option<Hir> {
    let each = |parts: &[Hir]| parts.iter().map(without_others).collect::<Option<Vec<Hir>>>();
    Some(match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter().filter(|range| range.start() <= LAST);
            let cut = ranges.map(|range| ClassUnicodeRange::new(range.start(), range.end().min(LAST)));
            let class = ClassUnicode::new(cut);
            if class.ranges().is_empty() {
                return None;
            }
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(repetition) => {
            let sub = Box::new(without_others(&repetition.sub)?);
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => {
            let sub = Box::new(without_others(&capture.sub)?);
            Hir::capture(Capture { sub, ..capture.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(each(parts)?),
        HirKind::Alternation(parts) => Hir::alternation(each(parts)?),
        _ => hir.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Regexp, parser};
    use super::restricted;

    #[test]
    fn ascii_texts_match_as_with_all_of_unicode() {
        let patterns = [
            r"(-?[^a-z\d\-])+-?",
            r"\W",
            r"(?i)k+s?",
            r"[^A-Za-z0-9]+$",
            r"^.{1,3}(b.)?$",
            r"(?s).*?(x|\D)",
            r"[^\x00-\x7f]?a",
            r"\PL{2}",
            r"(a|[^b])*c",
            r"(?:[^,]*),([^,]*)",
            r"\b[^ ]",
            r"[[:^alpha:]]",
        ];
        let texts = ["", "a", "k", "KS", "abc-1.2_x", "a,b,c", "  x ", "9b9", "cab", "\n", "x\ny"];
        let mut cheaper = 0;
        for pattern in patterns {
            let own = Regexp::compile(pattern).unwrap();
            let mut whole = own.clone();
            whole.ascii = None;
            cheaper += usize::from(own.ascii.is_some());
            for text in texts {
                assert_eq!(own.captures(text), whole.captures(text), "{pattern} {text:?}");
                assert_eq!(own.find_all(text, -1), whole.find_all(text, -1), "{pattern} {text:?}");
                assert_eq!(own.replace_all(text, "<$1>"), whole.replace_all(text, "<$1>"), "{pattern} {text:?}");
            }
        }
        assert!(cheaper > 8, "{cheaper}");
    }

    #[test]
    fn other_texts_still_match() {
        let regexp = Regexp::compile("[^a-z]+").unwrap();
        assert_eq!(regexp.find("ab\u{e4}\u{212a}c"), Some((2, 7)));
        assert_eq!(Regexp::compile("(?i)k").unwrap().find("\u{212a}"), Some((0, 3)));
    }

    #[test]
    fn nothing_is_gained_without_wide_classes_or_with_huge_ones() {
        for pattern in ["abc", "[a-z]+", r"\d{3}", r"\pL{900}", r"[^\x00-\x7f]"] {
            let parsed = parser::parse(pattern.as_bytes()).unwrap();
            assert!(restricted(&parsed.hir).is_none(), "{pattern}");
        }
    }
}
