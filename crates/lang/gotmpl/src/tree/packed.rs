//! Nodes as they are kept: sixteen bytes each. What does not fit stands in the links of the body.

use super::{Body, Keyword, Kind, Node, NodeId, Span};

/// A kept node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    position: u32,
    form: Form,
}

/// A [`Kind`] in twelve bytes. A number called `at` is the place in the links where the rest begins.
#[derive(Clone, Copy, Debug)]
enum Form {
    Text(Span),
    Action(NodeId),
    Break,
    Continue,
    /// The rest: pipe, body, otherwise.
    Branch {
        keyword: Keyword,
        at: u32,
    },
    List(Span),
    Template {
        name: u32,
        pipe: NodeId,
    },
    /// The commands and behind them the declared variables.
    Pipe {
        declared: u8,
        is_assign: bool,
        has_declarations: bool,
        all: Span,
    },
    Command(Span),
    Function(u32),
    Field(Span),
    /// The rest: slot, older, and the run of names.
    Variable {
        at: u32,
    },
    /// The rest: the term, and the run of names.
    Chain {
        at: u32,
    },
    Dot,
    Nil,
    Bool(bool),
    Number(u32),
    /// The literal begins where the node does.
    String {
        constant: u32,
        length: u32,
    },
}

impl Body {
    /// A node.
    #[inline]
    pub(crate) fn node(&self, id: NodeId) -> Node {
        let Packed { position, form } = self.nodes[id as usize];
        let rest = |at: u32, place: usize| self.links[at as usize + place];
        let names = |at: u32, place: usize| Span { start: rest(at, place), end: rest(at, place + 1) };
        let kind = match form {
            Form::Text(span) => Kind::Text(span),
            Form::Action(pipe) => Kind::Action(pipe),
            Form::Break => Kind::Break,
            Form::Continue => Kind::Continue,
            Form::Branch { keyword, at } => {
                Kind::Branch { keyword, pipe: rest(at, 0), body: rest(at, 1), otherwise: rest(at, 2) }
            }
            Form::List(nodes) => Kind::List(nodes),
            Form::Template { name, pipe } => Kind::Template { name, pipe },
            Form::Pipe { declared, is_assign, has_declarations, all } => {
                let middle = all.end - u32::from(declared);
                let commands = Span { start: all.start, end: middle };
                let declares = Span { start: middle, end: all.end };
                Kind::Pipe { declares, commands, is_assign, has_declarations }
            }
            Form::Command(operands) => Kind::Command(operands),
            Form::Function(callee) => Kind::Function(callee),
            Form::Field(names) => Kind::Field(names),
            Form::Variable { at } => Kind::Variable { slot: rest(at, 0), older: rest(at, 1), names: names(at, 2) },
            Form::Chain { at } => Kind::Chain { term: rest(at, 0), names: names(at, 1) },
            Form::Dot => Kind::Dot,
            Form::Nil => Kind::Nil,
            Form::Bool(value) => Kind::Bool(value),
            Form::Number(number) => Kind::Number(number),
            Form::String { constant, length } => {
                Kind::String { constant, literal: Span { start: position, end: position + length } }
            }
        };
        Node { position, kind }
    }

    /// Adds a node.
    pub(crate) fn push(&mut self, position: u32, kind: Kind) {
        let form = match kind {
            Kind::Text(span) => Form::Text(span),
            Kind::Action(pipe) => Form::Action(pipe),
            Kind::Break => Form::Break,
            Kind::Continue => Form::Continue,
            Kind::Branch { keyword, pipe, body, otherwise } => {
                Form::Branch { keyword, at: self.keep(&[pipe, body, otherwise]) }
            }
            Kind::List(nodes) => Form::List(nodes),
            Kind::Template { name, pipe } => Form::Template { name, pipe },
            Kind::Pipe { declares, commands, is_assign, has_declarations } => {
                // A pipeline declares two at most, in the links right behind its commands.
                let declared = u8::try_from(declares.len()).unwrap_or(u8::MAX);
                let all = Span { start: commands.start, end: declares.end };
                Form::Pipe { declared, is_assign, has_declarations, all }
            }
            Kind::Command(operands) => Form::Command(operands),
            Kind::Function(callee) => Form::Function(callee),
            Kind::Field(names) => Form::Field(names),
            Kind::Variable { slot, older, names } => {
                Form::Variable { at: self.keep(&[slot, older, names.start, names.end]) }
            }
            Kind::Chain { term, names } => Form::Chain { at: self.keep(&[term, names.start, names.end]) },
            Kind::Dot => Form::Dot,
            Kind::Nil => Form::Nil,
            Kind::Bool(value) => Form::Bool(value),
            Kind::Number(number) => Form::Number(number),
            Kind::String { constant, literal } => Form::String { constant, length: literal.end - literal.start },
        };
        self.nodes.push(Packed { position, form });
    }

    fn keep(&mut self, rest: &[u32]) -> u32 {
        // A text of less than 4 GiB has fewer links than that.
        let at = u32::try_from(self.links.len()).unwrap_or(u32::MAX);
        self.links.extend_from_slice(rest);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_two_words() {
        assert_eq!(size_of::<Packed>(), 16);
    }
}
