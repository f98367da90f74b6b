//! What flows work with, and what they share.

use std::time::Duration;

use corten_gotmpl::World;
use corten_release::{
    BoxFuture, Cluster, ObjectState, Process, ReleaseStore, Timestamp, WaitFor, WaitObserver, WaitRequest, WaitStrategy,
};

/// Everything a flow touches. The world is for templates, the log and the zone of times.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The Kubernetes API.
    pub cluster: &'a dyn Cluster,
    /// Where records live.
    pub store: &'a dyn ReleaseStore,
    /// Clock, sleep and identity.
    pub process: &'a dyn Process,
    /// What templates see of the outside, and the log.
    pub world: &'a dyn World,
    /// Who is told what happens.
    pub observer: &'a dyn Observer,
    /// When to stop.
    pub cancel: &'a dyn Cancel,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Ports({})", self.store.driver())
    }
}

impl Ports<'_> {
    /// The current time, written in the local zone.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.process.now(), self.world.local_zone())
    }

    /// The current time in seconds.
    pub(super) fn unix(&self) -> i64 {
        i64::try_from(self.process.now().div_euclid(1_000_000_000)).unwrap_or_default()
    }
}

/// Who is told what a flow does besides its result: changes while waiting, and logs of hooks.
pub trait Observer: WaitObserver {
    /// Part of the log of a hook's container, to be passed on as it is.
    fn hook_log(&self, namespace: &str, pod: &str, container: &str, log: &[u8]);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl WaitObserver for Unobserved {
    fn changed(&self, _: &ObjectState) {}
}

impl Observer for Unobserved {
    fn hook_log(&self, _: &str, _: &str, _: &str, _: &[u8]) {}
}

/// When to stop. The front prints `Release x has been cancelled.` and lets this end; `install` and
/// `upgrade` then record the failure (`context canceled`), and roll back where that is asked for.
pub trait Cancel: Send + Sync {
    /// Ends when the user wants the flow to stop; never otherwise.
    fn cancelled(&self) -> BoxFuture<'_, ()>;
}

/// Never stops.
#[derive(Clone, Copy, Debug)]
pub struct NeverCancelled;

impl Cancel for NeverCancelled {
    fn cancelled(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// How flows wait and run hooks.
#[derive(Clone, Copy, Debug)]
pub struct WaitOptions {
    /// `--wait`.
    pub strategy: WaitStrategy,
    /// `--wait-for-jobs`.
    pub jobs: bool,
    /// `--timeout`, for every single wait.
    pub timeout: Duration,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// Not `--no-hooks`.
    pub hooks: bool,
}

impl WaitOptions {
    /// The same, but waiting for readiness when something is to happen on failure.
    /// Go: install.go, upgrade.go with `RollbackOnFailure`.
    #[must_use]
    pub(super) fn watching_if(mut self, rollback_on_failure: bool) -> Self {
        if rollback_on_failure && self.strategy == WaitStrategy::HookOnly {
            self.strategy = WaitStrategy::Watcher;
        }
        self
    }

    /// A wait of these options.
    pub(super) fn request<'a>(
        &self,
        objects: &'a [corten_release::Object],
        until: WaitFor,
        observer: &'a dyn Observer,
    ) -> WaitRequest<'a> {
        let Self { strategy, timeout, fail_fast, .. } = *self;
        WaitRequest { objects, until, strategy, timeout, fail_fast, observer }
    }
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRunMode {
    /// Everything is done.
    None,
    /// Nothing is asked of the cluster.
    Client,
    /// The cluster is asked, nothing is changed.
    Server,
}

impl DryRunMode {
    /// Whether nothing is changed.
    pub fn is_dry(self) -> bool {
        self != Self::None
    }

    /// Whether the cluster is asked.
    pub fn asks_cluster(self) -> bool {
        self != Self::Client
    }
}
