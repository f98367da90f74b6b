//! Everything that is wrong with a chart and its values, as diagnostics with places.
//!
//! Runs beside the command proper, which keeps Helm's text: `template` fails with the first error
//! as Helm does, and [`diagnose`] then tells all of them, each with the template lines, the include
//! chain and the values involved.

mod schema;

use std::collections::BTreeMap;

use corten_chart::Chart;
use corten_diag::{Diagnostic, Severity, SourceId, Sources};
use corten_gotmpl::World;
use corten_render::{Finding, FindingKind, Place, find_all};
use corten_value::Value;

use crate::DryRunOptions;
use crate::dry_run::{Prepared, prepare};

/// A file of values that the user gave.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// Its name as the user wrote it.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What a file of the chart is called where it lies, by its full name in the chart.
pub type Locate<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Finds everything that is wrong with a dry run, in the order of execution. The texts that findings point
/// into are added to `sources`: the user's by their names, templates and `values.yaml` as `locate` says, else
/// by their full names in the chart.
pub fn diagnose(
    chart: Chart,
    (values, files): (&Value, &[ValuesFile]),
    options: &DryRunOptions,
    world: &dyn World,
    (sources, locate): (&mut Sources, Locate<'_>),
) -> Vec<Diagnostic> {
    // Values that do not fit are found below, and do not hide what is wrong with the templates.
    let lenient = DryRunOptions { skip_schema_validation: true, ..options.clone() };
    let prepared = match prepare(chart, values, &lenient, world) {
        Ok(prepared) => prepared,
        Err(error) => {
            let message = String::from_utf8_lossy(&error.text).into_owned();
            return vec![Diagnostic::new("CT0101", Severity::Error, message)];
        }
    };
    let mut findings = Vec::new();
    if !options.skip_schema_validation {
        findings = schema::findings(&prepared.chart, &prepared.values, files, world, (sources, locate));
    }
    let Prepared { chart, values, release, capabilities, options } = &prepared;
    let rendered = find_all(chart, values, (release, capabilities), options, world);
    let mut texts = Texts { templates: BTreeMap::new(), sources, locate, known: BTreeMap::new() };
    texts.collect(chart, chart.name());
    findings.extend(rendered.iter().map(|finding| diagnostic(finding, values, &mut texts)));
    findings
}

/// The template texts by full name; those that a finding names become sources.
struct Texts<'a> {
    templates: BTreeMap<String, &'a [u8]>,
    sources: &'a mut Sources,
    locate: Locate<'a>,
    known: BTreeMap<String, SourceId>,
}

impl<'a> Texts<'a> {
    fn collect(&mut self, chart: &'a Chart, path: &str) {
        for template in &chart.templates {
            self.templates.insert(format!("{path}/{}", template.name), &template.data);
        }
        for dependency in &chart.dependencies {
            self.collect(dependency, &format!("{path}/charts/{}", dependency.name()));
        }
    }

    /// The source of a file; `None` for the text of a `tpl`, which is in no file.
    fn source(&mut self, file: &str) -> Option<SourceId> {
        if let Some(id) = self.known.get(file) {
            return Some(*id);
        }
        let text = String::from_utf8_lossy(self.templates.get(file)?).into_owned();
        let name = (self.locate)(file).unwrap_or_else(|| file.to_owned());
        let id = self.sources.add(name, text);
        self.known.insert(file.to_owned(), id);
        Some(id)
    }
}

fn diagnostic(finding: &Finding, values: &Value, texts: &mut Texts<'_>) -> Diagnostic {
    let code = match finding.kind {
        FindingKind::Parse => "CT0201",
        FindingKind::Execute => "CT0203",
        FindingKind::Document => "CT0301",
    };
    let mut diagnostic = Diagnostic::new(code, Severity::Error, finding.message.as_str());
    for (position, place) in finding.places.iter().enumerate() {
        let what = if position == 0 { primary_text(finding) } else { "called from here" };
        match texts.source(&place.file) {
            Some(source) => {
                let span = span_of(place, texts.sources.get(source).map_or("", |source| &source.text));
                diagnostic = diagnostic.label(source, span, what);
            }
            None => diagnostic = diagnostic.note(format!("in `{}` at line {}", place.file, place.line)),
        }
    }
    if let Some(excerpt) = &finding.excerpt {
        diagnostic = diagnostic.note(format!("this rendered as\n{}", excerpt.trim_end()));
    }
    match finding.places.first().and_then(|place| place.node.as_deref()).and_then(|node| explain_path(node, values)) {
        Some((note, help)) => diagnostic.note(note).help(help),
        None => diagnostic,
    }
}

fn primary_text(finding: &Finding) -> &'static str {
    match finding.kind {
        FindingKind::Parse => "here",
        FindingKind::Execute => "failed here",
        FindingKind::Document => "this line of the template wrote it",
    }
}

/// The bytes of the expression, where it stands on the line; else the character at the column.
fn span_of(place: &Place, text: &str) -> std::ops::Range<usize> {
    let start: usize = text.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum();
    let line = text[start..].split('\n').next().unwrap_or_default();
    if let Some(node) = &place.node {
        // Go's column points into the expression, not always at its start.
        let near = line.match_indices(node.as_str()).min_by_key(|(at, _)| at.abs_diff(place.column));
        if let Some((at, _)) = near {
            return start + at..start + at + node.len();
        }
    }
    if place.column == 0 {
        let indent = line.len() - line.trim_start().len();
        return start + indent..start + line.trim_end().len().max(indent);
    }
    let at = (0..=place.column.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    let width = line[at..].chars().next().map_or(0, char::len_utf8);
    start + at..start + at + width
}

/// What the values say about a path such as `.Values.a.b.c`: the first step that is missing.
fn explain_path(node: &str, values: &Value) -> Option<(String, String)> {
    let path = node
        .split(|char: char| char.is_whitespace() || char == '(' || char == ')')
        .find_map(|word| word.strip_prefix(".Values.").or_else(|| word.strip_prefix("$.Values.")))?;
    let mut current = values;
    let mut walked = Vec::new();
    for key in path.split('.') {
        walked.push(key);
        let so_far = walked.join(".");
        match current.get(key) {
            Some(Value::Null) | None => {
                let parent = walked[..walked.len() - 1].join(".");
                let table = if parent.is_empty() { ".Values".to_owned() } else { format!(".Values.{parent}") };
                let fact = format!("`{key}` is not set in `{table}`, which is {}", describe(current));
                return Some((
                    fact,
                    format!("set `{so_far}`, or guard it: `{{{{ with .Values.{so_far} }}}}…{{{{ end }}}}`"),
                ));
            }
            Some(next) => current = next,
        }
    }
    Some((format!("`.Values.{path}` is {}", describe(current)), "check the type that the template expects".to_owned()))
}

/// A short description of a value; texts are not shown, they may be secret.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Map(map) if map.is_empty() => "an empty table".to_owned(),
        Value::Map(map) => {
            let keys: Vec<&str> = map.keys().take(8).map(|key| &**key).collect();
            format!("a table with the keys {}{}", keys.join(", "), if map.len() > 8 { ", …" } else { "" })
        }
        Value::List(list) => format!("a list of {}", list.len()),
        Value::String(_) => "a string".to_owned(),
        Value::Bool(truth) => format!("the boolean {truth}"),
        Value::Int(_) | Value::Float(_) => "a number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_explained_by_its_first_missing_step() {
        let values = Value::from_iter([("map", Value::from_iter([("x", 1_i64)]))]);
        let (note, help) = explain_path(".Values.map.a.b", &values).unwrap();
        assert_eq!(note, "`a` is not set in `.Values.map`, which is a table with the keys x");
        assert!(help.starts_with("set `map.a`"), "{help}");
    }

    #[test]
    fn spans_cover_the_expression() {
        let place = Place { file: "f".to_owned(), line: 2, column: 12, node: Some(".Values.a.b".to_owned()) };
        let text = "first\nx: {{ .Values.a.b }}\n";
        assert_eq!(&text[span_of(&place, text)], ".Values.a.b");
    }
}
