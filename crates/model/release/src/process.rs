//! The port of the process that a flow runs in: its clock, its sleep, and who it is.

use std::time::Duration;

use crate::{BoxFuture, Holder};

/// The process around a flow. Implemented by `adapter/host`, in tests by a stopped clock.
pub trait Process: Send + Sync {
    /// Nanoseconds since 1970 UTC.
    fn now(&self) -> i128;

    /// Ends after a while.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// Who holds the leases that this process takes.
    fn holder(&self) -> Holder;

    /// Whether the process of a lease is still there: `None` when it runs on another machine.
    fn is_alive(&self, holder: &Holder) -> Option<bool>;
}
