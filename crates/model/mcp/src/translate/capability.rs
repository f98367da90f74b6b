//! Capabilities of one era said in the words of the other.

use crate::capability::{ClientCapabilities, ServerCapabilities};
use crate::message::edit;

/// The tasks of 2025-11-25, which were tied to sessions and went away with them.
const SESSION_ONLY: [&str; 1] = ["tasks"];

/// What a server of the session era offers to a stateless client.
pub fn server_to_stateless(capabilities: &ServerCapabilities) -> ServerCapabilities {
    ServerCapabilities::new(&edit::without_members(capabilities.as_json(), &SESSION_ONLY))
}

/// What a stateless server offers to a client of the session era. Extensions are spoken per request
/// and cannot be agreed on in a session.
pub fn server_to_session(capabilities: &ServerCapabilities) -> ServerCapabilities {
    ServerCapabilities::new(&edit::without_members(capabilities.as_json(), &["extensions"]))
}

/// What a client of the session era can be asked for by a stateless server.
pub fn client_to_stateless(capabilities: &ClientCapabilities) -> ClientCapabilities {
    ClientCapabilities::new(&edit::without_members(capabilities.as_json(), &SESSION_ONLY))
}

/// What a stateless client can be asked for by a server of the session era.
pub fn client_to_session(capabilities: &ClientCapabilities) -> ClientCapabilities {
    ClientCapabilities::new(&edit::without_members(capabilities.as_json(), &["extensions"]))
}
