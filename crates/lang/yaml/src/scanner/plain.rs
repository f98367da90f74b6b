//! Plain scalars.
//!
//! A scalar on one line is a slice of the text; only folded line breaks need a string of its own.

use std::borrow::Cow;

use super::Scanner;
use crate::Error;
use crate::token::{Mark, Style, Token, TokenKind};

/// What a byte may mean inside a plain scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Content,
    Continuation,
    Colon,
    FlowIndicator,
    Blank,
    MaybeBreak,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Content; 256];
    let mut byte = 0x80;
    while byte < 0xC0 {
        table[byte] = Class::Continuation;
        byte += 1;
    }
    table[b':' as usize] = Class::Colon;
    table[b',' as usize] = Class::FlowIndicator;
    table[b'?' as usize] = Class::FlowIndicator;
    table[b'[' as usize] = Class::FlowIndicator;
    table[b']' as usize] = Class::FlowIndicator;
    table[b'{' as usize] = Class::FlowIndicator;
    table[b'}' as usize] = Class::FlowIndicator;
    table[b' ' as usize] = Class::Blank;
    table[b'\t' as usize] = Class::Blank;
    table[0] = Class::MaybeBreak;
    table[b'\n' as usize] = Class::MaybeBreak;
    table[b'\r' as usize] = Class::MaybeBreak;
    table[0xC2] = Class::MaybeBreak;
    table[0xE2] = Class::MaybeBreak;
    table
};

impl<'a> Scanner<'a> {
    /// Go: `yaml_parser_fetch_plain_scalar`.
    pub(super) fn fetch_plain(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        let (value, end) = self.scan_plain()?;
        self.tokens.push_back(Token { kind: TokenKind::Scalar(value, Style::Plain), start, end });
        Ok(())
    }

    /// Go: `yaml_parser_scan_plain_scalar`.
    fn scan_plain(&mut self) -> Result<(Cow<'a, str>, Mark), Error> {
        let indent = self.indent + 1;
        let mut segment = self.position;
        let mut owned = String::new();
        let mut breaks = String::new();
        let mut end = self.mark();
        loop {
            self.need(self.position, 4)?;
            if self.column() == 0 && self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let line_start = self.position;
            let content_end = self.scan_plain_line();
            if content_end > line_start {
                self.need(content_end, 2)?;
                if !breaks.is_empty() {
                    owned.push_str(self.slice(segment, end.at));
                    fold(&mut owned, &breaks);
                    breaks.clear();
                    segment = line_start;
                }
                end = Mark { at: content_end, line: self.line };
            }
            if !self.is_break(0) {
                self.check_fault()?;
                break;
            }
            self.skip_plain_breaks(indent, &mut breaks)?;
            if self.flow_level == 0 && self.signed_column() < indent {
                break;
            }
        }
        // Go: a break at the end lets a simple key follow.
        if !breaks.is_empty() {
            self.simple_key_allowed = true;
        }
        let last = self.slice(segment, end.at);
        if owned.is_empty() {
            return Ok((Cow::Borrowed(last), end));
        }
        owned.push_str(last);
        Ok((Cow::Owned(owned), end))
    }

    /// Reads content and blanks up to an indicator, a comment or a break; returns where the content
    /// ends and leaves the position after the blanks.
    fn scan_plain_line(&mut self) -> usize {
        let in_flow = self.flow_level > 0;
        let (mut at, mut wide) = (self.position, 0);
        let mut content_end;
        loop {
            match CLASSES[usize::from(self.byte_at(at))] {
                Class::Content => at += 1,
                Class::Continuation => {
                    wide += 1;
                    at += 1;
                }
                Class::Colon if self.is_blank_or_end_at(at + 1) => break content_end = at,
                Class::FlowIndicator if in_flow => break content_end = at,
                Class::Colon | Class::FlowIndicator => at += 1,
                Class::MaybeBreak => {
                    if self.byte_at(at) == 0 || self.break_length(at) > 0 {
                        break content_end = at;
                    }
                    at += 1;
                }
                Class::Blank => {
                    content_end = at;
                    while matches!(self.byte_at(at), b' ' | b'\t') {
                        at += 1;
                    }
                    let next = self.byte_at(at);
                    let ends = match CLASSES[usize::from(next)] {
                        Class::Colon => self.is_blank_or_end_at(at + 1),
                        Class::FlowIndicator => in_flow,
                        Class::MaybeBreak => next == 0 || self.break_length(at) > 0,
                        _ => next == b'#',
                    };
                    if ends {
                        break;
                    }
                }
            }
        }
        self.position = at;
        self.wide += wide;
        content_end
    }

    /// Reads line breaks and the blanks around them.
    fn skip_plain_breaks(&mut self, indent: isize, breaks: &mut String) -> Result<(), Error> {
        loop {
            match self.byte(0) {
                b' ' => self.position += 1,
                b'\t' => {
                    if self.signed_column() < indent {
                        return Err(self.error("found a tab character that violates indentation"));
                    }
                    self.position += 1;
                }
                0 => return self.check_fault(),
                _ if !self.read_break(breaks) => return Ok(()),
                _ => {}
            }
        }
    }
}

/// Adds what line breaks inside a scalar stand for: one is a space, each further one itself.
pub(super) fn fold(out: &mut String, breaks: &str) {
    match breaks.strip_prefix('\n') {
        Some("") => out.push(' '),
        Some(rest) => out.push_str(rest),
        None => out.push_str(breaks),
    }
}
