//! Waiting: for what, how, and who is told.

use std::time::Duration;

use super::Object;

/// How to wait. Go: client.go `WaitStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitStrategy {
    /// By watching, with kstatus' rules (`watcher`).
    Watcher,
    /// By polling, with Helm 3's rules (`legacy`).
    Legacy,
    /// Only for hooks (`hookOnly`): [`WaitFor::Ready`] and [`WaitFor::Deleted`] return at once.
    HookOnly,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// All objects are ready; jobs count when `jobs`. Go: `Wait`, `WaitWithJobs`.
    Ready {
        /// `--wait-for-jobs`.
        jobs: bool,
    },
    /// Jobs and pods have succeeded, everything else exists. Go: `WatchUntilReady`.
    Done,
    /// All objects are gone. Go: `WaitForDelete`.
    Deleted,
}

/// One wait.
#[derive(Clone, Copy)]
pub struct WaitRequest<'a> {
    /// The objects, as the server returned them where they were just written.
    pub objects: &'a [Object],
    /// What to wait for.
    pub until: WaitFor,
    /// How.
    pub strategy: WaitStrategy,
    /// For how long; zero is Helm's 30 seconds for the watcher.
    pub timeout: Duration,
    /// Gives up on what will not become ready by itself: a crash loop, an image that cannot be pulled, a
    /// failed job (`--fail-fast`).
    pub fail_fast: bool,
    /// Who is told of changes.
    pub observer: &'a dyn WaitObserver,
}

/// The state of an object in a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectState {
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// kstatus' word: `InProgress`, `Current`, `Failed`, `Terminating`, `NotFound`, `Unknown`.
    pub status: String,
    /// Why.
    pub message: String,
    /// Whether this is what is waited for.
    pub is_done: bool,
    /// More that is known: the reason of a pod, the last event, the last lines of a log.
    pub details: Vec<String>,
}

/// Who is told how a wait goes.
pub trait WaitObserver: Send + Sync {
    /// An object changed its state.
    fn changed(&self, state: &ObjectState);
}
