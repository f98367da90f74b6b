//! `--wait=legacy`: Helm 3's way, asking for one object after the other every two seconds.
//!
//! Go: pkg/kube/wait.go `legacyWaiter`.

use std::time::Duration;

use corten_release::readiness::legacy::{LegacyOptions, Related, is_ready, pod_selector};
use corten_release::{ClusterError, ClusterErrorKind, Extent, Object, ObjectState, WaitFor, WaitRequest};
use corten_value::Value;
use tokio::time::Instant;

use super::{outcome, reasons};
use crate::connection::{Connection, Request};
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::read::{self, decode};
use crate::status::ApiError;

const POLL: Duration = Duration::from_secs(2);
/// Go: `waitRetries`.
const RETRIES: u32 = 30;

/// What one look gave.
enum Look {
    Ready,
    Waiting(Option<Value>),
    Failed(String),
    Unreadable(ApiError),
}

/// Waits.
pub(super) async fn wait(cluster: &Kubernetes, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    let connection = cluster.connected()?;
    let end = Instant::now() + request.timeout;
    let mut failures = vec![0_u32; request.objects.len()];
    let mut waiting: Option<(usize, Option<Value>)> = None;
    loop {
        let round = look(connection, &request, &mut failures);
        match tokio::time::timeout_at(end, round).await {
            Ok(Ok(None)) => return Ok(()),
            Ok(Ok(Some(found))) => {
                tell(&request, &found);
                waiting = Some(found);
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => return late(cluster, &request, waiting).await,
        }
        if Instant::now() + POLL >= end {
            tokio::time::sleep_until(end).await;
            return late(cluster, &request, waiting).await;
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn late(
    cluster: &Kubernetes,
    request: &WaitRequest<'_>,
    waiting: Option<(usize, Option<Value>)>,
) -> Result<(), ClusterError> {
    let mut hints = Vec::new();
    if let Some((place, Some(live))) = waiting
        && let Some(object) = request.objects.get(place)
        && let Some(found) = reasons::find(cluster, object, &live).await
    {
        hints.extend(found.details.iter().map(|detail| format!("{} {}: {detail}", object.kind, object.name)));
    }
    outcome::ended(Vec::new(), true, hints)
}

fn tell(request: &WaitRequest<'_>, (place, _): &(usize, Option<Value>)) {
    if let Some(object) = request.objects.get(*place) {
        request.observer.changed(&ObjectState {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            status: "InProgress".to_owned(),
            message: String::new(),
            is_done: false,
            details: Vec::new(),
        });
    }
}

/// The first object that is not ready, if any.
async fn look(
    connection: &Connection,
    request: &WaitRequest<'_>,
    failures: &mut [u32],
) -> Result<Option<(usize, Option<Value>)>, ClusterError> {
    for (place, object) in request.objects.iter().enumerate() {
        let look = match request.until {
            WaitFor::Deleted => is_gone(connection, object).await,
            WaitFor::Ready { jobs } => is_object_ready(connection, object, jobs).await,
            WaitFor::Done => Look::Ready,
        };
        let count = failures.get_mut(place);
        match look {
            Look::Ready => {
                if let Some(count) = count {
                    *count = 0;
                }
            }
            Look::Waiting(live) => return Ok(Some((place, live))),
            Look::Failed(text) => {
                // Go: an error that is no answer of the server is tried again.
                if let Some(count) = count {
                    *count += 1;
                    if *count <= RETRIES && !request.fail_fast {
                        return Ok(Some((place, None)));
                    }
                }
                return Err(ClusterError::new(ClusterErrorKind::Other, text));
            }
            Look::Unreadable(error) => {
                let is_passing = matches!(error.code(), 0 | 429) || (error.code() >= 500 && error.code() != 501);
                if let Some(count) = count
                    && is_passing
                    && *count < RETRIES
                {
                    *count += 1;
                    return Ok(Some((place, None)));
                }
                return Err(cluster_error(&error));
            }
        }
    }
    Ok(None)
}

async fn is_gone(connection: &Connection, object: &Object) -> Look {
    match read::get(connection, object, Extent::Metadata).await {
        Ok(None) => Look::Ready,
        Ok(live) => Look::Waiting(live),
        Err(error) => Look::Unreadable(error),
    }
}

async fn is_object_ready(connection: &Connection, object: &Object, checks_jobs: bool) -> Look {
    let has_rules = match (object.api_version().as_str(), object.kind.as_str()) {
        ("batch/v1", "Job") => checks_jobs,
        ("v1", "Pod" | "PersistentVolumeClaim" | "Service" | "ReplicationController") => true,
        ("apps/v1", "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet") => true,
        (_, "CustomResourceDefinition") => true,
        _ => false,
    };
    if !has_rules {
        return Look::Ready;
    }
    let live = match read::get(connection, object, Extent::Whole).await {
        Ok(Some(live)) => live,
        Ok(None) => {
            let text = format!("{} {:?} not found", object.resource, object.name);
            return Look::Unreadable(ApiError::Status(Box::new(crate::Status {
                message: text,
                reason: "NotFound".to_owned(),
                code: 404,
                details: None,
            })));
        }
        Err(error) => return Look::Unreadable(error),
    };
    let related = match object.kind.as_str() {
        "Deployment" => list(connection, "apps", "replicasets", object, &live).await,
        "ReplicaSet" | "ReplicationController" => list(connection, "", "pods", object, &live).await,
        _ => Ok(Vec::new()),
    };
    let related = match related {
        Ok(related) => related,
        Err(error) => return Look::Unreadable(error),
    };
    let related = if object.kind == "Deployment" {
        Related { replica_sets: &related, pods: &[] }
    } else {
        Related { replica_sets: &[], pods: &related }
    };
    match is_ready(&live, related, LegacyOptions { checks_jobs, paused_is_ready: true }) {
        Ok(true) => Look::Ready,
        Ok(false) => Look::Waiting(Some(live)),
        Err(error) => Look::Failed(error.to_string()),
    }
}

async fn list(
    connection: &Connection,
    group: &str,
    resource: &str,
    object: &Object,
    live: &Value,
) -> Result<Vec<Value>, ApiError> {
    let Some(selector) = pod_selector(live) else { return Ok(Vec::new()) };
    let collection = Collection { group, version: "v1", resource, namespace: &object.namespace };
    let path = with_query(collection.path(), &[("labelSelector", &selector)]);
    let list = decode(&connection.send(&Request::get(path)).await?.body)?;
    Ok(list.get("items").and_then(Value::as_list).unwrap_or_default().to_vec())
}
