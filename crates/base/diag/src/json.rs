//! Findings as JSON lines, for tools that read a stream.

use serde_json::{Value as Json, json};

use crate::{Diagnostic, Label, Sources};

/// Renders findings as one JSON object a line.
pub fn render_json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let labels: Vec<Json> = diagnostic.labels.iter().filter_map(|label| label_json(label, sources)).collect();
        let line = json!({
            "code": diagnostic.code,
            "severity": diagnostic.severity.name(),
            "message": diagnostic.message,
            "labels": labels,
            "notes": diagnostic.notes,
            "help": diagnostic.help,
        });
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}

fn label_json(label: &Label, sources: &Sources) -> Option<Json> {
    let source = sources.get(label.source)?;
    let (start, end) = (source.place(label.span.start), source.place(label.span.end));
    Some(json!({
        "file": &*source.name,
        "text": label.text,
        "start": {"line": start.line, "column": start.column, "offset": label.span.start},
        "end": {"line": end.line, "column": end.column, "offset": label.span.end},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    #[test]
    fn a_finding_is_a_line() {
        let mut sources = Sources::default();
        let id = sources.add("f.yaml", "a: b: c\n");
        let finding = Diagnostic::new("CT0301", Severity::Error, "bad").label(id, 3..4, "here");
        let line = render_json(&[finding], &sources);
        assert_eq!(line.lines().count(), 1);
        // The order of members is nobody's promise: another crate of the build may choose it.
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let wanted: serde_json::Value = serde_json::from_str(
            "{\"code\":\"CT0301\",\"help\":null,\"labels\":[{\"end\":{\"column\":5,\"line\":1,\"offset\":4},\
             \"file\":\"f.yaml\",\"start\":{\"column\":4,\"line\":1,\"offset\":3},\"text\":\"here\"}],\
             \"message\":\"bad\",\"notes\":[],\"severity\":\"error\"}",
        )
        .expect("JSON");
        assert_eq!(line, wanted);
    }
}
