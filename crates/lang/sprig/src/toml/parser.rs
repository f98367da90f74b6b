//! Reads TOML. Go: parse.go.
//!
//! Tables are handles that several places share while the text is read; what a key already is
//! decides whether it may be set again, by Go's rules with their gaps.

mod escape;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use corten_gostd::strconv;
use corten_gostd::time::Zone;
use corten_gotmpl::{Map, Val};

use super::lexer::{Item, Kind, LexError, Lexer};
use super::{key_text, number};
use tree::{Node, Table};

/// Why a text cannot be read.
pub(super) enum Fault {
    /// Go: `ParseError`, as its text.
    Syntax(String),
    /// A panic of the parser.
    Bug(String),
}

impl Fault {
    pub(super) fn bug(text: &str) -> Self {
        Self::Bug(format!("BUG: {text}\n\n"))
    }
}

/// A key in its parts.
type Key = Vec<Vec<u8>>;

/// Nesting that no real document has.
const MAX_DEPTH: usize = 10_000;

struct Parser<'t, 'z> {
    lexer: Lexer<'t>,
    /// The table in scope.
    context: Key,
    current_key: Vec<u8>,
    /// The line of the key read last.
    line: i64,
    /// Whether a key is an array, by its text.
    arrays: BTreeMap<Vec<u8>, bool>,
    root: Table,
    /// Keys that only exist because longer keys do.
    implicits: BTreeSet<Vec<u8>>,
    local: &'z Zone,
    now: i64,
    depth: usize,
}

/// The table of a document. Go: `toml.Unmarshal` into a map.
pub(super) fn parse(text: &[u8], local: &Zone, now: i64) -> Result<Map, Fault> {
    let text = match text {
        [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
        _ => text,
    };
    if text.iter().take(6).any(|byte| *byte == 0) {
        let message = "files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8";
        return Err(Fault::Syntax(format!("toml: line 1: {message}")));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        context: Key::new(),
        current_key: Vec::new(),
        line: 0,
        arrays: BTreeMap::new(),
        root: Table::default(),
        implicits: BTreeSet::new(),
        local,
        now,
        depth: 0,
    };
    loop {
        let item = parser.next()?;
        if item.kind == Kind::End {
            break;
        }
        parser.top_level(item)?;
    }
    Ok(parser.root.to_map())
}

fn text_of(key: &[Vec<u8>]) -> Vec<u8> {
    key_text(key.iter().map(Vec::as_slice))
}

fn shown(key: &[Vec<u8>]) -> String {
    String::from_utf8_lossy(&text_of(key)).into_owned()
}

impl<'t> Parser<'t, '_> {
    /// Go: `ParseError.Error`, with the key in scope.
    fn fail(&self, line: i64, message: &str) -> Fault {
        let last = self.last_key();
        if last.is_empty() {
            return Fault::Syntax(format!("toml: line {line}: {message}"));
        }
        Fault::Syntax(format!("toml: line {line} (last key {}): {message}", strconv::quote(&last)))
    }

    /// Go: `current`.
    fn last_key(&self) -> Vec<u8> {
        if self.current_key.is_empty() {
            return text_of(&self.context);
        }
        if self.context.is_empty() {
            return self.current_key.clone();
        }
        let mut out = text_of(&self.context);
        out.push(b'.');
        out.extend_from_slice(&self.current_key);
        out
    }

    fn next(&mut self) -> Result<Item<'t>, Fault> {
        self.lexer.item().map_err(|LexError { message, line }| self.fail(line, &message))
    }

    /// Reads the parts of a key up to its end; the first one sets the position for errors.
    fn key(&mut self, end: Kind) -> Result<Key, Fault> {
        let mut item = self.next()?;
        self.line = item.line;
        let mut key = Key::new();
        while item.kind != end && item.kind != Kind::End {
            key.push(self.key_part(item)?);
            item = self.next()?;
        }
        if item.kind != end || key.is_empty() {
            return Err(Fault::bug("a key does not end"));
        }
        Ok(key)
    }

    fn key_part(&mut self, item: Item<'t>) -> Result<Vec<u8>, Fault> {
        match item.kind {
            Kind::Text | Kind::String | Kind::RawString => Ok(item.text.to_vec()),
            Kind::EscapedString => escape::replace(item.text).map_err(|fault| self.escape_fault(item, fault)),
            _ => Err(Fault::bug("Unexpected key type")),
        }
    }

    fn escape_fault(&self, item: Item<'t>, fault: Result<String, String>) -> Fault {
        match fault {
            Ok(message) => self.fail(item.line, &message),
            Err(bug) => Fault::bug(&bug),
        }
    }

    fn top_level(&mut self, item: Item<'t>) -> Result<(), Fault> {
        match item.kind {
            Kind::CommentStart => self.next().map(|_| ()),
            Kind::TableStart => {
                let key = self.key(Kind::TableEnd)?;
                self.add_context(&key, false)?;
                self.set_array(b"", false);
                Ok(())
            }
            Kind::ArrayTableStart => {
                let key = self.key(Kind::ArrayTableEnd)?;
                self.add_context(&key, true)?;
                self.set_array(b"", false);
                Ok(())
            }
            _ => {
                let outer = self.context.clone();
                self.enter_key()?;
                let item = self.next()?;
                let (value, is_array) = self.value(item, false)?;
                let key = self.current_key.clone();
                self.set_value(&key, value)?;
                self.set_array(&key, is_array);
                self.context = outer;
                self.current_key.clear();
                Ok(())
            }
        }
    }

    /// Reads a key and enters the tables of its first parts.
    fn enter_key(&mut self) -> Result<Key, Fault> {
        let mut key = self.key(Kind::KeyEnd)?;
        self.current_key = key.pop().unwrap_or_default();
        for part in &key {
            let mut context = self.context.clone();
            context.push(part.clone());
            self.implicits.insert(text_of(&context));
            self.add_context(&context, false)?;
        }
        Ok(key)
    }

    /// A value, and whether it is an array.
    fn value(&mut self, item: Item<'t>, is_in_array: bool) -> Result<(Node, bool), Fault> {
        let text = item.text;
        let plain = |text: &[u8]| Ok((Node::Value(Val::str(text)), false));
        match item.kind {
            Kind::String | Kind::RawString => plain(text),
            Kind::EscapedString => {
                let text = escape::replace(text).map_err(|fault| self.escape_fault(item, fault))?;
                plain(&text)
            }
            Kind::MultilineString => {
                let text = escape::strip_newlines(escape::strip_first_newline(text));
                let text = escape::replace(&text).map_err(|fault| self.escape_fault(item, fault))?;
                plain(&text)
            }
            Kind::RawMultilineString => plain(escape::strip_first_newline(text)),
            Kind::Integer => match number::integer(text) {
                Ok(value) => Ok((Node::Value(value), false)),
                Err(Ok(message)) => Err(self.fail(item.line, &message)),
                Err(Err(bug)) => Err(bug),
            },
            Kind::Float => self.scalar(item, number::float(text)),
            Kind::Datetime => self.scalar(item, number::datetime(text, self.local, self.now)),
            Kind::Bool => Ok((Node::Value(Val::Bool(text == b"true")), false)),
            Kind::Array => self.nested(item, |parser| Ok((parser.array()?, true))),
            Kind::InlineTableStart => self.nested(item, |parser| Ok((parser.inline_table(is_in_array)?, false))),
            _ => Err(Fault::bug("Unexpected value type")),
        }
    }

    fn scalar(&self, item: Item<'t>, value: Result<Val, String>) -> Result<(Node, bool), Fault> {
        value.map(|value| (Node::Value(value), false)).map_err(|message| self.fail(item.line, &message))
    }

    fn nested<T>(&mut self, item: Item<'t>, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fail(item.line, "nesting too deep"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 << 10, 1 << 20, || read(self));
        self.depth -= 1;
        result
    }

    fn array(&mut self) -> Result<Node, Fault> {
        let key = self.current_key.clone();
        self.set_array(&key, true);
        let mut items = Vec::new();
        loop {
            let item = self.next()?;
            match item.kind {
                Kind::ArrayEnd => return Ok(Node::Array(items)),
                Kind::CommentStart => {
                    self.next()?;
                }
                _ => items.push(self.value(item, true)?.0),
            }
        }
    }

    /// Go: `valueInlineTable`, which builds its own table beside the one that tracks keys.
    fn inline_table(&mut self, is_in_array: bool) -> Result<Node, Fault> {
        let top = Table::default();
        let (outer_context, outer_key) = (self.context.clone(), self.current_key.clone());
        self.context.push(std::mem::take(&mut self.current_key));
        let inner_context = self.context.clone();
        self.implicits.insert(text_of(&inner_context));
        self.add_context(&inner_context, is_in_array)?;
        let own_context = inner_context;
        loop {
            let item = self.next()?;
            match item.kind {
                Kind::InlineTableEnd => break,
                Kind::CommentStart => {
                    self.next()?;
                    continue;
                }
                _ => {}
            }
            let parents = self.enter_key()?;
            let item = self.next()?;
            let (value, is_array) = self.value(item, false)?;
            let key = self.current_key.clone();
            self.set_value(&key, value.clone())?;
            self.set_array(&key, is_array);
            let mut table = top.clone();
            for part in &parents {
                let Some(inner) = table.enter(part) else {
                    let context = strconv::quote(&text_of(&self.context));
                    return Err(self.fail(self.line, &format!("{context} is not a table")));
                };
                table = inner;
            }
            table.set(&key, value);
            self.context.clone_from(&own_context);
        }
        self.context = outer_context;
        self.current_key = outer_key;
        Ok(Node::Table(top))
    }

    /// Makes a table the one in scope. Go: `addContext`.
    fn add_context(&mut self, key: &[Vec<u8>], is_array: bool) -> Result<(), Fault> {
        let Some((last, parents)) = key.split_last() else { return Ok(()) };
        let mut table = self.root.clone();
        for (count, part) in parents.iter().enumerate() {
            if !table.contains(part) {
                self.implicits.insert(text_of(&key[..=count]));
            }
            let Some(inner) = table.enter(part) else {
                let message = format!("Key '{}' was already created as a hash.", shown(&key[..=count]));
                return Err(self.fail(self.line, &message));
            };
            table = inner;
        }
        self.context = parents.to_vec();
        if is_array {
            if !table.append(last) {
                let message = format!("Key '{}' was already created and cannot be used as an array.", shown(key));
                return Err(self.fail(self.line, &message));
            }
        } else {
            self.set_value(last, Node::Table(Table::default()))?;
        }
        self.context.push(last.clone());
        Ok(())
    }

    /// Go: `setValue`: an implicit table stays what it is, an implicit array is replaced.
    fn set_value(&mut self, key: &[u8], value: Node) -> Result<(), Fault> {
        let mut table = self.root.clone();
        for (count, part) in self.context.iter().enumerate() {
            let Some(inner) = table.lookup(part) else {
                let message = format!("Key '{}' has already been defined.", shown(&self.context[..=count]));
                return Err(self.fail(self.line, &message));
            };
            table = inner;
        }
        let mut full = self.context.clone();
        full.push(key.to_vec());
        let name = text_of(&full);
        if table.contains(key) {
            if !self.implicits.remove(&name) {
                let message = format!("Key '{}' has already been defined.", shown(&full));
                return Err(self.fail(self.line, &message));
            }
            if !self.arrays.get(&name).copied().unwrap_or_default() {
                return Ok(());
            }
        }
        table.set(key, value);
        Ok(())
    }

    /// Remembers whether a key of the table in scope is an array. Go: `setType`.
    fn set_array(&mut self, key: &[u8], is_array: bool) {
        let mut full = self.context.clone();
        if !key.is_empty() {
            full.push(key.to_vec());
        }
        self.arrays.insert(text_of(&full), is_array);
    }
}
