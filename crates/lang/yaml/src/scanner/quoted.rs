//! Single and double quoted scalars.

use std::borrow::Cow;

use super::Scanner;
use super::plain::fold;
use crate::Error;
use crate::token::{Style, TokenKind};

impl<'a> Scanner<'a> {
    /// Go: `yaml_parser_fetch_flow_scalar`.
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.position += 1;
        let value = match self.scan_quoted_slice(single) {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(self.scan_quoted(single)?),
        };
        self.position += 1;
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        self.push(TokenKind::Scalar(value, style), start);
        Ok(())
    }

    /// The usual case: one line without escapes. Leaves the position at the closing quote, or where
    /// it was.
    fn scan_quoted_slice(&mut self, single: bool) -> Option<&'a str> {
        let quote = if single { b'\'' } else { b'"' };
        let (mut at, mut wide) = (self.position, 0);
        loop {
            match self.byte_at(at) {
                byte if byte == quote => break,
                0 | b'\n' | b'\r' => return None,
                b'\\' if !single => return None,
                0xC2 | 0xE2 if self.break_length(at) > 0 => return None,
                byte => {
                    wide += usize::from(byte & 0xC0 == 0x80);
                    at += 1;
                }
            }
        }
        if single && self.byte_at(at + 1) == quote {
            return None;
        }
        let value = self.slice(self.position, at);
        if self.need(at, 2).is_err() {
            return None;
        }
        self.position = at;
        self.wide += wide;
        Some(value)
    }

    /// Go: `yaml_parser_scan_flow_scalar`.
    fn scan_quoted(&mut self, single: bool) -> Result<String, Error> {
        let quote = if single { b'\'' } else { b'"' };
        let mut out = String::new();
        let (mut blanks, mut breaks) = (String::new(), String::new());
        loop {
            self.need(self.position, 4)?;
            if self.column() == 0 && self.at_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.byte(0) == 0 {
                return Err(self.error("found unexpected end of stream"));
            }
            let escaped_break = self.scan_quoted_content(single, &mut out)?;
            self.need(self.position, 1)?;
            if self.byte(0) == quote {
                return Ok(out);
            }
            self.scan_quoted_blanks(escaped_break, &mut blanks, &mut breaks);
            if breaks.is_empty() && !escaped_break {
                out.push_str(&blanks);
            } else if escaped_break {
                // Go: the escaped break itself is no leading break, so nothing is folded.
                out.push_str(&breaks);
            } else {
                fold(&mut out, &breaks);
            }
            blanks.clear();
            breaks.clear();
        }
    }

    /// Reads blanks and line breaks.
    fn scan_quoted_blanks(&mut self, after_escaped_break: bool, blanks: &mut String, breaks: &mut String) {
        loop {
            match self.byte(0) {
                byte @ (b' ' | b'\t') => {
                    if breaks.is_empty() && !after_escaped_break {
                        blanks.push(char::from(byte));
                    }
                    self.position += 1;
                }
                _ if !self.read_break(breaks) => return,
                _ => {}
            }
        }
    }

    /// Reads up to a blank, a break, the end or the closing quote; returns whether it ended with an
    /// escaped line break.
    fn scan_quoted_content(&mut self, single: bool, out: &mut String) -> Result<bool, Error> {
        let mut start = self.position;
        loop {
            match self.byte(0) {
                b' ' | b'\t' | 0 => break,
                b'\'' if single => {
                    if self.byte(1) != b'\'' {
                        break;
                    }
                    out.push_str(self.slice(start, self.position + 1));
                    self.position += 2;
                    start = self.position;
                }
                b'"' if !single => break,
                b'\\' if !single => {
                    out.push_str(self.slice(start, self.position));
                    if self.is_break(1) {
                        self.position += 1;
                        self.skip_break();
                        return Ok(true);
                    }
                    self.scan_escape(out)?;
                    start = self.position;
                }
                byte => {
                    if matches!(byte, b'\n' | b'\r' | 0xC2 | 0xE2) && self.is_break(0) {
                        break;
                    }
                    self.wide += usize::from(byte & 0xC0 == 0x80);
                    self.position += 1;
                }
            }
        }
        out.push_str(self.slice(start, self.position));
        Ok(false)
    }

    /// Reads an escape sequence.
    fn scan_escape(&mut self, out: &mut String) -> Result<(), Error> {
        let escaped = match self.byte(1) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0B',
            b'f' => '\x0C',
            b'r' => '\r',
            b'e' => '\x1B',
            byte @ (b' ' | b'"' | b'\'' | b'\\') => char::from(byte),
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_code(2, out),
            b'u' => return self.scan_code(4, out),
            b'U' => return self.scan_code(8, out),
            _ => return Err(self.error("found unknown escape character")),
        };
        out.push(escaped);
        self.position += 2;
        Ok(())
    }

    /// Reads the digits of `\x`, `\u` or `\U`.
    fn scan_code(&mut self, digits: usize, out: &mut String) -> Result<(), Error> {
        self.position += 2;
        let mut code = 0_u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.byte(ahead)).to_digit(16) else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            code = (code << 4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        out.push(character);
        self.position += digits;
        Ok(())
    }
}
