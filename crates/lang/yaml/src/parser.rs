//! Tokens to events.
//!
//! The state machine of go-yaml (Go: parserc.go): its errors name what it expected and where.

mod block;
mod directives;
mod flow;

use std::borrow::Cow;

use crate::Error;
use crate::event::{Event, EventKind, Properties};
use crate::reader::Source;
use crate::scanner::{Comments, Scanner, syntax_error};
use crate::token::{Mark, Style, Tag, Token, TokenKind};

/// What the parser expects next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// Which collections may begin at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Flow,
    Block,
    BlockOrIndentless,
}

/// Where a collection or a document begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    ImplicitDocument,
    ExplicitDocument,
    Block,
    Indentless,
    Flow,
    /// A mapping of one entry without braces, in a flow sequence.
    FlowPair,
    Nothing,
}

/// The parser of one stream.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    tag_directives: Vec<Tag<'a>>,
}

impl<'a> Parser<'a> {
    /// A parser at the start of a source.
    pub(crate) fn new(source: &'a Source<'_>) -> Self {
        Self {
            scanner: Scanner::new(source),
            state: State::ImplicitDocumentStart,
            states: Vec::with_capacity(16),
            tag_directives: Vec::new(),
        }
    }

    /// A parser that keeps comments.
    pub(crate) fn with_comments(source: &'a Source<'_>) -> Self {
        let mut parser = Self::new(source);
        parser.scanner.keep_comments();
        parser
    }

    /// The comments, if they are kept.
    pub(crate) fn comments(&mut self) -> Option<&mut Comments> {
        self.scanner.comments()
    }

    /// What the last event began.
    pub(crate) fn opened(&self) -> Opened {
        match self.state {
            State::BlockNode => Opened::ImplicitDocument,
            State::DocumentContent => Opened::ExplicitDocument,
            State::BlockSequenceFirstEntry | State::BlockMappingFirstKey => Opened::Block,
            State::IndentlessSequenceEntry => Opened::Indentless,
            State::FlowSequenceFirstEntry | State::FlowMappingFirstKey => Opened::Flow,
            State::FlowSequenceEntryMappingKey => Opened::FlowPair,
            _ => Opened::Nothing,
        }
    }

    /// The next event; `StreamEnd` for ever at the end.
    pub(crate) fn next(&mut self) -> Result<Event<'a>, Error> {
        match self.state {
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(Context::Block),
            State::BlockSequenceFirstEntry => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => self.flow_sequence_entry_mapping_end(),
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => Ok(event(EventKind::StreamEnd, Mark::default(), Mark::default())),
        }
    }

    /// Go: `yaml_parser_parse_node`.
    fn node(&mut self, context: Context) -> Result<Event<'a>, Error> {
        let token = self.scanner.peek()?;
        let mut start = token.start;
        let mut end = start;
        let properties = match token.kind {
            TokenKind::Alias(_) | TokenKind::Anchor(_) | TokenKind::Tag(_) => {
                let first = self.take();
                start = first.start;
                end = first.end;
                if let TokenKind::Alias(name) = first.kind {
                    self.pop_state();
                    return Ok(event(EventKind::Alias(name), start, end));
                }
                Some(Box::new(self.properties(first, &mut end)?))
            }
            _ => None,
        };
        let token = self.scanner.peek()?;
        let (state, kind) = match token.kind {
            TokenKind::BlockEntry if context == Context::BlockOrIndentless => {
                (State::IndentlessSequenceEntry, EventKind::SequenceStart { properties })
            }
            TokenKind::Scalar(..) => return Ok(self.scalar(properties, start)),
            TokenKind::FlowSequenceStart => (State::FlowSequenceFirstEntry, EventKind::SequenceStart { properties }),
            TokenKind::FlowMappingStart => (State::FlowMappingFirstKey, EventKind::MappingStart { properties }),
            TokenKind::BlockSequenceStart if context != Context::Flow => {
                (State::BlockSequenceFirstEntry, EventKind::SequenceStart { properties })
            }
            TokenKind::BlockMappingStart if context != Context::Flow => {
                (State::BlockMappingFirstKey, EventKind::MappingStart { properties })
            }
            _ if properties.is_some() => {
                self.pop_state();
                let kind = EventKind::Scalar { value: Cow::Borrowed(""), style: Style::Plain, properties };
                return Ok(event(kind, start, end));
            }
            _ => return Err(self.error("did not find expected node content")),
        };
        end = token.end;
        self.state = state;
        Ok(event(kind, start, end))
    }

    fn scalar(&mut self, properties: Option<Box<Properties<'a>>>, start: Mark) -> Event<'a> {
        self.pop_state();
        let token = self.take();
        let (value, style) = match token.kind {
            TokenKind::Scalar(value, style) => (value, style),
            _ => (Cow::Borrowed(""), Style::Plain),
        };
        event(EventKind::Scalar { value, style, properties }, start, token.end)
    }

    /// The anchor and tag of a node, in either order.
    fn properties(&mut self, first: Token<'a>, end: &mut Mark) -> Result<Properties<'a>, Error> {
        let mut anchor = None;
        let mut tag = None;
        match first.kind {
            TokenKind::Anchor(name) => anchor = Some(name),
            TokenKind::Tag(found) => tag = Some((found, first.start)),
            _ => {}
        }
        match self.scanner.peek()?.kind {
            TokenKind::Anchor(_) if anchor.is_none() => {}
            TokenKind::Tag(_) if tag.is_none() => {}
            _ => return Ok(Properties { anchor, tag: self.resolve_tag(tag)? }),
        }
        let second = self.take();
        *end = second.end;
        match second.kind {
            TokenKind::Anchor(name) => anchor = Some(name),
            TokenKind::Tag(found) => tag = Some((found, second.start)),
            _ => {}
        }
        // Go asks for the token after the properties before it looks at the tag's handle.
        self.scanner.peek()?;
        Ok(Properties { anchor, tag: self.resolve_tag(tag)? })
    }

    fn resolve_tag(&self, tag: Option<(Box<Tag<'a>>, Mark)>) -> Result<Cow<'a, str>, Error> {
        let Some((tag, mark)) = tag else {
            return Ok(Cow::Borrowed(""));
        };
        if tag.handle.is_empty() {
            return Ok(tag.suffix);
        }
        let known = self.tag_directives.iter().find(|directive| directive.handle == tag.handle);
        match known.map(|directive| format!("{}{}", directive.suffix, tag.suffix)) {
            Some(full) if !full.is_empty() => Ok(Cow::Owned(full)),
            _ => Err(syntax_error("found undefined tag handle", mark.line, mark.at)),
        }
    }

    fn take(&mut self) -> Token<'a> {
        // Only called after `peek`, so there is a token.
        let nothing = Token { kind: TokenKind::StreamEnd, start: Mark::default(), end: Mark::default() };
        self.scanner.take().unwrap_or(nothing)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// An error at the next token. Go adds 1 to the line of a scanner's error only.
    #[cold]
    fn error(&mut self, problem: &str) -> Error {
        match self.scanner.peek() {
            Ok(token) => syntax_error(problem, token.start.line, token.start.at),
            Err(error) => error,
        }
    }
}

fn event(kind: EventKind<'_>, start: Mark, end: Mark) -> Event<'_> {
    Event { kind, start, end }
}

/// Go: `yaml_parser_process_empty_scalar`.
fn empty_scalar<'a>(mark: Mark) -> Event<'a> {
    event(EventKind::Scalar { value: Cow::Borrowed(""), style: Style::Plain, properties: None }, mark, mark)
}
