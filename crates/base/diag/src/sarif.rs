//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::{Diagnostic, Label, Severity, Sources};

/// Renders findings as a SARIF 2.1.0 log of one run.
pub fn render_sarif(diagnostics: &[Diagnostic], sources: &Sources, version: &str) -> String {
    let rules: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let log = json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": {"driver": {
                "name": "corten",
                "version": version,
                "rules": rules.iter().map(|code| json!({"id": code})).collect::<Vec<_>>(),
            }},
            "results": diagnostics.iter().map(|diagnostic| result(diagnostic, sources)).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn result(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut text = diagnostic.message.clone();
    for line in diagnostic.notes.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(line);
    }
    let mut places = diagnostic.labels.iter().filter_map(|label| location(label, sources));
    let first: Vec<Json> = places.next().into_iter().collect();
    json!({
        "ruleId": diagnostic.code,
        "level": level,
        "message": {"text": text},
        "locations": first,
        "relatedLocations": places.collect::<Vec<_>>(),
    })
}

fn location(label: &Label, sources: &Sources) -> Option<Json> {
    let source = sources.get(label.source)?;
    let (start, end) = (source.place(label.span.start), source.place(label.span.end));
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": source.name.replace('\\', "/")},
        "region": {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column},
    }});
    if !label.text.is_empty() {
        location["message"] = json!({"text": label.text});
    }
    Some(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_results_of_one_run() {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", "a\nb\n");
        let finding = Diagnostic::new("CT0203", Severity::Error, "wrong").label(id, 2..3, "");
        let log: Json = serde_json::from_str(&render_sarif(&[finding], &sources, "1")).unwrap();
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "CT0203");
        assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "CT0203");
    }
}
