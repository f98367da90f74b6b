//! Helm 3's rules of readiness. Go: `pkg/kube/ready.go`.

use std::sync::Arc;

use corten_value::{Map, Value, number};

use super::fields::{int, list, text};

const TEMPLATE_HASH: &str = "pod-template-hash";

/// What counts as ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyOptions {
    /// Jobs have to complete (`--wait-for-jobs`).
    pub checks_jobs: bool,
    /// A paused deployment is ready.
    pub paused_is_ready: bool,
}

/// The objects that belong to the one in question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Related<'a> {
    /// For a deployment: the replica sets that its selector finds.
    pub replica_sets: &'a [Value],
    /// For replica sets and replication controllers: the pods that their selector finds.
    pub pods: &'a [Value],
}

/// A job that has failed for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("job is failed: {namespace}/{name}")]
pub struct LegacyError {
    /// The job's namespace.
    pub namespace: String,
    /// The job's name.
    pub name: String,
}

/// Whether a live object is ready; kinds without rules always are.
///
/// # Errors
/// When it never will be.
pub fn is_ready(object: &Value, related: Related<'_>, options: LegacyOptions) -> Result<bool, LegacyError> {
    Ok(match (text(object, "apiVersion"), text(object, "kind")) {
        ("v1", "Pod") => pod(object),
        ("batch/v1", "Job") if options.checks_jobs => return job(object),
        ("apps/v1", "Deployment") => deployment(object, related.replica_sets, options),
        ("v1", "PersistentVolumeClaim") => text(object, "status.phase") == "Bound",
        ("v1", "Service") => service(object),
        ("apps/v1", "DaemonSet") => daemon_set(object),
        ("apps/v1", "StatefulSet") => stateful_set(object),
        ("v1", "ReplicationController") | ("apps/v1", "ReplicaSet") => {
            is_observed(object) && related.pods.iter().all(pod)
        }
        ("apiextensions.k8s.io/v1" | "apiextensions.k8s.io/v1beta1", "CustomResourceDefinition") => definition(object),
        _ => true,
    })
}

/// The label selector of a controller's pods, as the API takes it; `None` without one.
pub fn pod_selector(object: &Value) -> Option<String> {
    let selector = object.at("spec.selector")?.as_map()?;
    let expressions = selector.get("matchExpressions").and_then(Value::as_list);
    let labels = match (selector.get("matchLabels"), expressions) {
        (None, None) => Some(selector),
        (labels, _) => labels.and_then(Value::as_map),
    };
    let equals = |(key, value): (&Arc<str>, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
    let mut terms: Vec<String> = labels.into_iter().flatten().map(equals).collect();
    terms.extend(expressions.into_iter().flatten().filter_map(requirement));
    (!terms.is_empty()).then(|| terms.join(","))
}

fn requirement(expression: &Value) -> Option<String> {
    let key = text(expression, "key");
    let values: Vec<&str> = list(expression, "values").iter().filter_map(Value::as_str).collect();
    match text(expression, "operator") {
        "In" => Some(format!("{key} in ({})", values.join(","))),
        "NotIn" => Some(format!("{key} notin ({})", values.join(","))),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

fn is_observed(object: &Value) -> bool {
    int(object, "status.observedGeneration").unwrap_or(0) == int(object, "metadata.generation").unwrap_or(0)
}

fn status(object: &Value, counter: &str) -> i64 {
    int(object, &format!("status.{counter}")).unwrap_or(0)
}

fn has_condition(object: &Value, kind: &str, status: &str) -> bool {
    let is_it = |condition: &Value| text(condition, "type") == kind && text(condition, "status") == status;
    list(object, "status.conditions").iter().any(is_it)
}

fn pod(object: &Value) -> bool {
    has_condition(object, "Ready", "True")
}

fn job(object: &Value) -> Result<bool, LegacyError> {
    // The server sets six where the manifest says nothing.
    let limit = int(object, "spec.backoffLimit").unwrap_or(6);
    if status(object, "failed") > limit {
        let field = |path| text(object, path).to_owned();
        return Err(LegacyError { namespace: field("metadata.namespace"), name: field("metadata.name") });
    }
    Ok(int(object, "spec.completions").is_none_or(|completions| status(object, "succeeded") >= completions))
}

fn service(object: &Value) -> bool {
    let kind = text(object, "spec.type");
    if kind == "ExternalName" {
        return true;
    }
    if text(object, "spec.clusterIP").is_empty() {
        return false;
    }
    kind != "LoadBalancer"
        || !list(object, "spec.externalIPs").is_empty()
        || object.at("status.loadBalancer.ingress").is_some_and(|ingress| !ingress.is_null())
}

/// Go: a conflict of names is not the business of a wait, so it counts as done.
fn definition(object: &Value) -> bool {
    let decides = |condition: &Value| {
        matches!(
            (text(condition, "type"), text(condition, "status")),
            ("Established", "True") | ("NamesAccepted", "False")
        )
    };
    list(object, "status.conditions").iter().any(decides)
}

fn deployment(object: &Value, replica_sets: &[Value], options: LegacyOptions) -> bool {
    if object.at("spec.paused").and_then(Value::as_bool) == Some(true) {
        return options.paused_is_ready;
    }
    let Some(newest) = new_replica_set(object, replica_sets) else { return false };
    let replicas = int(object, "spec.replicas").unwrap_or(1);
    is_observed(newest)
        && is_observed(object)
        && status(newest, "readyReplicas") >= replicas - max_unavailable(object, replicas)
}

/// Go: `deploymentutil.FindNewReplicaSet`: the oldest one with the deployment's template.
fn new_replica_set<'a>(deployment: &Value, replica_sets: &'a [Value]) -> Option<&'a Value> {
    let uid = text(deployment, "metadata.uid");
    let is_controller =
        |owner: &Value| text(owner, "uid") == uid && owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owned = |set: &&Value| list(set, "metadata.ownerReferences").iter().any(is_controller);
    let template = deployment.at("spec.template").map(without_hash);
    let fits = |set: &&Value| set.at("spec.template").map(without_hash) == template;
    replica_sets.iter().filter(owned).filter(fits).min_by_key(|set| age(set))
}

fn age(object: &Value) -> (&str, &str) {
    (text(object, "metadata.creationTimestamp"), text(object, "metadata.name"))
}

/// Go: `EqualIgnoreHash`, for which absent and empty labels are the same.
fn without_hash(template: &Value) -> Value {
    let mut template = template.as_map().cloned().unwrap_or_default();
    let Some(mut metadata) = template.get("metadata").and_then(Value::as_map).cloned() else {
        return template.into();
    };
    let mut labels: Map = metadata.get("labels").and_then(Value::as_map).cloned().unwrap_or_default();
    labels.remove(TEMPLATE_HASH);
    metadata.insert(Arc::from("labels"), labels.into());
    template.insert(Arc::from("metadata"), metadata.into());
    template.into()
}

/// Go: `deploymentutil.MaxUnavailable`.
fn max_unavailable(deployment: &Value, replicas: i64) -> i64 {
    if text(deployment, "spec.strategy.type") != "RollingUpdate" || replicas == 0 {
        return 0;
    }
    let scaled = |key: &str, rounds_up| match deployment.at(&format!("spec.strategy.rollingUpdate.{key}")) {
        None | Some(Value::Null) => Some(0),
        Some(value) => scale(value, replicas, rounds_up),
    };
    // Go: the error of one leaves both at nothing.
    let (Some(surge), Some(unavailable)) = (scaled("maxSurge", true), scaled("maxUnavailable", false)) else {
        return 0;
    };
    // Go: both zero could never make progress.
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    unavailable.min(replicas)
}

/// Go: `intstr.GetScaledValueFromIntOrPercent`.
fn scale(value: &Value, total: i64, rounds_up: bool) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            let share = number::int_to_float(percent) * number::int_to_float(total) / 100.0;
            Some(number::float_to_int(if rounds_up { share.ceil() } else { share.floor() }))
        }
        _ => None,
    }
}

fn daemon_set(object: &Value) -> bool {
    if !is_observed(object) {
        return false;
    }
    if text(object, "spec.updateStrategy.type") != "RollingUpdate" {
        return true;
    }
    let desired = status(object, "desiredNumberScheduled");
    if status(object, "updatedNumberScheduled") != desired {
        return false;
    }
    let unavailable = object.at("spec.updateStrategy.rollingUpdate.maxUnavailable");
    // Go: with an invalid value all may be unavailable.
    let unavailable = unavailable.and_then(|value| scale(value, desired, true)).unwrap_or(desired);
    status(object, "numberReady") >= desired - unavailable
}

fn stateful_set(object: &Value) -> bool {
    if !is_observed(object) {
        return false;
    }
    if text(object, "spec.updateStrategy.type") != "RollingUpdate" {
        return true;
    }
    let partition = int(object, "spec.updateStrategy.rollingUpdate.partition").unwrap_or(0);
    let replicas = int(object, "spec.replicas").unwrap_or(1);
    if status(object, "updatedReplicas") < replicas.saturating_sub(partition)
        || status(object, "readyReplicas") != replicas
    {
        return false;
    }
    // Go: with a partition the two revisions never become one.
    partition != 0 || text(object, "status.currentRevision") == text(object, "status.updateRevision")
}
