//! Values that do not fit `values.schema.json`, each shown where the user or the chart wrote it.

use std::ops::Range;

use corten_chart::{Chart, Violation, validate_schemas};
use corten_diag::{Diagnostic, Severity, Sources};
use corten_gotmpl::World;
use corten_value::Value;

use super::{Locate, ValuesFile};

/// One finding per value.
pub(super) fn findings(
    chart: &Chart,
    values: &Value,
    files: &[ValuesFile],
    world: &dyn World,
    (sources, locate): (&mut Sources, Locate<'_>),
) -> Vec<Diagnostic> {
    let Err(error) = validate_schemas(chart, values, &|url| world.schema_text(url), &mut |_| {}) else {
        return Vec::new();
    };
    error.violations.iter().map(|violation| finding(violation, chart, values, files, (&mut *sources, locate))).collect()
}

fn finding(
    violation: &Violation,
    chart: &Chart,
    values: &Value,
    files: &[ValuesFile],
    (sources, locate): (&mut Sources, Locate<'_>),
) -> Diagnostic {
    let path = &violation.path;
    let name = if path.is_empty() { "the values".to_owned() } else { format!("`{}`", path.join(".")) };
    let message = format!("{name}: {}", violation.message.trim_end());
    let mut diagnostic = Diagnostic::new("CT0102", Severity::Error, message);
    let found = at(values, path);
    let mut own = Vec::new();
    own_files(chart, chart.name(), path, &mut own);
    for (file, _) in &mut own {
        file.name = locate(&file.name).unwrap_or_else(|| file.name.clone());
    }
    let users = files.iter().rev().map(|file| (file.clone(), path.as_slice()));
    let place = users.chain(own).find_map(|(file, path)| Some((place(&file.text, path, found?)?, file)));
    match place {
        Some((span, file)) => {
            let what = if found.is_some_and(|found| found.as_map().is_some()) { "in this table" } else { "this value" };
            diagnostic = diagnostic.label(sources.add(file.name, file.text), span, what);
        }
        None if !path.is_empty() => {
            let note = "no file of values has it: it comes from the command line, or from a chart by import-values";
            diagnostic = diagnostic.note(note);
        }
        None => {}
    }
    for detail in &violation.details {
        diagnostic = diagnostic.note(detail.as_str());
    }
    diagnostic
}

/// The charts' own defaults that could hold a value, the most important first, each with the path in it.
fn own_files<'p>(chart: &Chart, full_name: &str, path: &'p [String], found: &mut Vec<(ValuesFile, &'p [String])>) {
    if let Some(file) = chart.values_files.first() {
        let text = String::from_utf8_lossy(&file.data).into_owned();
        found.push((ValuesFile { name: format!("{full_name}/values.yaml"), text }, path));
    }
    let Some((name, rest)) = path.split_first() else { return };
    if let Some(subchart) = chart.dependencies.iter().find(|subchart| subchart.name() == name) {
        own_files(subchart, &format!("{full_name}/charts/{name}"), rest, found);
    }
}

fn at<'v>(values: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(values, |value, step| match value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Where a text holds this very value at a path: the value, or the key of a table.
fn place(text: &str, path: &[String], wanted: &Value) -> Option<Range<usize>> {
    let document = corten_yaml::parse(text.as_bytes()).ok()?;
    let is_table = wanted.as_map().is_some();
    if !is_table {
        // Another file, or a flag, may have set something else.
        let values = corten_yaml::decode(text.as_bytes()).ok()?;
        at(&values, path).filter(|found| is_same(found, wanted))?;
    }
    let (last, above) = path.split_last()?;
    let above = above.iter().try_fold(document.root()?, |node, step| Some(document.entry(node, step)?.1));
    let (key, value) = document.entry(above?, last)?;
    Some(document.node(if is_table { key } else { value }).span.clone())
}

/// Numbers are the same however they were read.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Int(whole), Value::Float(float)) | (Value::Float(float), Value::Int(whole)) => {
            corten_gostd::strconv::format_float(*float, b'f', None, 64) == whole.to_string()
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| is_same(one, other))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, path: &str, wanted: &Value) -> Option<&'t str> {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        place(text, &path, wanted).map(|span| &text[span])
    }

    #[test]
    fn values_are_found_where_they_are_written() {
        let text = "a:\n  list: [x, {b: 5}]\n# c\nd: \"q\"\n";
        assert_eq!(found(text, "a.list.1.b", &Value::from(5_i64)), Some("5"));
        assert_eq!(found(text, "a.list.1.b", &Value::from(6_i64)), None, "set by somebody else");
        assert_eq!(found(text, "d", &Value::from("q")), Some("\"q\""));
        assert_eq!(found(text, "a", &Value::empty_map()), Some("a"), "the key of a table");
        assert_eq!(found("x: *nowhere", "x", &Value::Null), None);
    }
}
