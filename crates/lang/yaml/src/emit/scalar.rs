//! Which style a string is written in.

use crate::resolve::needs_quotes;
use crate::{Flavour, Style};

/// What the characters of a string allow: a set of facts.
///
/// Go: `yaml_emitter_analyze_scalar`, for block context.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Analysis(u16);

impl Analysis {
    const BLOCK_INDICATOR: u16 = 1;
    const SPECIAL: u16 = 1 << 1;
    const TAB: u16 = 1 << 2;
    const SUSPICIOUS: u16 = 1 << 3;
    const LINE_BREAK: u16 = 1 << 4;
    const LINE_FEED: u16 = 1 << 5;
    const BREAK_SPACE: u16 = 1 << 6;
    const SPACE_BREAK: u16 = 1 << 7;
    const EDGE: u16 = 1 << 8;
    const TRAILING_SPACE: u16 = 1 << 9;
    const WIDE: u16 = 1 << 10;
    const AFTER_SPACE: u16 = 1 << 11;
    const AFTER_BREAK: u16 = 1 << 12;

    fn has(self, facts: u16) -> bool {
        self.0 & facts != 0
    }

    fn add(&mut self, facts: u16) {
        self.0 |= facts;
    }

    fn add_if(&mut self, condition: bool, facts: u16) {
        if condition {
            self.0 |= facts;
        }
    }

    /// Whether there is a line break.
    pub(super) fn is_multiline(self) -> bool {
        self.has(Self::LINE_BREAK)
    }

    /// Whether there is a character that the reader of the JSON trip refuses or folds.
    pub(super) fn is_suspicious(self) -> bool {
        self.has(Self::SUSPICIOUS)
    }

    /// Whether every character is one byte.
    pub(super) fn is_narrow(self) -> bool {
        !self.has(Self::WIDE)
    }

    pub(super) fn allows_quotes(self) -> bool {
        !self.has(Self::BREAK_SPACE | Self::SPACE_BREAK | Self::SPECIAL | Self::TAB)
    }

    pub(super) fn allows_plain(self) -> bool {
        self.allows_quotes() && !self.has(Self::EDGE | Self::LINE_BREAK | Self::BLOCK_INDICATOR)
    }

    /// Go: `flow_plain_allowed`.
    pub(super) fn allows_flow_plain(self, text: &str) -> bool {
        self.allows_plain() && !text.is_empty() && !text.contains([',', '?', '[', ']', '{', '}', ':'])
    }

    /// Go: version 2 counts tabs among the special characters, version 3 lets them be in blocks.
    pub(super) fn allows_block(self, flavour: Flavour) -> bool {
        let tab = if flavour == Flavour::V2 { Self::TAB } else { 0 };
        !self.has(Self::TRAILING_SPACE | Self::SPACE_BREAK | Self::SPECIAL | tab)
    }

    fn line_break(&mut self) {
        self.add_if(self.has(Self::AFTER_SPACE), Self::SPACE_BREAK);
        self.0 = (self.0 | Self::LINE_BREAK | Self::AFTER_BREAK) & !Self::AFTER_SPACE;
    }

    fn space(&mut self) {
        self.add_if(self.has(Self::AFTER_BREAK), Self::BREAK_SPACE);
        self.0 = (self.0 | Self::AFTER_SPACE) & !Self::AFTER_BREAK;
    }

    fn other(&mut self) {
        self.0 &= !(Self::AFTER_SPACE | Self::AFTER_BREAK);
    }
}

/// What a byte may mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing special wherever it stands.
    Safe,
    /// `:` and `#`, which depend on their neighbours.
    Context,
    Space,
    Newline,
    Tab,
    /// ASCII that is not printed as it is.
    Control,
    /// The first byte of a longer character.
    Wide,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Safe; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte < 0x20 || byte == 0x7F {
            table[byte] = Class::Control;
        } else if byte >= 0x80 {
            table[byte] = Class::Wide;
        }
        byte += 1;
    }
    table[b'\t' as usize] = Class::Tab;
    table[b'\n' as usize] = Class::Newline;
    table[b' ' as usize] = Class::Space;
    table[b':' as usize] = Class::Context;
    table[b'#' as usize] = Class::Context;
    table
};

/// Looks at every character of a string.
pub(super) fn analyze(text: &str) -> Analysis {
    let bytes = text.as_bytes();
    let mut facts = Analysis::default();
    let mut at = 0;
    while at < bytes.len() {
        match CLASSES[usize::from(bytes[at])] {
            Class::Safe => {
                facts.other();
                // Most characters are safe; skip them in a tight loop.
                let safe = bytes[at..].iter().take_while(|byte| CLASSES[usize::from(**byte)] == Class::Safe);
                at += safe.count();
                continue;
            }
            Class::Context => {
                facts.add_if(at > 0 && is_indicator_at(text, at), Analysis::BLOCK_INDICATOR);
                facts.other();
            }
            Class::Space => facts.space(),
            Class::Newline => {
                facts.add(Analysis::LINE_FEED);
                facts.line_break();
            }
            Class::Tab => {
                facts.add(Analysis::TAB);
                facts.other();
            }
            Class::Control => {
                facts.add(Analysis::SPECIAL);
                facts.add_if(bytes[at] == 0x7F, Analysis::SUSPICIOUS);
                if bytes[at] == b'\r' {
                    facts.line_break();
                } else {
                    facts.other();
                }
            }
            Class::Wide => {
                at += analyze_wide(&bytes[at..], &mut facts);
                continue;
            }
        }
        at += 1;
    }
    analyze_edges(bytes, &mut facts);
    facts
}

/// A character of several bytes; returns its length.
fn analyze_wide(bytes: &[u8], facts: &mut Analysis) -> usize {
    facts.add(Analysis::WIDE);
    match bytes {
        [0xC2, 0x85, ..] => {
            facts.add(Analysis::SPECIAL | Analysis::SUSPICIOUS);
            facts.line_break();
        }
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => facts.line_break(),
        _ => {
            facts.add_if(!is_printable(bytes), Analysis::SPECIAL);
            let refused = matches!(bytes, [0xC2, 0..0xA0, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..]);
            facts.add_if(refused, Analysis::SUSPICIOUS);
            facts.other();
        }
    }
    match bytes[0] {
        0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

fn analyze_edges(bytes: &[u8], facts: &mut Analysis) {
    let is_space_or_break =
        |edge: &[u8]| matches!(edge, [b' ' | b'\n' | b'\r', ..] | [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..]);
    let last = bytes.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
    facts.add_if(is_space_or_break(bytes) || is_space_or_break(&bytes[last..]), Analysis::EDGE);
    facts.add_if(bytes.ends_with(b" "), Analysis::TRAILING_SPACE);
    facts.add_if(starts_with_indicator(bytes), Analysis::BLOCK_INDICATOR);
}

/// Go: `is_printable`, for a character of several bytes: none beyond U+FFFF.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    match bytes {
        [0xC2, second, ..] => *second >= 0xA0,
        [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [first, ..] => *first < 0xF0,
        [] => false,
    }
}

/// Whether the string begins as something else than a plain scalar.
fn starts_with_indicator(bytes: &[u8]) -> bool {
    const INDICATORS: &[u8] = b"#,[]{}&*!|>'\"%@`";
    match bytes {
        [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] => true,
        [b'?' | b':' | b'-'] | [b'?' | b':' | b'-', b' ' | b'\t', ..] => true,
        [first, ..] => INDICATORS.contains(first),
        [] => false,
    }
}

/// Whether a `:` or `#` inside a string would be read as an indicator.
fn is_indicator_at(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    if bytes[at] == b':' {
        return matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'));
    }
    let before = text[..at].chars().next_back();
    matches!(before, Some(' ' | '\t' | '\n' | '\r' | '\0' | '\u{85}' | '\u{2028}' | '\u{2029}'))
}

/// Go: `stringv`, then `yaml_emitter_select_scalar_style`.
pub(super) fn choose_style(text: &str, facts: Analysis, flavour: Flavour, simple_key: bool) -> Style {
    if facts.has(Analysis::LINE_FEED) {
        return block_or_double(text, facts, flavour, simple_key);
    }
    if needs_quotes(text, flavour) || (simple_key && facts.is_multiline()) {
        return Style::DoubleQuoted;
    }
    plain_or_quoted(facts)
}

/// The style of `!!binary`, whose text is never taken for something else.
pub(super) fn binary_style(text: &str, facts: Analysis, simple_key: bool) -> Style {
    if facts.has(Analysis::LINE_FEED) {
        return block_or_double(text, facts, Flavour::V3, simple_key);
    }
    plain_or_quoted(facts)
}

fn block_or_double(text: &str, facts: Analysis, flavour: Flavour, simple_key: bool) -> Style {
    let is_block = facts.allows_block(flavour) && !simple_key && !text.is_empty();
    if is_block { Style::Literal } else { Style::DoubleQuoted }
}

fn plain_or_quoted(facts: Analysis) -> Style {
    if facts.allows_plain() {
        Style::Plain
    } else if facts.allows_quotes() {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}

/// Go: `encodeBase64`: base64 in lines of 70 characters once there is more than one.
pub(super) fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let length = bytes.len().div_ceil(3) * 4;
    let in_lines = length / 70 + 1 > 1;
    let mut out = String::with_capacity(length + length / 70 + 1);
    let mut column = 0;
    let mut put = |digit: char| {
        out.push(digit);
        column += 1;
        if column == 70 && in_lines {
            out.push('\n');
            column = 0;
        }
    };
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * place)) as usize & 63];
            put(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    if in_lines && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
