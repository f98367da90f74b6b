//! Go's `regexp`: RE2 syntax, leftmost-first matches, linear time.
//!
//! An own parser reads exactly Go's syntax, with Go's errors and limits, into the expression tree
//! of `regex-syntax`; `regex-automata` runs it. Texts that are not UTF-8 match as in Go, where each
//! stray byte is U+FFFD: they are matched in transcoded form and positions are mapped back.

mod ascii;
mod class;
mod expand;
mod parser;
mod subject;
mod unicode_names;

use std::cell::OnceCell;

use regex_automata::meta::{Config, Regex};
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::Hir;

pub use parser::SyntaxError;

use subject::Subject;

/// A compiled expression. Go: `regexp.Regexp`.
#[derive(Clone, Debug)]
pub struct Regexp {
    /// Cheap to make, as fast as Go's on short texts. Made for the first of them that is not ASCII, where `ascii`
    /// does the others.
    regex: OnceCell<Regex>,
    /// The same for ASCII texts, where that is cheaper still.
    ascii: Option<Regex>,
    /// Made for the first long text.
    thorough: OnceCell<Regex>,
    hir: Hir,
    /// Group names by number, empty where a group has none.
    names: Vec<String>,
    is_empty: bool,
}

/// The start and end of a match and of each of its groups, as positions in the text.
pub type Groups = Vec<Option<(usize, usize)>>;

/// From this length on a text is worth a thorough compilation.
const LONG_TEXT: usize = 4096;

/// What compiled programs may take; Go's own limit on size comes first for all but huge classes.
const PROGRAM_LIMIT: usize = 1 << 28;

/// The caches that an expression keeps for threads that use it at once.
const POOL: usize = 4;

/// Compiles an expression; quickly, or so that long texts are searched at full speed.
fn build(hir: &Hir, quick: bool) -> Option<Regex> {
    let config = Config::new()
        .match_kind(MatchKind::LeftmostFirst)
        .utf8_empty(true)
        .dfa(false)
        .hybrid(!quick)
        .onepass(!quick)
        .auto_prefilter(!quick)
        // The default asks the system how many cores there are.
        .pool_capacity(POOL)
        .nfa_size_limit(Some(PROGRAM_LIMIT));
    Regex::builder().configure(config).build_from_hir(hir).ok()
}

impl Regexp {
    /// Go: `regexp.Compile`.
    pub fn compile(pattern: impl AsRef<[u8]>) -> Result<Self, SyntaxError> {
        let pattern = pattern.as_ref();
        let parsed = parser::parse(pattern)?;
        let regex = OnceCell::new();
        let ascii = ascii::restricted(&parsed.hir).and_then(|hir| build(&hir, true));
        if ascii.is_none() {
            let program = build(&parsed.hir, true).ok_or_else(|| SyntaxError::too_large(pattern))?;
            drop(regex.set(program));
        }
        Ok(Self {
            regex,
            ascii,
            thorough: OnceCell::new(),
            hir: parsed.hir,
            names: parsed.names,
            is_empty: pattern.is_empty(),
        })
    }

    /// Go: `MatchString`.
    pub fn is_match(&self, text: impl AsRef<[u8]>) -> bool {
        let subject = Subject::new(text.as_ref());
        self.program(&subject).is_match(Input::new(subject.bytes()))
    }

    /// The first match. Go: `FindStringIndex`.
    pub fn find(&self, text: impl AsRef<[u8]>) -> Option<(usize, usize)> {
        let subject = Subject::new(text.as_ref());
        self.find_at(&subject, 0).map(|(start, end)| (subject.origin(start), subject.origin(end)))
    }

    /// The first match with its groups. Go: `FindStringSubmatchIndex`.
    pub fn captures(&self, text: impl AsRef<[u8]>) -> Option<Groups> {
        let subject = Subject::new(text.as_ref());
        let groups = self.captures_at(&subject, 0)?;
        let origin = |(start, end)| (subject.origin(start), subject.origin(end));
        Some(groups.into_iter().map(|group| group.map(origin)).collect())
    }

    /// At most `limit` matches that do not overlap, all when it is negative. Go:
    /// `FindAllStringIndex`.
    pub fn find_all(&self, text: impl AsRef<[u8]>, limit: i64) -> Vec<(usize, usize)> {
        let subject = Subject::new(text.as_ref());
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut at = 0;
        let mut last_end = None;
        // Go: allMatches refuses an empty match right behind the one before.
        while found.len() < limit && at <= subject.bytes().len() {
            let Some((start, end)) = self.find_at(&subject, at) else { break };
            let is_accepted = end != at || last_end != Some(start);
            at = if end == at { subject.next(at) } else { end };
            last_end = Some(end);
            if is_accepted {
                found.push((subject.origin(start), subject.origin(end)));
            }
        }
        found
    }

    /// Replaces all matches by `template`, in which `$1` and `${name}` stand for groups. Go:
    /// `ReplaceAllString`.
    pub fn replace_all(&self, text: impl AsRef<[u8]>, template: impl AsRef<[u8]>) -> Vec<u8> {
        let template = template.as_ref();
        let subject = Subject::new(text.as_ref());
        if !template.contains(&b'$') {
            return self.replace(&subject, |out, _| out.extend_from_slice(template));
        }
        let mut out = Vec::new();
        self.each_replaced(&subject, &mut out, |out, start| {
            let Some(groups) = self.captures_at(&subject, start) else { return };
            let group = |number: usize| {
                let (start, end) = groups.get(number).copied().flatten()?;
                Some(subject.slice(start, end))
            };
            expand::append(out, template, &self.names, &group);
        });
        out
    }

    /// Replaces all matches by `replacement`. Go: `ReplaceAllLiteralString`.
    pub fn replace_all_literal(&self, text: impl AsRef<[u8]>, replacement: impl AsRef<[u8]>) -> Vec<u8> {
        let subject = Subject::new(text.as_ref());
        self.replace(&subject, |out, _| out.extend_from_slice(replacement.as_ref()))
    }

    /// The parts between matches, at most `limit`, all when it is negative. Go: `Split`.
    pub fn split<'t>(&self, text: &'t [u8], limit: i64) -> Vec<&'t [u8]> {
        if limit == 0 {
            return Vec::new();
        }
        if !self.is_empty && text.is_empty() {
            return vec![text];
        }
        let mut parts: Vec<&[u8]> = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for (start, stop) in self.find_all(text, limit) {
            if usize::try_from(limit).is_ok_and(|limit| parts.len() + 1 >= limit) {
                break;
            }
            end = start;
            if stop != 0 {
                parts.push(&text[begin..end]);
            }
            begin = stop;
        }
        if end != text.len() {
            parts.push(&text[begin..]);
        }
        parts
    }

    /// The program for a text.
    fn program(&self, subject: &Subject<'_>) -> &Regex {
        let is_short = subject.bytes().len() < LONG_TEXT;
        match &self.ascii {
            Some(ascii) if is_short && subject.bytes().is_ascii() => return ascii,
            _ if is_short => return self.quick(),
            _ => {}
        }
        self.thorough.get_or_init(|| build(&self.hir, false).unwrap_or_else(|| self.quick().clone()))
    }

    /// The program for all short texts.
    fn quick(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let program = build(&self.hir, true);
            program.expect("invariant: what has an ASCII program is far from the limit on size")
        })
    }

    fn find_at(&self, subject: &Subject<'_>, at: usize) -> Option<(usize, usize)> {
        let found = self.program(subject).find(Input::new(subject.bytes()).range(at..))?;
        Some((found.start(), found.end()))
    }

    fn captures_at(&self, subject: &Subject<'_>, at: usize) -> Option<Groups> {
        let program = self.program(subject);
        let mut captures = program.create_captures();
        program.captures(Input::new(subject.bytes()).range(at..), &mut captures);
        if !captures.is_match() {
            return None;
        }
        let group = |number| captures.get_group(number).map(|span| (span.start, span.end));
        Some((0..self.names.len()).map(group).collect())
    }

    fn replace(&self, subject: &Subject<'_>, insert: impl Fn(&mut Vec<u8>, usize)) -> Vec<u8> {
        let mut out = Vec::new();
        self.each_replaced(subject, &mut out, insert);
        out
    }

    /// Copies the text and lets `insert` write what replaces each match; it gets the place where
    /// the search for that match began. Go: `replaceAll`.
    fn each_replaced(&self, subject: &Subject<'_>, out: &mut Vec<u8>, insert: impl Fn(&mut Vec<u8>, usize)) {
        let mut last_end = 0;
        let mut at = 0;
        while at <= subject.bytes().len() {
            let Some((start, end)) = self.find_at(subject, at) else { break };
            out.extend_from_slice(subject.slice(last_end, start));
            // Go: no replacement of an empty match right behind the one before.
            if end > last_end || start == 0 {
                insert(out, at);
            }
            last_end = end;
            at = subject.next(at).max(end);
        }
        out.extend_from_slice(subject.slice(last_end, subject.bytes().len()));
    }
}

/// Escapes all characters with a meaning in expressions. Go: `regexp.QuoteMeta`.
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}
