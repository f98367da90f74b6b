//! Literal and folded block scalars.

use std::borrow::Cow;

use super::Scanner;
use crate::Error;
use crate::token::{Mark, Style, Token, TokenKind};

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

impl<'a> Scanner<'a> {
    /// Go: `yaml_parser_fetch_block_scalar`.
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark();
        let (value, end) = self.scan_block_scalar(literal)?;
        let style = if literal { Style::Literal } else { Style::Folded };
        let kind = TokenKind::Scalar(value, style);
        self.tokens.push_back(Token { kind, start, end });
        Ok(())
    }

    /// Go: `yaml_parser_scan_block_scalar`.
    fn scan_block_scalar(&mut self, literal: bool) -> Result<(Cow<'a, str>, Mark), Error> {
        self.position += 1;
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0) + increment,
        };
        let mut end = self.mark();
        let (mut out, mut leading, mut trailing) = (String::new(), String::new(), String::new());
        self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        let mut leading_blank = false;
        while self.signed_column() == indent && self.byte(0) != 0 {
            let trailing_blank = self.is_blank(0);
            if !literal && !leading_blank && !trailing_blank && leading.starts_with('\n') {
                if trailing.is_empty() {
                    out.push(' ');
                }
            } else {
                out.push_str(&leading);
            }
            leading.clear();
            out.push_str(&trailing);
            trailing.clear();
            leading_blank = trailing_blank;
            let start = self.position;
            self.skip_line_rest();
            self.check_fault()?;
            out.push_str(self.slice(start, self.position));
            self.read_break(&mut leading);
            self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        }
        self.check_fault()?;
        if chomping != Chomping::Strip {
            out.push_str(&leading);
        }
        if chomping == Chomping::Keep {
            out.push_str(&trailing);
        }
        Ok((Cow::Owned(out), end))
    }

    /// The indicators after `|` or `>`, and the rest of that line.
    fn scan_block_header(&mut self) -> Result<(Chomping, isize), Error> {
        let (mut chomping, mut increment) = (Chomping::Clip, 0);
        if self.scan_chomping(&mut chomping) {
            self.scan_increment(&mut increment)?;
        } else if self.scan_increment(&mut increment)? {
            self.scan_chomping(&mut chomping);
        }
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_line_rest();
        }
        if !self.is_break_or_end(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.check_fault()?;
        self.skip_break();
        Ok((chomping, increment))
    }

    fn scan_chomping(&mut self, chomping: &mut Chomping) -> bool {
        *chomping = match self.byte(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return false,
        };
        self.position += 1;
        true
    }

    fn scan_increment(&mut self, increment: &mut isize) -> Result<bool, Error> {
        let digit = self.byte(0);
        if !digit.is_ascii_digit() {
            return Ok(false);
        }
        if digit == b'0' {
            return Err(self.error("found an indentation indicator equal to 0"));
        }
        *increment = isize::from(digit.cast_signed()) - isize::from(b'0'.cast_signed());
        self.position += 1;
        Ok(true)
    }

    /// Go: `yaml_parser_scan_block_scalar_breaks`: indentation and empty lines; finds the
    /// indentation when it is 0.
    fn scan_block_breaks(&mut self, indent: &mut isize, breaks: &mut String, end: &mut Mark) -> Result<(), Error> {
        *end = self.mark();
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.signed_column() < *indent) && self.byte(0) == b' ' {
                self.position += 1;
            }
            let column = self.signed_column();
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.byte(0) == b'\t' {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            if !self.read_break(breaks) {
                break;
            }
            *end = self.mark();
        }
        self.check_fault()?;
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
