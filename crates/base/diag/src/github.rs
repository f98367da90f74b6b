//! Findings as workflow commands of GitHub Actions: one line each.

use crate::{Diagnostic, Severity, Sources};

/// Renders findings as workflow commands of GitHub Actions, which show them at the line.
pub fn render_github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|diagnostic| command(diagnostic, sources)).collect()
}

fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = diagnostic.labels.first().and_then(|label| {
        let source = sources.get(label.source)?;
        let (start, end) = (source.place(label.span.start), source.place(label.span.end));
        let file = escape_property(&source.name);
        Some(format!("file={file},line={},col={},endLine={},", start.line, start.column, end.line))
    });
    let mut text = diagnostic.message.clone();
    for line in diagnostic.notes.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(line);
    }
    format!("::{name} {}title={}::{}\n", place.unwrap_or_default(), diagnostic.code, escape_data(&text))
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_command() {
        let mut sources = Sources::default();
        let id = sources.add("a,b.yaml", "x\ny\n");
        let finding = Diagnostic::new("CT0301", Severity::Warning, "50% wrong").label(id, 2..3, "").help("mend it");
        assert_eq!(
            render_github(&[finding], &sources),
            "::warning file=a%2Cb.yaml,line=2,col=1,endLine=2,title=CT0301::50%25 wrong%0Amend it\n"
        );
    }
}
