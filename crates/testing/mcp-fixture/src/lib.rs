//! An MCP server for tests: the tools, resources and prompts that the official conformance suite expects.
//!
//! The names are the suite's. What a tool does is one pure function from a [`Round`] to a [`Turn`]; the server plays a
//! turn in the client's era: input is asked for by a request to the client in a session, and by an `input_required`
//! result in 2026-07-28. So each fixture works in both eras, and `--era` can leave one out.

mod catalogue;
mod jobs;
mod play;
mod prompts;
mod server;
mod turn;

pub use server::{Era, Fixture, serve};
pub use turn::{Note, Round, Turn};
