//! A document as a tree of nodes with places: anchors, tags and styles are still there.
//!
//! Diagnostics read it, and so does [`crate::decode`] for documents that need more than the direct
//! way. Nodes live in one vector; children are numbers of nodes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::event::{Event, EventKind, Properties};
use crate::parser::Parser;
use crate::reader::{self, Source};
use crate::{Error, Style};

/// The number of a node in its [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Debug)]
pub enum NodeKind {
    /// A scalar: its text without quotes, and how it is written.
    Scalar {
        /// The text.
        text: Arc<str>,
        /// The style.
        style: Style,
    },
    /// A sequence.
    Sequence(Vec<NodeId>),
    /// A mapping: keys and values in order, merge keys and duplicates included.
    Mapping(Vec<(NodeId, NodeId)>),
    /// An alias.
    Alias {
        /// The name of the anchor.
        name: Arc<str>,
        /// The node it stands for.
        target: NodeId,
    },
}

/// A node and its place.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The full tag, empty when there is none.
    pub tag: Arc<str>,
    /// The byte offsets in the text.
    pub span: Range<usize>,
    /// The line it starts at, from 0.
    pub line: usize,
}

/// The first document of a stream.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

impl Document {
    /// The top node; nothing for an empty stream.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The node that an alias stands for, or the node itself.
    pub fn resolve(&self, id: NodeId) -> &Node {
        match self.node(id) {
            Node { kind: NodeKind::Alias { target, .. }, .. } => self.node(*target),
            node => node,
        }
    }

    /// The value of a key that is a scalar, in a mapping; the last one where it stands twice.
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        let NodeKind::Mapping(entries) = &self.resolve(mapping).kind else { return None };
        self.pair(entries, key).map(|(_, value)| value)
    }

    /// The key and the value that a step leads to: a key as for [`Self::get`], or the number of an item, which is both.
    pub fn entry(&self, node: NodeId, step: &str) -> Option<(NodeId, NodeId)> {
        match &self.resolve(node).kind {
            NodeKind::Mapping(entries) => self.pair(entries, step),
            NodeKind::Sequence(items) => items.get(step.parse::<usize>().ok()?).map(|item| (*item, *item)),
            _ => None,
        }
    }

    fn pair(&self, entries: &[(NodeId, NodeId)], key: &str) -> Option<(NodeId, NodeId)> {
        let is_key = |id: NodeId| matches!(&self.resolve(id).kind, NodeKind::Scalar { text, .. } if **text == *key);
        entries.iter().rev().find(|(id, _)| is_key(*id)).copied()
    }
}

/// Parses the first document of a stream.
///
/// # Errors
/// What go-yaml says of the syntax, and unknown anchors.
pub fn parse(text: &[u8]) -> Result<Document, Error> {
    compose(&reader::read(text))
}

/// An open collection; a mapping holds the key that waits for its value.
struct Frame {
    id: NodeId,
    key: Option<NodeId>,
}

#[derive(Default)]
struct Composer {
    document: Document,
    frames: Vec<Frame>,
    anchors: BTreeMap<String, NodeId>,
    offset: usize,
}

/// Builds the nodes of the first document.
pub(crate) fn compose(source: &Source<'_>) -> Result<Document, Error> {
    let mut parser = Parser::new(source);
    let mut composer = Composer { offset: source.offset, ..Composer::default() };
    if let EventKind::StreamEnd = parser.next()?.kind {
        return Ok(composer.document);
    }
    loop {
        composer.event(parser.next()?)?;
        if composer.frames.is_empty() {
            // Go: the end of the document is part of the parse.
            parser.next()?;
            return Ok(composer.document);
        }
    }
}

impl Composer {
    fn event(&mut self, event: Event<'_>) -> Result<(), Error> {
        let span = event.start.at + self.offset..event.end.at + self.offset;
        let line = event.start.line;
        match event.kind {
            EventKind::Scalar { value, style, properties } => {
                let kind = NodeKind::Scalar { text: Arc::from(value), style };
                self.add(kind, properties, span, line);
            }
            EventKind::Alias(name) => {
                let Some(&target) = self.anchors.get(name) else {
                    return Err(Error::new(format!("yaml: unknown anchor '{name}' referenced")).at(0, span));
                };
                self.add(NodeKind::Alias { name: Arc::from(name), target }, None, span, line);
            }
            EventKind::SequenceStart { properties } => {
                let id = self.add(NodeKind::Sequence(Vec::new()), properties, span, line);
                self.frames.push(Frame { id, key: None });
            }
            EventKind::MappingStart { properties } => {
                let id = self.add(NodeKind::Mapping(Vec::new()), properties, span, line);
                self.frames.push(Frame { id, key: None });
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                if let Some(frame) = self.frames.pop() {
                    self.document.nodes[frame.id.0 as usize].span.end = span.end;
                }
            }
            EventKind::StreamEnd | EventKind::DocumentStart | EventKind::DocumentEnd => {}
        }
        Ok(())
    }

    /// Adds a node, its anchor, and its place in the open collection.
    fn add(
        &mut self,
        kind: NodeKind,
        properties: Option<Box<Properties<'_>>>,
        span: Range<usize>,
        line: usize,
    ) -> NodeId {
        let id = NodeId(u32::try_from(self.document.nodes.len()).unwrap_or(u32::MAX));
        let Properties { anchor, tag } = properties.map(|properties| *properties).unwrap_or_default();
        self.document.nodes.push(Node { kind, tag: Arc::from(tag), span, line });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.to_owned(), id);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.document.root = Some(id);
            return id;
        };
        match &mut self.document.nodes[frame.id.0 as usize].kind {
            NodeKind::Sequence(items) => items.push(id),
            NodeKind::Mapping(entries) => match frame.key.take() {
                Some(key) => entries.push((key, id)),
                None => frame.key = Some(id),
            },
            _ => {}
        }
        id
    }
}
