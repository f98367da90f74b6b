//! Values that must never be shown.
//!
//! Redaction is by type: whatever holds a credential keeps it in a [`Secret`], which prints, logs
//! and serialises as `[redacted]`. Reading it takes the explicit word [`Secret::expose`].

mod secret;

pub use secret::{REDACTED, Secret};
