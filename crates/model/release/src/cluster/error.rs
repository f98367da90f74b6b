//! What the Kubernetes API refuses, as a kind to act on and Go's text.

/// Why a call to the cluster failed; Display is the text that Go's client has.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ClusterError {
    /// What it means.
    pub kind: ClusterErrorKind,
    /// Go's text: the server's message, or client-go's own.
    pub message: String,
    /// What else is known, and what to do next: a line each.
    pub hints: Vec<String>,
}

/// What an error of the cluster means. Go: `apierrors.ReasonForError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterErrorKind {
    /// The object, or its namespace, does not exist (404).
    NotFound,
    /// The object exists (409, reason `AlreadyExists`).
    AlreadyExists,
    /// Someone else changed or manages it (409, reason `Conflict`).
    Conflict,
    /// Not allowed (403).
    Forbidden,
    /// Not known (401).
    Unauthorized,
    /// The server does not accept the object (422), or the request (400).
    Invalid,
    /// The server does not know server-side apply (415).
    UnsupportedMediaType,
    /// No API serves the kind. Go: `meta.NoKindMatchError`.
    NoMatch,
    /// Time ran out.
    Timeout,
    /// The server does not answer.
    Unreachable,
    /// Anything else.
    Other,
}

impl ClusterError {
    /// An error without hints.
    pub fn new(kind: ClusterErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// The same error, with what was being done before it: `doing: message`.
    #[must_use]
    pub fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// The same error with a line more of what is known.
    #[must_use]
    pub fn hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == ClusterErrorKind::NotFound
    }

    /// Whether it exists already.
    pub fn is_already_exists(&self) -> bool {
        self.kind == ClusterErrorKind::AlreadyExists
    }

    /// Whether someone else changed or manages it.
    pub fn is_conflict(&self) -> bool {
        self.kind == ClusterErrorKind::Conflict
    }
}
