//! Block collections.

use super::{Context, Parser, State, empty_scalar, event};
use crate::Error;
use crate::event::{Event, EventKind};
use crate::token::TokenKind;

impl<'a> Parser<'a> {
    /// Go: `yaml_parser_parse_block_sequence_entry`.
    pub(super) fn block_sequence_entry(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.scanner.peek()?;
            self.take();
        }
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry => {
                let mark = self.take().end;
                match self.scanner.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => {
                        self.state = State::BlockSequenceEntry;
                        Ok(empty_scalar(mark))
                    }
                    _ => {
                        self.states.push(State::BlockSequenceEntry);
                        self.node(Context::Block)
                    }
                }
            }
            TokenKind::BlockEnd => Ok(self.end_collection(EventKind::SequenceEnd)),
            _ => Err(self.error("did not find expected '-' indicator")),
        }
    }

    /// Go: `yaml_parser_parse_indentless_sequence_entry`.
    pub(super) fn indentless_sequence_entry(&mut self) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::BlockEntry) {
            let start = token.start;
            self.pop_state();
            return Ok(event(EventKind::SequenceEnd, start, start));
        }
        let mark = self.take().end;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = State::IndentlessSequenceEntry;
                Ok(empty_scalar(mark))
            }
            _ => {
                self.states.push(State::IndentlessSequenceEntry);
                self.node(Context::Block)
            }
        }
    }

    /// Go: `yaml_parser_parse_block_mapping_key`.
    pub(super) fn block_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.scanner.peek()?;
            self.take();
        }
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                let mark = self.take().end;
                match self.scanner.peek()?.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.state = State::BlockMappingValue;
                        Ok(empty_scalar(mark))
                    }
                    _ => {
                        self.states.push(State::BlockMappingValue);
                        self.node(Context::BlockOrIndentless)
                    }
                }
            }
            TokenKind::BlockEnd => Ok(self.end_collection(EventKind::MappingEnd)),
            _ => Err(self.error("did not find expected key")),
        }
    }

    /// Go: `yaml_parser_parse_block_mapping_value`.
    pub(super) fn block_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if !matches!(token.kind, TokenKind::Value) {
            self.state = State::BlockMappingKey;
            return Ok(empty_scalar(start));
        }
        let mark = self.take().end;
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = State::BlockMappingKey;
                Ok(empty_scalar(mark))
            }
            _ => {
                self.states.push(State::BlockMappingKey);
                self.node(Context::BlockOrIndentless)
            }
        }
    }

    /// Takes the token that closes a collection.
    pub(super) fn end_collection(&mut self, kind: EventKind<'a>) -> Event<'a> {
        self.pop_state();
        let token = self.take();
        event(kind, token.start, token.end)
    }
}
