//! The admin API under `/api/v1`, its OpenAPI document and its documentation.
//!
//! One table of routes drives the router, the document and the page. A request is authenticated,
//! limited, checked against the caller's rights, read, handled, and recorded before its answer
//! leaves when it changes something or was refused. The store is asked through its own types;
//! servers are reached through [`corten_govern::ports::Desk`].

mod api;
mod audit;
mod authenticate;
mod governance;
mod health;
mod keys;
mod openapi;
mod problem;
mod query;
mod records;
mod reply;
mod route;
mod router;
mod tools;

pub use api::ApiState;
pub use openapi::document;
pub use router::{metrics_router, router};
