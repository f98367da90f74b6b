//! Changes as workflow commands of GitHub Actions: one annotation per object.

use super::text::text_lines;
use super::{Action, Change, Changes};

/// One line per object that something happens to, ready for standard output.
pub fn github_annotations(changes: &Changes) -> Vec<String> {
    let mut lines: Vec<String> = changes.objects.iter().filter_map(|change| annotation(change, "")).collect();
    lines.extend(changes.hooks.iter().filter_map(|hook| annotation(hook, "hook ")));
    for value in &changes.values {
        let message = format!("{} was given to the revision before and is not given now", value.path);
        lines.push(command("warning", "value dropped", &message));
    }
    lines
}

fn annotation(change: &Change, what: &str) -> Option<String> {
    let has_drift = !change.drift.is_empty();
    let (level, verb) = match &change.action {
        Action::Created { .. } => ("notice", "is created"),
        Action::Adopted => ("warning", "is taken over"),
        Action::Changed => ("notice", "is changed"),
        Action::Replaced { .. } => ("warning", "has to be replaced"),
        Action::Deleted => ("warning", "is deleted"),
        Action::Rejected { .. } => ("error", "is refused by the server"),
        Action::Kept | Action::Unchanged if has_drift => ("warning", "has drifted"),
        Action::Kept | Action::Unchanged => return None,
    };
    let alone = Changes { objects: vec![change.clone()], ..Changes::default() };
    let lines = text_lines(&alone);
    // The first line names the object, as the title does; the last one is the summary.
    let mut body: Vec<&str> = lines.iter().map(|line| line.text.trim()).collect();
    body.pop();
    if body.len() > 1 && matches!(change.action, Action::Changed | Action::Unchanged) {
        body.remove(0);
    }
    Some(command(level, &format!("{what}{} {verb}", change.title()), &body.join("\n")))
}

fn command(level: &str, title: &str, message: &str) -> String {
    format!("::{level} title={}::{}", escape(title).replace(':', "%3A").replace(',', "%2C"), escape(message))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
