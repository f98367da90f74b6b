//! What is known of chart repositories without asking them: the list of them and the fetched indexes.
//!
//! Completion offers these names, and Helm warns at every start of two repositories that moved.

use std::fmt::Write as _;

use std::fs;

use corten_gostd::time::{Time, Zone};
use corten_value::Value;

use crate::paths;
use crate::settings::Settings;

/// Names and URLs, in the order of the file.
pub(crate) fn list(settings: &Settings) -> Vec<(String, String)> {
    let Some(file) = read(&settings.repository_config) else { return Vec::new() };
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let entries = file.get("repositories").and_then(Value::as_list).unwrap_or_default();
    entries.iter().map(|entry| (text(entry, "name"), text(entry, "url"))).collect()
}

/// The repositories not yet named on the command line.
pub(crate) fn candidates(settings: &Settings, given: &[String]) -> Vec<String> {
    let others = list(settings).into_iter().filter(|(name, _)| !given.contains(name));
    others.map(|(name, url)| format!("{name}\t{url}")).collect()
}

/// The charts of a repository, as `repository/chart`.
pub(crate) fn charts(settings: &Settings, repository: &str) -> Vec<String> {
    let names = paths::join(&[&settings.repository_cache, &format!("{repository}-charts.txt")]);
    match fs::read_to_string(names) {
        Ok(text) => text.lines().map(|name| format!("{repository}/{name}")).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let index = index(settings, repository);
            let entries = index.as_ref().and_then(|index| index.get("entries")).and_then(Value::as_map);
            entries.into_iter().flatten().map(|(name, _)| format!("{repository}/{name}")).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// The versions of `repository/chart`, newest first, each with what is known of it.
pub(crate) fn versions(settings: &Settings, reference: &str) -> Vec<String> {
    let Some((repository, chart)) = reference.split_once('/').filter(|(_, chart)| !chart.contains('/')) else {
        return Vec::new();
    };
    let index = index(settings, repository);
    let entries = index.as_ref().and_then(|index| index.get("entries")?.get(chart)?.as_list()).unwrap_or_default();
    let mut entries: Vec<&Value> = entries.iter().filter(|entry| entry.as_map().is_some()).collect();
    entries.sort_by(|left, right| newer_first(left, right));
    entries.into_iter().map(version_line).collect()
}

/// Go: `SortEntries` sorts in reverse; a version that does not parse is older than all others.
fn newer_first(left: &Value, right: &Value) -> std::cmp::Ordering {
    let version = |entry: &Value| corten_gostd::semver::Version::parse(text(entry, "version")).ok();
    match (version(left), version(right)) {
        (Some(left), Some(right)) => right.compare(&left),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => std::cmp::Ordering::Equal,
    }
}

fn version_line(entry: &Value) -> String {
    let app = text(entry, "appVersion");
    let app = if app.is_empty() { String::new() } else { format!("App: {app}, ") };
    let created = created(text(entry, "created"));
    let deprecated = entry.get("deprecated").and_then(Value::as_bool).unwrap_or_default();
    let deprecated = if deprecated { "(deprecated)" } else { "" };
    format!("{}\t{app}Created: {created} {deprecated}", text(entry, "version"))
}

/// Go formats a missing time, too: its zero is 1 January of the year 1.
fn created(stamp: &str) -> String {
    match Time::parse("2006-01-02T15:04:05Z07:00", stamp, &Zone::utc()) {
        Ok(time) => String::from_utf8_lossy(&time.format("January 2, 2006")).into_owned(),
        Err(_) => "January 1, 0001".to_owned(),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn index(settings: &Settings, repository: &str) -> Option<Value> {
    let name = if repository.is_empty() { "index.yaml".to_owned() } else { format!("{repository}-index.yaml") };
    read(&paths::join(&[&settings.repository_cache, &name]))
}

fn read(file: &str) -> Option<Value> {
    corten_yaml::decode(&fs::read(file).ok()?).ok()
}

const MOVED: [(&str, &str, &str); 2] = [
    ("stable", "kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("incubator", "kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
];

/// The warning about repositories that moved in 2020. Go: checkForExpiredRepos, which stops at the
/// first of them that is not there.
pub(crate) fn expired(settings: &Settings) -> String {
    let mut warning = String::new();
    let repositories = list(settings);
    for (name, old, new) in MOVED {
        let Some((_, url)) = repositories.iter().find(|(known, _)| known == name) else { break };
        if url.contains(old) {
            let _ = write!(
                warning,
                "WARNING: \"{old}\" is deprecated for \"{name}\" and will be deleted Nov. 13, 2020.\n\
                 WARNING: You should switch to \"{new}\" via:\n\
                 WARNING: helm repo add \"{name}\" \"{new}\" --force-update\n"
            );
        }
    }
    warning
}
