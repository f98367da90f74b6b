//! Flow collections.

use super::{Frame, Place, Stream, node};
use crate::written::Part;

impl<'a> Stream<'a> {
    /// The comma before a child, its head, and the start of a line.
    fn before_child(&mut self, frame: &Frame<'a>, is_first: bool) {
        if !is_first && !frame.has_comma {
            self.writer.indicator(",", false);
        }
        self.head();
        if self.writer.is_at_line_start() {
            self.writer.indent(self.indent);
        }
    }

    /// A comment behind a child stands after its comma.
    fn behind_child(&mut self) {
        if self.waiting.is_behind() {
            self.writer.indicator(",", false);
        }
        self.behind();
    }

    /// Go: `yaml_emitter_emit_flow_sequence_item`.
    pub(super) fn flow_item(&mut self, mut frame: Frame<'a>, child: &'a Part, is_first: bool) {
        self.before_child(&frame, is_first);
        frame.has_comma = self.waiting.is_behind();
        self.frames.push(frame);
        self.node(child, Place::Item);
        self.behind_child();
    }

    /// Go: `yaml_emitter_emit_flow_mapping_key`.
    pub(super) fn flow_key(&mut self, mut frame: Frame<'a>, child: &'a Part, is_first: bool) {
        self.before_child(&frame, is_first);
        frame.simple = node::is_simple_key(child);
        let simple = frame.simple;
        if !simple {
            self.writer.indicator("?", true);
        }
        self.frames.push(frame);
        self.node(child, Place::Key { simple });
    }

    /// Go: `yaml_emitter_emit_flow_mapping_value`.
    pub(super) fn flow_value(&mut self, mut frame: Frame<'a>, child: &'a Part) {
        self.writer.indicator(":", !frame.simple);
        frame.has_comma = self.waiting.is_behind();
        self.frames.push(frame);
        self.node(child, Place::Value);
        self.behind_child();
    }

    /// The end of a flow sequence.
    pub(super) fn close_flow_sequence(&mut self, frame: &Frame<'a>) {
        self.flow_level -= 1;
        self.indent = frame.outer;
        if self.writer.is_at_line_start() {
            self.writer.indent(self.indent);
        }
        self.writer.indicator("]", false);
        self.behind();
    }

    /// The end of a flow mapping.
    pub(super) fn close_flow_mapping(&mut self, frame: &Frame<'a>) {
        let waiting = &self.waiting;
        let follows = !waiting.head.is_empty() || !waiting.foot.is_empty() || !waiting.tail.is_empty();
        if follows && frame.at > 0 && !frame.has_comma {
            self.writer.indicator(",", false);
        }
        self.head();
        self.flow_level -= 1;
        self.indent = frame.outer;
        self.writer.indicator("}", false);
        self.behind();
    }
}
