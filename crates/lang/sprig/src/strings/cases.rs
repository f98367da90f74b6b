//! `snakecase`, `kebabcase`, `camelcase` and `swapcase`, word by word as the Go libraries split.
//!
//! xstrings cuts a text into words of one kind (upper case, letters, numbers, punctuation,
//! connectors, others) and joins them with a connector; where numbers belong to is the hard part.

use corten_gostd::text::{
    decode_rune, is_letter, is_lower, is_space, is_upper, runes, to_lower_char, to_title, to_upper_char,
};

use super::classes;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

impl Kind {
    fn is_end(self) -> bool {
        matches!(self, Self::Connector | Self::Punct)
    }

    fn is_run(self) -> bool {
        matches!(self, Self::Alphabet | Self::Number)
    }
}

/// xstrings: `ToSnakeCase` with `_`, `ToKebabCase` with `-`.
pub(super) fn connect(text: &[u8], connector: u8) -> Vec<u8> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut joiner =
        Joiner { out: Vec::with_capacity(text.len() + 8), connector, kind: Kind::Invalid, word: b"", rest: text };
    joiner.advance();
    while !joiner.rest.is_empty() {
        if joiner.kind != Kind::Connector {
            joiner.put(joiner.kind, joiner.word);
        }
        let (kind, word) = (joiner.kind, joiner.word);
        joiner.advance();
        match kind {
            Kind::Number => {
                joiner.run();
                joiner.separate();
            }
            Kind::Connector => joiner.put(kind, word),
            Kind::Punct => {}
            _ => joiner.after_letters(),
        }
    }
    joiner.put(joiner.kind, joiner.word);
    joiner.out
}

struct Joiner<'a> {
    out: Vec<u8>,
    connector: u8,
    kind: Kind,
    word: &'a [u8],
    rest: &'a [u8],
}

impl Joiner<'_> {
    fn advance(&mut self) {
        let (kind, end) = next_word(self.rest);
        self.kind = kind;
        (self.word, self.rest) = self.rest.split_at(end);
    }

    /// Writes words as long as letters and numbers follow each other.
    fn run(&mut self) {
        while self.kind.is_run() {
            self.put(self.kind, self.word);
            self.advance();
        }
    }

    fn separate(&mut self) {
        if self.kind != Kind::Invalid && !self.kind.is_end() {
            self.out.push(self.connector);
        }
    }

    /// What follows a word of letters: a number joins it (`bld4_floor`) unless letters follow the
    /// number at once (`http_2xx`).
    fn after_letters(&mut self) {
        if self.kind != Kind::Number {
            if !self.kind.is_end() {
                self.out.push(self.connector);
            }
            return;
        }
        if self.rest.is_empty() {
            return;
        }
        let number = self.word;
        self.advance();
        if self.kind == Kind::Alphabet {
            self.out.push(self.connector);
            self.put(Kind::Number, number);
            self.run();
            self.separate();
        } else {
            self.put(Kind::Number, number);
            if !self.kind.is_end() {
                self.out.push(self.connector);
            }
        }
    }

    fn put(&mut self, kind: Kind, word: &[u8]) {
        if !matches!(kind, Kind::Upper | Kind::Connector) {
            self.out.extend_from_slice(word);
            return;
        }
        for (rune, _) in runes(word) {
            match rune {
                rune if is_connector(rune) => self.out.push(self.connector),
                rune if is_upper(rune) => push(&mut self.out, to_lower_char(rune)),
                rune => push(&mut self.out, rune),
            }
        }
    }
}

/// The kind of the first word of a text and where it ends.
fn next_word(text: &[u8]) -> (Kind, usize) {
    if text.is_empty() {
        return (Kind::Invalid, 0);
    }
    let (rune, size) = next_valid(text, char::REPLACEMENT_CHARACTER);
    match rune {
        char::REPLACEMENT_CHARACTER => (Kind::Invalid, size),
        _ if is_connector(rune) => (Kind::Connector, while_runes(text, size, rune, is_connector)),
        _ if is_punct(rune) => (Kind::Punct, while_runes(text, size, rune, is_punct)),
        _ if is_upper(rune) => (Kind::Upper, upper_word(text, size, rune)),
        _ if is_alphabet(rune) => (Kind::Alphabet, while_runes(text, size, rune, is_small)),
        _ if is_number(rune) => (Kind::Number, while_runes(text, size, rune, is_number)),
        _ => (Kind::Other, while_runes(text, size, rune, is_other)),
    }
}

/// Takes `HTTP` of `HTTPStatus` and `Status` of `StatusCode`.
fn upper_word(text: &[u8], first: usize, rune: char) -> usize {
    if first == text.len() {
        return first;
    }
    let (second, size) = next_valid(&text[first..], rune);
    if !is_upper(second) {
        return if is_alphabet(second) { while_runes(text, first + size, second, is_small) } else { first };
    }
    let (mut end, mut last, mut rune) = (first + size, size, second);
    while end < text.len() {
        let (next, size) = next_valid(&text[end..], rune);
        if !is_upper(next) {
            // The last capital begins the next word.
            return if is_alphabet(next) { end - last } else { end };
        }
        (end, last, rune) = (end + size, size, next);
    }
    end
}

fn while_runes(text: &[u8], start: usize, first: char, belongs: fn(char) -> bool) -> usize {
    let (mut end, mut rune) = (start, first);
    while end < text.len() {
        let (next, size) = next_valid(&text[end..], rune);
        if !belongs(next) {
            break;
        }
        (end, rune) = (end + size, next);
    }
    end
}

/// The next valid rune with the width of the bad bytes before it, or `previous` at the end.
fn next_valid(text: &[u8], previous: char) -> (char, usize) {
    let mut size = 0;
    while size < text.len() {
        let (rune, width) = decode_rune(&text[size..]);
        size += width;
        if rune != char::REPLACEMENT_CHARACTER {
            return (rune, size);
        }
    }
    (previous, size)
}

/// xstrings: `ToPascalCase`.
pub(super) fn pascal(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut all = runes(text).map(|(rune, _)| rune).peekable();
    let mut was_upper = false;
    let mut current = None;
    for rune in all.by_ref() {
        if !is_connector(rune) {
            was_upper = is_upper(rune);
            current = Some(to_upper_char(rune));
            break;
        }
        push(&mut out, rune);
    }
    let Some(mut current) = current else {
        // compat: camelcase-last-connector
        // Go: the last of leading connectors stands twice, as nothing follows it.
        if let Some((last, _)) = runes(text).last() {
            push(&mut out, last);
        }
        return out;
    };
    for next in all {
        let before = std::mem::replace(&mut current, next);
        if is_connector(current) && is_connector(before) {
            push(&mut out, before);
        } else if is_connector(before) {
            was_upper = is_upper(current);
            current = to_upper_char(current);
        } else {
            if was_upper {
                if is_upper(current) {
                    current = to_lower_char(current);
                } else {
                    was_upper = false;
                }
            }
            push(&mut out, before);
        }
    }
    push(&mut out, current);
    out
}

/// goutils: `SwapCase`: a small letter after white space gets title case.
pub(super) fn swap(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut after_space = true;
    for (rune, _) in runes(text) {
        let swapped = if is_upper(rune) || is_title(rune) {
            after_space = false;
            to_lower_char(rune)
        } else if !is_lower(rune) {
            after_space = is_space(rune);
            rune
        } else if std::mem::take(&mut after_space) {
            to_title(rune)
        } else {
            to_upper_char(rune)
        };
        push(&mut out, swapped);
    }
    out
}

fn push(out: &mut Vec<u8>, rune: char) {
    out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
}

fn is_connector(rune: char) -> bool {
    matches!(rune, '-' | '_') || is_space(rune)
}

fn is_small(rune: char) -> bool {
    is_alphabet(rune) && !is_upper(rune)
}

fn is_other(rune: char) -> bool {
    !is_connector(rune) && !is_alphabet(rune) && !is_number(rune) && !is_punct(rune)
}

/// A letter that is no Chinese character.
fn is_alphabet(rune: char) -> bool {
    is_letter(rune) && !matches!(rune, '\u{4E00}'..='\u{9FCC}' | '\u{3400}'..='\u{4D85}' | '\u{20000}'..='\u{2B81D}')
}

fn is_punct(rune: char) -> bool {
    if rune.is_ascii() {
        rune.is_ascii_punctuation() && !matches!(rune, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~')
    } else {
        contains(classes::PUNCT, rune)
    }
}

fn is_number(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_digit() } else { contains(classes::NUMBER, rune) }
}

fn is_title(rune: char) -> bool {
    !rune.is_ascii() && contains(classes::TITLE, rune)
}

fn contains(ranges: &[(u32, u32)], rune: char) -> bool {
    let code = u32::from(rune);
    let after = ranges.partition_point(|(first, _)| *first <= code);
    after > 0 && code <= ranges[after - 1].1
}
