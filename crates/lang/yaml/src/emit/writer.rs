//! Characters to text: columns, indentation, folding, escapes.

mod commented;

use super::Manner;
use super::scalar::is_printable;
use crate::{Error, Flavour, Style};

/// Go: `best_width` of version 2; version 3 does not fold.
const WIDTH: usize = 80;

/// The text so far and what go-yaml remembers of its end.
#[derive(Debug)]
pub(super) struct Writer {
    out: Vec<u8>,
    manner: Manner,
    width: usize,
    column: usize,
    /// Whether the last character was a space or an indicator that needs none after it.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and indicators so far.
    indention: bool,
    /// The indentation of the foot comment just written, which an empty line must follow; else -1.
    foot_indent: isize,
}

/// A scalar to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar<'a> {
    pub(super) text: &'a str,
    pub(super) style: Style,
    /// The indentation of its further lines.
    pub(super) indent: isize,
    /// Whether long lines may be broken, as they may not in a simple key.
    pub(super) folds: bool,
    /// Whether every character is one byte.
    pub(super) is_narrow: bool,
}

impl Writer {
    pub(super) fn new(manner: Manner) -> Self {
        Self {
            out: Vec::with_capacity(256),
            manner,
            width: if manner.flavour == Flavour::V2 { WIDTH } else { usize::MAX },
            column: 0,
            whitespace: true,
            indention: true,
            foot_indent: -1,
        }
    }

    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    /// Whether the line holds nothing but indentation so far.
    pub(super) fn at_indentation(&self) -> bool {
        self.indention
    }

    pub(super) fn finish(&mut self) -> Result<String, Error> {
        String::from_utf8(std::mem::take(&mut self.out)).map_err(|error| Error::new(error.to_string()))
    }

    /// Go: `yaml_emitter_write_indent`.
    pub(super) fn indent(&mut self, indent: isize) {
        let indent = indent.max(0).unsigned_abs();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_feed();
        }
        if self.foot_indent >= 0 {
            self.leave_foot(indent);
        }
        if self.column < indent {
            self.out.resize(self.out.len() + indent - self.column, b' ');
            self.column = indent;
        }
        self.whitespace = true;
        if self.manner.flavour == Flavour::V2 {
            self.indention = true;
        }
    }

    fn line_feed(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
        if self.manner.flavour == Flavour::V3 {
            self.indention = true;
        }
    }

    /// Go: `yaml_emitter_write_indicator` that is neither whitespace nor indentation.
    pub(super) fn indicator(&mut self, indicator: &str, space_before: bool) {
        if space_before && !self.whitespace {
            self.put(b' ');
        }
        self.out.extend_from_slice(indicator.as_bytes());
        self.column += indicator.len();
        self.whitespace = false;
        self.indention = false;
    }

    /// The dash of a sequence item; what follows may begin a collection on the same line.
    pub(super) fn dash(&mut self, indent: isize) {
        self.indent(indent);
        self.complex_indicator("-");
    }

    /// `-`, `?`, or the `:` after a complex key.
    pub(super) fn complex_indicator(&mut self, indicator: &str) {
        let indention = self.indention;
        self.indicator(indicator, true);
        self.indention = indention;
    }

    /// The colon after a simple key.
    pub(super) fn colon(&mut self) {
        self.put(b':');
        self.whitespace = false;
        self.indention = false;
    }

    /// A tag before a scalar.
    pub(super) fn tag(&mut self, tag: &str) {
        self.indicator(tag, true);
    }

    /// A word that needs no look.
    pub(super) fn word(&mut self, text: &str) {
        self.indicator(text, true);
    }

    /// A scalar in its style.
    pub(super) fn scalar(&mut self, scalar: Scalar<'_>) {
        let Scalar { text, indent, folds, .. } = scalar;
        match scalar.style {
            Style::Plain => self.plain(&scalar),
            Style::SingleQuoted => self.single_quoted(text, indent, folds),
            Style::DoubleQuoted => self.double_quoted(text, indent, folds),
            Style::Literal | Style::Folded => self.literal(text, indent),
        }
    }

    fn put(&mut self, byte: u8) {
        self.out.push(byte);
        self.column += 1;
    }

    /// Writes characters without a look.
    fn put_text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
    }

    /// Go: `yaml_emitter_write_plain_scalar`. Plain scalars hold no line breaks.
    fn plain(&mut self, scalar: &Scalar<'_>) {
        let text = scalar.text;
        if !self.whitespace && !text.is_empty() {
            self.put(b' ');
        }
        if !scalar.folds || self.column.saturating_add(text.len()) <= self.width {
            self.out.extend_from_slice(text.as_bytes());
            self.column += if scalar.is_narrow { text.len() } else { text.chars().count() };
        } else {
            self.folded_words(text, scalar.indent);
        }
        if !text.is_empty() || self.manner.flavour == Flavour::V2 {
            self.whitespace = false;
        }
        self.indention = false;
    }

    /// Breaks lines at single spaces.
    fn folded_words(&mut self, text: &str, indent: isize) {
        let mut after_space = false;
        for (index, word) in text.split(' ').enumerate() {
            if index > 0 {
                if !after_space && self.column > self.width && !word.is_empty() {
                    self.indent(indent);
                } else {
                    self.put(b' ');
                }
            }
            after_space = word.is_empty();
            self.put_text(word);
        }
    }

    /// Go: `yaml_emitter_write_single_quoted_scalar`.
    fn single_quoted(&mut self, text: &str, indent: isize, folds: bool) {
        self.indicator("'", true);
        let (mut spaces, mut breaks) = (false, false);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let first = rest.len() == text.len();
            rest = &rest[character.len_utf8()..];
            match character {
                ' ' => {
                    let inside = !first && !rest.is_empty() && !rest.starts_with(' ');
                    if folds && !spaces && self.column > self.width && inside {
                        self.indent(indent);
                    } else {
                        self.put(b' ');
                    }
                    spaces = true;
                }
                '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\r' => {
                    if !breaks && character == '\n' {
                        self.line_feed();
                    }
                    self.write_break(character);
                    breaks = true;
                }
                _ => {
                    if breaks {
                        self.indent(indent);
                    }
                    if character == '\'' {
                        self.put(b'\'');
                    }
                    self.put_text(character.encode_utf8(&mut [0; 4]));
                    self.indention = false;
                    spaces = false;
                    breaks = false;
                }
            }
        }
        self.indicator("'", false);
    }

    /// Go: `write_break`, and the flag that goes with it.
    fn write_break(&mut self, character: char) {
        if character == '\n' {
            self.line_feed();
        } else {
            self.put_text(character.encode_utf8(&mut [0; 4]));
            self.column = 0;
        }
        self.indention = true;
    }

    /// Go: `yaml_emitter_write_double_quoted_scalar`.
    fn double_quoted(&mut self, text: &str, indent: isize, folds: bool) {
        self.indicator("\"", true);
        // Go: is_bom looks at the start of the string, not at the position.
        // compat: yaml-bom-escapes
        let escape_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let first = rest.len() == text.len();
            let bytes = rest.as_bytes();
            rest = &rest[character.len_utf8()..];
            if escape_all || must_escape(character, bytes) {
                self.escape(character);
                spaces = false;
            } else if character == ' ' {
                if folds && !spaces && self.column > self.width && !first && !rest.is_empty() {
                    self.indent(indent);
                    if rest.starts_with(' ') {
                        self.put(b'\\');
                    }
                } else {
                    self.put(b' ');
                }
                spaces = true;
            } else {
                self.put_text(character.encode_utf8(&mut [0; 4]));
                spaces = false;
            }
        }
        self.indicator("\"", false);
    }

    fn escape(&mut self, character: char) {
        self.put(b'\\');
        let short = match character {
            '\0' => b'0',
            '\x07' => b'a',
            '\x08' => b'b',
            '\t' => b't',
            '\n' => b'n',
            '\x0B' => b'v',
            '\x0C' => b'f',
            '\r' => b'r',
            '\x1B' => b'e',
            '"' => b'"',
            '\\' => b'\\',
            '\u{85}' => b'N',
            '\u{A0}' => b'_',
            '\u{2028}' => b'L',
            '\u{2029}' => b'P',
            _ => {
                let code = u32::from(character);
                return self.put_text(&match code {
                    0..=0xFF => format!("x{code:02X}"),
                    0x100..=0xFFFF => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                });
            }
        };
        self.put(short);
    }

    /// Go: `yaml_emitter_write_literal_scalar`.
    fn literal(&mut self, text: &str, indent: isize) {
        self.indicator("|", true);
        self.block_hints(text);
        self.line_feed();
        self.indention = true;
        self.whitespace = true;
        self.literal_lines(text, indent);
    }

    /// What stands below the header of a literal.
    fn literal_lines(&mut self, text: &str, indent: isize) {
        let mut breaks = true;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if matches!(first, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
                self.write_break(first);
                breaks = true;
                rest = &rest[first.len_utf8()..];
                continue;
            }
            if breaks {
                self.indent(indent);
            }
            let end = rest.find(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
            self.put_text(&rest[..end]);
            self.indention = false;
            breaks = false;
            rest = &rest[end..];
        }
    }

    /// Go: `yaml_emitter_write_block_scalar_hints`.
    fn block_hints(&mut self, text: &str) {
        let is_break =
            |character: Option<char>| matches!(character, Some('\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'));
        if text.starts_with(' ') || is_break(text.chars().next()) {
            let hint = self.manner.best_indent.to_string();
            self.indicator(&hint, false);
        }
        let mut backwards = text.chars().rev();
        if !is_break(backwards.next()) {
            self.indicator("-", false);
        } else {
            let before = backwards.next();
            if before.is_none() || is_break(before) {
                self.indicator("+", false);
            }
        }
    }
}

/// Whether a character stands escaped in double quotes.
fn must_escape(character: char, bytes: &[u8]) -> bool {
    match character {
        '"' | '\\' | '\u{2028}' | '\u{2029}' => true,
        ' '..='~' => false,
        '\0'..='\x7F' => true,
        _ => !is_printable(bytes),
    }
}
