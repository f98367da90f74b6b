//! Under which name something is offered, and which name leads where.

use std::borrow::Cow;

use corten_mcp::message::{edit, quote};
use corten_mcp::upstream::{Listing, NameRules, ToolChange};

use super::ListKind;
use super::kept::Entry;
use crate::settings::Naming;

/// Whether the rules of a server offer something at all, by its name there.
pub(crate) fn is_offered(rules: &NameRules, kind: ListKind, key: &str) -> bool {
    let listing = match kind {
        ListKind::Tools => &rules.tools,
        ListKind::Prompts => &rules.prompts,
        ListKind::Resources | ListKind::Templates => &rules.resources,
    };
    allows(listing, key)
}

fn allows(listing: &Listing, key: &str) -> bool {
    let matches = |pattern: &String| corten_govern::matches(pattern, key);
    (listing.include.is_empty() || listing.include.iter().any(matches)) && !listing.exclude.iter().any(matches)
}

/// What stands before the names of a server.
pub(crate) fn prefix_of<'a>(rules: &'a NameRules, server: &str) -> Cow<'a, str> {
    match &rules.prefix {
        Some(prefix) => (&**prefix).into(),
        None => format!("{server}_").into(),
    }
}

/// The name under which something is offered, or none.
pub(crate) fn exposed(rules: &NameRules, server: &str, naming: Naming, kind: ListKind, key: &str) -> Option<String> {
    if !is_offered(rules, kind, key) {
        return None;
    }
    // URIs are not renamed: results and texts name them too.
    if matches!(kind, ListKind::Resources | ListKind::Templates) {
        return Some(key.to_owned());
    }
    let changed = (kind == ListKind::Tools).then(|| rules.changes.get(key)).flatten();
    let given = changed.and_then(|change| change.name.as_deref());
    match naming {
        Naming::Manual if kind == ListKind::Tools => given.map(str::to_owned),
        Naming::Prefix => Some(format!("{}{}", prefix_of(rules, server), given.unwrap_or(key))),
        Naming::None | Naming::Priority | Naming::Manual => Some(given.unwrap_or(key).to_owned()),
    }
}

/// The name at the server of what is offered without a prefix under a name: changes taken back.
pub(crate) fn original<'a>(rules: &'a NameRules, kind: ListKind, name: &'a str) -> Option<&'a str> {
    if kind != ListKind::Tools || rules.changes.is_empty() {
        return Some(name);
    }
    let renamed = rules.changes.iter().find(|(_, change)| change.name.as_deref() == Some(name));
    match renamed {
        Some((key, _)) => Some(key),
        // The old name of a tool that has a new one leads nowhere.
        None if rules.changes.get(name).is_some_and(|change| change.name.is_some()) => None,
        None => Some(name),
    }
}

/// An entry with the changes that the configuration makes.
pub(crate) fn rewritten(
    raw: &str,
    kind: ListKind,
    key: &str,
    name: &str,
    change: Option<&ToolChange>,
) -> Option<String> {
    changed(raw, (name != key).then(|| edit::with_member(raw, kind.key(), &quote(name))), change)
}

/// The same for an entry of a list, whose key is at a known place.
pub(super) fn listed(entry: &Entry, name: &str, change: Option<&ToolChange>) -> Option<String> {
    let (raw, (at, length)) = (&*entry.raw, entry.key_at);
    let (at, end) = (at as usize, at as usize + length as usize);
    let named = (*name != *entry.key).then(|| [&raw[..at], &quote(name), &raw[end..]].concat());
    changed(raw, named, change)
}

/// The text of an entry, under another name or not, with other changes.
fn changed(raw: &str, mut text: Option<String>, change: Option<&ToolChange>) -> Option<String> {
    let Some(change) = change else { return text };
    let mut set = |member: &str, value: String| {
        let current = text.as_deref().unwrap_or(raw);
        text = Some(edit::with_member(current, member, &value));
    };
    if let Some(title) = &change.title {
        set("title", quote(title));
    }
    if let Some(description) = &change.description {
        set("description", quote(description));
    }
    if !change.annotations.is_empty() {
        set("annotations", annotated(edit::member(raw, "annotations"), change));
    }
    text
}

/// What is said about a tool, as its entry shows it: what the operator says, and the rest as the server does.
pub(crate) fn annotations<'a>(rules: &NameRules, key: &str, entry: Option<&'a str>) -> Option<Cow<'a, str>> {
    let own = entry.and_then(|raw| edit::member(raw, "annotations"));
    match rules.changes.get(key).filter(|change| !change.annotations.is_empty()) {
        Some(change) => Some(annotated(own, change).into()),
        None => own.map(Cow::Borrowed),
    }
}

fn annotated(own: Option<&str>, change: &ToolChange) -> String {
    let own = own.filter(|own| own.starts_with('{')).unwrap_or("{}").to_owned();
    let set =
        |text: String, (name, value): (&String, &serde_json::Value)| edit::with_member(&text, name, &value.to_string());
    change.annotations.iter().fold(own, set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> NameRules {
        let change = ToolChange { name: Some("nice".into()), description: Some("d".into()), ..ToolChange::default() };
        NameRules {
            tools: Listing { include: vec!["a*".to_owned()], exclude: vec!["*x".to_owned()] },
            changes: [("abc".into(), change)].into(),
            ..NameRules::default()
        }
    }

    #[test]
    fn names_go_out_and_come_back() {
        let rules = rules();
        let name = |naming, key| exposed(&rules, "s", naming, ListKind::Tools, key);
        assert_eq!(name(Naming::Prefix, "abc").as_deref(), Some("s_nice"));
        assert_eq!(name(Naming::None, "abd").as_deref(), Some("abd"));
        assert_eq!(name(Naming::Manual, "abd"), None);
        assert_eq!((name(Naming::None, "b"), name(Naming::None, "ax")), (None, None));
        assert_eq!(original(&rules, ListKind::Tools, "nice"), Some("abc"));
        assert_eq!(original(&rules, ListKind::Tools, "abc"), None);
        assert_eq!(original(&rules, ListKind::Prompts, "abc"), Some("abc"));
    }

    #[test]
    fn an_entry_is_changed_in_place() {
        let rules = rules();
        let raw = r#"{"name":"abc","x":1.0}"#;
        assert_eq!(
            rewritten(raw, ListKind::Tools, "abc", "s_nice", rules.changes.get("abc")).as_deref(),
            Some(r#"{"name":"s_nice","x":1.0,"description":"d"}"#)
        );
        assert_eq!(rewritten(raw, ListKind::Tools, "abc", "abc", None), None);
    }

    #[test]
    fn what_the_operator_says_about_a_tool_stands_over_what_the_server_says() {
        let said = [("destructiveHint".to_owned(), false.into()), ("title".to_owned(), "T".into())];
        let change = ToolChange { annotations: said.into(), ..ToolChange::default() };
        let rules = NameRules { changes: [("a".into(), change)].into(), ..NameRules::default() };
        let own = r#"{"name":"a","annotations":{"readOnlyHint":false,"destructiveHint":true}}"#;
        let shown = rewritten(own, ListKind::Tools, "a", "s_a", rules.changes.get("a")).unwrap();
        let expected = r#"{"readOnlyHint":false,"destructiveHint":false,"title":"T"}"#;
        for entry in [own, &shown] {
            assert_eq!(annotations(&rules, "a", Some(entry)).as_deref(), Some(expected), "{entry}");
        }
        assert_eq!(edit::member(&shown, "annotations"), Some(expected), "lists show what decides");
        let alone = r#"{"destructiveHint":false,"title":"T"}"#;
        assert_eq!(annotations(&rules, "a", None).as_deref(), Some(alone), "also of a tool that is not listed yet");
        assert_eq!(annotations(&rules, "b", Some(r#"{"name":"b"}"#)), None);
    }
}
