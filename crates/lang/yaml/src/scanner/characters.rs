//! Looking at and moving over characters.

use super::Scanner;
use crate::Error;
use crate::token::Mark;

impl<'a> Scanner<'a> {
    /// The byte `ahead` of the position; 0 beyond the end, as the text holds no NUL.
    #[inline]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.position + ahead).copied().unwrap_or(0)
    }

    /// The byte at an absolute position; 0 beyond the end.
    #[inline]
    pub(super) fn byte_at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The index of the current character.
    #[inline]
    pub(super) fn index(&self) -> usize {
        self.position - self.wide
    }

    /// The column of the current character, from 0.
    #[inline]
    pub(super) fn column(&self) -> usize {
        self.index() - self.line_index
    }

    /// The column as go-yaml compares it with indentations.
    #[inline]
    pub(super) fn signed_column(&self) -> isize {
        self.column().cast_signed()
    }

    /// The current place.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark { at: self.position, line: self.line }
    }

    /// Whether the byte `ahead` is a space or a tab.
    #[inline]
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// The length of the line break at an absolute position; 0 when there is none. CR LF counts 1.
    #[inline]
    pub(super) fn break_length(&self, at: usize) -> usize {
        match self.byte_at(at) {
            b'\n' | b'\r' => 1,
            0xC2 if self.byte_at(at + 1) == 0x85 => 2,
            0xE2 if self.byte_at(at + 1) == 0x80 && matches!(self.byte_at(at + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    /// Whether a line break is `ahead`.
    #[inline]
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.break_length(self.position + ahead) > 0
    }

    /// Go: `is_breakz`.
    #[inline]
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    /// Go: `is_blankz`.
    #[inline]
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank_or_end_at(self.position + ahead)
    }

    /// Go: `is_blankz`, at an absolute position.
    #[inline]
    pub(super) fn is_blank_or_end_at(&self, at: usize) -> bool {
        matches!(self.byte_at(at), b' ' | b'\t' | 0) || self.break_length(at) > 0
    }

    /// Whether `---` or `...` stands here and ends with a blank, a break or the text.
    pub(super) fn at_document_indicator(&self) -> bool {
        let marker = self.bytes.get(self.position..self.position + 3);
        matches!(marker, Some(b"---" | b"...")) && self.is_blank_or_end(3)
    }

    /// Moves over one character.
    pub(super) fn skip_character(&mut self) {
        let width = character_width(self.byte(0)).min(self.bytes.len() - self.position);
        self.wide += width.saturating_sub(1);
        self.position += width;
    }

    /// Moves over blanks.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.position += 1;
        }
    }

    /// Moves to the end of the line.
    pub(super) fn skip_line_rest(&mut self) {
        let mut at = self.position;
        loop {
            match self.byte_at(at) {
                b'\n' | b'\r' | 0 => break,
                0xC2 | 0xE2 if self.break_length(at) > 0 => break,
                byte => {
                    self.wide += usize::from(byte & 0xC0 == 0x80);
                    at += 1;
                }
            }
        }
        self.position = at;
    }

    /// Moves over one line break, if there is one. Go: `skip_line`.
    #[inline]
    pub(super) fn skip_break(&mut self) -> bool {
        let mut length = self.break_length(self.position);
        if length == 0 {
            return false;
        }
        self.wide += length - 1;
        if self.byte(0) == b'\r' && self.byte(1) == b'\n' {
            length = 2;
        }
        self.position += length;
        self.line += 1;
        self.line_index = self.index();
        true
    }

    /// Moves over one line break and adds what it stands for. Go: `read_line`.
    pub(super) fn read_break(&mut self, out: &mut String) -> bool {
        let separator = if self.byte(0) == 0xE2 { self.text.get(self.position..self.position + 3) } else { None };
        let start = out.len();
        out.push_str(separator.unwrap_or("\n"));
        if self.skip_break() {
            return true;
        }
        out.truncate(start);
        false
    }

    /// Go: a failing `yaml_parser_update_buffer` at the end of what could be decoded.
    pub(super) fn check_fault(&self) -> Result<(), Error> {
        self.need(self.position, 1)
    }

    /// Go: `yaml_parser_update_buffer`, which fails when fewer characters could be decoded.
    #[inline]
    pub(super) fn need(&self, at: usize, characters: usize) -> Result<(), Error> {
        match self.fault {
            Some(_) => self.need_before_fault(at, characters),
            None => Ok(()),
        }
    }

    #[cold]
    fn need_before_fault(&self, at: usize, characters: usize) -> Result<(), Error> {
        let left = self.bytes[at.min(self.bytes.len())..].iter().filter(|byte| **byte & 0xC0 != 0x80);
        let fault = self.fault.unwrap_or_default();
        if left.take(characters).count() < characters {
            return Err(Error::new(format!("yaml: {fault}")).at(0, at..at));
        }
        Ok(())
    }

    /// A scanner error here; go-yaml names no line for the first one.
    #[cold]
    pub(super) fn error(&self, problem: &str) -> Error {
        if let Err(fault) = self.check_fault() {
            return fault;
        }
        let line = if self.line == 0 { 0 } else { self.line + 1 };
        syntax_error(problem, line, self.position)
    }

    /// A slice of the text.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Go: decode.go `parser.fail`.
#[cold]
pub(crate) fn syntax_error(problem: &str, line: usize, at: usize) -> Error {
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    Error::new(format!("yaml: {place}{problem}")).at(line, at..at)
}

/// The length of the character that begins with a byte.
pub(super) fn character_width(byte: u8) -> usize {
    match byte {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}
