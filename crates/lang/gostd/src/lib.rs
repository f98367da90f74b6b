//! What charts can see of Go's library.

pub mod fmt;
pub mod glob;
pub mod json;
pub mod path;
pub mod regexp;
pub mod semver;
pub mod strconv;
pub mod text;
pub mod time;
pub mod url;

mod unicode;
