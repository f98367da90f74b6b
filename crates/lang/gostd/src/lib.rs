//! What charts can see of Go's library.

pub mod fmt;
pub mod glob;
pub mod regexp;
pub mod semver;
pub mod strconv;
pub mod text;
pub mod time;

mod unicode;
