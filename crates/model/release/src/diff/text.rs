//! Changes as lines for people, and as JSON for programs.

use std::fmt::Write as _;

use corten_gostd::json;
use corten_value::Value;

use super::{Action, Change, Changes, Drift, FieldChange, FieldKind};

/// The longest value that is shown on a line.
const LONGEST: usize = 120;

/// What a line is about; a terminal may colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As before.
    Plain,
    /// Something comes.
    Added,
    /// Something goes.
    Removed,
    /// Something changes.
    Changed,
    /// Something is deleted and made again, or refused.
    Danger,
    /// Somebody changed it in the cluster.
    Drifted,
    /// An aside.
    Hint,
}

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub style: Style,
    /// The text.
    pub text: String,
}

impl Line {
    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { style, text: text.into() }
    }
}

/// The changes as lines: each object with its fields, then hooks and dropped values, then a summary.
pub fn text_lines(changes: &Changes) -> Vec<Line> {
    let mut lines = Vec::new();
    for change in &changes.objects {
        object_lines(change, &change.title(), &mut lines);
    }
    for hook in &changes.hooks {
        object_lines(hook, &format!("hook {}", hook.title()), &mut lines);
    }
    if !changes.values.is_empty() {
        lines.push(Line::new(Style::Removed, "values that this upgrade drops:"));
        for value in &changes.values {
            let falls = value.falls_back_to.as_ref().map_or_else(|| "nothing".to_owned(), shown);
            lines.push(Line::new(Style::Removed, format!("    {}: {} -> {falls}", value.path, shown(&value.old))));
        }
    }
    lines.push(Line::new(Style::Hint, summary(changes)));
    lines
}

fn object_lines(change: &Change, title: &str, lines: &mut Vec<Line>) {
    let (style, head) = match &change.action {
        Action::Created { is_lost: false } => (Style::Added, format!("+ {title}")),
        Action::Created { is_lost: true } => (Style::Added, format!("+ {title} (was deleted in the cluster)")),
        Action::Adopted => (Style::Changed, format!("~ {title} (exists already, is taken over)")),
        Action::Changed => (Style::Changed, format!("~ {title}")),
        Action::Replaced { because } => {
            (Style::Danger, format!("! {title} (has to be replaced: {})", because.join(", ")))
        }
        Action::Deleted => (Style::Removed, format!("- {title}")),
        Action::Kept => (Style::Plain, format!("= {title} (leaves the release, kept by its resource policy)")),
        Action::Rejected { error } => (Style::Danger, format!("! {title} (refused by the server: {error})")),
        Action::Unchanged => (Style::Plain, format!("= {title}")),
    };
    lines.push(Line::new(style, head));
    lines.extend(change.fields.iter().map(field_line));
    for drift in &change.drift {
        lines.push(Line::new(Style::Drifted, drift_text(drift)));
    }
}

fn field_line(field: &FieldChange) -> Line {
    let side = |value: &Option<Value>| value.as_ref().map(shown).unwrap_or_default();
    let path = &field.path;
    match field.kind() {
        FieldKind::Added => Line::new(Style::Added, format!("    + {path}: {}", side(&field.new))),
        FieldKind::Removed => Line::new(Style::Removed, format!("    - {path}: {}", side(&field.old))),
        FieldKind::Changed => {
            Line::new(Style::Changed, format!("    ~ {path}: {} -> {}", side(&field.old), side(&field.new)))
        }
    }
}

fn drift_text(drift: &Drift) -> String {
    let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), shown);
    let mut text = format!(
        "    drift {}: {} in the manifest, {} in the cluster",
        drift.field.path,
        side(&drift.field.old),
        side(&drift.field.new)
    );
    if !drift.managers.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(text, " (by {})", drift.managers.join(", "));
    }
    text
}

/// A value on one line, cut when it is long.
pub(super) fn shown(value: &Value) -> String {
    let text = String::from_utf8_lossy(&json::encode(value, false)).into_owned();
    if text.len() <= LONGEST {
        return text;
    }
    let cut = text.char_indices().map(|(position, _)| position).take_while(|position| *position <= LONGEST).last();
    format!("{}… ({} bytes)", &text[..cut.unwrap_or(0)], text.len())
}

fn summary(changes: &Changes) -> String {
    let counts = changes.counts();
    let parts = [
        (counts.created, "to create"),
        (counts.changed, "to change"),
        (counts.replaced, "to replace"),
        (counts.deleted, "to delete"),
        (counts.rejected, "refused"),
        (counts.drifted, "drifted"),
        (counts.hooks, if counts.hooks == 1 { "hook differs" } else { "hooks differ" }),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") }
}

/// The changes as JSON. Keys are only ever added.
pub fn to_json(changes: &Changes) -> Value {
    let counts = changes.counts();
    let count = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let summary = Value::from_iter([
        ("created", count(counts.created)),
        ("changed", count(counts.changed)),
        ("replaced", count(counts.replaced)),
        ("deleted", count(counts.deleted)),
        ("rejected", count(counts.rejected)),
        ("unchanged", count(counts.unchanged)),
        ("drifted", count(counts.drifted)),
        ("hooks", count(counts.hooks)),
    ]);
    let values = changes.values.iter().map(|value| {
        Value::from_iter([
            ("path", value.path.as_str().into()),
            ("old", value.old.clone()),
            ("fallsBackTo", value.falls_back_to.clone().unwrap_or_default()),
        ])
    });
    Value::from_iter([
        ("summary", summary),
        ("objects", changes.objects.iter().map(object_json).collect::<Vec<_>>().into()),
        ("hooks", changes.hooks.iter().map(object_json).collect::<Vec<_>>().into()),
        ("droppedValues", values.collect::<Vec<_>>().into()),
    ])
}

fn object_json(change: &Change) -> Value {
    let fields = change.fields.iter().map(|field| Value::from_iter(field_json(field)));
    let drift = change.drift.iter().map(|drift| {
        let managers: Vec<Value> = drift.managers.iter().map(|manager| manager.as_str().into()).collect();
        let mut entries = field_json(&drift.field);
        entries.push(("managers", managers.into()));
        Value::from_iter(entries)
    });
    let mut entries = vec![
        ("action", Value::from(change.action.name())),
        ("group", change.key.group.as_str().into()),
        ("version", change.version.as_str().into()),
        ("kind", change.key.kind.as_str().into()),
        ("namespace", change.key.namespace.as_str().into()),
        ("name", change.key.name.as_str().into()),
        ("fields", fields.collect::<Vec<_>>().into()),
        ("drift", drift.collect::<Vec<_>>().into()),
    ];
    match &change.action {
        Action::Replaced { because } => {
            let because: Vec<Value> = because.iter().map(|path| path.as_str().into()).collect();
            entries.push(("because", because.into()));
        }
        Action::Rejected { error } => entries.push(("error", error.as_str().into())),
        Action::Created { is_lost: true } => entries.push(("wasDeletedInCluster", true.into())),
        _ => {}
    }
    Value::from_iter(entries)
}

fn field_json(field: &FieldChange) -> Vec<(&'static str, Value)> {
    let kind = match field.kind() {
        FieldKind::Added => "added",
        FieldKind::Removed => "removed",
        FieldKind::Changed => "changed",
    };
    let mut entries = vec![("path", field.path.as_str().into()), ("kind", kind.into())];
    entries.extend(field.old.clone().map(|old| ("old", old)));
    entries.extend(field.new.clone().map(|new| ("new", new)));
    entries
}
