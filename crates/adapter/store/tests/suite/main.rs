//! What every database must do: SQLite here, PostgreSQL and MariaDB with Redis by
//! `cargo xtask e2e gateway-store`, which names them in variables.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests share fails as tests do")]

mod audit;
mod bench;
mod records;
mod shared;
