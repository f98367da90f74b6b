//! `--wait=watcher`, and hooks: kstatus over what lists and watches bring.
//!
//! Go: pkg/kube/statuswait.go over cli-utils' watcher. An object that has failed is not waited for
//! any longer; one whose state is not known is.

use std::time::Duration;

use corten_release::readiness::{Readiness, Rules, State, compute};
use corten_release::{ClusterError, Object, ObjectState, WaitFor, WaitRequest};
use corten_value::Value;
use futures::future::{Either, join_all, select};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::follow::{News, targets};
use super::{DEFAULT_TIMEOUT, now, outcome, reasons};
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;

/// How often what only time decides is looked at again.
const TICK: Duration = Duration::from_secs(1);
/// When reasons are looked for, first and then again.
const REASONS_AFTER: Duration = Duration::from_secs(2);
const REASONS_EVERY: Duration = Duration::from_secs(5);
/// How many objects get a reason.
const REASONS: usize = 5;

/// Kinds whose objects are ready as soon as the server has them.
const SETTLED: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "Endpoints",
    "IngressClass",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "NetworkPolicy",
    "PriorityClass",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// What is known of one object.
struct Slot<'a> {
    object: &'a Object,
    readiness: Readiness,
    live: Option<Value>,
    details: Vec<String>,
    told: Option<ObjectState>,
}

/// A wait that is under way.
struct Watch<'a> {
    request: WaitRequest<'a>,
    rules: Rules,
    slots: Vec<Slot<'a>>,
    unlisted: usize,
    gave_up: bool,
}

/// Waits.
pub(super) async fn wait(cluster: &Kubernetes, request: WaitRequest<'_>) -> Result<(), ClusterError> {
    let connection = cluster.connected()?;
    let mut watch = Watch::new(request);
    let (sender, receiver) = unbounded_channel();
    let followed: Vec<(usize, &Object)> = watch
        .slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.readiness.state != State::Current)
        .map(|(place, slot)| (place, slot.object))
        .collect();
    let targets = targets(connection, &followed, &sender);
    drop(sender);
    watch.unlisted = targets.len();
    if watch.is_over() {
        return Ok(());
    }
    let following = join_all(targets.into_iter().map(super::follow::Target::follow));
    let watching = Box::pin(watch.collect(cluster, receiver));
    match select(watching, Box::pin(following)).await {
        Either::Left((outcome, _)) => outcome,
        // All were refused: the refusals are in the channel.
        Either::Right((_, watching)) => watching.await,
    }
}

impl<'a> Watch<'a> {
    fn new(request: WaitRequest<'a>) -> Self {
        let rules = match request.until {
            WaitFor::Done => Rules::Hooks,
            WaitFor::Ready { jobs: true } => Rules::ObjectsAndJobs,
            WaitFor::Ready { jobs: false } | WaitFor::Deleted => Rules::Objects,
        };
        let is_paused = |object: &Object| {
            object.kind == "Deployment" && object.content.at("spec.paused").and_then(Value::as_bool) == Some(true)
        };
        let is_deletion = request.until == WaitFor::Deleted;
        let slots = request
            .objects
            .iter()
            .filter(|object| is_deletion || request.until == WaitFor::Done || !is_paused(object))
            .map(|object| Slot::new(object, request.until))
            .collect();
        Self { request, rules, slots, unlisted: 0, gave_up: false }
    }

    fn is_settled(&self, state: State) -> bool {
        match self.request.until {
            WaitFor::Deleted => state == State::NotFound,
            WaitFor::Ready { .. } | WaitFor::Done => matches!(state, State::Current | State::Failed),
        }
    }

    fn is_over(&self) -> bool {
        self.gave_up || (self.unlisted == 0 && self.slots.iter().all(|slot| self.is_settled(slot.readiness.state)))
    }

    async fn collect(mut self, cluster: &Kubernetes, mut news: UnboundedReceiver<News>) -> Result<(), ClusterError> {
        let timeout = if self.request.timeout.is_zero() { DEFAULT_TIMEOUT } else { self.request.timeout };
        let end = Instant::now() + timeout;
        let mut next_reasons = Instant::now() + REASONS_AFTER;
        loop {
            let wake = end.min(Instant::now() + TICK);
            match tokio::time::timeout_at(wake, news.recv()).await {
                Ok(Some(News::Refused(error))) => return Err(cluster_error(&error)),
                Ok(Some(item)) => self.take(item),
                // Nobody follows any more; what is not settled never will be.
                Ok(None) => tokio::time::sleep_until(wake).await,
                Err(_) => self.look_again(),
            }
            if self.is_over() {
                return self.end(cluster, false).await;
            }
            if Instant::now() >= end {
                return self.end(cluster, true).await;
            }
            if Instant::now() >= next_reasons {
                let asking = self.find_reasons(cluster);
                drop(tokio::time::timeout_at(end, asking).await);
                next_reasons = Instant::now() + REASONS_EVERY;
                if self.is_over() {
                    return self.end(cluster, false).await;
                }
            }
        }
    }

    fn take(&mut self, news: News) {
        let is_deletion = self.request.until == WaitFor::Deleted;
        let place = match news {
            News::Seen(place, live) => {
                let Some(slot) = self.slots.get_mut(place) else { return };
                slot.readiness = compute(&live, self.rules, &now());
                slot.live = Some(live);
                place
            }
            News::Gone(place) => {
                let Some(slot) = self.slots.get_mut(place) else { return };
                // Go: an object that was never seen stays unknown.
                if is_deletion || slot.live.is_some() {
                    slot.readiness = Readiness::not_found();
                }
                place
            }
            News::Listed => {
                self.unlisted = self.unlisted.saturating_sub(1);
                return;
            }
            News::Refused(_) => return,
        };
        if self.request.fail_fast && !is_deletion {
            self.gave_up |= self.slots.get(place).is_some_and(|slot| slot.readiness.state == State::Failed);
        }
        self.tell(place);
    }

    // A pod without a node fails after a while without any event.
    fn look_again(&mut self) {
        if self.request.until == WaitFor::Deleted {
            return;
        }
        let now = now();
        for place in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(place) else { continue };
            if slot.readiness.state == State::InProgress
                && let Some(live) = &slot.live
            {
                slot.readiness = compute(live, self.rules, &now);
                self.tell(place);
            }
        }
    }

    fn tell(&mut self, place: usize) {
        let until = self.request.until;
        let Some(slot) = self.slots.get_mut(place) else { return };
        let is_done = match until {
            WaitFor::Deleted => slot.readiness.state == State::NotFound,
            WaitFor::Ready { .. } | WaitFor::Done => slot.readiness.state == State::Current,
        };
        let state = slot.state(is_done);
        if slot.told.as_ref() != Some(&state) {
            self.request.observer.changed(&state);
            slot.told = Some(state);
        }
    }

    async fn find_reasons(&mut self, cluster: &Kubernetes) {
        if self.request.until == WaitFor::Deleted {
            return;
        }
        let waiting: Vec<usize> = (0..self.slots.len())
            .filter(|&place| self.slots.get(place).is_some_and(|slot| !self.is_settled(slot.readiness.state)))
            .take(REASONS)
            .collect();
        for place in waiting {
            let Some(slot) = self.slots.get_mut(place) else { continue };
            let Some(live) = slot.live.clone() else { continue };
            let Some(found) = reasons::find(cluster, slot.object, &live).await else { continue };
            slot.details = found.details;
            if self.request.fail_fast && found.reason.is_final {
                self.gave_up = true;
            }
            self.tell(place);
        }
    }

    async fn end(mut self, cluster: &Kubernetes, is_late: bool) -> Result<(), ClusterError> {
        let is_good = |state: State| match self.request.until {
            WaitFor::Deleted => matches!(state, State::NotFound | State::Unknown),
            WaitFor::Ready { .. } | WaitFor::Done => state == State::Current,
        };
        let until = self.request.until;
        let bad: Vec<&mut Slot<'_>> = self.slots.iter_mut().filter(|slot| !is_good(slot.readiness.state)).collect();
        let lines = bad.iter().map(|slot| slot.line(until)).collect();
        let mut hints = Vec::new();
        for slot in bad.into_iter().take(REASONS) {
            if until != WaitFor::Deleted
                && let Some(live) = &slot.live
                && let Ok(Some(found)) =
                    tokio::time::timeout(REASONS_EVERY, reasons::find(cluster, slot.object, live)).await
            {
                slot.details = found.details;
            }
            let name = format!("{} {}", slot.object.kind, slot.object.name);
            hints.extend(slot.details.iter().map(|detail| format!("{name}: {detail}")));
        }
        outcome::ended(lines, is_late, hints)
    }
}

impl<'a> Slot<'a> {
    fn new(object: &'a Object, until: WaitFor) -> Self {
        let is_there = until != WaitFor::Deleted
            && SETTLED.contains(&object.kind.as_str())
            && object.metadata("uid").is_some()
            && object.metadata("deletionTimestamp").is_none();
        let (state, message) = if is_there { (State::Current, "Resource is current") } else { (State::Unknown, "") };
        let readiness = Readiness { state, reason: String::new(), message: message.to_owned() };
        Self { object, readiness, live: None, details: Vec::new(), told: None }
    }

    fn state(&self, is_done: bool) -> ObjectState {
        ObjectState {
            kind: self.object.kind.clone(),
            namespace: self.object.namespace.clone(),
            name: self.object.name.clone(),
            status: self.readiness.state.as_str().to_owned(),
            message: self.readiness.message.clone(),
            is_done,
            details: if is_done { Vec::new() } else { self.details.clone() },
        }
    }

    // Go: statuswait.go `wait` and `waitForDelete`.
    fn line(&self, until: WaitFor) -> String {
        let (object, readiness) = (self.object, &self.readiness);
        let what = if until == WaitFor::Deleted { "still exists" } else { "not ready" };
        format!(
            "resource {}/{}/{} {what}. status: {}, message: {}",
            object.kind, object.namespace, object.name, readiness.state, readiness.message
        )
    }
}
