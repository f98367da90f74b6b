//! Text to tokens.
//!
//! Follows go-yaml v2's scanner (Go: scannerc.go) decision by decision, since errors and oddities
//! come from its order of checks, but reads runs of characters as slices of the text. Tokens are
//! made only when the parser asks for them: an error further on must not be seen too early.
//!
//! Columns and key lengths count characters, positions count bytes; `wide` is the difference.

mod block;
mod characters;
mod collections;
mod comments;
mod plain;
mod properties;
mod quoted;

use std::collections::VecDeque;

use crate::Error;
use crate::reader::Source;
use crate::token::{Mark, Token, TokenKind};

pub(crate) use characters::syntax_error;
pub(crate) use comments::{Comments, Gathered};

/// Go: `max_flow_level` and `max_indents`.
const MAX_DEPTH: usize = 10_000;

/// How long a key without `?` may be, in characters.
const MAX_SIMPLE_KEY: usize = 1024;

/// No simple key began with a token.
const NO_KEY: u32 = u32::MAX;

/// A place where a key without `?` may have begun, one per flow level.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    index: usize,
    column: usize,
    mark: Mark,
}

/// The scanner.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    fault: Option<&'static str>,
    /// While `position` is below this, a line start loses a character (see `skip_byte_order_mark`).
    eats_line_starts_until: usize,
    position: usize,
    line: usize,
    /// The continuation bytes before `position`.
    wide: usize,
    /// The character index at which the line begins.
    line_index: usize,
    tokens: VecDeque<Token<'a>>,
    tokens_parsed: usize,
    stream_end_produced: bool,
    /// -1 outside of all block collections.
    indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    flow_level: usize,
    /// Go: `simple_keys_by_tok`, by number of token from the head of the queue on: the flow level
    /// whose simple key began there, or [`NO_KEY`]. Inserting tokens does not move it.
    key_levels: VecDeque<u32>,
    /// Where comments go when they are kept.
    comments: Option<Box<Comments>>,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a source.
    pub(crate) fn new(source: &'a Source<'_>) -> Self {
        let text: &'a str = &source.text;
        Self {
            text,
            bytes: text.as_bytes(),
            fault: source.fault,
            eats_line_starts_until: if text.starts_with('\u{FEFF}') { 509_usize.min(text.len()) } else { 0 },
            position: 0,
            line: 0,
            wide: 0,
            line_index: 0,
            tokens: VecDeque::with_capacity(16),
            tokens_parsed: 0,
            stream_end_produced: false,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            flow_level: 0,
            key_levels: VecDeque::with_capacity(16),
            comments: None,
        }
    }

    /// The next token, without taking it.
    pub(crate) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        if self.comments.is_some() {
            return self.peek_with_comments();
        }
        self.fetch_more_tokens()?;
        // `fetch_more_tokens` returns only once the queue holds a token.
        self.tokens.front().ok_or_else(|| Error::new("yaml: unknown problem parsing YAML content"))
    }

    /// Takes the token that `peek` showed.
    pub(crate) fn take(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.pop_front()?;
        self.tokens_parsed += 1;
        self.key_levels.pop_front();
        if let Some(comments) = &mut self.comments {
            comments.taken(&token.kind);
        }
        Some(token)
    }

    /// Go: `yaml_parser_fetch_more_tokens`.
    fn fetch_more_tokens(&mut self) -> Result<(), Error> {
        loop {
            if !self.tokens.is_empty() && !self.head_may_be_key()? {
                return Ok(());
            }
            self.fetch_next_token()?;
        }
    }

    #[inline]
    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        match self.key_levels.front() {
            None | Some(&NO_KEY) => Ok(false),
            Some(&level) => self.simple_key_is_valid(level as usize),
        }
    }

    /// Go: `yaml_parser_fetch_next_token`.
    fn fetch_next_token(&mut self) -> Result<(), Error> {
        self.skip_to_next_token()?;
        let column = self.column();
        self.unroll_indent(isize::try_from(column).unwrap_or(isize::MAX));
        self.need(self.position, 4)?;
        self.fetch_token(column)
    }

    /// The token that begins here.
    #[inline]
    fn fetch_token(&mut self, column: usize) -> Result<(), Error> {
        let byte = self.byte(0);
        if byte == 0 {
            return self.fetch_stream_end();
        }
        if column == 0 {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_indicator() {
                let kind = if byte == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
                return self.fetch_document_indicator(kind);
            }
        }
        let in_flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if in_flow || self.is_blank_or_end(1) => self.fetch_key(),
            b':' if in_flow || self.is_blank_or_end(1) => self.fetch_value(),
            b'*' => self.fetch_anchor(true),
            b'&' => self.fetch_anchor(false),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(true),
            b'>' if !in_flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => {
                Err(self.error("found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    /// Go: `yaml_parser_fetch_stream_end`.
    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        self.check_fault()?;
        if self.column() != 0 {
            self.line_index = self.index();
            self.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.stream_end_produced = true;
        let mark = self.mark();
        self.push(TokenKind::StreamEnd, mark);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_document_indicator`.
    fn fetch_document_indicator(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.position += 3;
        self.push(kind, start);
        Ok(())
    }

    /// Go: `yaml_parser_scan_to_next_token`.
    fn skip_to_next_token(&mut self) -> Result<(), Error> {
        loop {
            self.skip_byte_order_mark();
            let tabs_too = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs_too && self.byte(0) == b'\t') {
                self.position += 1;
            }
            if self.byte(0) == b'#' {
                self.skip_line_rest();
            }
            if self.byte(0) == 0 {
                return self.check_fault();
            }
            if !self.skip_break() {
                return Ok(());
            }
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// A second byte order mark at the start makes go-yaml lose the first character of each line
    /// for as long as its first buffer lasts.
    // Go: is_bom looks at the start of the buffer, not at the position.
    // compat: yaml-double-bom
    fn skip_byte_order_mark(&mut self) {
        if self.position < self.eats_line_starts_until && self.column() == 0 {
            self.skip_character();
        }
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        let end = self.mark();
        self.tokens.push_back(Token { kind, start, end });
    }
}
