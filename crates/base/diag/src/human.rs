//! Findings for people: excerpts of the sources, carets, notes and help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Diagnostic, Label, Severity, Source, Sources};

/// Renders findings for people, with source excerpts and carets.
pub fn render_human(diagnostics: &[Diagnostic], sources: &Sources, is_coloured: bool) -> String {
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&groups(diagnostic, sources)));
        out.push_str("\n\n");
    }
    out
}

fn groups<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code));
    for (position, label) in diagnostic.labels.iter().enumerate() {
        if let Some(source) = sources.get(label.source) {
            group = group.element(snippet(label, source, position == 0));
        }
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    vec![group]
}

fn snippet<'a>(label: &'a Label, source: &'a Source, is_first: bool) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let end = label.span.end.min(source.text.len());
    let start = label.span.start.min(end);
    let kind = if is_first { AnnotationKind::Primary } else { AnnotationKind::Context };
    let annotation = kind.span(start..end);
    let annotation = if label.text.is_empty() { annotation } else { annotation.label(&label.text) };
    Snippet::source(&*source.text).path(&*source.name).annotation(annotation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_show_caret_note_and_help() {
        let mut sources = Sources::default();
        let id = sources.add("c/templates/t.yaml", "a: 1\nb: {{ .Values.x.y }}\n");
        let finding = Diagnostic::new("CT0203", Severity::Error, "nil pointer evaluating interface {}.y")
            .label(id, 11..22, "x is null here")
            .note("the key x is not set in values.yaml")
            .help("set x, or guard it with `with`");
        let text = render_human(&[finding], &sources, false);
        assert!(text.contains("error[CT0203]: nil pointer evaluating interface {}.y"), "{text}");
        assert!(text.contains("c/templates/t.yaml:2:7"), "{text}");
        assert!(text.contains("x is null here"), "{text}");
        assert!(text.contains("help: set x"), "{text}");
    }
}
