//! Ordinary block documents, line by line, without tokens.
//!
//! Nearly all manifests and values files are block mappings and sequences whose keys and scalars
//! stand on one line each, but for block scalars and long plain ones. Those are read here in one pass, straight into a sink such as the
//! builder of [`crate::direct`]. Anything else (several lines in one scalar, anchors, tags, tabs, odd
//! indentation, whatever could be an error) ends the attempt, and the parser that follows go-yaml
//! step by step starts again from the top: this module refuses, it never reports.

mod block;
mod flow;
mod folded;
mod scalar;

use std::borrow::Cow;

use corten_value::Value;

use crate::Style;
use crate::direct::Step;

/// Deeper documents are left to the parser.
const MAX_LEVELS: usize = 512;

/// What kind of block collection a level is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mapping,
    Sequence,
    /// A sequence whose dashes stand in the column of the mapping around it.
    Indentless,
}

/// An open block collection.
#[derive(Clone, Copy)]
struct Level {
    column: usize,
    kind: Kind,
    /// A key or a dash has been read, its value not yet.
    is_pending: bool,
}

/// Where the parts of a document go.
pub(crate) trait Sink {
    /// Whether nothing wants the next child.
    fn skips_child(&self) -> bool;

    /// Takes a scalar as the next child of the open collection.
    fn value(&mut self, text: Cow<'_, str>, style: Style) -> Step;

    /// Takes a scalar as the key of the open mapping.
    fn key(&mut self, text: &str, style: Style) -> Step;

    /// Opens a collection.
    fn open(&mut self, is_map: bool) -> Step;

    /// Closes the innermost collection.
    fn close(&mut self) -> Step;
}

struct Lines<'a, 'b, S> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line_start: usize,
    levels: Vec<Level>,
    sink: &'b mut S,
    root: Option<Value>,
}

/// The value of a document that is ordinary throughout.
pub(crate) fn read<S: Sink>(text: &str, sink: &mut S) -> Option<Value> {
    if has_odd_characters(text.as_bytes()) {
        return None;
    }
    let levels = Vec::with_capacity(16);
    let mut lines = Lines { text, bytes: text.as_bytes(), at: 0, line_start: 0, levels, sink, root: None };
    while let Some(column) = lines.next_content()? {
        lines.content(column)?;
    }
    while !lines.levels.is_empty() {
        lines.close()?;
    }
    lines.root
}

/// Line breaks other than `\n`, and a byte order mark.
fn has_odd_characters(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'\r', 0xC2, 0xE2, bytes).any(|at| match bytes[at] {
        b'\r' => true,
        0xC2 => bytes.get(at + 1) == Some(&0x85),
        _ => matches!(bytes.get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])),
    }) || bytes.starts_with(&[0xEF, 0xBB, 0xBF])
}

impl<S: Sink> Lines<'_, '_, S> {
    /// 0 at the end: the text holds no NUL.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn is_blank_or_end(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\n' | b'\t' | 0)
    }

    #[inline]
    fn skip_spaces(&mut self) {
        while self.byte(self.at) == b' ' {
            self.at += 1;
        }
    }

    /// Goes to the next line that holds more than a comment; gives the column of its content. The
    /// outer `None` refuses.
    #[expect(clippy::option_option, reason = "the end of the text is no refusal")]
    fn next_content(&mut self) -> Option<Option<usize>> {
        loop {
            self.line_start = self.at;
            self.skip_spaces();
            match self.byte(self.at) {
                0 => return Some(None),
                b'\n' => self.at += 1,
                b'#' => self.skip_line(),
                b'\t' => return None,
                _ => return Some(Some(self.at - self.line_start)),
            }
        }
    }

    /// To the start of the next line.
    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
    }

    /// One line with content.
    fn content(&mut self, column: usize) -> Option<()> {
        if column == 0 && matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"...")) {
            return None;
        }
        let is_entry = self.is_entry();
        while let Some(level) = self.levels.last() {
            let is_over =
                level.column > column || level.column == column && level.kind == Kind::Indentless && !is_entry;
            if !is_over {
                break;
            }
            self.close()?;
        }
        if is_entry { self.entry(column) } else { self.key(column) }
    }

    fn is_entry(&self) -> bool {
        self.byte(self.at) == b'-' && self.is_blank_or_end(self.at + 1)
    }

    /// A dash in a column, and what follows it.
    fn entry(&mut self, mut column: usize) -> Option<()> {
        loop {
            match self.levels.last().copied() {
                Some(level) if level.kind != Kind::Mapping && level.column == column => self.expect_value()?,
                Some(level) if level.kind == Kind::Mapping && level.column == column => {
                    self.open(column, Kind::Indentless)?;
                }
                _ => self.open(column, Kind::Sequence)?,
            }
            self.at += 1;
            self.skip_spaces();
            if !self.is_entry() {
                break;
            }
            column = self.at - self.line_start;
        }
        column = self.at - self.line_start;
        match self.byte(self.at) {
            b'\n' | 0 | b'#' => self.skip_line(),
            b'|' | b'>' | b'[' | b'{' => return self.collection_or_block(),
            _ => {
                let scalar = self.scalar()?;
                if scalar.is_key {
                    self.open(column, Kind::Mapping)?;
                    step(self.sink.key(&scalar.text, scalar.style))?;
                    return self.value();
                }
                let scalar = self.more_lines(scalar)?;
                step(self.sink.value(scalar.text, scalar.style))?;
                self.levels.last_mut()?.is_pending = false;
            }
        }
        Some(())
    }

    /// A key in a column, and what follows it.
    fn key(&mut self, column: usize) -> Option<()> {
        let scalar = self.scalar()?;
        if !scalar.is_key {
            return None;
        }
        match self.levels.last() {
            Some(level) if level.column == column => {
                if level.kind != Kind::Mapping {
                    return None;
                }
                self.expect_value()?;
            }
            _ => self.open(column, Kind::Mapping)?,
        }
        step(self.sink.key(&scalar.text, scalar.style))?;
        self.value()
    }

    /// What follows a key on its line.
    fn value(&mut self) -> Option<()> {
        self.skip_spaces();
        match self.byte(self.at) {
            b'\n' | 0 | b'#' => self.skip_line(),
            b'|' | b'>' | b'[' | b'{' => return self.collection_or_block(),
            b'-' if self.is_blank_or_end(self.at + 1) => return None,
            b'"' | b'\'' if self.sink.skips_child() => {
                self.skip_quoted()?;
                step(self.sink.value("".into(), Style::SingleQuoted))?;
                self.levels.last_mut()?.is_pending = false;
            }
            _ => {
                let scalar = self.scalar()?;
                if scalar.is_key {
                    return None;
                }
                let scalar = self.more_lines(scalar)?;
                step(self.sink.value(scalar.text, scalar.style))?;
                self.levels.last_mut()?.is_pending = false;
            }
        }
        Some(())
    }

    fn collection_or_block(&mut self) -> Option<()> {
        if matches!(self.byte(self.at), b'|' | b'>') {
            self.block()?;
        } else {
            self.flow(0)?;
            self.end_line(false)?;
        }
        self.levels.last_mut()?.is_pending = false;
        Some(())
    }

    /// The rest of a line after a value: nothing but a comment, which a space must precede.
    fn end_line(&mut self, mut is_spaced: bool) -> Option<()> {
        while self.byte(self.at) == b' ' {
            self.at += 1;
            is_spaced = true;
        }
        match self.byte(self.at) {
            b'\n' | 0 => {}
            b'#' if is_spaced => {}
            _ => return None,
        }
        self.skip_line();
        Some(())
    }

    /// The next key or dash of a level: what had no value is null.
    fn expect_value(&mut self) -> Option<()> {
        let level = self.levels.last_mut()?;
        if std::mem::replace(&mut level.is_pending, true) {
            step(self.sink.value("".into(), Style::Plain))?;
        }
        Some(())
    }

    /// Opens a collection where a value is missing. It waits for a value itself.
    fn open(&mut self, column: usize, kind: Kind) -> Option<()> {
        match self.levels.last_mut() {
            Some(level) => {
                let is_deeper = level.column < column || kind == Kind::Indentless;
                if !is_deeper || !std::mem::replace(&mut level.is_pending, false) {
                    return None;
                }
            }
            None if self.root.is_some() => return None,
            None => {}
        }
        if self.levels.len() == MAX_LEVELS {
            return None;
        }
        self.levels.push(Level { column, kind, is_pending: true });
        step(self.sink.open(kind == Kind::Mapping))
    }

    /// Closes the innermost collection.
    fn close(&mut self) -> Option<()> {
        if self.levels.pop()?.is_pending {
            step(self.sink.value("".into(), Style::Plain))?;
        }
        match self.sink.close() {
            Step::More => {}
            Step::Unusual => return None,
            Step::Root(value) => self.root = Some(value),
        }
        Some(())
    }
}

/// Nothing but the end of the root gives a value.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "it is made on the spot")]
fn step(step: Step) -> Option<()> {
    matches!(step, Step::More).then_some(())
}

#[cfg(test)]
mod tests {
    use crate::{Mode, direct, reader};

    /// What this way and the parser make of a text; `None` for the first when it refuses.
    fn both(text: &str) -> (Option<String>, String) {
        let source = reader::read(text.as_bytes());
        let quick = direct::decode_lines(&source, None, Mode::Lenient).map(|value| format!("{value:?}"));
        (quick, format!("{:?}", crate::decode(text.as_bytes()).map_err(|error| error.to_string())))
    }

    #[test]
    fn ordinary_documents_are_not_refused() {
        let text = "# c\na: 1 # one\n\"b\": 'x''y'\nc:\n- d: |-\n    x\n     y\n\n  e: [1, {f: \"g\"}]\n- - h\n  -\n- {}\n- f\n  g\nh: i\n  - j\n\n\n k\n\nlast:\n";
        let (quick, slow) = both(text);
        assert_eq!(quick.map(|value| format!("Ok({value})")), Some(slow));
    }

    #[test]
    fn doubtful_documents_are_refused() {
        for text in [
            "a: b\n  c: d\n",
            "a: b\n  c # d\n",
            "a: b\n\tc\n",
            "a: b # c\n  d\n",
            "a: b: c\n",
            "a: &x 1\n",
            "a: \"x\n  y\"\n",
            "- a\nb: 1\n",
            "a:\n  b: 1\n c: 2\n",
            "a: - b\n",
            "a:\tb\n",
            "a: |\n   \n  x\n",
            "a: [b\n]\n",
            "a\n",
            "a: 1\n---\nb: 2\n",
            "a: 'b' c\n",
            "a: |\nb: 1\n",
            "<<: {a: 1}\n",
            "- a: 1\n  - b\n",
        ] {
            assert_eq!(both(text).0, None, "{text:?}");
        }
    }

    /// Texts of pieces that matter to YAML: whatever is taken here, the parser takes the same way.
    #[test]
    fn whatever_is_taken_is_what_the_parser_gives() {
        const PIECES: [&str; 40] = [
            "a", "key", "1", "0x1f", "true", "null", "~", ": ", ":", ":\n", "- ", "-\n", "\n", "\n  ", "\n    ", "\n ",
            "  ", " ", "#", " # c", "|", "|-\n", "|+\n", ">\n", "\"", "'", "\"q\\n\"", "'s'", "[", "]", "{", "}", ", ",
            ",", "a: ", "b: x\n", "- y\n", "é", "\t", "\\",
        ];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut text = String::new();
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bits = state;
            for _ in 0..2 + state % 11 {
                let piece = usize::try_from(bits % 40).unwrap();
                text.push_str(PIECES[piece]);
                bits = (bits / 40) ^ state.rotate_left(u32::try_from(text.len() % 64).unwrap());
            }
            let source = reader::read(text.as_bytes());
            let Some(value) = direct::decode_lines(&source, None, Mode::Lenient) else { continue };
            taken += 1;
            let slow = direct::decode_events(&source, None, Mode::Lenient);
            match slow {
                Ok(direct::Attempt::Value(slow)) => assert_eq!(format!("{value:?}"), format!("{slow:?}"), "{text:?}"),
                other => panic!("{text:?}: {value:?} here, {other:?} there"),
            }
        }
        assert!(taken > 5_000, "{taken}");
    }
}
