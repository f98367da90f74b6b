//! The real outside: files, clock, entropy, keys, DNS and the log, behind the ports of the layers
//! below.

mod keys;
mod log;
mod random;
mod schema_text;
mod world;
mod write;

pub use log::{Log, log_line};
pub use world::{HostWorld, HostWorldOptions};
pub use write::write_files;
