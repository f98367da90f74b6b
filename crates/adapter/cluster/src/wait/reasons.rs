//! Why an object is not ready, asked of its pods, its events and the log of a container that ends.

use corten_release::readiness::{Cause, Reason, current_pods, explain, legacy};
use corten_release::{ClusterEvent, LogTarget, Object};
use corten_value::Value;

use crate::connection::Request;
use crate::inspect;
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::read::decode;

const LOG_LINES: usize = 5;
const PODS_ASKED: usize = 2;

/// The reason and what else is known, a line each.
pub(super) struct Found {
    pub reason: Reason,
    pub details: Vec<String>,
}

/// Finds the reason for an object; `None` when nothing speaks against it.
pub(super) async fn find(cluster: &Kubernetes, object: &Object, live: &Value) -> Option<Found> {
    let pods = pods(cluster, object, live).await;
    let mut reason = explain(live, &pods, &[]);
    if !reason.as_ref().is_some_and(|reason| reason.is_final) {
        let events = events(cluster, object, live, &pods).await;
        reason = explain(live, &pods, &events);
    }
    let reason = reason?;
    let mut details = vec![reason.to_string()];
    if reason.cause == Cause::CrashLoop {
        details.extend(log(cluster, object, &pods, &reason).await);
    }
    Some(Found { reason, details })
}

async fn pods(cluster: &Kubernetes, object: &Object, live: &Value) -> Vec<Value> {
    let controls = matches!(
        object.kind.as_str(),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "ReplicationController"
    );
    let selector = if controls { legacy::pod_selector(live) } else { None };
    let (Some(selector), Ok(connection)) = (selector, cluster.connection()) else { return Vec::new() };
    let path = with_query(Collection::core("pods", &object.namespace).path(), &[("labelSelector", &selector)]);
    let answer = connection.send(&Request::get(path)).await.and_then(|answer| decode(&answer.body));
    let list = answer.unwrap_or_default();
    list.get("items").and_then(Value::as_list).unwrap_or_default().to_vec()
}

async fn events(cluster: &Kubernetes, object: &Object, live: &Value, pods: &[Value]) -> Vec<ClusterEvent> {
    let mut events = inspect::events(cluster, object).await.unwrap_or_default();
    for pod in current_pods(live, pods).into_iter().take(PODS_ASKED) {
        let mut pod_object = object.clone();
        "Pod".clone_into(&mut pod_object.kind);
        name_of(pod).clone_into(&mut pod_object.name);
        events.extend(inspect::events(cluster, &pod_object).await.unwrap_or_default());
    }
    events
}

fn name_of(value: &Value) -> &str {
    value.at("metadata.name").and_then(Value::as_str).unwrap_or_default()
}

/// The last lines of the container that the reason is about.
async fn log(cluster: &Kubernetes, object: &Object, pods: &[Value], reason: &Reason) -> Vec<String> {
    let Some((pod, container)) = reason.subject.strip_prefix("pod ").and_then(|rest| rest.split_once(", container "))
    else {
        return Vec::new();
    };
    if !pods.iter().any(|known| name_of(known) == pod) && object.name != pod {
        return Vec::new();
    }
    let target = LogTarget { namespace: &object.namespace, pod, container };
    let text = inspect::log(cluster, target).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|line| format!("log: {line}")).collect()
}
