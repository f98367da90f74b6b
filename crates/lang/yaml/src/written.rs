//! A document as it is written: order, styles, anchors, tags and comments.
//!
//! What version 3 of go-yaml calls a `Node`, with its rules of which comment belongs where. [`read`] and
//! [`write()`] of the same document may still change its looks: indentation becomes two spaces, comments move
//! to their places. Parts live in one vector; children are numbers of parts.

mod build;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::{Error, Style, reader};

pub use crate::emit::write_pieces as write;

/// The number of a part in its [`Written`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartId(u32);

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A document around its one value.
    Document,
    /// A sequence.
    Sequence,
    /// A mapping: its keys and values take turns.
    Mapping,
    /// A scalar.
    Scalar,
    /// An alias, whose value is the name of the anchor.
    Alias,
}

/// The comments of a part, each line with its `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Above it.
    pub head: String,
    /// Behind it.
    pub line: String,
    /// Below it, with an empty line after.
    pub foot: String,
}

/// How a part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// The quotes of a scalar.
    pub style: Style,
    /// Whether a collection has brackets.
    pub is_flow: bool,
    /// Whether the tag is spelled out.
    pub is_tagged: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self { style: Style::Plain, is_flow: false, is_tagged: false }
    }
}

/// A part of a document. Go: yaml.v3 `Node`.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// How it is written.
    pub looks: Looks,
    /// The short tag (`!!str`): spelled out, or what the text stands for; empty when nothing is known.
    pub tag: Cow<'static, str>,
    /// The text of a scalar, the name of an alias.
    pub value: String,
    /// The name of its anchor.
    pub anchor: String,
    /// Its comments.
    pub remarks: Remarks,
    /// The items, or keys and values.
    pub content: Vec<PartId>,
}

impl Part {
    /// A part without anything.
    pub fn new(kind: PartKind) -> Self {
        Self {
            kind,
            looks: Looks::default(),
            tag: Cow::Borrowed(""),
            value: String::new(),
            anchor: String::new(),
            remarks: Remarks::default(),
            content: Vec::new(),
        }
    }

    /// Whether it is a null, or says so.
    pub fn is_null(&self) -> bool {
        self.tag == "!!null"
    }
}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The document it is in.
    pub of: &'a Written,
    /// The document itself, or a part of it.
    pub part: PartId,
    /// Whether the dashes of a sequence stand to the right of its key instead of below it.
    pub is_wide: bool,
}

/// A document, or a part cut out of one.
#[derive(Clone, Debug)]
pub struct Written {
    parts: Vec<Part>,
    root: PartId,
}

impl Written {
    /// The document itself, or the part that was cut out.
    pub fn root(&self) -> PartId {
        self.root
    }

    /// The value at the top. Go: kyaml `YNode`.
    pub fn top(&self) -> PartId {
        let root = self.part(self.root);
        match (root.kind, root.content.first()) {
            (PartKind::Document, Some(top)) => *top,
            _ => self.root,
        }
    }

    /// All of it, to be written.
    pub fn whole(&self) -> Piece<'_> {
        Piece { of: self, part: self.root, is_wide: false }
    }

    /// A part.
    pub fn part(&self, id: PartId) -> &Part {
        &self.parts[id.0 as usize]
    }

    /// A part, to change it.
    pub fn part_mut(&mut self, id: PartId) -> &mut Part {
        &mut self.parts[id.0 as usize]
    }

    /// Adds a part that nothing refers to yet.
    pub fn add(&mut self, part: Part) -> PartId {
        let id = PartId(u32::try_from(self.parts.len()).unwrap_or(u32::MAX));
        self.parts.push(part);
        id
    }

    /// A copy of a part with all below it.
    #[must_use]
    pub fn cut(&self, id: PartId) -> Self {
        let mut copy = Self { parts: vec![self.part(id).clone()], root: PartId(0) };
        let mut at = 0;
        while at < copy.parts.len() {
            let mut content = std::mem::take(&mut copy.parts[at].content);
            for child in &mut content {
                *child = copy.add(self.part(*child).clone());
            }
            copy.parts[at].content = content;
            at += 1;
        }
        copy
    }
}

/// Reads the first document of a stream; nothing if there is none.
///
/// # Errors
/// What version 3 of go-yaml says of the syntax, and unknown anchors.
///
/// ```
/// let text = "# head\nb: y   # a letter\na: [1,\n  2]\n";
/// let document = corten_yaml::written::read(text.as_bytes()).unwrap().unwrap();
/// let text = corten_yaml::written::write([document.whole()]);
/// assert_eq!(text, "# head\nb: y # a letter\na: [1, 2]\n");
/// ```
pub fn read(text: &[u8]) -> Result<Option<Written>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    build::first_document(&reader::read(text))
}
