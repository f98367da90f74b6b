//! Why a flow failed: Helm's text, what it means, and the next step.

use corten_release::flow::PlanError;
use corten_release::{ClusterError, ClusterErrorKind, NameError, Release, StoreError};

/// What an error means, for those who act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The release, or its revision, is not stored.
    NotFound,
    /// Another operation is under way.
    Pending,
    /// The user stopped it.
    Cancelled,
    /// Another process took the release over.
    Lost,
    /// The cluster refused.
    Cluster(ClusterErrorKind),
    /// Anything else.
    Other,
}

/// Why a flow failed; Display is Helm's text without `Error: ` and `INSTALLATION FAILED: `.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct ActionError {
    /// Helm's text.
    pub text: String,
    /// What it means.
    pub cause: Cause,
    /// What else is known, and what to do next: a line each.
    pub hints: Vec<String>,
    /// The release as far as it got, when Helm returns it too.
    pub release: Option<Box<Release>>,
}

impl ActionError {
    /// An error with a text alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self::of(Cause::Other, text)
    }

    pub(super) fn of(cause: Cause, text: impl Into<String>) -> Self {
        Self { text: text.into(), cause, hints: Vec::new(), release: None }
    }

    /// The same error, with what was being done before it: `doing: text`.
    #[must_use]
    pub(super) fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.text = format!("{doing}: {}", self.text);
        self
    }

    /// The same error with a line more of what to do.
    #[must_use]
    pub(super) fn hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }

    /// The same error with the release as far as it got.
    #[must_use]
    pub(super) fn with_release(mut self, release: Release) -> Self {
        self.release = Some(Box::new(release));
        self
    }

    /// The same cause and hints under another text.
    #[must_use]
    pub(super) fn reworded(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Go: `errors.Is(err, driver.ErrReleaseNotFound)`.
    pub fn is_not_found(&self) -> bool {
        self.cause == Cause::NotFound
    }
}

impl From<ClusterError> for ActionError {
    fn from(error: ClusterError) -> Self {
        Self { hints: error.hints, ..Self::of(Cause::Cluster(error.kind), error.message) }
    }
}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        let cause = if error.is_not_found() { Cause::NotFound } else { Cause::Other };
        Self::of(cause, error.to_string())
    }
}

impl From<PlanError> for ActionError {
    fn from(error: PlanError) -> Self {
        let cause = if error == PlanError::Pending { Cause::Pending } else { Cause::Other };
        Self::of(cause, error.to_string())
    }
}

impl From<NameError> for ActionError {
    fn from(error: NameError) -> Self {
        Self::new(error.to_string())
    }
}

/// Errors after each other. Go: `joinErrors`.
pub(super) fn joined(errors: Vec<ClusterError>, separator: &str) -> Option<ClusterError> {
    let mut errors = errors.into_iter();
    let mut first = errors.next()?;
    for error in errors {
        first.message = format!("{}{separator}{}", first.message, error.message);
        first.hints.extend(error.hints);
    }
    Some(first)
}
