//! The gateway's routing: many MCP servers as one, for clients of every revision.
//!
//! A [`Router`] takes what came in by HTTP, finds out which era the client speaks, which server owns
//! what is asked for and whether the caller may have it, and gives what goes back. Servers are reached
//! through the port in `corten-mcp`, policies, limits and records through [`Governor`]. Bodies pass as
//! they are wherever both sides speak the same era.

mod ask;
mod call;
mod catalogue;
mod check;
mod dispatch;
mod drive;
mod governor;
mod listen;
mod lists;
mod memory;
mod office;
mod opening;
mod park;
mod replay;
mod reply;
mod router;
mod seal;
mod server;
mod session;
mod sessions;
mod settings;
mod tasks;
mod trace;

pub use governor::{
    Act, Caller, Governor, Limited, Outcome, Record, RecordError, Recorded, Sight, SightMoment, Subject, Ungoverned,
    Verdict,
};
pub use memory::MemoryState;
pub use office::Posted;
pub use reply::{Body, Frame, Reply};
pub use router::{Incoming, Parts, Router};
pub use seal::{KEY_LEN, Purpose, SealError, Sealer, token as random_token};
pub use server::{Health, Server};
pub use settings::{Naming, Settings};
pub use trace::{Span, TracedCall, Tracer};
