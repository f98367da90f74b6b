//! The functions that charts call: sprig's and Helm's own, one file per family.
//!
//! [`FUNCTIONS`] is the table that the template engine looks names up in; documentation and
//! completions are made from it too. A body gets arguments that the engine has counted, checked
//! and converted to the declared Go types, and reports what would be a Go panic as an error with
//! the same text. Clock, chance, keys, names and the cluster are reached through the call only.
#![expect(clippy::unnecessary_wraps, reason = "the bodies of functions share one type")]

mod arguments;
mod cast;
mod crypto;
mod date;
mod deep_equal;
mod dicts;
mod encoding;
mod flow;
mod helm;
mod json;
mod lists;
mod math;
mod paths;
mod print;
mod random;
mod regex;
mod registry;
mod semver;
mod strings;
mod toml;
mod types;
mod urls;
mod yaml;

pub use json::json_value;
pub use registry::{FUNCTIONS, find};
