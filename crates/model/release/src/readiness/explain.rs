//! The reason that a person wants to read when an object does not become ready.
//!
//! Looks at the pods of the object's newest revision first, then at the object itself, then at
//! events. What will not get better by itself is marked, for `--fail-fast`.

use std::fmt;

use corten_value::Value;

use super::fields::{list, text};
use crate::ClusterEvent;

/// What kind of trouble it is, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A job has failed, and so has what waits for it.
    JobFailed,
    /// A container ends again and again.
    CrashLoop,
    /// An image cannot be had.
    Image,
    /// A container cannot be made: a secret or config map is missing, a command is wrong.
    Container,
    /// No node takes the pod.
    Unschedulable,
    /// The controller cannot make pods: a quota, an admission webhook.
    NoPods,
    /// A rollout took longer than it may.
    Deadline,
    /// A container runs, and its probe says no.
    NotReady,
    /// Things are on their way.
    Waiting,
    /// The last event is all there is to say.
    Event,
}

/// Why an object is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of trouble it is.
    pub cause: Cause,
    /// Whom it is about: `pod web-0, container app`; empty for the object itself.
    pub subject: String,
    /// Kubernetes' word for it: `CrashLoopBackOff`.
    pub word: String,
    /// What the cluster says about it, on one line.
    pub message: String,
    /// Whether it will not get better by itself.
    pub is_final: bool,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.subject, &self.word, &self.message];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        out.write_str(&parts.join(": "))
    }
}

/// The most telling reason for `object` not being ready; `None` when nothing speaks against it.
///
/// `pods` are those that its selector finds, `events` those about it and its pods, newest last.
pub fn explain(object: &Value, pods: &[Value], events: &[ClusterEvent]) -> Option<Reason> {
    let own = if text(object, "kind") == "Pod" { vec![object] } else { current_pods(object, pods) };
    let of_pods = own.into_iter().filter_map(pod_reason);
    let found = of_pods.chain(object_reason(object)).min_by_key(|reason| reason.cause);
    match found {
        // A probe's own words stand in the event only.
        Some(mut reason) if reason.cause == Cause::NotReady => {
            if let Some(event) = last_warning(events) {
                reason.message = format!("{} ({event})", reason.message);
            }
            Some(reason)
        }
        Some(reason) if reason.cause < Cause::Waiting => Some(reason),
        weak => last_warning(events).or(weak),
    }
}

/// The pods of the object's newest revision that are not being deleted.
///
/// During a rollout the pods of the revision before may be in any state; they say nothing about
/// the new one.
pub fn current_pods<'a>(object: &Value, pods: &'a [Value]) -> Vec<&'a Value> {
    let label = match text(object, "kind") {
        "Deployment" => "pod-template-hash",
        "StatefulSet" | "DaemonSet" => "controller-revision-hash",
        _ => "",
    };
    let revision = |pod: &&Value| {
        pod.at("metadata.labels").and_then(|labels| labels.get(label)).and_then(Value::as_str).map(str::to_owned)
    };
    let alive: Vec<&Value> = pods.iter().filter(|pod| text(pod, "metadata.deletionTimestamp").is_empty()).collect();
    if label.is_empty() {
        return alive;
    }
    let updated = text(object, "status.updateRevision");
    let newest = if updated.is_empty() {
        let born = |pod: &&&Value| text(pod, "metadata.creationTimestamp").to_owned();
        alive.iter().max_by_key(born).and_then(revision)
    } else {
        Some(updated.to_owned())
    };
    alive.into_iter().filter(|pod| revision(pod) == newest).collect()
}

fn pod_reason(pod: &Value) -> Option<Reason> {
    let containers = ["status.initContainerStatuses", "status.containerStatuses"];
    let statuses = containers.into_iter().flat_map(|path| list(pod, path));
    let of_containers = statuses.filter_map(|status| container_reason(pod, status)).min_by_key(|reason| reason.cause);
    of_containers.or_else(|| scheduling_reason(pod)).or_else(|| failed_pod(pod))
}

fn subject(pod: &Value, container: &str) -> String {
    let pod = text(pod, "metadata.name");
    if container.is_empty() { format!("pod {pod}") } else { format!("pod {pod}, container {container}") }
}

/// Kubernetes' waiting reasons: what they mean, and whether they are final.
const WAITING: &[(&str, Cause, bool)] = &[
    ("CrashLoopBackOff", Cause::CrashLoop, true),
    ("ImagePullBackOff", Cause::Image, true),
    ("InvalidImageName", Cause::Image, true),
    ("ErrImageNeverPull", Cause::Image, true),
    ("ErrImagePull", Cause::Image, false),
    ("RegistryUnavailable", Cause::Image, false),
    ("CreateContainerConfigError", Cause::Container, false),
    ("CreateContainerError", Cause::Container, false),
    ("RunContainerError", Cause::Container, false),
];

fn container_reason(pod: &Value, status: &Value) -> Option<Reason> {
    let subject = subject(pod, text(status, "name"));
    let reason = |cause, word: &str, message: String, is_final| {
        Some(Reason { cause, subject: subject.clone(), word: word.to_owned(), message, is_final })
    };
    if let Some(waiting) = status.at("state.waiting") {
        let word = text(waiting, "reason");
        let message = one_line(text(waiting, "message"));
        return match WAITING.iter().find(|(name, ..)| *name == word) {
            Some((_, cause, is_final)) => reason(*cause, word, with_last_exit(message, status), *is_final),
            None => reason(Cause::Waiting, word, message, false),
        };
    }
    if let Some(ended) = status.at("state.terminated") {
        let code = exit_code(ended);
        return if code == 0 { None } else { reason(Cause::CrashLoop, exit_word(ended), exit_text(ended), false) };
    }
    let runs = status.at("state.running").is_some();
    let is_ready = status.get("ready").and_then(Value::as_bool) == Some(true);
    if runs && !is_ready { reason(Cause::NotReady, "", "running, not ready".to_owned(), false) } else { None }
}

fn exit_code(ended: &Value) -> i64 {
    match ended.get("exitCode") {
        Some(Value::Int(code)) => *code,
        _ => 0,
    }
}

fn exit_word(ended: &Value) -> &str {
    match text(ended, "reason") {
        "" => "Error",
        word => word,
    }
}

fn exit_text(ended: &Value) -> String {
    let code = format!("exit code {}", exit_code(ended));
    match one_line(text(ended, "message")) {
        message if message.is_empty() => code,
        message => format!("{code}, {message}"),
    }
}

fn with_last_exit(message: String, status: &Value) -> String {
    let Some(ended) = status.at("lastState.terminated") else { return message };
    let exit = format!("{} with {}", exit_word(ended), exit_text(ended));
    let restarts = match status.get("restartCount") {
        Some(Value::Int(count)) if *count > 0 => format!(", {count} restarts"),
        _ => String::new(),
    };
    if message.is_empty() {
        format!("last end: {exit}{restarts}")
    } else {
        format!("{message} (last end: {exit}{restarts})")
    }
}

fn scheduling_reason(pod: &Value) -> Option<Reason> {
    let refused =
        |condition: &&Value| text(condition, "type") == "PodScheduled" && text(condition, "status") == "False";
    let condition = list(pod, "status.conditions").iter().find(refused)?;
    Some(Reason {
        cause: Cause::Unschedulable,
        subject: subject(pod, ""),
        word: text(condition, "reason").to_owned(),
        message: one_line(text(condition, "message")),
        is_final: false,
    })
}

fn failed_pod(pod: &Value) -> Option<Reason> {
    let (cause, word) = match text(pod, "status.phase") {
        "Failed" => (Cause::CrashLoop, "Failed"),
        "Pending" => (Cause::Waiting, "Pending"),
        _ => return None,
    };
    let own = text(pod, "status.reason");
    Some(Reason {
        cause,
        subject: subject(pod, ""),
        word: if own.is_empty() { word } else { own }.to_owned(),
        message: one_line(text(pod, "status.message")),
        is_final: false,
    })
}

/// Conditions that say what is wrong: kind, status, cause, whether final.
const CONDITIONS: &[(&str, &str, Cause, bool)] = &[
    ("ReplicaFailure", "True", Cause::NoPods, false),
    ("Stalled", "True", Cause::Deadline, true),
    ("Ready", "False", Cause::NotReady, false),
    ("NamesAccepted", "False", Cause::Deadline, true),
];

fn object_reason(object: &Value) -> Option<Reason> {
    let is_job = text(object, "kind") == "Job";
    let reasons = list(object, "status.conditions").iter().filter_map(|condition| {
        let (kind, status, word) = (text(condition, "type"), text(condition, "status"), text(condition, "reason"));
        let (cause, is_final) = match (kind, status) {
            ("Failed", "True") if is_job => (Cause::JobFailed, true),
            ("Progressing", "False") if word == "ProgressDeadlineExceeded" => (Cause::Deadline, true),
            ("Ready", _) if text(object, "kind") == "Pod" => return None,
            _ => CONDITIONS.iter().find(|row| (row.0, row.1) == (kind, status)).map(|row| (row.2, row.3))?,
        };
        let message = one_line(text(condition, "message"));
        Some(Reason { cause, subject: String::new(), word: word.to_owned(), message, is_final })
    });
    reasons.min_by_key(|reason| reason.cause)
}

fn last_warning(events: &[ClusterEvent]) -> Option<Reason> {
    let event = events.iter().rev().find(|event| event.severity == "Warning")?;
    Some(Reason {
        cause: Cause::Event,
        subject: String::new(),
        word: event.reason.clone(),
        message: one_line(&event.message),
        is_final: false,
    })
}

/// Messages of the cluster go on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
