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
    /// A value that cannot be written: the text of Go's error.
    Unsupported(String),
}

/// A value that can be written.
pub trait Tree: Sized {
    /// Shows the value to `see` and returns what it returns.
    ///
    /// # Errors
    /// Those of `see`.
    fn visit(
        &self,
        flavour: Flavour,
        see: &mut dyn FnMut(View<'_, Self>) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

impl Tree for Value {
    fn visit(
        &self,
        _flavour: Flavour,
        see: &mut dyn FnMut(View<'_, Self>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Null => see(View::Null),
            Self::Bool(truth) => see(View::Bool(*truth)),
            Self::Int(number) => see(View::Int(*number)),
            Self::Float(number) => see(View::Float(*number)),
            Self::String(text) => see(View::Text(text)),
            Self::List(items) => see(View::List(items)),
            Self::Map(map) => see(View::Map(map.iter().map(|(key, value)| (key.as_bytes(), value)).collect())),
        }
    }
}
