//! Flow collections.

use super::{Context, Parser, State, empty_scalar, event};
use crate::Error;
use crate::event::{Event, EventKind};
use crate::token::TokenKind;

impl<'a> Parser<'a> {
    /// Go: `yaml_parser_parse_flow_sequence_entry`.
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.scanner.peek()?;
            self.take();
        }
        let mut token = self.scanner.peek()?;
        if !first {
            match token.kind {
                TokenKind::FlowSequenceEnd => {}
                TokenKind::FlowEntry => {
                    self.take();
                    token = self.scanner.peek()?;
                }
                _ => return Err(self.error("did not find expected ',' or ']'")),
            }
        }
        match token.kind {
            TokenKind::FlowSequenceEnd => Ok(self.end_collection(EventKind::SequenceEnd)),
            TokenKind::Key => {
                self.state = State::FlowSequenceEntryMappingKey;
                let token = self.take();
                Ok(event(EventKind::MappingStart { properties: None }, token.start, token.end))
            }
            _ => {
                self.states.push(State::FlowSequenceEntry);
                self.node(Context::Flow)
            }
        }
    }

    /// Go: `yaml_parser_parse_flow_sequence_entry_mapping_key`.
    pub(super) fn flow_sequence_entry_mapping_key(&mut self) -> Result<Event<'a>, Error> {
        match self.scanner.peek()?.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // Go takes the token whatever it is, so `[? ]` loses its end.
                let mark = self.take().end;
                self.state = State::FlowSequenceEntryMappingValue;
                Ok(empty_scalar(mark))
            }
            _ => {
                self.states.push(State::FlowSequenceEntryMappingValue);
                self.node(Context::Flow)
            }
        }
    }

    /// Go: `yaml_parser_parse_flow_sequence_entry_mapping_value`.
    pub(super) fn flow_sequence_entry_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.start;
        if matches!(token.kind, TokenKind::Value) {
            self.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(Context::Flow);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(empty_scalar(mark))
    }

    /// Go: `yaml_parser_parse_flow_sequence_entry_mapping_end`.
    pub(super) fn flow_sequence_entry_mapping_end(&mut self) -> Result<Event<'a>, Error> {
        let start = self.scanner.peek()?.start;
        self.state = State::FlowSequenceEntry;
        Ok(event(EventKind::MappingEnd, start, start))
    }

    /// Go: `yaml_parser_parse_flow_mapping_key`.
    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if first {
            self.scanner.peek()?;
            self.take();
        }
        let mut token = self.scanner.peek()?;
        if !first {
            match token.kind {
                TokenKind::FlowMappingEnd => {}
                TokenKind::FlowEntry => {
                    self.take();
                    token = self.scanner.peek()?;
                }
                _ => return Err(self.error("did not find expected ',' or '}'")),
            }
        }
        match token.kind {
            TokenKind::FlowMappingEnd => Ok(self.end_collection(EventKind::MappingEnd)),
            TokenKind::Key => {
                self.take();
                let token = self.scanner.peek()?;
                if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    let mark = token.start;
                    self.state = State::FlowMappingValue;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::FlowMappingValue);
                self.node(Context::Flow)
            }
            _ => {
                self.states.push(State::FlowMappingEmptyValue);
                self.node(Context::Flow)
            }
        }
    }

    /// Go: `yaml_parser_parse_flow_mapping_value`.
    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        let mut mark = token.start;
        if !empty && matches!(token.kind, TokenKind::Value) {
            self.take();
            let token = self.scanner.peek()?;
            mark = token.start;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(Context::Flow);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(empty_scalar(mark))
    }
}
