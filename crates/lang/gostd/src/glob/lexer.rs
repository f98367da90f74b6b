//! The tokens of patterns.

use std::collections::VecDeque;

use crate::text::decode_rune;

/// A token. Go: `lexer.Token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    End,
    Text(String),
    Any,
    Super,
    Single,
    Not,
    Separator,
    RangeOpen,
    RangeClose,
    RangeLow(char),
    RangeHigh(char),
    TermsOpen,
    TermsClose,
}

/// Splits a pattern into tokens.
pub(super) struct Lexer<'p> {
    rest: &'p [u8],
    /// Tokens of a range that were read ahead.
    queue: VecDeque<Token>,
    depth: usize,
}

const BAD_RUNE: &str = "could not read rune";

impl<'p> Lexer<'p> {
    pub(super) fn new(pattern: &'p [u8]) -> Self {
        Self { rest: pattern, queue: VecDeque::new(), depth: 0 }
    }

    /// The next token; an error hides the tokens of a range before it, as in Go.
    pub(super) fn next(&mut self) -> Result<Token, &'static str> {
        loop {
            if let Some(token) = self.queue.pop_front() {
                return Ok(token);
            }
            if let Some(token) = self.fetch()? {
                return Ok(token);
            }
        }
    }

    /// The next character; a NUL ends the pattern like its end, as in Go.
    fn peek(&self) -> Result<Option<char>, &'static str> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        match decode_rune(self.rest).0 {
            '\0' => Ok(None),
            char::REPLACEMENT_CHARACTER => Err(BAD_RUNE),
            rune => Ok(Some(rune)),
        }
    }

    fn read(&mut self) -> Result<Option<char>, &'static str> {
        let rune = self.peek()?;
        if let Some(rune) = rune {
            self.rest = &self.rest[rune.len_utf8()..];
        }
        Ok(rune)
    }

    fn fetch(&mut self) -> Result<Option<Token>, &'static str> {
        let Some(rune) = self.peek()? else { return Ok(Some(Token::End)) };
        let token = match rune {
            '{' => {
                self.depth += 1;
                Token::TermsOpen
            }
            ',' if self.depth > 0 => Token::Separator,
            '}' if self.depth > 0 => {
                self.depth -= 1;
                Token::TermsClose
            }
            '[' => Token::RangeOpen,
            '?' => Token::Single,
            '*' => Token::Any,
            _ => {
                let breakers = if self.depth > 0 { "?*[{}," } else { "?*[{" };
                return Ok(self.text(breakers)?.map(Token::Text));
            }
        };
        self.read()?;
        match token {
            Token::RangeOpen => {
                self.queue.push_back(Token::RangeOpen);
                self.range()?;
                Ok(None)
            }
            Token::Any if self.peek()? == Some('*') => {
                self.read()?;
                Ok(Some(Token::Super))
            }
            token => Ok(Some(token)),
        }
    }

    /// Reads what follows `[`. Go: `fetchRange`.
    fn range(&mut self) -> Result<(), &'static str> {
        if self.peek()? == Some('!') {
            self.read()?;
            self.queue.push_back(Token::Not);
        }
        let start = self.rest;
        let rune = self.read_in_range()?;
        if self.peek()? == Some('-') {
            self.read()?;
            self.queue.push_back(Token::RangeLow(rune));
            let high = self.read_in_range()?;
            self.queue.push_back(Token::RangeHigh(high));
        } else {
            self.rest = start;
            if let Some(text) = self.text("]")? {
                self.queue.push_back(Token::Text(text));
            }
        }
        match self.read_in_range()? {
            ']' => {
                self.queue.push_back(Token::RangeClose);
                Ok(())
            }
            _ => Err("expected close range character"),
        }
    }

    fn read_in_range(&mut self) -> Result<char, &'static str> {
        self.read()?.ok_or("unexpected end of input")
    }

    /// Reads text up to a breaker that no backslash escapes. Go: `fetchText`.
    fn text(&mut self, breakers: &str) -> Result<Option<String>, &'static str> {
        let mut text = String::new();
        let mut is_escaped = false;
        while let Some(rune) = self.peek()? {
            if !is_escaped && rune == '\\' {
                is_escaped = true;
            } else if !is_escaped && breakers.contains(rune) {
                break;
            } else {
                is_escaped = false;
                text.push(rune);
            }
            self.read()?;
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}
