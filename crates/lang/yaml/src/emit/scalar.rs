//! Which style a string is written in.

use crate::resolve::needs_quotes;
use crate::{Flavour, Style};

/// What the characters of a string allow. Go: `yaml_emitter_analyze_scalar`, for block context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) plain_allowed: bool,
    pub(super) single_quoted_allowed: bool,
    pub(super) block_allowed: bool,
    /// Whether there is a character that the reader of the JSON trip refuses or folds.
    pub(super) suspicious: bool,
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

/// The state of a walk over a string.
#[derive(Default)]
struct Walk {
    block_indicators: bool,
    special: bool,
    tabs: bool,
    suspicious: bool,
    line_breaks: bool,
    break_space: bool,
    space_break: bool,
    previous_space: bool,
    previous_break: bool,
}

impl Walk {
    fn line_break(&mut self) {
        self.line_breaks = true;
        self.space_break |= self.previous_space;
        self.previous_space = false;
        self.previous_break = true;
    }

    fn other(&mut self) {
        self.previous_space = false;
        self.previous_break = false;
    }
}

/// Looks at every character of a string.
pub(super) fn analyze(text: &str, flavour: Flavour) -> Analysis {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Analysis {
            multiline: false,
            plain_allowed: true,
            single_quoted_allowed: true,
            block_allowed: false,
            suspicious: false,
        };
    }
    let mut walk = Walk { block_indicators: starts_with_indicator(bytes), ..Walk::default() };
    let mut at = 0;
    while at < bytes.len() {
        match CLASSES[usize::from(bytes[at])] {
            Class::Safe => {
                walk.other();
                at += 1;
                // Most characters are safe; skip them in a tight loop.
                while at < bytes.len() && CLASSES[usize::from(bytes[at])] == Class::Safe {
                    at += 1;
                }
                continue;
            }
            Class::Context => {
                walk.block_indicators |= at > 0 && is_indicator_at(text, at);
                walk.other();
            }
            Class::Space => {
                walk.break_space |= walk.previous_break;
                walk.previous_space = true;
                walk.previous_break = false;
            }
            Class::Newline => walk.line_break(),
            Class::Tab => {
                walk.tabs = true;
                walk.other();
            }
            Class::Control => {
                walk.special = true;
                walk.suspicious |= bytes[at] == 0x7F;
                if bytes[at] == b'\r' { walk.line_break() } else { walk.other() }
            }
            Class::Wide => {
                at += analyze_wide(&bytes[at..], &mut walk);
                continue;
            }
        }
        at += 1;
    }
    conclude(bytes, &walk, flavour)
}

/// A character of several bytes; returns its length.
fn analyze_wide(bytes: &[u8], walk: &mut Walk) -> usize {
    let width = match bytes[0] {
        0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    match bytes {
        [0xC2, 0x85, ..] => {
            walk.special = true;
            walk.suspicious = true;
            walk.line_break();
        }
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => walk.line_break(),
        _ => {
            walk.special |= !is_printable(bytes);
            walk.suspicious |= matches!(bytes, [0xC2, 0..0xA0, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..]);
            walk.other();
        }
    }
    width
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

fn conclude(bytes: &[u8], walk: &Walk, flavour: Flavour) -> Analysis {
    let is_edge_break = |edge: &[u8]| matches!(edge, [b'\n' | b'\r', ..] | [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..]);
    let last = bytes.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
    let leading = bytes[0] == b' ' || is_edge_break(bytes);
    let trailing_space = bytes.ends_with(b" ");
    let trailing = trailing_space || is_edge_break(&bytes[last..]);
    // Go: version 2 counts tabs among the special characters, version 3 lets them be in blocks.
    let special = walk.special || (walk.tabs && flavour == Flavour::V2);
    let quotable = !(walk.break_space || walk.space_break || special || walk.tabs);
    Analysis {
        multiline: walk.line_breaks,
        plain_allowed: quotable && !(leading || trailing || walk.line_breaks || walk.block_indicators),
        single_quoted_allowed: quotable,
        block_allowed: !(trailing_space || walk.space_break || special),
        suspicious: walk.suspicious,
    }
}

/// Whether the string begins as something else than a plain scalar.
fn starts_with_indicator(bytes: &[u8]) -> bool {
    match bytes {
        [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] => true,
        [b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`', ..] => {
            true
        }
        [b'?' | b':' | b'-'] | [b'?' | b':' | b'-', b' ' | b'\t', ..] => true,
        _ => false,
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
pub(super) fn choose_style(text: &str, analysis: &Analysis, flavour: Flavour, simple_key: bool) -> Style {
    if analysis.multiline && (simple_key || text.contains('\n')) {
        let block = analysis.block_allowed && !simple_key;
        return if block { Style::Literal } else { Style::DoubleQuoted };
    }
    if needs_quotes(text, flavour) {
        return Style::DoubleQuoted;
    }
    plain_or_quoted(analysis)
}

/// The style of `!!binary`, whose text is never taken for something else.
pub(super) fn binary_style(text: &str, analysis: &Analysis, simple_key: bool) -> Style {
    if text.contains('\n') {
        let block = analysis.block_allowed && !simple_key;
        return if block { Style::Literal } else { Style::DoubleQuoted };
    }
    plain_or_quoted(analysis)
}

fn plain_or_quoted(analysis: &Analysis) -> Style {
    match analysis {
        Analysis { plain_allowed: true, .. } => Style::Plain,
        Analysis { single_quoted_allowed: true, .. } => Style::SingleQuoted,
        _ => Style::DoubleQuoted,
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
