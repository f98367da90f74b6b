//! Events straight to values: the way of ordinary documents.
//!
//! Anchors, aliases, tags, merge keys, odd keys and everything that could fail in go-yaml's decoder
//! end the attempt; the caller then builds nodes instead (see [`crate::decode`]). Errors of the
//! parser are final, because go-yaml parses a whole document before it decodes anything.

use std::borrow::Cow;
use std::sync::Arc;

use corten_gostd::strconv;
use corten_value::{Map, Value, number};

use crate::event::{Event, EventKind};
use crate::intern::Interner;
use crate::lines::{self, Sink};
use crate::parser::Parser;
use crate::reader::Source;
use crate::resolve::{Scalar, resolve_plain};
use crate::token::Style;
use crate::{Error, Flavour, Mode, Target};

/// Go: `maxNestingDepth` of encoding/json.
pub(crate) const MAX_JSON_DEPTH: usize = 10_000;

/// Longer strings are not worth looking up.
const MAX_SHARED: usize = 24;

/// What came of an attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The value, with numbers and booleans turned into text where the target is a string.
    Value(Value),
    /// Something that only the long way gets right.
    Unusual,
}

/// An open collection.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a small state machine")]
struct Frame {
    is_map: bool,
    /// Where its children begin in `items` or `entries`.
    start: usize,
    /// Whether the next child belongs to a key.
    has_key: bool,
    key: Option<Arc<str>>,
    /// The type of the collection.
    target: Option<&'static Target>,
    /// The type of the next child.
    child: Option<&'static Target>,
    /// Nothing in it is wanted: it is only checked.
    is_skipped: bool,
    /// The same of the next child.
    skips_child: bool,
}

pub(crate) struct Builder {
    mode: Mode,
    /// The type of the document.
    root: Option<&'static Target>,
    frames: Vec<Frame>,
    items: Vec<Value>,
    entries: Vec<(Arc<str>, Value)>,
    keys: Interner,
    strings: Interner,
}

/// Decodes the first document.
pub(crate) fn decode(source: &Source<'_>, target: Option<&'static Target>, mode: Mode) -> Result<Attempt, Error> {
    match decode_lines(source, target, mode) {
        Some(value) => Ok(Attempt::Value(value)),
        None => decode_events(source, target, mode),
    }
}

/// Decodes a document that is ordinary throughout, see [`crate::lines`].
pub(crate) fn decode_lines(source: &Source<'_>, target: Option<&'static Target>, mode: Mode) -> Option<Value> {
    if source.fault.is_some() {
        return None;
    }
    lines::read(&source.text, &mut Builder::new(source.text.len(), mode, target))
}

/// Decodes the events of go-yaml's parser.
pub(crate) fn decode_events(
    source: &Source<'_>,
    target: Option<&'static Target>,
    mode: Mode,
) -> Result<Attempt, Error> {
    let mut parser = Parser::new(source);
    if let EventKind::StreamEnd = parser.next()?.kind {
        return Ok(Attempt::Value(Value::Null));
    }
    let mut builder = Builder::new(source.text.len(), mode, target);
    loop {
        match builder.event(parser.next()?) {
            Step::More => {}
            Step::Unusual => return Ok(Attempt::Unusual),
            Step::Root(value) => {
                // Go: the end of the document is part of the parse.
                parser.next()?;
                return Ok(Attempt::Value(value));
            }
        }
    }
}

/// Where an event leads.
pub(crate) enum Step {
    More,
    Unusual,
    Root(Value),
}

impl Builder {
    /// A builder for a text of so many bytes.
    fn new(length: usize, mode: Mode, root: Option<&'static Target>) -> Self {
        Self {
            mode,
            root,
            frames: Vec::with_capacity(16),
            items: Vec::new(),
            entries: Vec::new(),
            keys: Interner::for_text(length),
            strings: Interner::for_text(length),
        }
    }

    fn event(&mut self, event: Event<'_>) -> Step {
        match event.kind {
            EventKind::Scalar { value, style, properties: None } => {
                let Some(frame) = self.frames.last() else {
                    return self.scalar(value, style, self.root).map_or(Step::Unusual, Step::Root);
                };
                if frame.is_map && !frame.has_key { self.key(&value, style) } else { self.value(value, style) }
            }
            EventKind::SequenceStart { properties: None } => self.open(false),
            EventKind::MappingStart { properties: None } => self.open(true),
            EventKind::SequenceEnd | EventKind::MappingEnd => self.close(),
            _ => Step::Unusual,
        }
    }

    #[inline]
    fn add(&mut self, value: Value) -> Step {
        match self.frames.last_mut() {
            None => return Step::Root(value),
            Some(frame) if !frame.is_map => self.items.push(value),
            Some(frame) => {
                frame.has_key = false;
                match frame.key.take() {
                    Some(key) => self.entries.push((key, value)),
                    None => return Step::Unusual,
                }
            }
        }
        Step::More
    }

    #[inline]
    fn scalar(&mut self, text: Cow<'_, str>, style: Style, target: Option<&'static Target>) -> Option<Value> {
        if style != Style::Plain {
            return Some(self.string(text));
        }
        let scalar = resolve_plain(&text, Flavour::V2);
        if matches!(scalar, Scalar::String | Scalar::Timestamp) {
            return Some(self.string(text));
        }
        scalar_value(scalar, target)
    }

    #[inline]
    fn string(&mut self, text: Cow<'_, str>) -> Value {
        if text.len() <= MAX_SHARED {
            return Value::String(self.strings.share(&text));
        }
        Value::String(Arc::from(text))
    }
}

impl Sink for Builder {
    fn skips_child(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.skips_child)
    }

    #[inline]
    fn value(&mut self, text: Cow<'_, str>, style: Style) -> Step {
        let Some(frame) = self.frames.last_mut() else { return Step::Unusual };
        if frame.skips_child {
            frame.has_key = false;
            let is_fine = style != Style::Plain || is_json_scalar(&text);
            return if is_fine { Step::More } else { Step::Unusual };
        }
        let target = frame.child;
        match self.scalar(text, style, target) {
            Some(value) => self.add(value),
            None => Step::Unusual,
        }
    }

    fn key(&mut self, text: &str, style: Style) -> Step {
        let (Some(text), Some(frame)) = (key_text(text, style), self.frames.last_mut()) else {
            return Step::Unusual;
        };
        frame.has_key = true;
        if frame.is_skipped {
            return Step::More;
        }
        frame.child = frame.target.and_then(|target| target.entry(&text));
        // Go: encoding/json passes over fields that a struct does not have.
        let is_unknown = frame.child.is_none() && frame.target.is_some_and(Target::is_struct);
        frame.skips_child = is_unknown && self.mode == Mode::Lenient;
        if !frame.skips_child {
            frame.key = Some(self.keys.share(&text));
        }
        Step::More
    }

    fn open(&mut self, is_map: bool) -> Step {
        let target = match self.frames.last() {
            Some(frame) if frame.is_map && !frame.has_key => return Step::Unusual,
            Some(_) if self.frames.len() >= MAX_JSON_DEPTH => return Step::Unusual,
            Some(frame) => frame.child,
            None => self.root,
        };
        let start = if is_map { self.entries.len() } else { self.items.len() };
        let child = if is_map { None } else { target.and_then(Target::element) };
        let is_skipped = self.frames.last().is_some_and(|frame| frame.skips_child);
        self.frames.push(Frame {
            is_map,
            start,
            has_key: false,
            key: None,
            target,
            child,
            is_skipped,
            skips_child: is_skipped,
        });
        Step::More
    }

    fn close(&mut self) -> Step {
        let Some(frame) = self.frames.pop() else {
            return Step::Unusual;
        };
        if frame.is_skipped {
            if let Some(parent) = self.frames.last_mut() {
                parent.has_key = false;
            }
            return Step::More;
        }
        if !frame.is_map {
            let items: Vec<Value> = self.items.drain(frame.start..).collect();
            return self.add(Value::List(Arc::new(items)));
        }
        let count = self.entries.len() - frame.start;
        let map: Map = self.entries.drain(frame.start..).collect();
        if self.mode == Mode::Strict && map.len() != count {
            return Step::Unusual;
        }
        self.add(Value::Map(Arc::new(map)))
    }
}

/// Whether JSON can say a plain scalar: all but infinities and what is no number.
#[inline]
pub(crate) fn is_json_scalar(text: &str) -> bool {
    // Go: only these can begin `.inf`, `-.inf` and `.nan`.
    !matches!(text.as_bytes().first(), Some(b'.' | b'-' | b'+' | b'0'..=b'9'))
        || !matches!(resolve_plain(text, Flavour::V2), Scalar::Float(float) if !float.is_finite())
}

/// A scalar other than a string. Go: the last part of `convertToJSONableObject`. `None` for what
/// JSON cannot say.
pub(crate) fn scalar_value(scalar: Scalar, target: Option<&'static Target>) -> Option<Value> {
    let target = target.and_then(Target::indirect);
    if let Some(Target::String) = target {
        return Some(match scalar {
            Scalar::Bool(truth) => Value::from(truth.to_string()),
            Scalar::Int(number) => Value::from(number.to_string()),
            Scalar::Uint(number) => Value::from(number.to_string()),
            Scalar::Float(number) => Value::from(strconv::format_float(number, b'g', None, 32)),
            _ => Value::Null,
        });
    }
    match scalar {
        Scalar::Bool(truth) => Some(Value::Bool(truth)),
        Scalar::Int(integer) if matches!(target, Some(Target::Int)) => Some(Value::Int(integer)),
        Scalar::Int(integer) => Some(Value::Float(number::int_to_float(integer))),
        Scalar::Uint(integer) => Some(Value::Float(number::uint_to_float(integer))),
        Scalar::Float(float) => float.is_finite().then_some(Value::Float(float)),
        _ => Some(Value::Null),
    }
}

/// The text of a key that is a scalar; `None` for a merge key and what cannot be a key in JSON.
#[inline]
pub(crate) fn key_text(text: &str, style: Style) -> Option<Cow<'_, str>> {
    if style != Style::Plain {
        return Some(Cow::Borrowed(text));
    }
    match resolve_plain(text, Flavour::V2) {
        Scalar::String if text == "<<" => None,
        Scalar::String | Scalar::Timestamp => Some(Cow::Borrowed(text)),
        Scalar::Bool(truth) => Some(Cow::Borrowed(if truth { "true" } else { "false" })),
        Scalar::Int(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Float(number) => Some(Cow::Owned(float_key(number))),
        _ => None,
    }
}

/// Go: the text of a float that is a key.
pub(crate) fn float_key(number: f64) -> String {
    let text = strconv::format_float(number, b'g', None, 32);
    match text.as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        _ => text,
    }
}
