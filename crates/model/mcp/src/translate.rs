//! Messages of one era said in the words of the other.
//!
//! Requests, results, errors and capabilities are taken over one at a time; what only one era has is
//! added or left out, everything else keeps its bytes. Questions of a server (elicitation, sampling,
//! roots) are requests in one era and parts of a result in the other: [`questions`] turns them into
//! each other. Who waits for whom, and where, is the router's business.

mod capability;
pub mod questions;
mod request;
mod result;

pub use capability::{client_to_session, client_to_stateless, server_to_session, server_to_stateless};
pub use request::{Sender, request_to_session, request_to_stateless};
pub use result::{Hints, is_cacheable, level_allows, result_to_session, result_to_stateless, with_hints};
