//! The grammar of `--set` and its siblings: `a.b=c,d={x,y},e[0].f=g`.
//!
//! Go: pkg/strvals. Each function merges one argument into a table of values; what was set before
//! an error stays set, as in Helm. `--set`, `--set-string`, `--set-file` and `--set-json` share a
//! grammar and differ in what they make of a value; `--set-literal` has no escapes and takes
//! everything after the first `=`. Never panics; list indexes and nesting are bounded as in Helm.

mod error;
mod grammar;
mod scanner;
mod typed;

use corten_value::Value;

pub use error::SetError;

use grammar::{Grammar, Values};

/// The largest list index. Go: `MaxIndex`.
pub const MAX_INDEX: i64 = 65_536;

/// How many `.` a name may have. Go: `MaxNestedNameLevel`.
pub const MAX_NESTING: usize = 30;

/// How many lists may be nested in each other; Helm knows no limit.
pub const MAX_LIST_NESTING: usize = 100;

/// How a file named by `--set-file` is read: its text, or why there is none.
pub type ReadFile<'a> = dyn FnMut(&str) -> Result<String, String> + 'a;

/// `--set`: values that read as booleans, integers or null become these.
///
/// ```
/// let mut values = corten_value::Value::empty_map();
/// corten_chart::strvals::parse_into("a.b=1,c={x,true}", &mut values).unwrap();
/// assert_eq!(values.at("a.b"), Some(&1_i64.into()));
/// ```
pub fn parse_into(text: &str, values: &mut Value) -> Result<(), SetError> {
    Grammar::new(text, Values::Typed).parse(values)
}

/// `--set-string`: every value is text.
pub fn parse_into_string(text: &str, values: &mut Value) -> Result<(), SetError> {
    Grammar::new(text, Values::Text).parse(values)
}

/// `--set-file`: every value names a file whose content is taken.
pub fn parse_into_file(text: &str, values: &mut Value, read: &mut ReadFile<'_>) -> Result<(), SetError> {
    Grammar::new(text, Values::File(read)).parse(values)
}

/// `--set-json` in the form `key=json,…`: every value is JSON, none is null.
pub fn parse_json(text: &str, values: &mut Value) -> Result<(), SetError> {
    Grammar::new(text, Values::Json).parse(values)
}

/// `--set-literal`: everything after the first `=` is the value.
pub fn parse_literal_into(text: &str, values: &mut Value) -> Result<(), SetError> {
    Grammar::new(text, Values::Literal).parse(values)
}
