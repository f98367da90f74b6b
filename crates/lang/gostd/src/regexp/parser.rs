//! Reads RE2 syntax.
//!
//! Works as Go's parser does, on a stack of expressions between open parentheses and bars, so that
//! the first error found is the one Go finds. Nothing recurses; nesting ends at Go's limit.

mod escape;
mod expression;
mod group;

use std::fmt;

use regex_syntax::hir::{ClassUnicode, Hir, Look};

use super::class;
use expression::Expression;

/// Why a text is no expression. Go: `syntax.Error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    text: Vec<u8>,
}

impl SyntaxError {
    fn new(what: &str, expression: &[u8]) -> Self {
        let mut text = format!("error parsing regexp: {what}: `").into_bytes();
        text.extend_from_slice(expression);
        text.push(b'`');
        Self { text }
    }

    pub(super) fn too_large(expression: &[u8]) -> Self {
        Self::new("expression too large", expression)
    }

    fn invalid_escape(expression: &[u8]) -> Self {
        Self::new("invalid escape sequence", expression)
    }

    fn invalid_range(expression: &[u8]) -> Self {
        Self::new("invalid character class range", expression)
    }

    fn missing_argument(expression: &[u8]) -> Self {
        Self::new("missing argument to repetition operator", expression)
    }

    fn invalid_repeat(expression: &[u8]) -> Self {
        Self::new("invalid repeat count", expression)
    }

    /// Go's text, which quotes the expression and so may not be UTF-8.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(&self.text))
    }
}

impl std::error::Error for SyntaxError {}

/// An expression ready to be compiled.
pub(super) struct Parsed {
    pub hir: Hir,
    /// Group names by number, empty where a group has none.
    pub names: Vec<String>,
}

/// Go: the flags of `syntax.Perl` that expressions can change.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "flags that are set one by one")]
struct Flags {
    fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    non_greedy: bool,
}

enum Item {
    Expression(Expression),
    /// An open parenthesis: the flags to return to, and the group's number if it captures.
    Paren(Flags, Option<usize>),
    Bar,
}

struct Parser<'p> {
    whole: &'p [u8],
    flags: Flags,
    stack: Vec<Item>,
    names: Vec<String>,
}

/// The kinds of repetition.
#[derive(Clone, Copy)]
struct Repeat {
    low: u32,
    high: Option<u32>,
    /// Whether it was written with numbers, which Go's limits count.
    is_counted: bool,
}

/// Go: `syntax.Parse` with the flags `syntax.Perl`.
pub(super) fn parse(pattern: &[u8]) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser { whole: pattern, flags: Flags::default(), stack: Vec::new(), names: vec![String::new()] };
    let mut rest = pattern;
    let mut last_repeat: Option<&[u8]> = None;
    while let Some(first) = rest.first() {
        let before = rest;
        let repeat = match first {
            b'*' => Some((Repeat { low: 0, high: None, is_counted: false }, &rest[1..])),
            b'+' => Some((Repeat { low: 1, high: None, is_counted: false }, &rest[1..])),
            b'?' => Some((Repeat { low: 0, high: Some(1), is_counted: false }, &rest[1..])),
            b'{' => counted(rest)?,
            _ => None,
        };
        if let Some((repeat, after)) = repeat {
            rest = parser.repeat(repeat, before, after, last_repeat)?;
            last_repeat = Some(before);
        } else {
            rest = parser.step(*first, rest)?;
            last_repeat = None;
        }
    }
    parser.concatenate()?;
    parser.alternate()?;
    let mut stack = parser.stack.into_iter();
    match (stack.next(), stack.next()) {
        (Some(Item::Expression(whole)), None) => Ok(Parsed { hir: whole.hir, names: parser.names }),
        _ => Err(SyntaxError::new("missing closing )", pattern)),
    }
}

impl<'p> Parser<'p> {
    /// Reads what is no repetition and returns what follows it.
    fn step(&mut self, first: u8, rest: &'p [u8]) -> Result<&'p [u8], SyntaxError> {
        match first {
            b'(' if rest.get(1) == Some(&b'?') => return self.perl_group(rest),
            b'(' => self.open_group(String::new()),
            b'|' => {
                self.concatenate()?;
                self.stack.push(Item::Bar);
            }
            b')' => self.close_group()?,
            b'^' if self.flags.multi_line => self.push_look(Look::StartLF)?,
            b'^' => self.push_look(Look::Start)?,
            b'$' if self.flags.multi_line => self.push_look(Look::EndLF)?,
            b'$' => self.push_look(Look::End)?,
            b'.' => {
                let mut dot = ClassUnicode::empty();
                if !self.flags.dot_newline {
                    class::push_range(&mut dot, 10, 10);
                }
                dot.negate();
                self.push(Expression::class(dot))?;
            }
            b'[' => return self.bracket(rest),
            b'\\' => return self.backslash(rest),
            _ => {
                let (rune, after) = next_rune(rest)?;
                self.push_literal(rune)?;
                return Ok(after);
            }
        }
        Ok(&rest[1..])
    }

    fn push(&mut self, expression: Expression) -> Result<(), SyntaxError> {
        expression.check_limits(self.whole)?;
        self.stack.push(Item::Expression(expression));
        Ok(())
    }

    fn push_look(&mut self, look: Look) -> Result<(), SyntaxError> {
        self.push(Expression::leaf(Hir::look(look)))
    }

    fn push_literal(&mut self, rune: u32) -> Result<(), SyntaxError> {
        self.push(Expression::literal(rune, self.flags.fold_case))
    }

    /// Applies a repetition to the expression before it. Go: `parser.repeat`.
    fn repeat(
        &mut self,
        repeat: Repeat,
        before: &'p [u8],
        after: &'p [u8],
        last: Option<&[u8]>,
    ) -> Result<&'p [u8], SyntaxError> {
        let lazy = after.strip_prefix(b"?");
        let greedy = lazy.is_none() != self.flags.non_greedy;
        let after = lazy.unwrap_or(after);
        if let Some(last) = last {
            let text = &last[..last.len() - after.len()];
            return Err(SyntaxError::new("invalid nested repetition operator", text));
        }
        let text = &before[..before.len() - after.len()];
        let Some(Item::Expression(inner)) = self.stack.pop_if(|item| matches!(item, Item::Expression(_))) else {
            return Err(SyntaxError::missing_argument(text));
        };
        let repeated = inner.repeated(repeat, greedy);
        repeated.check_limits(self.whole)?;
        let counts = repeat.low >= 2 || repeat.high.is_some_and(|high| high >= 2);
        if repeat.is_counted && counts && !repeated.is_within_repeats() {
            return Err(SyntaxError::invalid_repeat(text));
        }
        self.stack.push(Item::Expression(repeated));
        Ok(after)
    }

    /// Joins the expressions since the last parenthesis or bar. Go: `parser.concat`.
    fn concatenate(&mut self) -> Result<(), SyntaxError> {
        let start =
            self.stack.iter().rposition(|item| !matches!(item, Item::Expression(_))).map_or(0, |index| index + 1);
        let parts = self.stack.drain(start..).filter_map(Item::into_expression).collect();
        self.push(Expression::concatenation(parts))
    }

    /// Joins the alternatives since the last parenthesis. Go: `parser.alternate`.
    fn alternate(&mut self) -> Result<(), SyntaxError> {
        let start = self.stack.iter().rposition(|item| matches!(item, Item::Paren(..))).map_or(0, |index| index + 1);
        let parts = self.stack.drain(start..).filter_map(Item::into_expression).collect();
        self.push(Expression::alternation(parts))
    }
}

impl Item {
    fn into_expression(self) -> Option<Expression> {
        match self {
            Self::Expression(expression) => Some(expression),
            _ => None,
        }
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`; other braces are literal. Go: `parseRepeat`.
fn counted(text: &[u8]) -> Result<Option<(Repeat, &[u8])>, SyntaxError> {
    let Some((low, rest)) = count(&text[1..]) else { return Ok(None) };
    let (high, rest) = match rest {
        [b',', b'}', ..] => (None, &rest[1..]),
        [b',', ..] => match count(&rest[1..]) {
            Some((high, rest)) => (Some(high), rest),
            None => return Ok(None),
        },
        _ => (Some(low), rest),
    };
    let Some(rest) = rest.strip_prefix(b"}") else { return Ok(None) };
    let text = &text[..text.len() - rest.len()];
    if low > 1000 || high.is_some_and(|high| high > 1000 || low > high) {
        return Err(SyntaxError::invalid_repeat(text));
    }
    Ok(Some((Repeat { low, high, is_counted: true }, rest)))
}

/// Reads a number without leading zeros, saturated. Go: `parseInt`.
fn count(text: &[u8]) -> Option<(u32, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || (length > 1 && text[0] == b'0') {
        return None;
    }
    let (digits, rest) = text.split_at(length);
    let number =
        digits.iter().fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    Some((number, rest))
}

/// The first code point and what follows it.
fn next_rune(text: &[u8]) -> Result<(u32, &[u8]), SyntaxError> {
    let (rune, width) = crate::text::decode_rune(text);
    if rune == char::REPLACEMENT_CHARACTER && width == 1 {
        return Err(invalid_utf8(text));
    }
    Ok((u32::from(rune), &text[width..]))
}

fn invalid_utf8(text: &[u8]) -> SyntaxError {
    SyntaxError::new("invalid UTF-8", text)
}

/// Go: `checkUTF8`.
fn check_utf8(text: &[u8]) -> Result<&str, SyntaxError> {
    std::str::from_utf8(text).map_err(|error| invalid_utf8(&text[error.valid_up_to()..]))
}
