//! Waiting for objects: by watching them (`watcher`) or by asking every two seconds (`legacy`).
//!
//! What counts as ready is decided by pure rules in `model/release`; this module brings them the
//! live objects, counts the time and finds the reason of what does not get ready.
//! Go: pkg/kube/statuswait.go, pkg/kube/wait.go.

mod follow;
mod hooks;
mod legacy;
mod outcome;
mod reasons;
mod watcher;

use std::time::{Duration, SystemTime};

use corten_gostd::time::Zone;
use corten_release::{ClusterError, Timestamp, WaitFor, WaitRequest, WaitStrategy};

use crate::kubernetes::Kubernetes;

/// Go: statuswait.go `DefaultStatusWatcherTimeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits as the request says.
pub(crate) async fn wait(cluster: &Kubernetes, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    match (request.strategy, request.until) {
        (WaitStrategy::HookOnly, WaitFor::Ready { .. } | WaitFor::Deleted) => Ok(()),
        (WaitStrategy::Legacy, WaitFor::Done) => hooks::wait(cluster, request).await,
        (WaitStrategy::Legacy, _) => legacy::wait(cluster, request).await,
        (WaitStrategy::Watcher | WaitStrategy::HookOnly, _) => watcher::wait(cluster, request).await,
    }
}

/// The time, as rules want it.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_nanos(i128::try_from(since.as_nanos()).unwrap_or_default(), Zone::utc())
}
