//! An object before and after as lines of YAML, as readers of `helm diff` know it.

use corten_value::Value;
use corten_yaml as yaml;
use similar::{ChangeTag, DiffOp, TextDiff};

use super::text::{Line, Style};
use super::{Action, Change};

/// How many unchanged lines are shown around changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// All of them.
    All,
    /// This many.
    Lines(usize),
}

/// One object's difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unified {
    /// `default, web, Deployment (apps) has changed:`
    pub title: String,
    /// The lines, each with its sign and a blank before it.
    pub lines: Vec<Line>,
}

/// The difference of an object as text; `None` for one that stays as it is.
pub fn unified(change: &Change, context: Context) -> Option<Unified> {
    let verb = match &change.action {
        Action::Created { .. } => "has been added",
        Action::Adopted => "has been adopted",
        Action::Changed | Action::Rejected { .. } => "has changed",
        Action::Replaced { .. } => "has to be replaced",
        Action::Deleted => "has been removed",
        Action::Kept | Action::Unchanged => return None,
    };
    let key = &change.key;
    let group = if key.group.is_empty() { &change.version } else { &key.group };
    let title = format!("{}, {}, {} ({group}) {verb}:", key.namespace, key.name, key.kind);
    let before = document(change.before.as_ref());
    let after = document(change.after.as_ref());
    Some(Unified { title, lines: lines(&before, &after, context) })
}

fn document(object: Option<&Value>) -> String {
    object.map(|object| yaml::encode(object).unwrap_or_else(|error| error.to_string())).unwrap_or_default()
}

fn lines(before: &str, after: &str, context: Context) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let groups: Vec<Vec<DiffOp>> = match context {
        Context::All => vec![diff.ops().to_vec()],
        Context::Lines(count) => diff.grouped_ops(count),
    };
    let mut lines = Vec::new();
    for (position, group) in groups.iter().enumerate() {
        if position > 0 || group.first().is_some_and(|op| op.old_range().start > 0) {
            lines.push(Line::new(Style::Hint, "..."));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (style, sign) = match change.tag() {
                ChangeTag::Delete => (Style::Removed, '-'),
                ChangeTag::Insert => (Style::Added, '+'),
                ChangeTag::Equal => (Style::Plain, ' '),
            };
            lines.push(Line::new(style, format!("{sign} {}", change.value().trim_end_matches('\n'))));
        }
    }
    lines
}
