//! What a schema looks at: values, and schema documents when they are checked themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_value::{SortedMap, Value};

use super::document::Document;
use super::number::Decimal;

/// Something that a schema can be applied to.
pub(super) trait Instance: Sized {
    fn view(&self) -> View<'_, Self>;

    /// A string, for the names of properties.
    fn from_text(text: &Arc<str>) -> Self;
}

/// One level of an instance.
pub(super) enum View<'a, T> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    String(&'a str),
    List(&'a [T]),
    Map(&'a SortedMap<Arc<str>, T>),
}

/// A number in one of the forms it comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number<'a> {
    Int(i64),
    Float(f64),
    Text(&'a str),
}

impl Instance for Value {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(number) => View::Number(Number::Int(*number)),
            Self::Float(number) => View::Number(Number::Float(*number)),
            Self::String(text) => View::String(text),
            Self::List(list) => View::List(list),
            Self::Map(map) => View::Map(map),
        }
    }

    fn from_text(text: &Arc<str>) -> Self {
        Self::String(Arc::clone(text))
    }
}

/// Go: `equals`: numbers by their value, all else by kind and content.
pub(super) fn equals<A: Instance, B: Instance>(left: &A, right: &B) -> bool {
    match (left.view(), right.view()) {
        (View::Null, View::Null) => true,
        (View::Bool(left), View::Bool(right)) => left == right,
        (View::String(left), View::String(right)) => left == right,
        (View::Number(left), View::Number(right)) => match (Decimal::of(left), Decimal::of(right)) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
        (View::List(left), View::List(right)) => {
            left.len() == right.len()
                && stacker::maybe_grow(32 << 10, 1 << 20, || {
                    left.iter().zip(right).all(|(left, right)| equals(left, right))
                })
        }
        (View::Map(left), View::Map(right)) => {
            left.len() == right.len()
                && stacker::maybe_grow(32 << 10, 1 << 20, || {
                    left.iter().zip(right).all(|((key, left), (other, right))| key == other && equals(left, right))
                })
        }
        _ => false,
    }
}

/// Go: `duplicates`: the first two equal elements, the later one found first.
pub(super) fn duplicates<T: Instance>(list: &[T]) -> Option<(usize, usize)> {
    let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (index, item) in list.iter().enumerate() {
        let mut key = Vec::new();
        canonical(item, &mut key);
        if let Some(first) = seen.get(&key) {
            return Some((*first, index));
        }
        seen.insert(key, index);
    }
    None
}

/// A text that is the same for equal instances only.
fn canonical<T: Instance>(instance: &T, out: &mut Vec<u8>) {
    match instance.view() {
        View::Null => out.push(b'n'),
        View::Bool(truth) => out.push(if truth { b't' } else { b'f' }),
        View::String(text) => push_text(text, out),
        View::Number(number) => {
            out.push(b'#');
            match Decimal::of(number) {
                Some(decimal) => out.extend_from_slice(decimal.canonical().as_bytes()),
                None => out.push(b'?'),
            }
            out.push(b';');
        }
        View::List(list) => stacker::maybe_grow(32 << 10, 1 << 20, || {
            out.push(b'[');
            for item in list {
                canonical(item, out);
            }
            out.push(b']');
        }),
        View::Map(map) => stacker::maybe_grow(32 << 10, 1 << 20, || {
            out.push(b'{');
            for (key, item) in map {
                push_text(key, out);
                canonical(item, out);
            }
            out.push(b'}');
        }),
    }
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.len().to_string().as_bytes());
    out.push(b':');
    out.extend_from_slice(text.as_bytes());
}

/// The JSON type of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    Integer,
    String,
    Array,
    Object,
}

impl Kind {
    /// All, in the order that Go names them.
    const ALL: [Self; 7] =
        [Self::Null, Self::Boolean, Self::Number, Self::Integer, Self::String, Self::Array, Self::Object];

    pub(super) fn of<T: Instance>(instance: &T) -> Self {
        match instance.view() {
            View::Null => Self::Null,
            View::Bool(_) => Self::Boolean,
            View::Number(_) => Self::Number,
            View::String(_) => Self::String,
            View::List(_) => Self::Array,
            View::Map(_) => Self::Object,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// What `type` of a schema says: a name or a list of names; unknown names do not count.
    pub(super) fn read(document: &Document) -> Self {
        let mut kinds = Self::default();
        let mut add = |name: &str| {
            if let Some(kind) = Kind::ALL.iter().find(|kind| kind.name() == name) {
                kinds.add(*kind);
            }
        };
        match document {
            Document::String(name) => add(name),
            Document::List(names) => names.iter().filter_map(Document::as_str).for_each(add),
            _ => {}
        }
        kinds
    }

    pub(super) fn add(&mut self, kind: Kind) {
        self.0 |= kind.bit();
    }

    pub(super) fn contains(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `null or string`.
    pub(super) fn text(self) -> String {
        let names: Vec<&str> = Kind::ALL.iter().filter(|kind| self.contains(**kind)).map(|kind| kind.name()).collect();
        names.join(" or ")
    }
}
