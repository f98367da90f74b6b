//! How a wait ends: Helm's words for what is not as it should be, and hints.

use corten_release::{ClusterError, ClusterErrorKind};

/// Go: `context.DeadlineExceeded`.
pub(super) const DEADLINE: &str = "context deadline exceeded";

/// The errors of a wait, joined as Go's `errors.Join` does.
pub(super) fn ended(mut lines: Vec<String>, is_late: bool, hints: Vec<String>) -> Result<(), ClusterError> {
    if is_late {
        lines.push(DEADLINE.to_owned());
    }
    if lines.is_empty() {
        return Ok(());
    }
    let kind = if is_late { ClusterErrorKind::Timeout } else { ClusterErrorKind::Other };
    let mut failure = ClusterError::new(kind, lines.join("\n"));
    failure.hints = hints;
    Err(failure)
}
