//! Finding comments between tokens.

use super::{Comment, Side};
use crate::Error;
use crate::scanner::Scanner;
use crate::token::{Mark, TokenKind};

/// Go: how far `yaml_parser_scan_comments` looks for the next comment.
const LOOKAHEAD: usize = 512;

/// A search for the comments before a token. Go: `yaml_parser_scan_comments`.
struct Search {
    scan: usize,
    token: usize,
    after_value: bool,
    text: String,
    start: Mark,
    /// Columns count from 1 here.
    start_column: usize,
    column: usize,
    line: usize,
    /// The column of the block, from 0.
    indent: usize,
    recent_empty: bool,
    first_empty: bool,
    /// The line on which a comment is still a foot of what came before.
    foot_line: Option<usize>,
}

impl Search {
    fn comment(&mut self, side: Side, token: usize, end: usize) -> Comment {
        Comment {
            side,
            text: std::mem::take(&mut self.text),
            token,
            start: self.start,
            column: self.start_column,
            scan: self.scan,
            end,
        }
    }

    /// What was read so far is a foot; the search goes on as if it began here.
    fn foot(&mut self, end: usize) -> Comment {
        let comment = self.comment(Side::Foot, self.token, end);
        self.scan = end;
        self.token = end;
        comment
    }

    /// Go: `start_mark.column-1 < next_indent`.
    fn is_dedented(&self) -> bool {
        self.start_column < self.indent + 1
    }
}

impl Scanner<'_> {
    /// Go: `yaml_parser_scan_to_next_token` of version 3.
    pub(super) fn skip_to_next_token_with_comments(&mut self) -> Result<(), Error> {
        let scan = self.mark();
        loop {
            self.skip_byte_order_mark();
            let tabs_too = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs_too && self.byte(0) == b'\t') {
                self.position += 1;
            }
            self.turn_line_comment();
            if self.byte(0) == b'#' {
                self.scan_comments(scan)?;
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

    /// A comment before the dash that begins a sequence is a head of the item.
    fn turn_line_comment(&mut self) {
        let mut back = self.tokens.iter().rev().map(|token| &token.kind);
        let kinds = (back.next(), back.next());
        let begins = matches!(kinds, (Some(TokenKind::BlockEntry), Some(TokenKind::BlockSequenceStart)));
        if !begins || self.is_break(0) {
            return;
        }
        let mark = self.mark();
        let last = self.comments.as_mut().and_then(|comments| comments.waiting.last_mut());
        if let Some(comment) = last.filter(|comment| comment.side == Side::Line && !comment.text.is_empty()) {
            comment.side = Side::Head;
            if comment.start.line + 1 == mark.line {
                comment.token = mark.at;
            }
        }
    }

    fn keep(&mut self, comment: Comment) {
        if let Some(comments) = &mut self.comments {
            comments.waiting.push(comment);
        }
    }

    /// Go: `parser.newlines`: the line breaks since the last character that is no blank.
    fn breaks_before(&self) -> usize {
        let (mut at, mut breaks) = (self.position, 0);
        while at > 0 {
            at -= 1;
            match self.bytes[at] {
                b' ' | b'\t' => {}
                b'\r' if at + 1 < self.position && self.bytes[at + 1] == b'\n' => {}
                b'\n' | b'\r' => breaks += 1,
                0x85 if at > 0 && self.bytes[at - 1] == 0xC2 => {
                    at -= 1;
                    breaks += 1;
                }
                0xA8 | 0xA9 if at > 1 && self.bytes[at - 2..at] == [0xE2, 0x80] => {
                    at -= 2;
                    breaks += 1;
                }
                _ => break,
            }
        }
        breaks
    }

    fn search(&self, scan: Mark) -> Search {
        let breaks = self.breaks_before();
        let mut back = self.tokens.iter().rev();
        let mut token = back.next();
        if token.is_some_and(|token| matches!(token.kind, TokenKind::FlowEntry)) {
            // Go: before the first token there is the start of the stream.
            token = back.next();
        }
        let foot_line = (self.line + 1).checked_sub(breaks).filter(|_| scan.line > 0);
        let in_line = breaks == 0 && self.column() > 1;
        Search {
            scan: scan.at,
            token: token.map_or(0, |token| token.start.at),
            after_value: token.is_some_and(|token| matches!(token.kind, TokenKind::Value)),
            text: String::new(),
            start: Mark::default(),
            start_column: 0,
            column: self.column(),
            line: self.line,
            indent: self.indent.max(0).unsigned_abs(),
            recent_empty: false,
            first_empty: breaks <= 1,
            foot_line: foot_line.map(|line| line + usize::from(in_line)),
        }
    }

    /// Go: `yaml_parser_scan_comments`.
    fn scan_comments(&mut self, scan: Mark) -> Result<(), Error> {
        let mut search = self.search(scan);
        let mut peek = 0;
        while peek < LOOKAHEAD {
            search.column += 1;
            if self.is_blank(peek) {
                peek += 1;
                continue;
            }
            let byte = self.byte(peek);
            let closes = self.flow_level > 0 && matches!(byte, b']' | b'}');
            if closes || self.is_break_or_end(peek) {
                self.after_comment_line(&mut search, closes, peek);
                if !self.is_break(peek) {
                    break;
                }
                search.first_empty = false;
                search.recent_empty = true;
                search.column = 0;
                search.line += 1;
                peek += 1;
                continue;
            }
            let moved = search.column < search.indent + 1 && search.column != search.start_column;
            if moved && !search.text.is_empty() {
                let comment = search.foot(self.position + peek);
                self.keep(comment);
            }
            if byte != b'#' {
                break;
            }
            self.take_comment_line(&mut search, peek)?;
            // Go: the search goes on after the line break.
            peek = 1;
        }
        if !search.text.is_empty() {
            let end = (self.position + peek).saturating_sub(1);
            let comment = search.comment(Side::Head, search.start.at, end);
            self.keep(comment);
        }
        Ok(())
    }

    /// A line break, the end of the text or of a flow collection: what was read may be a foot.
    fn after_comment_line(&mut self, search: &mut Search, closes: bool, peek: usize) {
        if !closes && search.recent_empty {
            return;
        }
        let stands_at_foot = Some(search.start.line) == search.foot_line && !search.after_value;
        if closes || search.first_empty && (stands_at_foot || search.is_dedented()) {
            if !search.text.is_empty() {
                if search.is_dedented() {
                    search.token = search.start.at;
                }
                let comment = search.foot(self.position + peek);
                self.keep(comment);
            }
        } else if !search.text.is_empty() && self.byte(peek) != 0 {
            search.text.push('\n');
        }
    }

    /// Takes one line of comment, `peek` bytes ahead.
    fn take_comment_line(&mut self, search: &mut Search, peek: usize) -> Result<(), Error> {
        if search.text.is_empty() {
            search.start = Mark { at: self.position + peek, line: search.line };
            search.start_column = search.column;
        } else {
            search.text.push('\n');
        }
        search.recent_empty = false;
        self.skip_to(self.position + peek);
        let start = self.position;
        self.skip_line_rest();
        search.text.push_str(self.slice(start, self.position));
        self.check_fault()?;
        search.column = 0;
        search.line = self.line;
        search.indent = self.indent.max(0).unsigned_abs();
        Ok(())
    }

    /// Moves over blanks and line breaks.
    fn skip_to(&mut self, at: usize) {
        while self.position < at {
            if !self.skip_break() {
                self.skip_character();
            }
        }
    }

    /// Go: `yaml_parser_scan_line_comment`: a comment behind the token that has just been read.
    pub(super) fn scan_line_comment(&mut self, token: usize) -> Result<(), Error> {
        let Some(ahead) = (0..LOOKAHEAD).find(|ahead| !self.is_blank(*ahead)) else {
            return Ok(());
        };
        if self.byte(ahead) != b'#' || self.breaks_before() > 0 {
            return Ok(());
        }
        self.skip_to(self.position + ahead);
        let start = self.mark();
        self.skip_line_rest();
        self.keep_line_comment(token, start, self.position);
        self.check_fault()
    }

    /// Go: `yaml_parser_scan_block_scalar` keeps the comment on its first line.
    pub(super) fn scan_header_comment(&mut self, start: Mark, byte: u8) {
        if !matches!(byte, b'|' | b'>') || self.flow_level > 0 {
            return;
        }
        let mut at = start.at + 1;
        while matches!(self.byte_at(at), b'+' | b'-' | b'0'..=b'9' | b' ' | b'\t') {
            at += 1;
        }
        if self.byte_at(at) == b'#' {
            let mut end = at;
            while self.byte_at(end) != 0 && self.break_length(end) == 0 {
                end += 1;
            }
            self.keep_line_comment(start.at, Mark { at, line: start.line }, end);
        }
    }

    fn keep_line_comment(&mut self, token: usize, start: Mark, end: usize) {
        let text = self.slice(start.at, end).to_owned();
        self.keep(Comment { side: Side::Line, text, token, start, column: 0, scan: 0, end: 0 });
    }
}
