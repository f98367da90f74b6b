//! The Model Context Protocol as data: messages, revisions, and the port to servers.
//!
//! A [`Message`] is the bytes that came and the places of the few parts that decide where it goes;
//! everything else passes as it is. [`upstream`] is the port that adapters implement for each kind
//! of server, [`shared`] the one for state that several gateways share. Pure: nothing here opens a
//! socket, knows the time or makes a random number.

pub mod capability;
pub mod code;
pub mod header;
pub mod message;
pub mod meta;
pub mod revision;
pub mod shared;
pub mod sse;
pub mod translate;
pub mod upstream;

pub use capability::{ClientCapabilities, ServerCapabilities};
pub use code::RpcError;
pub use corten_secret::Secret;
pub use message::{Kind, Message};
pub use revision::{Era, Revision};
