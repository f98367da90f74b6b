//! What charts can see of Go's library.

pub mod semver;
pub mod time;
