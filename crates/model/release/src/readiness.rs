//! Whether live objects are ready, and why not.
//!
//! [`kstatus`] holds the rules of `--wait=watcher` (kstatus, from the conditions and counters of
//! one object), [`legacy`] those of `--wait=legacy` (Helm 3's `ready.go`, which also looks at
//! replica sets and pods), and [`explain`] finds the reason that a person wants to read: a pod that
//! crashes, an image that cannot be pulled, a node that is missing. Pure functions over objects as
//! the API server sends them; the clock comes in as an argument.

mod explain;
mod fields;
pub mod kstatus;
pub mod legacy;

pub use explain::{Cause, Reason, current_pods, explain};
pub use kstatus::{Readiness, Rules, State, compute};
pub use legacy::{LegacyError, LegacyOptions, Related, is_ready, pod_selector};
