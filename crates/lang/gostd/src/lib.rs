//! What charts can see of Go's library.

pub mod time;
