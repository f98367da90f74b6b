//! Errors of reading and writing YAML, with Go's text and the place.

use std::fmt;
use std::ops::Range;

/// What went wrong, in Go's words; `Display` prints exactly what Helm's error chain ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    cause: Option<Box<Error>>,
    line: Option<usize>,
    span: Option<Range<usize>>,
}

impl Error {
    /// An error that wraps nothing.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None, line: None, span: None }
    }

    /// Go: `fmt.Errorf("<context>: %w", cause)`.
    #[must_use]
    pub fn context(self, context: &str) -> Self {
        let message = format!("{context}: {}", self.message);
        Self { message, line: self.line, span: self.span.clone(), cause: Some(Box::new(self)) }
    }

    /// The same error with the place it was found at: a line as Go counts it, and byte offsets.
    #[must_use]
    pub(crate) fn at(mut self, line: usize, span: Range<usize>) -> Self {
        self.line = (line > 0).then_some(line);
        self.span = Some(span);
        self
    }

    /// The same error of the syntax on another line; 0 leaves it alone, and so does an error without one.
    #[must_use]
    pub(crate) fn on_line(self, line: usize) -> Self {
        let problem = self.message.strip_prefix("yaml: line ").and_then(|rest| rest.split_once(": "));
        match (problem, &self.span) {
            (Some((_, problem)), Some(span)) if line > 0 => {
                Self::new(format!("yaml: line {line}: {problem}")).at(line, span.clone())
            }
            _ => self,
        }
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Go: `errors.Unwrap`.
    pub fn cause(&self) -> Option<&Self> {
        self.cause.as_deref()
    }

    /// The line that go-yaml names, which is not always the line of [`Error::span`].
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The byte offsets in the text that the error is about, where they are known.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
