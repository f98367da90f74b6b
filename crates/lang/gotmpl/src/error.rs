//! Errors of functions and of execution, wrapped as Go wraps them.

use std::sync::Arc;

/// A Go error: its text, and the error it wraps with `%w`, if any.
///
/// Helm takes such chains apart (`errors.Unwrap`) to print its multi-line traces, so the chain is
/// part of the behaviour: `Error::new` ends a chain, [`Error::wrap`] continues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Arc<Repr>);

#[derive(Debug, PartialEq, Eq)]
struct Repr {
    text: Vec<u8>,
    cause: Option<Error>,
    kind: ErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    Plain,
    Exec,
    Signature,
}

impl Error {
    /// An error that wraps nothing (Go: `errors.New`).
    pub fn new(text: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Repr { text: text.into(), cause: None, kind: ErrorKind::Plain }))
    }

    /// An error whose text already contains that of `cause` (Go: `fmt.Errorf` with `%w`).
    pub fn wrap(text: impl Into<Vec<u8>>, cause: Self) -> Self {
        Self(Arc::new(Repr { text: text.into(), cause: Some(cause), kind: ErrorKind::Plain }))
    }

    /// Go: `template.ExecError`, which has the text of the error inside.
    pub fn exec(cause: Self) -> Self {
        let text = cause.0.text.clone();
        Self(Arc::new(Repr { text, cause: Some(cause), kind: ErrorKind::Exec }))
    }

    /// What a method answers that templates cannot call because of what it returns (Go: `goodFunc`,
    /// such as `time.Time.Zone`): reported as it is, without `error calling`.
    pub fn bad_signature(text: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Repr { text: text.into(), cause: None, kind: ErrorKind::Signature }))
    }

    /// Whether this is of [`Error::bad_signature`].
    pub(crate) fn is_bad_signature(&self) -> bool {
        self.0.kind == ErrorKind::Signature
    }

    /// The text, which may hold bytes of a template that are not UTF-8.
    pub fn text(&self) -> &[u8] {
        &self.0.text
    }

    /// Go: `errors.Unwrap`.
    pub fn cause(&self) -> Option<&Self> {
        self.0.cause.as_ref()
    }

    /// Go: `errors.As(err, &ExecError{})`: whether a `template.ExecError` is in the chain.
    pub fn is_exec(&self) -> bool {
        self.0.kind == ErrorKind::Exec || self.cause().is_some_and(Self::is_exec)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&String::from_utf8_lossy(self.text()))
    }
}

impl std::error::Error for Error {}
