//! How findings are shown: Helm's text alone, with excerpts below it, or for machines.

pub(super) mod disk;

use corten_diag::{Diagnostic, Sources, render_github, render_human, render_json, render_sarif};
use corten_gostd::strconv;

use crate::flags::FlagSet;
use crate::session::{Failure, Session};

/// What `--diagnostics` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Just Helm's text: the default where nobody looks at a terminal.
    Helm,
    /// Helm's text, then every finding with its source: the default on a terminal.
    Full,
    /// One JSON object per finding.
    Json,
    /// One SARIF log.
    Sarif,
    /// Helm's text, and annotations for GitHub Actions.
    Github,
}

/// The style that the flag names, or the default.
pub(super) fn style(session: &Session<'_>, flags: &FlagSet) -> Result<Style, Failure> {
    match flags.text("diagnostics") {
        "" if session.is_terminal => Ok(Style::Full),
        "" | "helm" => Ok(Style::Helm),
        "full" => Ok(Style::Full),
        "json" => Ok(Style::Json),
        "sarif" => Ok(Style::Sarif),
        "github" => Ok(Style::Github),
        other => Err(Failure::Hint {
            error: format!("unknown style {} for --diagnostics", strconv::quote(other.as_bytes())),
            hint: "use helm, full, json, sarif or github".to_owned(),
        }),
    }
}

/// The findings in a style, empty for Helm's own.
pub(super) fn render(session: &Session<'_>, style: Style, findings: &[Diagnostic], sources: &Sources) -> String {
    match style {
        Style::Helm => String::new(),
        Style::Full => render_human(findings, sources, session.is_coloured()),
        Style::Json => render_json(findings, sources),
        Style::Sarif => render_sarif(findings, sources, env!("CARGO_PKG_VERSION")),
        Style::Github => render_github(findings, sources),
    }
}

/// Fails with an error and its findings. Machines get the findings alone.
pub(super) fn fail(
    session: &mut Session<'_>,
    style: Style,
    error: &str,
    findings: &[Diagnostic],
    sources: &Sources,
) -> Result<(), Failure> {
    let text = render(session, style, findings, sources);
    if !matches!(style, Style::Json | Style::Sarif) {
        session.complain(&format!("Error: {error}\n"));
    }
    if !text.is_empty() {
        let gap = if style == Style::Full { "\n" } else { "" };
        session.complain(&format!("{gap}{text}"));
    }
    Err(Failure::Silent)
}
