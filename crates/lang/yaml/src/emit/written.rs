//! Parts to text, comments included.
//!
//! Go: encode.go `node` and version 3's emitterc.go, with indentations of two. As there, the comments of
//! an event wait until the place comes where they are written, which may be after the next event, and
//! even in the next document.

mod flow;
mod node;

use crate::Flavour;
use crate::written::{Part, PartId, PartKind, Piece, Written};

use super::Manner;
use super::writer::Writer;

/// The indentation of kyaml.
const INDENT: isize = 2;

/// Writes documents, or parts of them, as one stream. Go: an encoder as kyaml sets it up.
pub fn write_pieces<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> String {
    let manner = Manner { flavour: Flavour::V3, best_indent: INDENT, skips_trip: false };
    let mut writer = Writer::new(manner);
    let mut waiting = Waiting::default();
    for (at, piece) in pieces.into_iter().enumerate() {
        let mut stream = Stream {
            writer,
            written: piece.of,
            waiting,
            frames: Vec::new(),
            indent: -1,
            flow_level: 0,
            is_compact: !piece.is_wide,
            in_mapping: false,
            is_simple_key: false,
        };
        stream.document(piece.part, at == 0);
        (writer, waiting) = (stream.writer, stream.waiting);
    }
    writer.finish().unwrap_or_default()
}

/// The comments that have not been written yet.
#[derive(Debug, Default)]
struct Waiting<'a> {
    head: &'a str,
    line: &'a str,
    foot: &'a str,
    /// The foot of the entry before, which is written above the next key.
    tail: &'a str,
    key_line: &'a str,
}

impl<'a> Waiting<'a> {
    /// Go: `yaml_emitter_analyze_event`: what is empty does not replace what waits.
    fn add(&mut self, head: &'a str, line: &'a str, foot: &'a str, tail: &'a str) {
        for (place, text) in
            [(&mut self.head, head), (&mut self.line, line), (&mut self.foot, foot), (&mut self.tail, tail)]
        {
            if !text.is_empty() {
                *place = text;
            }
        }
    }

    /// Whether something stands between an item and what follows its comma.
    fn is_behind(&self) -> bool {
        !self.line.is_empty() || !self.foot.is_empty() || !self.tail.is_empty()
    }
}

/// How an open collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    BlockSequence,
    BlockMapping,
    FlowSequence,
    FlowMapping,
}

/// An open collection.
#[derive(Debug)]
struct Frame<'a> {
    part: &'a Part,
    form: Form,
    /// How much of the content has been written.
    at: usize,
    /// The indentation around it.
    outer: isize,
    /// The foot of the entry before.
    tail: &'a str,
    is_key: bool,
    /// Whether the key just written needs no `?`.
    simple: bool,
    /// Whether the comma stands already, before a comment.
    has_comma: bool,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Key { simple: bool },
    Value,
}

struct Stream<'a> {
    writer: Writer,
    written: &'a Written,
    waiting: Waiting<'a>,
    frames: Vec<Frame<'a>>,
    indent: isize,
    flow_level: usize,
    is_compact: bool,
    in_mapping: bool,
    is_simple_key: bool,
}

impl<'a> Stream<'a> {
    /// Go: `yaml_emitter_emit_document_start`, `…_content` and `…_end`.
    fn document(&mut self, root: PartId, first: bool) {
        let written = self.written;
        let part = written.part(root);
        let is_document = part.kind == PartKind::Document;
        if is_document {
            self.waiting.add(&part.remarks.head, "", "", "");
        }
        if !first {
            self.writer.indent(-1);
            self.writer.indicator("---", true);
            self.writer.indent(-1);
        }
        if !self.waiting.head.is_empty() {
            self.head();
            self.writer.empty_line();
        }
        let alone = [root];
        for top in if is_document { part.content.as_slice() } else { &alone } {
            let top = written.part(*top);
            self.begin(top, "", false);
            self.head();
            self.node(top, Place::Root);
            self.behind();
            while let Some(frame) = self.frames.pop() {
                self.step(frame);
            }
        }
        if is_document {
            self.waiting.add("", "", &part.remarks.foot, "");
        }
        self.writer.set_foot(0);
        self.foot();
        self.writer.set_foot(-1);
        self.writer.indent(-1);
    }

    /// Writes the next child of a collection, or its end.
    fn step(&mut self, mut frame: Frame<'a>) {
        if frame.at == 0 {
            self.open(&frame);
        }
        let Some(id) = frame.part.content.get(frame.at) else {
            return self.close(&frame);
        };
        let child = self.written.part(*id);
        let is_key = frame.at.is_multiple_of(2) && matches!(frame.form, Form::BlockMapping | Form::FlowMapping);
        let tail = if is_key { std::mem::take(&mut frame.tail) } else { "" };
        self.begin(child, tail, is_key);
        if is_key {
            frame.tail = &child.remarks.foot;
        }
        let is_first = frame.at == 0;
        frame.at += 1;
        match (frame.form, is_key) {
            (Form::BlockSequence, _) => self.block_item(frame, child),
            (Form::BlockMapping, true) => self.block_key(frame, child),
            (Form::BlockMapping, false) => self.block_value(frame, child),
            (Form::FlowSequence, _) => self.flow_item(frame, child, is_first),
            (Form::FlowMapping, true) => self.flow_key(frame, child, is_first),
            (Form::FlowMapping, false) => self.flow_value(frame, child),
        }
    }

    /// The comments of a node that begins. Go: the events of encode.go `node`.
    fn begin(&mut self, part: &'a Part, tail: &'a str, is_key: bool) {
        let remarks = &part.remarks;
        // The foot of a key is written above the next one.
        let foot = if is_key { "" } else { remarks.foot.as_str() };
        match part.kind {
            PartKind::Scalar => self.waiting.add(&remarks.head, &remarks.line, foot, tail),
            PartKind::Alias => self.waiting.add(&remarks.head, &remarks.line, foot, ""),
            PartKind::Mapping => self.waiting.add(&remarks.head, "", "", tail),
            PartKind::Sequence | PartKind::Document => self.waiting.add(&remarks.head, "", "", ""),
        }
    }

    /// The first line of a collection.
    fn open(&mut self, frame: &Frame<'a>) {
        let (flow, compact) = match frame.form {
            Form::FlowSequence | Form::FlowMapping => (true, false),
            Form::BlockMapping => (false, false),
            Form::BlockSequence => {
                let after_key = self.writer.is_at_line_start() || !self.writer.at_indentation();
                (false, self.in_mapping && after_key && self.is_compact)
            }
        };
        if flow {
            self.writer.bracket(if frame.form == Form::FlowSequence { "[" } else { "{" });
            self.flow_level += 1;
        }
        self.indent = self.increased(flow, compact);
    }

    /// Go: the events at the end of a collection.
    fn close(&mut self, frame: &Frame<'a>) {
        let remarks = &frame.part.remarks;
        let foot = if frame.is_key { "" } else { remarks.foot.as_str() };
        self.waiting.add("", &remarks.line, foot, frame.tail);
        match frame.form {
            Form::BlockSequence => self.indent = frame.outer,
            Form::BlockMapping => {
                self.head();
                self.indent = frame.outer;
            }
            Form::FlowSequence => self.close_flow_sequence(frame),
            Form::FlowMapping => self.close_flow_mapping(frame),
        }
    }

    /// Go: `yaml_emitter_increase_indent_compact`.
    fn increased(&self, flow: bool, compact: bool) -> isize {
        let in_sequence = self.frames.last().is_some_and(|frame| frame.form == Form::BlockSequence);
        match self.indent {
            ..0 => {
                if flow {
                    INDENT
                } else {
                    0
                }
            }
            indent if in_sequence => indent + 2,
            indent => INDENT * ((indent + INDENT) / INDENT) - if compact { 2 } else { 0 },
        }
    }

    /// Go: `yaml_emitter_emit_block_sequence_item`.
    fn block_item(&mut self, frame: Frame<'a>, child: &'a Part) {
        self.head();
        self.writer.dash(self.indent);
        self.frames.push(frame);
        self.node(child, Place::Item);
        self.behind();
    }

    /// Go: `yaml_emitter_emit_block_mapping_key`.
    fn block_key(&mut self, mut frame: Frame<'a>, child: &'a Part) {
        self.head();
        self.writer.indent(self.indent);
        if !self.waiting.line.is_empty() {
            self.waiting.key_line = std::mem::take(&mut self.waiting.line);
        }
        let simple = node::is_simple_key(child);
        if !simple {
            self.writer.complex_indicator("?");
        }
        frame.simple = simple;
        self.frames.push(frame);
        self.node(child, Place::Key { simple });
    }

    /// Go: `yaml_emitter_emit_block_mapping_value`.
    fn block_value(&mut self, frame: Frame<'a>, child: &'a Part) {
        if frame.simple {
            self.writer.colon();
        } else {
            self.writer.indent(self.indent);
            self.writer.complex_indicator(":");
        }
        if !self.waiting.key_line.is_empty() {
            self.key_line(child);
        }
        self.frames.push(frame);
        self.node(child, Place::Value);
        self.behind();
    }

    /// A comment behind a key goes behind its scalar, or stands above its block.
    fn key_line(&mut self, child: &Part) {
        match child.kind {
            PartKind::Scalar if self.waiting.line.is_empty() => {
                self.waiting.line = std::mem::take(&mut self.waiting.key_line);
            }
            PartKind::Mapping | PartKind::Sequence if !child.looks.is_flow => {
                let text = std::mem::take(&mut self.waiting.key_line);
                self.writer.line_comment(text, self.indent);
            }
            _ => {}
        }
    }

    /// Go: `yaml_emitter_process_head_comment`.
    fn head(&mut self) {
        if !self.waiting.tail.is_empty() {
            let text = std::mem::take(&mut self.waiting.tail);
            self.writer.indent(self.indent);
            self.writer.comment(text, self.indent);
            self.writer.set_foot(self.indent.max(0));
        }
        if !self.waiting.head.is_empty() {
            let text = std::mem::take(&mut self.waiting.head);
            self.writer.indent(self.indent);
            self.writer.comment(text, self.indent);
        }
    }

    /// Go: `yaml_emitter_process_foot_comment`.
    fn foot(&mut self) {
        if !self.waiting.foot.is_empty() {
            let text = std::mem::take(&mut self.waiting.foot);
            self.writer.indent(self.indent);
            self.writer.comment(text, self.indent);
            self.writer.set_foot(self.indent.max(0));
        }
    }

    /// Go: `yaml_emitter_process_line_comment`, then the foot.
    fn behind(&mut self) {
        let text = std::mem::take(&mut self.waiting.line);
        self.writer.line_comment(text, self.indent);
        self.foot();
    }
}
