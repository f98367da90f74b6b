//! Why arguments of `--set` are refused, in Helm's words.

use super::{MAX_INDEX, MAX_LIST_NESTING, MAX_NESTING};

/// Why an argument of `--set` and its siblings cannot be read; Display is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// The argument ends inside a name.
    #[error("key {0} has no value")]
    NoValue(String),
    /// A comma stands where a value should.
    #[error("key {0} has no value (cannot end with ,)")]
    NoValueBeforeComma(String),
    /// Nothing was set below a name that ends in a dot.
    #[error("key map {0} has no value")]
    EmptyMap(String),
    /// What stands between brackets is no number.
    #[error("error parsing index: {0}")]
    Index(String),
    /// An index below zero.
    #[error("negative {0} index not allowed")]
    NegativeIndex(i64),
    /// An index above [`MAX_INDEX`].
    #[error("index of {0} is greater than maximum supported index of {MAX_INDEX}")]
    LargeIndex(i64),
    /// Something stands between `]` and the next `[`, `.` or `=`.
    #[error("unexpected data at end of array index: [{0}]")]
    AfterIndex(String),
    /// A name with more dots than [`MAX_NESTING`].
    #[error("value name nested level is greater than maximum supported nested level of {MAX_NESTING}")]
    Nesting,
    /// Lists in lists, deeper than Corten holds them (Helm has no such limit).
    #[error("list index nested level is greater than maximum supported nested level of {MAX_LIST_NESTING}")]
    ListNesting,
    /// What is there already has another type than the argument needs.
    #[error("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")]
    Type {
        /// Go's name of the type that is there.
        found: &'static str,
        /// Go's name of the type that is needed.
        wanted: &'static str,
    },
    /// A list without its closing brace.
    #[error("list must terminate with '}}'")]
    OpenList,
    /// A value of `--set-json` that is no JSON.
    #[error("{0}")]
    Json(String),
    /// A file of `--set-file` that cannot be read.
    #[error("{0}")]
    File(String),
}
