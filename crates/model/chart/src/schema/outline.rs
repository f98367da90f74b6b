//! The outline of a JSON text: where its values stand, without copies of them.
//!
//! A schema of a chart is often larger than the rest of the chart, and most of it is prose. One pass
//! over the text notes what each value is and where it ends. What is rare (keys with escapes, bytes
//! that are not UTF-8, texts that are no JSON) is refused; the caller then reads a whole document.

use std::borrow::Cow;

use corten_gostd::json;

/// Values nested deeper are refused.
const DEEPEST: usize = 256;

/// A JSON text with the places of its values.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    text: &'a str,
    /// The values in the order in which they begin; in a table each after its key.
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    shape: Shape,
    /// Where it begins in the text, behind the quote of a string.
    start: u32,
    /// Where it ends in the text; of a table or list, the item behind it.
    end: u32,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Null,
    Bool(bool),
    Number,
    String,
    /// A string with escapes.
    Escaped,
    List,
    Map,
}

impl<'a> Outline<'a> {
    /// Reads a text that holds one value.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let text = str::from_utf8(text).ok()?;
        let mut reader = Reader { bytes: text.as_bytes(), position: 0, items: Vec::with_capacity(text.len() / 32) };
        reader.value(0)?;
        reader.skip_space();
        (reader.position == text.len()).then_some(Self { text, items: reader.items })
    }

    /// The value that the text holds.
    pub(super) fn root(&self) -> Node<'_> {
        Node { outline: self, at: 0 }
    }
}

/// A value of an outline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'o> {
    outline: &'o Outline<'o>,
    at: usize,
}

impl<'o> Node<'o> {
    /// A number that no other value of the outline has.
    pub(super) fn id(self) -> usize {
        self.at
    }

    pub(super) fn shape(self) -> Shape {
        self.item().shape
    }

    /// The text of a string.
    pub(super) fn string(self) -> Option<Cow<'o, str>> {
        match self.shape() {
            Shape::String => Some(Cow::Borrowed(self.written())),
            Shape::Escaped => {
                let start = (self.item().start as usize).saturating_sub(1);
                let first = json::decode_first(self.outline.text.as_bytes().get(start..)?);
                first.value.ok()?.as_str().map(|text| Cow::Owned(text.to_owned()))
            }
            _ => None,
        }
    }

    /// The digits of a number, or a string as it is written.
    pub(super) fn written(self) -> &'o str {
        let Item { start, end, .. } = self.item();
        self.outline.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The elements of a list.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        self.inside(Shape::List)
    }

    /// The entries of a table, as they are written: a key may come twice.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'o str, Self)> {
        let mut inside = self.inside(Shape::Map);
        std::iter::from_fn(move || Some((inside.next()?.written(), inside.next()?)))
    }

    /// The entry of a table that comes first under a key.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.entries().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    fn item(self) -> Item {
        self.outline.items.get(self.at).copied().unwrap_or(Item { shape: Shape::Null, start: 0, end: 0 })
    }

    fn inside(self, shape: Shape) -> impl Iterator<Item = Self> {
        let item = self.item();
        let end = if item.shape == shape { item.end as usize } else { 0 };
        let outline = self.outline;
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let node = Node { outline, at: next };
            let is_inside = next < end;
            if is_inside {
                next = match node.item() {
                    Item { shape: Shape::List | Shape::Map, end, .. } => end as usize,
                    _ => next + 1,
                };
            }
            is_inside.then_some(node)
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    items: Vec<Item>,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.position += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.bytes.get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.position += 1)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'{' => self.collection(Shape::Map, b'}', depth),
            b'[' => self.collection(Shape::List, b']', depth),
            b'"' => {
                let item = self.string()?;
                self.items.push(item);
                Some(())
            }
            b't' => self.word(b"true", Shape::Bool(true)),
            b'f' => self.word(b"false", Shape::Bool(false)),
            b'n' => self.word(b"null", Shape::Null),
            _ => self.number(),
        }
    }

    fn collection(&mut self, shape: Shape, last: u8, depth: usize) -> Option<()> {
        if depth == DEEPEST {
            return None;
        }
        let at = self.items.len();
        self.items.push(Item { shape, start: offset(self.position), end: 0 });
        self.position += 1;
        if self.peek()? != last {
            loop {
                if shape == Shape::Map {
                    self.key()?;
                }
                self.value(depth + 1)?;
                if self.peek()? != b',' {
                    break;
                }
                self.position += 1;
            }
        }
        self.take(last)?;
        let end = offset(self.items.len());
        self.items.get_mut(at)?.end = end;
        Some(())
    }

    fn key(&mut self) -> Option<()> {
        self.skip_space();
        let item = self.string().filter(|item| item.shape == Shape::String)?;
        self.items.push(item);
        self.take(b':')
    }

    fn string(&mut self) -> Option<Item> {
        let mut shape = Shape::String;
        let [b'"', inside @ ..] = self.rest() else { return None };
        let mut at = 0;
        loop {
            at += inside.get(at..)?.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            match inside.get(at)? {
                b'"' => break,
                b'\\' => {
                    shape = Shape::Escaped;
                    at += escape_length(inside.get(at + 1..)?)? + 1;
                }
                _ => return None,
            }
        }
        let start = self.position + 1;
        self.position = start + at + 1;
        Some(Item { shape, start: offset(start), end: offset(start + at) })
    }

    fn word(&mut self, word: &[u8], shape: Shape) -> Option<()> {
        self.rest().starts_with(word).then_some(())?;
        self.push(shape, word.len());
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.rest();
        let digits = |from: usize| rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
        let mut at = usize::from(rest.first() == Some(&b'-'));
        let whole = digits(at).count();
        if whole == 0 || whole > 1 && rest.get(at) == Some(&b'0') {
            return None;
        }
        at += whole;
        if rest.get(at) == Some(&b'.') {
            let fraction = digits(at + 1).count();
            (fraction > 0).then(|| at += fraction + 1)?;
        }
        if matches!(rest.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at + 1 + sign).count();
            (exponent > 0).then(|| at += 1 + sign + exponent)?;
        }
        self.push(Shape::Number, at);
        Some(())
    }

    fn push(&mut self, shape: Shape, length: usize) {
        let start = offset(self.position);
        self.position += length;
        self.items.push(Item { shape, start, end: offset(self.position) });
    }
}

/// The bytes of an escape behind its backslash.
fn escape_length(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(1),
        b'u' => rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit).then_some(5),
        _ => None,
    }
}

/// The text is shorter than 4 GiB, and it has fewer values than bytes.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    /// The document that an outline stands for; the last of equal keys counts.
    fn document(node: Node<'_>) -> Document {
        match node.shape() {
            Shape::Null => Document::Null,
            Shape::Bool(truth) => Document::Bool(truth),
            Shape::Number => Document::Number(node.written().into()),
            Shape::String | Shape::Escaped => Document::String(node.string().unwrap().into()),
            Shape::List => Document::List(node.items().map(document).collect()),
            Shape::Map => Document::Map(node.entries().map(|(key, value)| (key.into(), document(value))).collect()),
        }
    }

    /// Texts of pieces that matter: what has an outline is JSON and means the same.
    #[test]
    fn an_outline_is_the_document() {
        const PIECES: [&str; 32] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\\n\"",
            "\"\\u00e4\"",
            "\"\\ud800\"",
            "\"ä\"",
            "\"",
            "\\",
            "0",
            "-1",
            "1.5",
            "2e3",
            "01",
            ".",
            "e",
            "true",
            "false",
            "null",
            " ",
            "\n",
            "\"k\":",
            "\"k\":",
            "[1,",
            "{\"x\":",
            "]",
            "}",
            "\u{1}",
        ];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut text = String::new();
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bits = state;
            for _ in 0..=state % 9 {
                text.push_str(PIECES[usize::try_from(bits % 32).unwrap()]);
                bits = (bits / 32) ^ state.rotate_left(u32::try_from(text.len() % 64).unwrap());
            }
            let Some(outline) = Outline::read(text.as_bytes()) else { continue };
            taken += 1;
            assert_eq!(Document::parse(text.as_bytes()), Ok(document(outline.root())), "{text:?}");
        }
        assert!(taken > 5_000, "{taken}");
    }

    #[test]
    fn parts_are_found() {
        let text = br#" {"a": [1, {"b": "x\ty"}, []], "c": {"d": null}, "e": true} "#;
        let outline = Outline::read(text).unwrap();
        let keys: Vec<&str> = outline.root().entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "c", "e"]);
        let list = outline.root().get("a").unwrap();
        assert_eq!(list.items().count(), 3);
        assert_eq!(list.items().nth(1).unwrap().get("b").unwrap().string().as_deref(), Some("x\ty"));
        assert_eq!(outline.root().get("e").unwrap().shape(), Shape::Bool(true));
    }

    #[test]
    fn what_is_rare_is_refused() {
        let deep = "[".repeat(DEEPEST + 1) + &"]".repeat(DEEPEST + 1);
        for text in ["", "{\"\\u0061\": 1}", "\u{FEFF}{}", "{} {}", "[1,]", "{\"a\" 1}", "\"\\x\"", &deep] {
            assert!(Outline::read(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Outline::read(b"\"\xff\"").is_none());
    }
}
