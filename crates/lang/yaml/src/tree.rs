//! What can be written: anything that shows itself as scalars, lists and maps.
//!
//! The writers are generic over [`Tree`], so that template values are written as they are, without a
//! copy. What a value shows depends on the flavour: version 2 sees what JSON sees, version 3 sees
//! the Go value.

use corten_value::Value;

use crate::{Error, Flavour};

/// A value as a writer sees it.
#[derive(Debug)]
pub enum View<'a, T> {
    /// `nil`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A float.
    Float(f64),
    /// A string.
    Text(&'a str),
    /// A string that is not UTF-8.
    Binary(&'a [u8]),
    /// A timestamp (version 3 only), which is not quoted although it looks like one.
    Time(&'a str),
    /// A list of bytes (version 3 only; JSON has a string).
    Bytes(&'a [u8]),
    /// A list.
    List(&'a [T]),
    /// A map: its entries in the order of their keys' bytes.
    Map(Vec<(&'a [u8], &'a T)>),
    /// The fields of a struct, written in this order (version 3 only; JSON has a map).
    Fields(Vec<(&'a [u8], &'a T)>),
    /// A value that cannot be written: the text of Go's error.
    Unsupported(String),
}

/// Who is shown a value.
pub type See<'s, T> = &'s mut dyn FnMut(View<'_, T>) -> Result<(), Error>;

/// A kind of value that can be written. The implementing type is a mere name for the way to look at
/// its nodes.
pub trait Tree {
    /// The values.
    type Node;

    /// Shows a value to `see` and returns what it returns.
    ///
    /// # Errors
    /// Those of `see`.
    fn visit(node: &Self::Node, flavour: Flavour, see: See<'_, Self::Node>) -> Result<(), Error>;

    /// A number for a map or list that could hold itself: the same for the same one.
    fn identity(_node: &Self::Node) -> Option<usize> {
        None
    }
}

/// [`Value`]s as they are.
#[derive(Debug)]
pub(crate) struct Values;

impl Tree for Values {
    type Node = Value;

    fn visit(node: &Value, _flavour: Flavour, see: See<'_, Value>) -> Result<(), Error> {
        match node {
            Value::Null => see(View::Null),
            Value::Bool(truth) => see(View::Bool(*truth)),
            Value::Int(number) => see(View::Int(*number)),
            Value::Float(number) => see(View::Float(*number)),
            Value::String(text) => see(View::Text(text)),
            Value::List(items) => see(View::List(items)),
            Value::Map(map) => see(View::Map(map.iter().map(|(key, value)| (key.as_bytes(), value)).collect())),
        }
    }
}
