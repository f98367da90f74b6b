//! Hooks with `--wait=legacy`: jobs and pods are watched until they end.
//!
//! Go: pkg/kube/wait.go `WatchUntilReady`: kind after kind, all of a kind at once.

use corten_release::{ClusterError, ClusterErrorKind, Object, WaitRequest};
use corten_value::Value;
use futures::future::{Either, join_all, select};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use super::follow::{News, Target, targets};
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;

/// Go: wait.ErrWaitTimeout.
const TIMED_OUT: &str = "timed out waiting for the condition";

/// Waits.
pub(super) async fn wait(cluster: &Kubernetes, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    let watched = request.objects.iter().filter(|object| matches!(object.kind.as_str(), "Job" | "Pod"));
    let mut errors = Vec::new();
    for outcome in join_all(watched.map(|object| end_of(cluster, object, request))).await {
        if let Err(error) = outcome {
            errors.push(error);
        }
    }
    let text = errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("\n");
    match errors.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(ClusterError { message: text, ..first }),
    }
}

async fn end_of(cluster: &Kubernetes, object: &Object, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    let connection = cluster.connected()?;
    let (sender, mut news) = unbounded_channel();
    let following = join_all(targets(connection, &[(0, object)], &sender).into_iter().map(Target::follow));
    drop(sender);
    let end = Instant::now() + request.timeout;
    let watching = Box::pin(async {
        let mut was_there = false;
        loop {
            match tokio::time::timeout_at(end, news.recv()).await {
                Err(_) | Ok(None) => return Err(ClusterError::new(ClusterErrorKind::Timeout, TIMED_OUT)),
                Ok(Some(News::Refused(error))) => return Err(cluster_error(&error)),
                Ok(Some(News::Gone(_))) if was_there => return Ok(()),
                Ok(Some(News::Seen(_, live))) => {
                    was_there = true;
                    match ended(object, &live) {
                        Some(Ok(())) => return Ok(()),
                        Some(Err(text)) => return Err(ClusterError::new(ClusterErrorKind::Other, text)),
                        None => {}
                    }
                }
                Ok(Some(News::Gone(_) | News::Listed)) => {}
            }
        }
    });
    match select(watching, Box::pin(following)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right((_, watching)) => watching.await,
    }
}

// Go: waitForJob and waitForPodSuccess.
fn ended(object: &Object, live: &Value) -> Option<Result<(), String>> {
    let text = |value: &Value, path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    if object.kind == "Pod" {
        return match text(live, "status.phase").as_str() {
            "Succeeded" => Some(Ok(())),
            "Failed" => Some(Err(format!("pod {} failed", object.name))),
            _ => None,
        };
    }
    let conditions = live.at("status.conditions").and_then(Value::as_list).unwrap_or_default();
    conditions.iter().filter(|condition| text(condition, "status") == "True").find_map(|condition| {
        match text(condition, "type").as_str() {
            "Complete" => Some(Ok(())),
            "Failed" => Some(Err(format!("job {} failed: {}", object.name, text(condition, "reason")))),
            _ => None,
        }
    })
}
