//! SQLite, PostgreSQL, MySQL and Redis behind the ports of the model.
//!
//! [`Store::open`] gives everything the gateway keeps: the snapshot in force, the audit spool,
//! what replicas share, limits, sealed tokens. One set of tables serves all databases. Also here:
//! the keys of this installation and the signatures of identity providers' tokens.

mod audit_log;
mod checkpoints;
mod clock;
mod database;
mod error;
mod key_uses;
mod limits;
mod mover;
mod records;
mod redis_link;
mod secrets;
mod shared;
mod spool;
mod store;
mod tokens;
mod vault;

#[cfg(test)]
mod folder;

pub use audit_log::{AuditReader, verify_export};
pub use clock::SystemClock;
pub use error::OpenError;
pub use limits::Limits;
pub use secrets::{Ed25519Signer, Ed25519Verifier, SEAL_KEY, Seals, parse_seal_key};
pub use shared::Shared;
pub use spool::{Spool, SyncMode};
pub use store::{Store, StoreOptions, generate_key, sqlite_url};
pub use tokens::Tokens;
