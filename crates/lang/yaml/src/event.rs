//! Events: what the parser hands to whoever builds values or nodes.

use std::borrow::Cow;

use crate::token::{Mark, Style};

/// The anchor and tag of a node.
#[derive(Debug, Default)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<&'a str>,
    /// The full tag (`tag:yaml.org,2002:str`), empty when there is none.
    pub(crate) tag: Cow<'a, str>,
}

/// The kind of an event.
#[derive(Debug)]
pub(crate) enum EventKind<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a str),
    Scalar { value: Cow<'a, str>, style: Style, properties: Option<Box<Properties<'a>>> },
    SequenceStart { properties: Option<Box<Properties<'a>>> },
    SequenceEnd,
    MappingStart { properties: Option<Box<Properties<'a>>> },
    MappingEnd,
}

/// An event and its place.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) kind: EventKind<'a>,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}
