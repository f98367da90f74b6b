//! The resolved form of a parsed text: an arena of nodes with `u32` ids.
//!
//! One [`Source`] holds the nodes of everything a text defines; a [`Definition`] is one template of
//! it. Variables are slots of a frame, functions references, constants values; names and texts stay
//! spans of the source, so that a node can be printed again as Go's `Node.String()` does.

mod packed;
mod print;

pub(crate) use packed::Packed;
pub(crate) use print::node_string;

use std::ops::Deref;
use std::sync::Arc;

use crate::builtin::Builtin;
use crate::{Function, Text, Val};

/// The index of a node in its [`Source`].
pub(crate) type NodeId = u32;

/// Stands for no node and no slot.
pub(crate) const NONE: u32 = u32::MAX;

/// A run of bytes of the text, or of entries of a side table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// The same as a range of indexes.
    #[inline]
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// A node: where it stands (Go: `Position`) and what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) position: u32,
    pub(crate) kind: Kind,
}

/// Go: the node types of `text/template/parse`. Spans named `…s` are runs of a side table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Plain text: bytes of the source.
    Text(Span),
    /// A pipeline whose value is printed.
    Action(NodeId),
    Break,
    Continue,
    /// `if`, `with`, `range`; `otherwise` may be [`NONE`].
    Branch {
        keyword: Keyword,
        pipe: NodeId,
        body: NodeId,
        otherwise: NodeId,
    },
    /// Nodes one after the other: a run of `links`.
    List(Span),
    /// An invocation: the name is a constant, `pipe` may be [`NONE`].
    Template {
        name: u32,
        pipe: NodeId,
    },
    /// A pipeline: runs of `links` to its declared variables and its commands, which stand right before them.
    Pipe {
        declares: Span,
        commands: Span,
        is_assign: bool,
        has_declarations: bool,
    },
    /// A command: a run of `links` to the operands.
    Command(Span),
    /// A function: an index of `callees`.
    Function(u32),
    /// A chain of names below dot: a run of `names`.
    Field(Span),
    /// A variable and the chain of names below it; the first of `names` is the variable's own.
    /// `older` is the slot that holds when the declaration was skipped by `and` or `or`.
    Variable {
        slot: u32,
        older: u32,
        names: Span,
    },
    /// A chain of names below another term.
    Chain {
        term: NodeId,
        names: Span,
    },
    Dot,
    Nil,
    Bool(bool),
    /// An index of `numbers`.
    Number(u32),
    /// An index of `constants`; the span is the literal, which begins where the node does.
    String {
        constant: u32,
        literal: Span,
    },
}

/// The three control structures with a pipeline and a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    If,
    Range,
    With,
}

impl Keyword {
    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Range => "range",
            Self::With => "with",
        }
    }
}

/// A function that a template names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee {
    /// One of the table.
    Table(&'static Function),
    /// One of `text/template`.
    Builtin(&'static Builtin),
}

impl Callee {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table(function) => function.name,
            Self::Builtin(builtin) => builtin.name,
        }
    }
}

/// A number under all the types that can represent it. Go: `NumberNode`.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    /// The literal.
    pub(crate) literal: Span,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    /// The value where no type is asked for; none when it overflows `int`. Go: `idealConstant`.
    pub(crate) ideal: Option<Ideal>,
}

/// The value of a constant whose type is told by how it looks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
}

impl From<Ideal> for Val {
    fn from(ideal: Ideal) -> Self {
        match ideal {
            Ideal::Int(int) => Self::int(int),
            Ideal::Float(float) => Self::Float(float),
            Ideal::Complex(real, imaginary) => Self::Complex(real, imaginary),
        }
    }
}

/// A parsed text under the name of its file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Go: `Tree.ParseName`, which errors name.
    pub(crate) name: Text,
    /// The number of the first node among the nodes of all sources of a set, which gives it one.
    pub(crate) first_site: u32,
    /// Shared by files of the same text.
    pub(crate) body: Arc<Body>,
}

impl Deref for Source {
    type Target = Body;

    #[inline]
    fn deref(&self) -> &Body {
        &self.body
    }
}

/// What a text is parsed to, whatever its name.
#[derive(Debug)]
pub(crate) struct Body {
    /// Shared with the file it came from.
    pub(crate) text: Arc<[u8]>,
    pub(crate) nodes: Vec<Packed>,
    /// Nodes, and what does not fit into them.
    pub(crate) links: Vec<u32>,
    pub(crate) names: Vec<Span>,
    pub(crate) callees: Vec<Callee>,
    pub(crate) numbers: Vec<Number>,
    pub(crate) constants: Vec<Text>,
}

impl Definition {
    /// What its text was parsed to, when nobody else has any of it.
    pub(crate) fn into_body(self: Arc<Self>) -> Option<Body> {
        let source = Arc::into_inner(Arc::into_inner(self)?.source)?;
        Arc::into_inner(source.body)
    }
}

impl Body {
    #[inline]
    pub(crate) fn links(&self, span: Span) -> &[NodeId] {
        &self.links[span.range()]
    }

    #[inline]
    pub(crate) fn names(&self, span: Span) -> &[Span] {
        &self.names[span.range()]
    }

    #[inline]
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        &self.text[span.range()]
    }

    /// A name of a field, variable or function: those are UTF-8.
    pub(crate) fn name(&self, span: Span) -> &str {
        str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The place in the text of a byte that a node wrote: plain text is written as it stands.
    pub(crate) fn offset_of(&self, id: NodeId, into: u32) -> Option<u32> {
        if id as usize >= self.nodes.len() {
            return None;
        }
        let node = self.node(id);
        match node.kind {
            Kind::Text(span) => Some(span.start.saturating_add(into).min(span.end)),
            _ => Some(node.position),
        }
    }

    /// Line from 1 and column in bytes from 0 of a position. Go: `ErrorContext`.
    pub(crate) fn line_column(&self, position: u32) -> (usize, usize) {
        let before = &self.text[..position as usize];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let newlines = memchr::memchr_iter(b'\n', before).count();
        (newlines + 1, before.len() - line_start)
    }
}

/// A template.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: Text,
    pub(crate) source: Arc<Source>,
    pub(crate) root: NodeId,
    /// The variables of its frame, `$` included.
    pub(crate) slots: u32,
    /// Go: `IsEmptyTree`: only space and comments.
    pub(crate) is_blank: bool,
}
