//! Single nodes: anchors, tags, and which quotes a scalar gets.

use std::borrow::Cow;

use super::{Form, Frame, Place, Stream};
use crate::resolve::{LONG_TAG_PREFIX, plain_tag};
use crate::written::{Part, PartKind};
use crate::{Flavour, Style};

use super::super::scalar::{self, Analysis};
use super::super::writer::Scalar;

/// Go: keys longer than this stand after a `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// The handle and the rest of a tag; both empty when there is none to write. Go: `yaml_emitter_analyze_tag`.
fn tag_of(part: &Part) -> (&'static str, Cow<'_, str>) {
    let tag = part.tag.as_ref();
    let is_implied = match part.kind {
        _ if part.looks.is_tagged => false,
        PartKind::Scalar => tag == "!!str" || plain_tag(&part.value) == tag,
        PartKind::Sequence => tag == "!!seq",
        PartKind::Mapping => tag == "!!map",
        PartKind::Alias | PartKind::Document => true,
    };
    if tag.is_empty() || is_implied {
        return ("", Cow::Borrowed(""));
    }
    if let Some(rest) = tag.strip_prefix("!!").or_else(|| tag.strip_prefix(LONG_TAG_PREFIX)) {
        return ("!!", Cow::Borrowed(rest));
    }
    match tag.strip_prefix('!') {
        Some(rest) => ("!", Cow::Borrowed(rest)),
        None => ("", Cow::Borrowed(tag)),
    }
}

/// Go: `yaml_emitter_check_simple_key`.
pub(super) fn is_simple_key(part: &Part) -> bool {
    let (handle, suffix) = tag_of(part);
    let properties = part.anchor.len() + handle.len() + suffix.len();
    let length = match part.kind {
        PartKind::Alias => part.value.len(),
        PartKind::Scalar if scalar::analyze(&part.value).is_multiline() => return false,
        PartKind::Scalar => properties + part.value.len(),
        PartKind::Sequence | PartKind::Mapping if part.content.is_empty() => properties,
        _ => return false,
    };
    length <= MAX_SIMPLE_KEY
}

impl<'a> Stream<'a> {
    /// Go: `yaml_emitter_emit_node`: all of a scalar, the properties of a collection.
    pub(super) fn node(&mut self, part: &'a Part, place: Place) {
        self.in_mapping = matches!(place, Place::Key { .. } | Place::Value);
        self.is_simple_key = place == Place::Key { simple: true };
        if part.kind == PartKind::Alias {
            return self.writer.anchor("*", &part.value);
        }
        if !part.anchor.is_empty() {
            self.writer.anchor("&", &part.anchor);
        }
        let (handle, suffix) = tag_of(part);
        if !handle.is_empty() || !suffix.is_empty() {
            self.writer.full_tag(handle, &suffix);
        }
        let in_flow = self.flow_level > 0 || part.looks.is_flow || part.content.is_empty();
        let form = match part.kind {
            PartKind::Sequence if in_flow => Form::FlowSequence,
            PartKind::Sequence => Form::BlockSequence,
            PartKind::Mapping if in_flow => Form::FlowMapping,
            PartKind::Mapping => Form::BlockMapping,
            _ => return self.scalar(part),
        };
        let outer = self.indent;
        let is_key = matches!(place, Place::Key { .. });
        self.frames.push(Frame { part, form, at: 0, outer, tail: "", is_key, simple: false, has_comma: false });
    }

    fn scalar(&mut self, part: &'a Part) {
        let text = part.value.as_str();
        let facts = scalar::analyze(text);
        let style = self.style(part, facts);
        let indent = self.increased(true, false);
        match style {
            Style::Literal | Style::Folded => {
                let comment = std::mem::take(&mut self.waiting.line);
                if style == Style::Literal {
                    self.writer.commented_literal(text, comment, indent);
                } else {
                    self.writer.commented_folded(text, comment, indent);
                }
            }
            _ => {
                let folds = !self.is_simple_key;
                self.writer.scalar(Scalar { text, style, indent, folds, is_narrow: facts.is_narrow() });
            }
        }
    }

    /// Go: `yaml_emitter_select_scalar_style`.
    fn style(&self, part: &Part, facts: Analysis) -> Style {
        let text = part.value.as_str();
        let in_flow = self.flow_level > 0;
        let mut style = wanted_style(part);
        if self.is_simple_key && facts.is_multiline() {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain {
            let allowed = if in_flow { facts.allows_flow_plain(text) } else { facts.allows_plain() };
            if !allowed || (text.is_empty() && self.is_simple_key) {
                style = Style::SingleQuoted;
            }
        }
        match style {
            Style::SingleQuoted if !facts.allows_quotes() => Style::DoubleQuoted,
            Style::Literal | Style::Folded => {
                let allowed = facts.allows_block(Flavour::V3) && !text.is_empty();
                if allowed && !in_flow && !self.is_simple_key { style } else { Style::DoubleQuoted }
            }
            _ => style,
        }
    }
}

/// The style that a scalar asks for. Go: encode.go `node`.
fn wanted_style(part: &Part) -> Style {
    let is_plain = part.looks.style == Style::Plain;
    if is_plain && part.value.contains('\n') {
        return Style::Literal;
    }
    // A string that would be read as something else.
    let needs_quotes = part.tag == "!!str" && !part.looks.is_tagged && plain_tag(&part.value) != "!!str";
    if is_plain && needs_quotes { Style::DoubleQuoted } else { part.looks.style }
}
