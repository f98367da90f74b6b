//! Events to parts. Go: decode.go `parser`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Part, PartId, PartKind, Remarks, Written};
use crate::event::{Event, EventKind, Properties};
use crate::parser::{Opened, Parser};
use crate::reader::Source;
use crate::resolve::{LONG_TAG_PREFIX, plain_tag};
use crate::scanner::{Comments, Gathered};
use crate::{Error, Style};

/// An open collection.
struct Frame {
    part: PartId,
    opened: Opened,
    /// The line of the token that opened it, from 0.
    line: usize,
}

struct Builder<'a> {
    parser: Parser<'a>,
    written: Written,
    frames: Vec<Frame>,
    anchors: BTreeSet<&'a str>,
}

/// Builds the first document.
pub(super) fn first_document(source: &Source<'_>) -> Result<Option<Written>, Error> {
    let mut parser = Parser::with_comments(source);
    if let EventKind::StreamEnd = parser.next()?.kind {
        return Ok(None);
    }
    let mut document = Part::new(PartKind::Document);
    if parser.opened() == Opened::ImplicitDocument {
        document.remarks.head = parser.comments().map(Comments::take_document_head).unwrap_or_default();
    }
    let written = Written { parts: vec![document], root: PartId(0) };
    let mut builder = Builder { parser, written, frames: Vec::new(), anchors: BTreeSet::new() };
    loop {
        let event = builder.next()?;
        builder.event(event)?;
        if builder.frames.is_empty() {
            break;
        }
    }
    builder.next()?;
    let Gathered { head, foot, .. } = builder.gather();
    let root = builder.written.root;
    builder.written.part_mut(root).remarks.foot = if foot.is_empty() { head } else { foot };
    Ok(Some(builder.written))
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<Event<'a>, Error> {
        self.parser.next().map_err(|error| self.blame_collection(error))
    }

    /// Version 3 names the line of the collection that is not what it should be.
    #[cold]
    fn blame_collection(&self, error: Error) -> Error {
        const OF_COLLECTIONS: [&str; 4] = [
            "did not find expected '-' indicator",
            "did not find expected key",
            "did not find expected ',' or ']'",
            "did not find expected ',' or '}'",
        ];
        let is_marked = |frame: &&Frame| matches!(frame.opened, Opened::Block | Opened::Flow);
        match self.frames.iter().rfind(is_marked) {
            Some(frame) if OF_COLLECTIONS.iter().any(|problem| error.message().ends_with(problem)) => {
                error.on_line(frame.line)
            }
            _ => error,
        }
    }

    fn gather(&mut self) -> Gathered {
        self.parser.comments().map(Comments::gather).unwrap_or_default()
    }

    fn event(&mut self, event: Event<'a>) -> Result<(), Error> {
        let opened = self.parser.opened();
        let line = event.end.line;
        match event.kind {
            EventKind::Scalar { value, style, properties } => {
                // Go: the empty scalar where nothing is written has no comments.
                let is_written = style != Style::Plain || !value.is_empty();
                let id = self.add(scalar(value, style), properties, is_written);
                self.complete(id);
            }
            EventKind::Alias(name) => {
                if !self.anchors.contains(name) {
                    let span = event.start.at..event.end.at;
                    return Err(Error::new(format!("yaml: unknown anchor '{name}' referenced")).at(0, span));
                }
                let mut part = Part::new(PartKind::Alias);
                name.clone_into(&mut part.value);
                let id = self.add(part, None, true);
                self.complete(id);
            }
            EventKind::SequenceStart { properties } => {
                self.open(PartKind::Sequence, properties, opened, line);
            }
            EventKind::MappingStart { properties } => {
                self.open(PartKind::Mapping, properties, opened, line);
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => self.end_collection(),
            EventKind::StreamEnd | EventKind::DocumentStart | EventKind::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, kind: PartKind, properties: Option<Box<Properties<'a>>>, opened: Opened, line: usize) {
        let mut part = Part::new(kind);
        part.tag = Cow::Borrowed(if kind == PartKind::Sequence { "!!seq" } else { "!!map" });
        part.looks.is_flow = matches!(opened, Opened::Flow | Opened::FlowPair);
        let id = self.add(part, properties, opened == Opened::Flow);
        if opened == Opened::Block {
            let stem = self.parser.comments().map(Comments::take_stem).unwrap_or_default();
            self.written.part_mut(id).remarks.head = stem;
        }
        self.frames.push(Frame { part: id, opened, line });
    }

    /// Adds a part to the open collection, with its comments if its event carries them.
    fn add(&mut self, mut part: Part, properties: Option<Box<Properties<'a>>>, has_remarks: bool) -> PartId {
        if has_remarks {
            let Gathered { head, line, foot } = self.gather();
            part.remarks = Remarks { head, line, foot };
        }
        let Properties { anchor, tag } = properties.map(|properties| *properties).unwrap_or_default();
        if !tag.is_empty() && tag != "!" {
            part.tag = Cow::Owned(shortened(&tag));
            part.looks.is_tagged = true;
        }
        if let Some(anchor) = anchor {
            anchor.clone_into(&mut part.anchor);
            self.anchors.insert(anchor);
        }
        let parent = self.frames.last().map_or(self.written.root, |frame| frame.part);
        let id = self.written.add(part);
        self.written.part_mut(parent).content.push(id);
        id
    }

    fn end_collection(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let is_mapping = self.written.part(frame.part).kind == PartKind::Mapping;
        let has_remarks = match frame.opened {
            Opened::Flow => true,
            Opened::Block => is_mapping,
            _ => false,
        };
        let Gathered { line, foot, .. } = if has_remarks { self.gather() } else { Gathered::default() };
        let part = self.written.part_mut(frame.part);
        part.remarks.line = line;
        part.remarks.foot = foot;
        if is_mapping && !part.looks.is_flow && part.content.len() > 1 {
            let last_key = part.content[part.content.len() - 2];
            self.give_foot(frame.part, last_key);
        }
        self.complete(frame.part);
    }

    /// A child of a mapping is complete: its foot goes to the key of the entry that it follows.
    ///
    /// Go: decode.go `mapping`.
    fn complete(&mut self, child: PartId) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let mapping = self.written.part(frame.part);
        if mapping.kind != PartKind::Mapping {
            return;
        }
        let content = &mapping.content;
        let count = content.len();
        if count.is_multiple_of(2) {
            let key = content[count - 2];
            if self.written.part(key).remarks.foot.is_empty() {
                self.give_foot(child, key);
            }
        } else if count > 2 && !mapping.looks.is_flow {
            let key_before = content[count - 3];
            self.give_foot(child, key_before);
        }
    }

    /// Moves the foot of a part to another, unless there is none.
    fn give_foot(&mut self, from: PartId, to: PartId) {
        let foot = std::mem::take(&mut self.written.part_mut(from).remarks.foot);
        if !foot.is_empty() {
            self.written.part_mut(to).remarks.foot = foot;
        }
    }
}

fn scalar(value: Cow<'_, str>, style: Style) -> Part {
    let mut part = Part::new(PartKind::Scalar);
    part.tag = Cow::Borrowed(match style {
        Style::Plain if value == "<<" => "!!merge",
        Style::Plain => plain_tag(&value),
        _ => "!!str",
    });
    part.value = value.into_owned();
    part.looks.style = style;
    part
}

/// Go: `shortTag`.
fn shortened(tag: &str) -> String {
    match tag.strip_prefix(LONG_TAG_PREFIX) {
        Some(rest) => format!("!!{rest}"),
        None => tag.to_owned(),
    }
}
