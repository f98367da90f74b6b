//! The rules of workload controllers: their counters have to catch up with what is wanted.

use corten_value::Value;

use super::super::fields::{conditions, int, text};
use super::{Readiness, nested_int};

/// The controller's own default for a deadline that is not set.
const NO_DEADLINE: i64 = 2_147_483_647;

/// One comparison of counters: when `actual` is below `wanted`, the object is on its way.
fn behind(word: &str, reason: &str, actual: i64, wanted: i64) -> Option<Readiness> {
    (wanted > actual).then(|| Readiness::in_progress(reason, format!("{word}: {actual}/{wanted}")))
}

fn too_many(actual: i64, wanted: i64) -> Option<Readiness> {
    let extra = actual.saturating_sub(wanted);
    (extra > 0).then(|| Readiness::in_progress("ExtraPods", format!("Pending termination: {extra}")))
}

fn status(object: &Value, counter: &str) -> i64 {
    int(object, &format!("status.{counter}")).unwrap_or(0)
}

fn wanted_replicas(object: &Value) -> i64 {
    int(object, "spec.replicas").unwrap_or(1)
}

pub(super) fn stateful_set(object: &Value) -> Readiness {
    if text(object, "spec.updateStrategy.type") == "OnDelete" {
        return Readiness::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = wanted_replicas(object);
    let replicas = status(object, "replicas");
    let checks = behind("Replicas", "LessReplicas", replicas, wanted)
        .or_else(|| behind("Ready", "LessReady", status(object, "readyReplicas"), wanted))
        .or_else(|| too_many(replicas, wanted));
    if let Some(decided) = checks {
        return decided;
    }
    // Go: -1 is both the default and the word for "not partitioned".
    let partition = int(object, "spec.updateStrategy.rollingUpdate.partition").unwrap_or(-1);
    if partition != -1 {
        let updated = status(object, "updatedReplicas");
        return behind("updated", "PartitionRollout", updated, wanted.saturating_sub(partition))
            .unwrap_or_else(|| Readiness::current(format!("Partition rollout complete. updated: {updated}")));
    }
    if let Some(decided) = behind("current", "LessCurrent", status(object, "currentReplicas"), wanted) {
        return decided;
    }
    if text(object, "status.currentRevision") != text(object, "status.updateRevision") {
        return Readiness::in_progress("RevisionMismatch", "Waiting for updated revision to match current");
    }
    Readiness::current(format!("All replicas scheduled as expected. Replicas: {replicas}"))
}

pub(super) fn deployment(object: &Value) -> Result<Readiness, String> {
    // Go: without a deadline the controller never sets the condition `Progressing`.
    let mut progressing = int(object, "spec.progressDeadlineSeconds").unwrap_or(NO_DEADLINE) == NO_DEADLINE;
    let mut available = false;
    for condition in conditions(object)? {
        match condition.kind {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                return Ok(Readiness::failed(condition.reason, "Progress deadline exceeded"));
            }
            "Progressing" if condition.status == "True" && condition.reason == "NewReplicaSetAvailable" => {
                progressing = true;
            }
            "Available" if condition.status == "True" => available = true,
            _ => {}
        }
    }
    let wanted = wanted_replicas(object);
    let replicas = status(object, "replicas");
    let updated = status(object, "updatedReplicas");
    let checks = behind("Replicas", "LessReplicas", replicas, wanted)
        .or_else(|| behind("Updated", "LessUpdated", updated, wanted))
        .or_else(|| too_many(replicas, wanted))
        .or_else(|| behind("Available", "LessAvailable", status(object, "availableReplicas"), updated))
        .or_else(|| behind("Ready", "LessReady", status(object, "readyReplicas"), wanted));
    Ok(match checks {
        Some(decided) => decided,
        None if !progressing => Readiness::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available"),
        None if !available => Readiness::in_progress("DeploymentNotAvailable", "Deployment not Available"),
        None => Readiness::current(format!("Deployment is available. Replicas: {replicas}")),
    })
}

pub(super) fn replica_set(object: &Value) -> Result<Readiness, String> {
    let fails = |condition: &super::Condition<'_>| condition.kind == "ReplicaFailure" && condition.status == "True";
    if conditions(object)?.iter().any(fails) {
        return Ok(Readiness::in_progress("ReplicaFailure", "Replica Failure condition. Check Pods"));
    }
    let wanted = wanted_replicas(object);
    let replicas = status(object, "replicas");
    let checks = behind("Labelled", "LessLabelled", status(object, "fullyLabeledReplicas"), wanted)
        .or_else(|| behind("Available", "LessAvailable", status(object, "availableReplicas"), wanted))
        .or_else(|| behind("Ready", "LessReady", status(object, "readyReplicas"), wanted))
        .or_else(|| too_many(replicas, wanted));
    Ok(checks.unwrap_or_else(|| Readiness::current(format!("ReplicaSet is available. Replicas: {replicas}"))))
}

pub(super) fn daemon_set(object: &Value) -> Result<Readiness, String> {
    // Go: the controller always sets both, so their absence means that it has not been there.
    let kind = text(object, "kind");
    if nested_int(object, "metadata", "generation")?.is_none() {
        return Ok(Readiness::in_progress("NoGeneration", format!("{kind} metadata.generation not found")));
    }
    if nested_int(object, "status", "observedGeneration")?.is_none() {
        let message = format!("{kind} status.observedGeneration not found");
        return Ok(Readiness::in_progress("NoObservedGeneration", message));
    }
    let desired = int(object, "status.desiredNumberScheduled").unwrap_or(-1);
    if desired == -1 {
        return Ok(Readiness::in_progress("NoDesiredNumber", "Missing .status.desiredNumberScheduled"));
    }
    let checks = behind("Current", "LessCurrent", status(object, "currentNumberScheduled"), desired)
        .or_else(|| behind("Updated", "LessUpdated", status(object, "updatedNumberScheduled"), desired))
        .or_else(|| behind("Available", "LessAvailable", status(object, "numberAvailable"), desired))
        .or_else(|| behind("Ready", "LessReady", status(object, "numberReady"), desired));
    Ok(checks.unwrap_or_else(|| Readiness::current(format!("All replicas scheduled as expected. Replicas: {desired}"))))
}
