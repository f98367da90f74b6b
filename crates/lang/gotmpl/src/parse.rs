//! Builds the arena of a text from its tokens. Go: parse/parse.go.
//!
//! Follows Go's recursive descent with its three tokens of look-ahead, because error texts and
//! lines depend on them. Resolves on the way: variables to slots of their frame, functions to
//! references, constants to values. Stops at the first error, as Go does.

mod control;
mod number;
mod pipeline;
mod scope;

use std::sync::Arc;

use corten_gostd::strconv;

use crate::functions::Functions;
use crate::lex::{Lexer, Token, TokenKind};
use crate::names::Names;
use crate::tree::{Body, Callee, Definition, Kind, NONE, NodeId, Number, Packed, Source, Span};
use crate::{Error, Text};
use scope::Scope;

/// Go: `maxStackDepth`, of parenthesized expressions.
const MAX_DEPTH: u32 = 10_000;

/// What a text defines: the template named like the text, and those of `define` and `block`.
pub(crate) struct Parsed {
    name: Text,
    body: Arc<Body>,
    drafts: Vec<(Text, Draft)>,
    /// Whether no definition inside has the name of the text.
    has_own_name: bool,
}

impl Parsed {
    /// Gives the source its place among all of a set.
    pub(crate) fn place(self, first_site: u32) -> (Arc<Source>, impl Iterator<Item = Arc<Definition>>) {
        let source = Arc::new(Source { name: self.name, first_site, body: self.body });
        let shared = Arc::clone(&source);
        let define = move |(name, draft)| {
            let Draft { root, slots, is_blank } = draft;
            Arc::new(Definition { name, source: Arc::clone(&shared), root, slots, is_blank })
        };
        (source, self.drafts.into_iter().map(define))
    }

    /// What a text of the same bytes is parsed to under another name; `None` when a definition inside
    /// has one of the two names, which makes a difference.
    pub(crate) fn renamed(&self, name: &str) -> Option<Self> {
        let mut drafts = self.drafts.clone();
        let ((root, _), defined) = drafts.split_last_mut()?;
        if !self.has_own_name || defined.iter().any(|(defined, _)| defined.as_bytes() == name.as_bytes()) {
            return None;
        }
        let name = Text::from(name);
        *root = name.clone();
        Some(Self { name, body: Arc::clone(&self.body), drafts, has_own_name: true })
    }
}

/// Room for the parts of a source while it is parsed, used again for the next one: a source that is
/// done holds copies without spare room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    nodes: Vec<Packed>,
    links: Vec<u32>,
    names: Vec<Span>,
    callees: Vec<Callee>,
    numbers: Vec<Number>,
    constants: Vec<Text>,
    stack: Vec<NodeId>,
}

impl Room {
    /// Takes the parts of a source that nobody needs any more.
    pub(crate) fn take_back(&mut self, body: Body) {
        let Body { text: _, mut nodes, mut links, mut names, mut callees, mut numbers, mut constants } = body;
        nodes.clear();
        links.clear();
        names.clear();
        callees.clear();
        numbers.clear();
        constants.clear();
        *self = Self { nodes, links, names, callees, numbers, constants, stack: std::mem::take(&mut self.stack) };
    }
}

/// Parses a text. Go: `parse.Parse`.
pub(crate) fn parse(functions: &Functions, file: (&Text, &Arc<[u8]>), room: &mut Room) -> Result<Parsed, Error> {
    let Draught { body: mut source, drafts, has_own_name } = draw(functions, file, room)?;
    let body = Body {
        text: Arc::clone(&source.text),
        nodes: source.nodes.clone(),
        links: source.links.clone(),
        names: source.names.clone(),
        callees: source.callees.clone(),
        numbers: source.numbers.drain(..).collect(),
        constants: source.constants.drain(..).collect(),
    };
    room.take_back(source);
    Ok(Parsed { name: file.0.clone(), body: Arc::new(body), drafts, has_own_name })
}

/// The same for what is soon given back to the room ([`Room::take_back`]): nothing is copied.
pub(crate) fn parse_briefly(
    functions: &Functions,
    file: (&Text, &Arc<[u8]>),
    room: &mut Room,
) -> Result<Parsed, Error> {
    let Draught { body, drafts, has_own_name } = draw(functions, file, room)?;
    Ok(Parsed { name: file.0.clone(), body: Arc::new(body), drafts, has_own_name })
}

/// A parsed text in the vectors of the room.
struct Draught {
    body: Body,
    drafts: Vec<(Text, Draft)>,
    has_own_name: bool,
}

fn draw(functions: &Functions, (name, text): (&Text, &Arc<[u8]>), room: &mut Room) -> Result<Draught, Error> {
    if u32::try_from(text.len()).is_err() {
        return Err(Error::new(format!("template: {}:1: text of more than 4 GiB", name.to_str_lossy())));
    }
    let lexer = Lexer::new(text, functions.has_break, functions.has_continue);
    let Room { nodes, links, names, callees, numbers, constants, mut stack } = std::mem::take(room);
    stack.clear();
    let source = Body { text: Arc::clone(text), nodes, links, names, callees, numbers, constants };
    let tree = Tree::new(name.clone());
    let mut parser = Parser { functions, lexer, name, source, tree, drafts: Names::default(), stack };
    let has_own_name = parser.parse_text()?;
    let Parser { source: body, drafts, stack, .. } = parser;
    room.stack = stack;
    Ok(Draught { body, drafts: drafts.into_entries(), has_own_name })
}

struct Parser<'a> {
    functions: &'a Functions,
    lexer: Lexer<'a>,
    /// Go: `Tree.ParseName`, which errors name.
    name: &'a Text,
    source: Body,
    tree: Tree,
    drafts: Names<Text, Draft>,
    /// The nodes of the lists, pipelines and commands that are not finished, innermost last.
    stack: Vec<NodeId>,
}

/// A definition whose source is not finished.
#[derive(Clone)]
struct Draft {
    root: NodeId,
    slots: u32,
    is_blank: bool,
}

/// The state of one template while it is parsed. Go: the parsing fields of `Tree`.
struct Tree {
    name: Text,
    /// The look-ahead; the first is the token read last, whose line errors show.
    tokens: [Token; 3],
    peeked: usize,
    /// Line of the delimiter that started the action, 0 outside.
    action_line: u32,
    range_depth: u32,
    depth: u32,
    scope: Scope,
}

impl Tree {
    fn new(name: Text) -> Self {
        let token = Token { kind: TokenKind::Eof, span: Span { start: 0, end: 0 }, line: 0 };
        Self { name, tokens: [token; 3], peeked: 0, action_line: 0, range_depth: 0, depth: 0, scope: Scope::new() }
    }
}

/// What ends a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Else,
    End,
}

impl Ending {
    fn text(self) -> &'static str {
        match self {
            Self::Else => "{{else}}",
            Self::End => "{{end}}",
        }
    }
}

/// A node of a list, or what ends the list.
enum Step {
    Node(NodeId),
    Ending(Ending),
}

impl Parser<'_> {
    /// Like [`Self::parse_list`], but to the end of the text and with `define`; tells whether no
    /// definition has the name of the text.
    fn parse_text(&mut self) -> Result<bool, Error> {
        let position = self.peek().span.start;
        let start = self.stack.len();
        while self.peek().kind != TokenKind::Eof {
            if self.peek().kind == TokenKind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_non_space().kind == TokenKind::Define {
                    self.parse_definition()?;
                    continue;
                }
                self.back_two(delimiter);
            }
            match self.parse_step()? {
                Step::Node(node) => self.stack.push(node),
                Step::Ending(ending) => return Err(self.fail(format!("unexpected {}", ending.text()))),
            }
        }
        let root = self.list(position, start);
        let has_own_name = self.drafts.get(self.name.as_bytes()).is_none();
        self.define(root)?;
        Ok(has_own_name)
    }

    fn parse_definition(&mut self) -> Result<(), Error> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.tree, Tree::new(Text::from("definition")));
        let token = self.next_non_space();
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(self.unexpected(token, CONTEXT));
        }
        self.tree.name = self.unquote(token)?;
        self.expect(TokenKind::RightDelimiter, CONTEXT)?;
        let (root, ending) = self.parse_list()?;
        if ending != Ending::End {
            return Err(self.fail(format!("unexpected {} in {CONTEXT}", ending.text())));
        }
        self.define(root)?;
        self.tree = outer;
        Ok(())
    }

    /// Go: `Tree.add`: a blank template does not replace another of the same text.
    fn define(&mut self, root: NodeId) -> Result<(), Error> {
        let is_blank = self.is_blank(root);
        match self.drafts.get(self.tree.name.as_bytes()) {
            Some(draft) if !draft.is_blank && !is_blank => {
                let mut message = b"template: multiple definition of template ".to_vec();
                strconv::append_quote(&mut message, self.tree.name.as_bytes());
                Err(self.fail(message))
            }
            Some(draft) if !draft.is_blank => Ok(()),
            _ => {
                let draft = Draft { root, slots: self.tree.scope.slots(), is_blank };
                self.drafts.insert(self.tree.name.clone(), draft);
                Ok(())
            }
        }
    }

    /// Go: `IsEmptyTree`. Comments make no nodes.
    fn is_blank(&self, node: NodeId) -> bool {
        match self.source.node(node).kind {
            Kind::List(nodes) => self.source.links(nodes).iter().all(|&node| self.is_blank(node)),
            Kind::Text(span) => corten_gostd::text::trim_space(self.source.bytes(span)).is_empty(),
            _ => false,
        }
    }

    fn parse_list(&mut self) -> Result<(NodeId, Ending), Error> {
        let position = self.peek_non_space().span.start;
        let start = self.stack.len();
        while self.peek_non_space().kind != TokenKind::Eof {
            match self.parse_step()? {
                Step::Node(node) => self.stack.push(node),
                Step::Ending(ending) => return Ok((self.list(position, start), ending)),
            }
        }
        Err(self.fail("unexpected EOF"))
    }

    /// Text or an action. Go: `textOrAction`.
    fn parse_step(&mut self) -> Result<Step, Error> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(Step::Node(self.add(token.span.start, Kind::Text(token.span)))),
            TokenKind::LeftDelimiter => {
                self.tree.action_line = token.line;
                let step = stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.parse_action())?;
                self.tree.action_line = 0;
                Ok(step)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }

    // Tokens. Go keeps up to three of them to step back.

    fn next(&mut self) -> Token {
        if self.tree.peeked > 0 {
            self.tree.peeked -= 1;
        } else {
            self.tree.tokens[0] = self.lexer.next_token();
        }
        self.tree.tokens[self.tree.peeked]
    }

    fn back(&mut self) {
        self.tree.peeked += 1;
    }

    /// Steps back to `before`, a token ahead of the one read last.
    fn back_two(&mut self, before: Token) {
        self.tree.tokens[1] = before;
        self.tree.peeked = 2;
    }

    fn back_three(&mut self, first: Token, second: Token) {
        self.tree.tokens[1] = second;
        self.tree.tokens[2] = first;
        self.tree.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        if self.tree.peeked == 0 {
            self.tree.peeked = 1;
            self.tree.tokens[0] = self.lexer.next_token();
        }
        self.tree.tokens[self.tree.peeked - 1]
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back();
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Result<Token, Error> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    // Errors.

    fn fail(&self, message: impl AsRef<[u8]>) -> Error {
        let mut text = b"template: ".to_vec();
        text.extend_from_slice(self.name.as_bytes());
        text.extend_from_slice(format!(":{}: ", self.tree.tokens[0].line).as_bytes());
        text.extend_from_slice(message.as_ref());
        Error::new(text)
    }

    fn unexpected(&self, token: Token, context: &str) -> Error {
        let mut message = Vec::new();
        if token.kind == TokenKind::Error {
            message.extend_from_slice(self.lexer.value(token));
            let line = self.tree.action_line;
            if line != 0 && line != token.line {
                // Go avoids "unclosed action in action".
                let is_action = message.ends_with(b" action");
                message.extend_from_slice(if is_action { b" started at " } else { b" in action started at " });
                message.extend_from_slice(self.name.as_bytes());
                message.extend_from_slice(format!(":{line}").as_bytes());
            }
            return self.fail(message);
        }
        message.extend_from_slice(b"unexpected ");
        self.show(token, &mut message);
        message.extend_from_slice(b" in ");
        message.extend_from_slice(context.as_bytes());
        self.fail(message)
    }

    /// Go: `item.String`.
    fn show(&self, token: Token, out: &mut Vec<u8>) {
        let value = self.lexer.value(token);
        if token.kind == TokenKind::Eof {
            out.extend_from_slice(value);
        } else if token.kind.is_keyword() {
            out.push(b'<');
            out.extend_from_slice(value);
            out.push(b'>');
        } else if value.len() > 10 {
            let shown: usize = corten_gostd::text::runes(value).take(10).map(|(_, width)| width).sum();
            strconv::append_quote(out, &value[..shown]);
            out.extend_from_slice(b"...");
        } else {
            strconv::append_quote(out, value);
        }
    }

    // Nodes.

    fn add(&mut self, position: u32, kind: Kind) -> NodeId {
        let id = index(self.source.nodes.len());
        self.source.push(position, kind);
        id
    }

    /// A list of the nodes that the stack holds above `start`.
    fn list(&mut self, position: u32, start: usize) -> NodeId {
        let nodes = self.link(start);
        self.add(position, Kind::List(nodes))
    }

    /// Takes the nodes above `start` from the stack.
    fn link(&mut self, start: usize) -> Span {
        let first = index(self.source.links.len());
        self.source.links.extend_from_slice(&self.stack[start..]);
        self.stack.truncate(start);
        Span { start: first, end: index(self.source.links.len()) }
    }

    /// A constant text for a quoted token.
    fn unquote(&self, token: Token) -> Result<Text, Error> {
        let literal = self.lexer.value(token);
        let plain = match literal {
            [b'"', plain @ .., b'"'] if memchr::memchr(b'\\', plain).is_none() => Some(plain),
            // The lexer ends at the first backquote.
            [b'`', plain @ .., b'`'] if memchr::memchr(b'\r', plain).is_none() => Some(plain),
            _ => None,
        };
        if let Some(Ok(plain)) = plain.map(str::from_utf8) {
            return Ok(Text::from(plain));
        }
        match strconv::unquote(literal) {
            Some(text) => Ok(Text::from(text)),
            None => Err(self.fail("invalid syntax")),
        }
    }

    fn constant(&mut self, text: Text) -> u32 {
        self.source.constants.push(text);
        index(self.source.constants.len() - 1)
    }
}

/// A text of less than 4 GiB has fewer nodes than ids.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE - 1)
}
