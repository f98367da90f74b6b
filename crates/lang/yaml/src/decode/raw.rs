//! What go-yaml's decoder puts into an `interface {}`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use corten_gostd::strconv;

use super::{RED_ZONE, SEGMENT};

/// A decoded value with Go's kinds.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(Arc<str>),
    /// A string that is not UTF-8, from `!!binary`.
    Binary(Vec<u8>),
    List(Vec<Raw>),
    Map(RawMap),
}

/// Go: `map[interface {}]interface {}`.
pub(crate) type RawMap = BTreeMap<Key, Raw>;

/// A key: any scalar. `1`, `1.0` and `"1"` are three.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(Arc<str>),
    Binary(Vec<u8>),
}

impl Key {
    /// Go sorts keys of different types by the addresses of the types; this is what its linker makes
    /// of the types that can be keys.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::String(_) | Self::Binary(_) => 1,
            Self::Uint(_) => 2,
            Self::Int(_) => 3,
            Self::Float(_) => 4,
            Self::Bool(_) => 5,
        }
    }

    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::String(text) => Some(text.as_bytes()),
            Self::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Go: `%#v`.
    pub(super) fn go_syntax(&self) -> String {
        let mut out = String::new();
        self.write_go_syntax(&mut out, "<nil>");
        out
    }

    fn write_go_syntax(&self, out: &mut String, nil: &str) {
        match self {
            Self::Null => out.push_str(nil),
            Self::Bool(truth) => write_plain(out, truth),
            Self::Int(number) => write_plain(out, number),
            Self::Uint(number) => write_hex(out, *number),
            Self::Float(number) => out.push_str(&strconv::format_float(*number, b'g', None, 64)),
            Self::String(text) => out.push_str(&strconv::quote(text.as_bytes())),
            Self::Binary(bytes) => out.push_str(&strconv::quote(bytes)),
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Int(left), Self::Int(right)) => left.cmp(right),
            (Self::Uint(left), Self::Uint(right)) => left.cmp(right),
            // Go: -0 and 0 are one key.
            (Self::Float(left), Self::Float(right)) => (left + 0.0).total_cmp(&(right + 0.0)),
            _ => self.rank().cmp(&other.rank()).then_with(|| self.bytes().cmp(&other.bytes())),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

impl Raw {
    /// A string of any bytes.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::String(Arc::from(text)),
            Err(error) => Self::Binary(error.into_bytes()),
        }
    }

    /// The value as a key; a list or map cannot be one.
    pub(super) fn into_key(self) -> Result<Key, Self> {
        match self {
            Self::Null => Ok(Key::Null),
            Self::Bool(truth) => Ok(Key::Bool(truth)),
            Self::Int(number) => Ok(Key::Int(number)),
            Self::Uint(number) => Ok(Key::Uint(number)),
            Self::Float(number) => Ok(Key::Float(number)),
            Self::String(text) => Ok(Key::String(text)),
            Self::Binary(bytes) => Ok(Key::Binary(bytes)),
            collection => Err(collection),
        }
    }

    /// Go: `%#v`.
    pub(super) fn go_syntax(&self) -> String {
        let mut out = String::new();
        self.write_go_syntax(&mut out, "<nil>");
        out
    }

    fn write_go_syntax(&self, out: &mut String, nil: &str) {
        match self {
            Self::Null => out.push_str(nil),
            Self::Bool(truth) => write_plain(out, truth),
            Self::Int(number) => write_plain(out, number),
            Self::Uint(number) => write_hex(out, *number),
            Self::Float(number) => out.push_str(&strconv::format_float(*number, b'g', None, 64)),
            Self::String(text) => out.push_str(&strconv::quote(text.as_bytes())),
            Self::Binary(bytes) => out.push_str(&strconv::quote(bytes)),
            Self::List(items) => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
                out.push_str("[]interface {}{");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.write_go_syntax(out, "interface {}(nil)");
                }
                out.push('}');
            }),
            Self::Map(map) => stacker::maybe_grow(RED_ZONE, SEGMENT, || {
                out.push_str("map[interface {}]interface {}{");
                for (index, (key, value)) in map.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    key.write_go_syntax(out, "interface {}(nil)");
                    out.push(':');
                    value.write_go_syntax(out, "interface {}(nil)");
                }
                out.push('}');
            }),
        }
    }
}

fn write_plain(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _infallible = write!(out, "{value}");
}

fn write_hex(out: &mut String, number: u64) {
    // Writing to a String cannot fail.
    let _infallible = write!(out, "{number:#x}");
}
