//! The fixture harness: case files in, one named test per case out.
//!
//! A case file holds many cases. `#=== name key=value …` starts one, `#--- section` starts a part
//! of it; the text of a section is its lines joined, without the last newline (an empty last line
//! stands for one). Sections `output` and `error` are what the case expects; `UPDATE=1` rewrites
//! them, unless the case says `origin=helm-4.2.4` (or `origin=go`): those are facts.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), |case| {
//!         let input = case.section("input").unwrap_or_default();
//!         if input.is_empty() { Err(b"empty".to_vec()) } else { Ok(input.as_bytes().to_vec()) }
//!     })
//! }
//! ```

mod case;
mod cluster;
mod harness;
mod power;
mod world;

pub use case::{Case, parse_cases};
pub use cluster::{MemoryCluster, object_name};
pub use harness::{diff, run};
pub use power::{Power, PoweredStore, StoppedProcess};
pub use world::FixedWorld;
