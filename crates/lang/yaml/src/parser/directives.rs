//! Documents and their directives.

use std::borrow::Cow;

use super::{Context, Parser, State, empty_scalar, event};
use crate::Error;
use crate::event::{Event, EventKind};
use crate::scanner::syntax_error;
use crate::token::{Tag, TokenKind};

impl<'a> Parser<'a> {
    /// Go: `yaml_parser_parse_document_start`.
    pub(super) fn document_start(&mut self, implicit: bool) -> Result<Event<'a>, Error> {
        if !implicit {
            while matches!(self.scanner.peek()?.kind, TokenKind::DocumentEnd) {
                self.take();
            }
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                self.take();
                Ok(event(EventKind::StreamEnd, start, end))
            }
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective(_) | TokenKind::DocumentStart => {
                self.explicit_document(start)
            }
            _ if !implicit => self.explicit_document(start),
            _ => {
                self.process_directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                Ok(event(EventKind::DocumentStart, start, end))
            }
        }
    }

    fn explicit_document(&mut self, start: crate::token::Mark) -> Result<Event<'a>, Error> {
        self.process_directives()?;
        if !matches!(self.scanner.peek()?.kind, TokenKind::DocumentStart) {
            return Err(self.error("did not find expected <document start>"));
        }
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        let end = self.take().end;
        Ok(event(EventKind::DocumentStart, start, end))
    }

    /// Go: `yaml_parser_parse_document_content`.
    pub(super) fn document_content(&mut self) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let mark = token.start;
                self.pop_state();
                Ok(empty_scalar(mark))
            }
            _ => self.node(Context::Block),
        }
    }

    /// Go: `yaml_parser_parse_document_end`.
    pub(super) fn document_end(&mut self) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        let (start, mut end) = (token.start, token.start);
        if matches!(token.kind, TokenKind::DocumentEnd) {
            end = self.take().end;
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        Ok(event(EventKind::DocumentEnd, start, end))
    }

    /// Go: `yaml_parser_process_directives`.
    fn process_directives(&mut self) -> Result<(), Error> {
        let mut has_version = false;
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::VersionDirective { .. } if has_version => {
                    return Err(self.error("found duplicate %YAML directive"));
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => {
                    has_version = true;
                    self.take();
                }
                TokenKind::VersionDirective { .. } => return Err(self.error("found incompatible YAML document")),
                TokenKind::TagDirective(_) => self.add_tag_directive()?,
                _ => break,
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tag_directives.iter().any(|known| known.handle == handle) {
                self.tag_directives.push(Tag { handle: Cow::Borrowed(handle), suffix: Cow::Borrowed(prefix) });
            }
        }
        Ok(())
    }

    fn add_tag_directive(&mut self) -> Result<(), Error> {
        let token = self.take();
        let TokenKind::TagDirective(tag) = token.kind else {
            return Ok(());
        };
        if self.tag_directives.iter().any(|known| known.handle == tag.handle) {
            return Err(syntax_error("found duplicate %TAG directive", token.start.line, token.start.at));
        }
        self.tag_directives.push(*tag);
        Ok(())
    }
}
