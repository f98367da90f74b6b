//! The status of one object from what it says about itself.
//!
//! Go: `github.com/fluxcd/cli-utils/pkg/kstatus/status` and Helm's `internal/statusreaders`.

mod workloads;

use std::fmt;

use corten_value::Value;

use super::fields::{Condition, conditions, group, int, list, nested, text};
use crate::Timestamp;

/// How long a pod may wait for a node before it counts as failed.
const SCHEDULE_WINDOW: i128 = 15_000_000_000;

/// kstatus' word for an object's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// On its way.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// As it should be.
    Current,
    /// Being deleted.
    Terminating,
    /// Not in the cluster.
    NotFound,
    /// The object does not tell.
    Unknown,
}

impl State {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Current => "Current",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The state of an object and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The state.
    pub state: State,
    /// One word of why, or for [`State::Unknown`] what could not be read; may be empty.
    pub reason: String,
    /// The sentence that Helm prints.
    pub message: String,
}

impl Readiness {
    /// The state of an object that is not in the cluster.
    pub fn not_found() -> Self {
        Self { state: State::NotFound, reason: String::new(), message: "Resource not found".to_owned() }
    }

    fn new(state: State, reason: &str, message: impl Into<String>) -> Self {
        Self { state, reason: reason.to_owned(), message: message.into() }
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(State::Current, "", message)
    }

    fn in_progress(reason: &str, message: impl Into<String>) -> Self {
        Self::new(State::InProgress, reason, message)
    }

    fn failed(reason: &str, message: impl Into<String>) -> Self {
        Self::new(State::Failed, reason, message)
    }
}

/// Which rules a wait goes by. Go: the status readers of `pkg/kube/statuswait.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Of `--wait`: a job that has started is current.
    Objects,
    /// Of `--wait-for-jobs`: a job has to complete.
    ObjectsAndJobs,
    /// Of hooks: jobs and pods have to complete, all else is current.
    Hooks,
}

/// The state of a live object.
pub fn compute(object: &Value, rules: Rules, now: &Timestamp) -> Readiness {
    computed(object, rules, now).unwrap_or_else(|error| Readiness {
        state: State::Unknown,
        reason: error,
        message: String::new(),
    })
}

fn computed(object: &Value, rules: Rules, now: &Timestamp) -> Result<Readiness, String> {
    let kind = text(object, "kind");
    match (rules, group(object), kind) {
        (Rules::ObjectsAndJobs | Rules::Hooks, "batch", "Job") => return completed_job(object),
        (Rules::Hooks, "", "Pod") => return Ok(completed_pod(object)),
        (Rules::Hooks, ..) => return Ok(Readiness::current("Resource is current")),
        _ => {}
    }
    if let Some(decided) = generic(object)? {
        return Ok(decided);
    }
    match (group(object), kind) {
        ("", "Service") => Ok(service(object)),
        ("", "Pod") => pod(object, now),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Ok(Readiness::current("Resource is always ready")),
        ("", "PersistentVolumeClaim") => Ok(volume_claim(object)),
        ("apps", "StatefulSet") => Ok(workloads::stateful_set(object)),
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set(object),
        ("apps" | "extensions", "Deployment") => workloads::deployment(object),
        ("apps" | "extensions", "ReplicaSet") => workloads::replica_set(object),
        ("policy", "PodDisruptionBudget") => Ok(Readiness::current("AllowedDisruptions has been computed.")),
        ("batch", "Job") => job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => ready_condition(object),
    }
}

/// What all objects have in common. Go: `checkGenericProperties`.
fn generic(object: &Value) -> Result<Option<Readiness>, String> {
    let looking_up = |path: &str, error: String| format!("looking up {path} from resource: {error}");
    match nested(object, "metadata", "deletionTimestamp") {
        Err(error) => return Err(looking_up("metadata.deletionTimestamp", error)),
        Ok(Some(Value::String(time))) if !time.is_empty() => {
            return Ok(Some(Readiness::new(State::Terminating, "", "Resource scheduled for deletion")));
        }
        Ok(Some(Value::String(_)) | None) => {}
        Ok(Some(other)) => {
            let error = format!(".metadata.deletionTimestamp accessor error: it is of the type {}", other.json_kind());
            return Err(looking_up("metadata.deletionTimestamp", error));
        }
    }
    if let Some(generation) = nested_int(object, "metadata", "generation")?
        && let Some(observed) = nested_int(object, "status", "observedGeneration")?
        && observed != generation
    {
        let kind = text(object, "kind");
        let message = format!("{kind} generation is {generation}, but latest observed generation is {observed}");
        return Ok(Some(Readiness::in_progress("LatestGenerationNotObserved", message)));
    }
    for condition in conditions(object)?.iter().filter(|condition| condition.status == "True") {
        match condition.kind {
            "Reconciling" => return Ok(Some(Readiness::in_progress(condition.reason, condition.message))),
            "Stalled" => return Ok(Some(Readiness::failed(condition.reason, condition.message))),
            _ => {}
        }
    }
    Ok(None)
}

/// Go: `unstructured.NestedInt64`.
fn nested_int(object: &Value, table: &str, key: &str) -> Result<Option<i64>, String> {
    let looking_up = |error: String| format!("looking up {table}.{key} from resource: {error}");
    match nested(object, table, key).map_err(looking_up)? {
        None => Ok(None),
        Some(Value::Int(number)) => Ok(Some(*number)),
        Some(other) => Err(looking_up(format!(
            ".{table}.{key} accessor error: it is of the type {}, expected int64",
            other.json_kind()
        ))),
    }
}

/// Go: `checkReadyCondition`, for kinds that nothing else is known about.
fn ready_condition(object: &Value) -> Result<Readiness, String> {
    for condition in conditions(object)?.iter().filter(|condition| condition.kind == "Ready") {
        match condition.status {
            "True" => return Ok(Readiness::current("Resource is Ready")),
            "False" | "Unknown" => return Ok(Readiness::in_progress(condition.reason, condition.message)),
            _ => {}
        }
    }
    Ok(Readiness::current("Resource is current"))
}

fn service(object: &Value) -> Readiness {
    if text(object, "spec.type") == "LoadBalancer" && text(object, "spec.clusterIP").is_empty() {
        return Readiness::in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
    }
    Readiness::current("Service is ready")
}

fn volume_claim(object: &Value) -> Readiness {
    let phase = object.at("status.phase").and_then(Value::as_str).unwrap_or("unknown");
    if phase == "Bound" {
        return Readiness::current("PVC is Bound");
    }
    Readiness::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}"))
}

fn definition(object: &Value) -> Result<Readiness, String> {
    for condition in conditions(object)? {
        match (condition.kind, condition.status) {
            ("NamesAccepted", "False") => return Ok(Readiness::failed(condition.reason, condition.message)),
            ("Established", "False") if condition.reason != "Installing" => {
                return Ok(Readiness::failed(condition.reason, condition.message));
            }
            ("Established", "True") => return Ok(Readiness::current("CRD is established")),
            _ => {}
        }
    }
    Ok(Readiness::in_progress("Installing", "Install in progress"))
}

fn pod(object: &Value, now: &Timestamp) -> Result<Readiness, String> {
    let conditions = conditions(object)?;
    Ok(match text(object, "status.phase") {
        "Succeeded" => Readiness::current("Pod has completed successfully"),
        // Go: a pod that ended badly is done too.
        "Failed" => Readiness::current("Pod has completed, but not successfully"),
        "Running" => running_pod(object, &conditions),
        "Pending" => pending_pod(object, &conditions, now),
        "" => Readiness::in_progress("PodNotObserved", "Pod phase not available"),
        other => return Err(format!("unknown phase {other}")),
    })
}

fn running_pod(object: &Value, conditions: &[Condition<'_>]) -> Readiness {
    if conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True") {
        return Readiness::current("Pod is Ready");
    }
    let crashing: Vec<&str> = list(object, "status.containerStatuses")
        .iter()
        .filter(|status| text(status, "state.waiting.reason") == "CrashLoopBackOff")
        .map(|status| text(status, "name"))
        .collect();
    if crashing.is_empty() {
        return Readiness::in_progress("PodRunningNotReady", "Pod is running but is not Ready");
    }
    Readiness::failed("ContainerCrashLooping", format!("Containers in CrashLoop state: {}", crashing.join(",")))
}

fn pending_pod(object: &Value, conditions: &[Condition<'_>], now: &Timestamp) -> Readiness {
    let scheduled = conditions.iter().find(|condition| condition.kind == "PodScheduled" && condition.status == "False");
    if scheduled.is_none_or(|condition| condition.reason != "Unschedulable") {
        return Readiness::in_progress("PodPending", "Pod is in the Pending phase");
    }
    let created = Timestamp::parse(text(object, "metadata.creationTimestamp")).ok().flatten();
    if created.is_some_and(|created| now.unix_nanos() - SCHEDULE_WINDOW < created.unix_nanos()) {
        return Readiness::in_progress("PodNotScheduled", "Pod has not been scheduled");
    }
    Readiness::failed("PodUnschedulable", "Pod could not be scheduled")
}

fn completions(object: &Value) -> i64 {
    let parallelism = int(object, "spec.parallelism").unwrap_or(1);
    int(object, "spec.completions").unwrap_or(parallelism)
}

fn ended_job(object: &Value) -> Result<Option<Readiness>, String> {
    let completions = completions(object);
    for condition in conditions(object)?.iter().filter(|condition| condition.status == "True") {
        match condition.kind {
            "Complete" => {
                let succeeded = int(object, "status.succeeded").unwrap_or(0);
                let message = format!("Job Completed. succeeded: {succeeded}/{completions}");
                return Ok(Some(Readiness::current(message)));
            }
            "Failed" => {
                let failed = int(object, "status.failed").unwrap_or(0);
                return Ok(Some(Readiness::failed("JobFailed", format!("Job Failed. failed: {failed}/{completions}"))));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn job(object: &Value) -> Result<Readiness, String> {
    if let Some(ended) = ended_job(object)? {
        return Ok(ended);
    }
    if text(object, "status.startTime").is_empty() {
        return Ok(Readiness::in_progress("JobNotStarted", "Job not started"));
    }
    let count = |key: &str| int(object, key).unwrap_or(0);
    Ok(Readiness::current(format!(
        "Job in progress. success:{}, active: {}, failed: {}",
        count("status.succeeded"),
        count("status.active"),
        count("status.failed")
    )))
}

/// Go: `internal/statusreaders/job_status_reader.go`.
fn completed_job(object: &Value) -> Result<Readiness, String> {
    let ended = ended_job(object)?;
    Ok(ended.unwrap_or_else(|| Readiness::in_progress("JobInProgress", "Job in progress")))
}

/// Go: `internal/statusreaders/pod_status_reader.go`.
fn completed_pod(object: &Value) -> Readiness {
    let name = text(object, "metadata.name");
    match text(object, "status.phase") {
        "Succeeded" => Readiness::current(format!("pod {name} succeeded")),
        "Failed" => Readiness::failed("PodFailed", format!("pod {name} failed")),
        _ => Readiness::in_progress("PodInProgress", "Pod in progress"),
    }
}
