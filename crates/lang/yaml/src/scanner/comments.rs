//! Comments, for whoever keeps them: where each one belongs.
//!
//! Go: version 3's scannerc.go and the first part of its parserc.go. A comment stands at the head of
//! what follows, at the end of a line, or at the foot of what came before; which of these, indentation
//! and empty lines decide. It is handed out with the first token at or after its place. The scanner
//! runs two tokens ahead, so that the foot of a token is known when the token is taken.

mod scan;

use std::collections::BTreeMap;

use super::Scanner;
use crate::Error;
use crate::token::{Mark, Token, TokenKind};

/// Where a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Head,
    Line,
    Foot,
}

/// A comment that waits for its token.
#[derive(Debug)]
struct Comment {
    side: Side,
    text: String,
    /// The token at or after this place gets it.
    token: usize,
    start: Mark,
    /// Go: from 1, and of no meaning for comments at the end of a line.
    column: usize,
    /// Where the search began that found it.
    scan: usize,
    end: usize,
}

/// The comments of a stream: those that wait, and those that the next event gets.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    waiting: Vec<Comment>,
    /// How many of `waiting` have been handed out.
    handed_out: usize,
    head: String,
    line: String,
    foot: String,
    /// What stood before a dash whose item is a collection.
    stem: String,
    /// How much of `head` stood before the dash that was just taken.
    before_dash: usize,
}

/// What an event gets.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}

impl Comments {
    /// Notices a token that the parser takes.
    pub(super) fn taken(&mut self, kind: &TokenKind<'_>) {
        if matches!(kind, TokenKind::BlockEntry) {
            self.before_dash = self.head.len();
        }
    }

    /// Go: `yaml_parser_unfold_comments`, then `yaml_parser_split_stem_comment`.
    fn shown(&mut self, token: &Token<'_>) {
        while let Some(comment) = self.waiting.get_mut(self.handed_out) {
            // Go: no heads on ends, they wait for the token that follows.
            let waits = comment.side == Side::Head && matches!(token.kind, TokenKind::BlockEnd);
            if token.start.at < comment.token || waits {
                break;
            }
            let gathered = match comment.side {
                Side::Head => &mut self.head,
                Side::Line => &mut self.line,
                Side::Foot => &mut self.foot,
            };
            if !gathered.is_empty() {
                gathered.push('\n');
            }
            gathered.push_str(&comment.text);
            comment.text = String::new();
            comment.end = 0;
            self.handed_out += 1;
        }
        let before_dash = std::mem::take(&mut self.before_dash);
        if before_dash > 0 && matches!(token.kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let after = self.head.get(before_dash + 1..).unwrap_or_default().to_owned();
            self.head.truncate(before_dash);
            self.stem = std::mem::replace(&mut self.head, after);
        }
    }

    /// Go: `yaml_parser_set_event_comments`.
    pub(crate) fn gather(&mut self) -> Gathered {
        self.stem.clear();
        Gathered {
            head: std::mem::take(&mut self.head),
            line: std::mem::take(&mut self.line),
            foot: std::mem::take(&mut self.foot),
        }
    }

    /// What stood before the dash of a block collection that has just begun.
    pub(crate) fn take_stem(&mut self) -> String {
        std::mem::take(&mut self.stem)
    }

    /// The part of the head before its last empty line: it belongs to the document.
    ///
    /// Go: `yaml_parser_parse_document_start`.
    pub(crate) fn take_document_head(&mut self) -> String {
        let bytes = self.head.as_bytes();
        let is_cut = |&at: &usize| bytes[at] == b'\n' && (at + 1 == bytes.len() || bytes[at - 1] == b'\n');
        let Some(at) = (1..bytes.len()).rev().find(is_cut) else {
            return String::new();
        };
        let end = if at + 1 == bytes.len() { at } else { at - 1 };
        let rest = self.head.split_off(at + 1);
        self.head.truncate(end);
        std::mem::replace(&mut self.head, rest)
    }
}

impl<'a> Scanner<'a> {
    /// Begins to keep comments.
    pub(crate) fn keep_comments(&mut self) {
        self.comments = Some(Box::default());
    }

    /// The comments, if they are kept.
    pub(crate) fn comments(&mut self) -> Option<&mut Comments> {
        self.comments.as_deref_mut()
    }

    #[cold]
    pub(super) fn peek_with_comments(&mut self) -> Result<&Token<'a>, Error> {
        while self.tokens.len() <= 2 || self.head_may_be_key().map_err(|error| self.blame_token(error, 0))? {
            self.fetch_with_comments()?;
        }
        let token = self.tokens.front().ok_or_else(|| Error::new("yaml: unknown problem parsing YAML content"))?;
        if let Some(comments) = &mut self.comments {
            comments.shown(token);
        }
        Ok(token)
    }

    /// Go: `yaml_parser_fetch_next_token` of version 3.
    fn fetch_with_comments(&mut self) -> Result<(), Error> {
        let scan = self.mark();
        self.skip_to_next_token_with_comments()?;
        let column = self.column();
        self.unroll_before_comments(self.signed_column(), scan);
        self.need(self.position, 4)?;
        let byte = self.byte(0);
        if byte == 0 || (column == 0 && (byte == b'%' || self.at_document_indicator())) {
            self.unroll_before_comments(-1, self.mark());
            return self.fetch_token(column).map_err(|error| self.blame_token(error, 0));
        }
        let start = self.mark();
        let follows = if self.flow_level == 0 { byte == b':' } else { byte == b',' };
        let place = if follows { self.last_token_start() } else { start.at };
        self.fetch_token(column).map_err(|error| self.blame_token(error, start.line))?;
        // Go: dashes have no line comments, they become a head of what follows.
        if !matches!(self.tokens.back(), Some(Token { kind: TokenKind::BlockEntry, .. })) {
            self.scan_header_comment(start, byte);
            self.scan_line_comment(place)?;
        }
        Ok(())
    }

    /// Go: `tokens[len(tokens)-1].start_mark`, where the first token is the start of the stream.
    fn last_token_start(&self) -> usize {
        self.tokens.back().map_or(0, |token| token.start.at)
    }

    /// Version 3 names the line on which the token began, where version 2 names that of the mistake.
    #[cold]
    fn blame_token(&self, error: Error, line: usize) -> Error {
        let is_key = error.message().ends_with("could not find expected ':'");
        // Only outside of flow collections is a simple key required.
        let line = if is_key { self.simple_keys[0].mark.line } else { line };
        error.on_line(if line == 0 { 0 } else { line + 1 })
    }

    /// Go: `yaml_parser_unroll_indent` of version 3: a block ends before the comments that are as far
    /// to the left as the block, since these belong to what follows.
    fn unroll_before_comments(&mut self, column: isize, scan: Mark) {
        if self.flow_level > 0 || self.indent <= column {
            return;
        }
        let before = self.text[..scan.at].char_indices().next_back().map_or(0, |(at, _)| at);
        let mut mark = Mark { at: before, line: scan.line };
        let (reach, firsts) = self.comments_in_a_row(before);
        while self.indent > column {
            if reach >= mark.at
                && let Some(first) = firsts.get(&(self.indent + 1))
            {
                mark = *first;
            }
            self.tokens.push_back(Token { kind: TokenKind::BlockEnd, start: mark, end: mark });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// The comments before the current place with nothing between them: where the last one ends, and the
    /// first of each column.
    fn comments_in_a_row(&self, stop: usize) -> (usize, BTreeMap<isize, Mark>) {
        let mut firsts = BTreeMap::new();
        let mut stop = stop;
        let waiting = self.comments.iter().flat_map(|comments| comments.waiting.iter().rev());
        let mut reach = None;
        for comment in waiting {
            if comment.end < stop {
                break;
            }
            reach.get_or_insert(comment.end);
            firsts.insert(comment.column.cast_signed(), comment.start);
            stop = comment.scan;
        }
        (reach.unwrap_or(0), firsts)
    }
}
