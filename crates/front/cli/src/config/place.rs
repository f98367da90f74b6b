//! What is wrong with a configuration, and where: the line, and a caret under the word.

use std::fmt;

/// What is wrong with a configuration.
#[derive(Debug)]
pub(crate) struct Wrong {
    message: String,
    at: At,
}

/// Where.
#[derive(Debug)]
enum At {
    Nowhere,
    /// The keys and numbers that lead there.
    Path(Vec<String>),
    /// The line and the column, from 1.
    Place(usize, usize),
}

impl Wrong {
    /// Something is wrong with what these keys and numbers lead to.
    pub(super) fn at(path: &[&str], message: impl Into<String>) -> Self {
        Self { message: message.into(), at: At::Path(path.iter().map(|step| (*step).to_owned()).collect()) }
    }

    /// What the reader of YAML says.
    pub(super) fn of(error: &serde_saphyr::Error) -> Self {
        let bare = error.without_snippet();
        let full = bare.to_string();
        let Some(location) = error.location() else { return full.into() };
        let (line, column) = (location.line(), location.column());
        let message = full.strip_suffix(&format!(" at line {line}, column {column}")).unwrap_or(&full);
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self { message: message.to_owned(), at: At::Place(number(line), number(column)) }
    }

    /// The message with the place in the text of a file.
    pub(crate) fn shown(&self, file: &str, text: &str) -> String {
        let place = match &self.at {
            At::Nowhere => None,
            At::Path(path) => find(text, path),
            At::Place(line, column) => Some((*line, *column)),
        };
        let Some((line, column)) = place else { return self.message.clone() };
        let Some(source) = line.checked_sub(1).and_then(|line| text.lines().nth(line)) else {
            return format!("{}\n --> {file}:{line}:{column}", self.message);
        };
        let (message, margin) = (&self.message, " ".repeat(line.to_string().len()));
        // Tabs stay tabs, so that the caret stands below its word.
        let before: String = source
            .chars()
            .take(column.saturating_sub(1))
            .map(|letter| if letter == '\t' { letter } else { ' ' })
            .collect();
        format!("{message}\n{margin}--> {file}:{line}:{column}\n{margin} |\n{line} | {source}\n{margin} | {before}^")
    }
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self { message, at: At::Nowhere }
    }
}

impl From<Wrong> for String {
    fn from(wrong: Wrong) -> Self {
        wrong.message
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

/// The line and the column of what keys and numbers lead to; of a key, the key itself.
fn find(text: &str, path: &[String]) -> Option<(usize, usize)> {
    let document = corten_yaml::parse(text.as_bytes()).ok()?;
    let mut node = document.root()?;
    let mut shown = node;
    for step in path {
        (shown, node) = document.entry(node, step)?;
    }
    let start = document.node(shown).span.start;
    let before = text.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "servers:\n  good: {url: \"http://h\"}\n  bad: {command: x, url: y}\npolicies:\n- name: a\n-  name: b\n";

    #[test]
    fn places_in_the_json_of_editors_are_found() {
        let text = "{\n  \"mcpServers\": {\n    \"a\": {\"command\": 5}\n  }\n}\n";
        let shown = Wrong::at(&["mcpServers", "a"], "m").shown("claude.json", text);
        assert_eq!(shown, "m\n --> claude.json:3:5\n  |\n3 |     \"a\": {\"command\": 5}\n  |     ^");
    }

    #[test]
    fn the_place_is_shown_with_its_line_and_a_caret() {
        let wrong = Wrong::at(&["servers", "bad"], "it is two things");
        assert_eq!(
            wrong.shown("c.yaml", TEXT),
            "it is two things\n --> c.yaml:3:3\n  |\n3 |   bad: {command: x, url: y}\n  |   ^"
        );
        assert!(Wrong::at(&["policies", "1"], "m").shown("c.yaml", TEXT).contains("c.yaml:6:4"));
        assert_eq!(Wrong::at(&["servers", "absent"], "m").shown("c.yaml", TEXT), "m");
        assert_eq!(Wrong::from("m".to_owned()).shown("c.yaml", TEXT), "m");
    }
}
