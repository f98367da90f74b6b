//! Splits TOML into items. Go: lex.go, state by state, so that the first error is Go's.

mod states;
mod values;

use std::collections::VecDeque;

use corten_gostd::text::decode_rune;

pub(super) use states::State;

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Text,
    String,
    EscapedString,
    RawString,
    MultilineString,
    RawMultilineString,
    Bool,
    Integer,
    Float,
    Datetime,
    Array,
    ArrayEnd,
    TableStart,
    TableEnd,
    ArrayTableStart,
    ArrayTableEnd,
    KeyStart,
    KeyEnd,
    CommentStart,
    InlineTableStart,
    InlineTableEnd,
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'t> {
    pub kind: Kind,
    pub text: &'t [u8],
    pub line: i64,
}

/// An error and its line.
#[derive(Clone, Debug)]
pub(super) struct LexError {
    pub message: String,
    pub line: i64,
}

pub(super) struct Lexer<'t> {
    input: &'t [u8],
    start: usize,
    position: usize,
    line: i64,
    at_end: bool,
    /// Whether the string being read has an escape.
    has_escape: bool,
    /// The widths of the characters read, to step back over.
    widths: Vec<usize>,
    state: State,
    stack: Vec<State>,
    items: VecDeque<Result<Item<'t>, LexError>>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(input: &'t [u8]) -> Self {
        Self {
            input,
            start: 0,
            position: 0,
            line: 1,
            at_end: false,
            has_escape: false,
            widths: Vec::new(),
            state: State::Top,
            stack: Vec::new(),
            items: VecDeque::new(),
        }
    }

    /// The next item; items before an error come before it.
    pub(super) fn item(&mut self) -> Result<Item<'t>, LexError> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return item;
            }
            match self.step() {
                Ok(state) => self.state = state,
                Err(error) => self.items.push_back(Err(error)),
            }
        }
    }

    fn pop(&mut self) -> State {
        self.stack.pop().unwrap_or(State::Top)
    }

    fn current(&self) -> &'t [u8] {
        self.input.get(self.start..self.position).unwrap_or_default()
    }

    fn emit(&mut self, kind: Kind) {
        self.items.push_back(Ok(Item { kind, text: self.current(), line: self.line }));
        self.start = self.position;
    }

    /// The next character, `None` at the end.
    fn next(&mut self) -> Result<Option<char>, LexError> {
        let rest = &self.input[self.position..];
        let Some(first) = rest.first() else {
            self.at_end = true;
            return Ok(None);
        };
        let (rune, width) = decode_rune(rest);
        if rune == char::REPLACEMENT_CHARACTER && width == 1 {
            return Err(self.error(format!("invalid UTF-8 byte: 0x{first:02x}")));
        }
        let is_lone_return = rune == '\r' && rest.get(1) != Some(&b'\n');
        if is_lone_return || is_control(rune) {
            let message = format!("TOML files cannot contain control characters: '0x{:02x}'", u32::from(rune));
            return Err(LexError { message, line: self.line });
        }
        if rune == '\n' {
            self.line += 1;
        }
        self.widths.push(width);
        self.position += width;
        Ok(Some(rune))
    }

    fn backup(&mut self) {
        if self.at_end {
            self.at_end = false;
            return;
        }
        self.position -= self.widths.pop().unwrap_or_default();
        if self.input.get(self.position) == Some(&b'\n') {
            self.line -= 1;
        }
    }

    fn peek(&mut self) -> Result<Option<char>, LexError> {
        let rune = self.next()?;
        self.backup();
        Ok(rune)
    }

    fn accept(&mut self, rune: char) -> Result<bool, LexError> {
        if self.next()? == Some(rune) {
            return Ok(true);
        }
        self.backup();
        Ok(false)
    }

    fn ignore(&mut self) {
        self.start = self.position;
        self.widths.clear();
    }

    fn skip_whitespace(&mut self) -> Result<(), LexError> {
        while self.next()?.is_some_and(is_whitespace) {}
        self.backup();
        self.start = self.position;
        Ok(())
    }

    /// Go: `error`, which at the end blames the line before.
    fn error(&self, message: impl Into<String>) -> LexError {
        LexError { message: message.into(), line: self.line - i64::from(self.at_end) }
    }

    /// Go: `errorPrevLine`.
    fn error_on_previous_line(&self, message: impl Into<String>) -> LexError {
        LexError { message: message.into(), line: self.line - 1 }
    }

    /// Go: `errorf`, which at the end blames the line that a final newline closed.
    fn errorf(&self, message: impl Into<String>) -> LexError {
        let is_behind_newline = self.at_end && self.position > 0 && self.input[self.position - 1] == b'\n';
        LexError { message: message.into(), line: self.line - i64::from(is_behind_newline) }
    }
}

fn is_whitespace(rune: char) -> bool {
    matches!(rune, '\t' | ' ')
}

fn is_newline(rune: char) -> bool {
    matches!(rune, '\n' | '\r')
}

fn is_control(rune: char) -> bool {
    rune.is_ascii_control() && !matches!(rune, '\t' | '\r' | '\n')
}

/// Go: `%q` of a rune, zero at the end.
fn quoted(rune: Option<char>) -> String {
    corten_gostd::strconv::quote_rune(rune.unwrap_or('\0'))
}
