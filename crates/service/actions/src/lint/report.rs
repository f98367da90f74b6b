//! The results of all charts as Helm prints them. Go: cmd/lint.go.

use super::{LintResult, Severity};

/// What the command prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintReport {
    /// Standard output.
    pub output: Vec<u8>,
    /// The error at the end when charts failed: `2 chart(s) linted, 1 chart(s) failed`.
    pub error: Option<String>,
}

/// Prints the results for the paths in the order in which they were linted.
pub fn report(results: &[(String, LintResult)], is_strict: bool, is_quiet: bool) -> LintReport {
    let lowest = if is_strict { Severity::Warning } else { Severity::Error };
    let (mut output, mut failed, mut noticed) = (Vec::new(), 0, 0);
    for (path, result) in results {
        let severity = result.messages.iter().map(|message| message.severity).max();
        let is_failed = result.error.is_some() || severity >= Some(lowest);
        let is_noticed = result.error.is_some() || severity > Some(Severity::Info);
        noticed += usize::from(is_noticed);
        if is_quiet && !is_noticed {
            continue;
        }
        output.extend_from_slice(format!("==> Linting {path}\n").as_bytes());
        if let Some(error) = &result.error {
            output.extend_from_slice(format!("Error {error}\n").as_bytes());
        }
        for message in result.messages.iter().filter(|message| !is_quiet || message.severity > Severity::Info) {
            output.extend_from_slice(&message.line());
            output.push(b'\n');
        }
        output.push(b'\n');
        failed += usize::from(is_failed);
    }
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", results.len());
    if failed > 0 {
        return LintReport { output, error: Some(summary) };
    }
    if !is_quiet || noticed > 0 {
        output.extend_from_slice(format!("{summary}\n").as_bytes());
    }
    LintReport { output, error: None }
}
