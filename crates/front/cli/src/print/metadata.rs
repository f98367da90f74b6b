//! What `get metadata` prints. Go: `get_metadata.go` of `pkg/cmd` and `pkg/action`.

use std::fmt::Write as _;

use corten_chart::{Dependency, Metadata};
use corten_gostd::strconv::quote;
use corten_gostd::time::Zone;
use corten_release::{Labels, Release};
use corten_value::Value;

use super::json::Object;

/// The table.
pub(crate) fn table(release: &Release, zone: &Zone) -> String {
    let metadata = chart(release);
    let mut names: Vec<&str> = metadata.dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
    names.sort_unstable();
    let rows = [
        ("NAME", release.name.clone()),
        ("CHART", metadata.name.clone()),
        ("VERSION", metadata.version.clone()),
        ("APP_VERSION", metadata.app_version.clone()),
        ("ANNOTATIONS", pairs(annotations(&metadata))),
        ("LABELS", pairs(release.labels.iter().map(|(name, text)| (name.clone(), text.clone())))),
        ("DEPENDENCIES", names.join(",")),
        ("NAMESPACE", release.namespace.clone()),
        ("REVISION", release.version.to_string()),
        ("STATUS", release.info.status.to_string()),
        ("DEPLOYED_AT", deployed_at(release, zone)),
        ("APPLY_METHOD", apply_method(&release.apply_method)),
    ];
    rows.iter().fold(String::new(), |mut out, (name, text)| {
        let _ = writeln!(out, "{name}: {text}");
        out
    })
}

/// The same as JSON.
pub(crate) fn json(release: &Release, zone: &Zone) -> Vec<u8> {
    let metadata = chart(release);
    let mut object = Object::default()
        .text("name", &release.name)
        .text("chart", &metadata.name)
        .text("version", &metadata.version)
        .text("appVersion", &metadata.app_version);
    let annotations: Labels = annotations(&metadata).collect();
    for (key, map) in [("annotations", &annotations), ("labels", &release.labels)] {
        if !map.is_empty() {
            object = object.value(key, &map.iter().map(|(name, text)| (name, Value::from(text.as_str()))).collect());
        }
    }
    if !metadata.dependencies.is_empty() {
        object = object.json("dependencies", &super::json::list(metadata.dependencies.iter().map(dependency)));
    }
    object
        .text("namespace", &release.namespace)
        .number("revision", release.version)
        .text("status", release.info.status.as_str())
        .text("deployedAt", &deployed_at(release, zone))
        .some_text("applyMethod", &release.apply_method)
        .finish()
}

fn chart(release: &Release) -> Metadata {
    release.chart.as_ref().and_then(|chart| chart.metadata.clone()).unwrap_or_default()
}

fn annotations(metadata: &Metadata) -> impl Iterator<Item = (String, String)> + '_ {
    metadata.annotations.iter().flatten().map(|(name, text)| (name.clone(), text.clone()))
}

/// Go: labels.Set.String.
fn pairs(pairs: impl Iterator<Item = (String, String)>) -> String {
    let mut pairs: Vec<String> = pairs.map(|(name, text)| format!("{name}={text}")).collect();
    pairs.sort_unstable();
    pairs.join(",")
}

fn deployed_at(release: &Release, zone: &Zone) -> String {
    match &release.info.last_deployed {
        None => "0001-01-01T00:00:00Z".to_owned(),
        Some(time) => {
            let shown = time.shown_in(zone).format("2006-01-02T15:04:05Z07:00");
            String::from_utf8_lossy(&shown).into_owned()
        }
    }
}

fn apply_method(method: &str) -> String {
    match method {
        "" => "client-side apply (defaulted)".to_owned(),
        corten_release::APPLY_CLIENT_SIDE => "client-side apply".to_owned(),
        corten_release::APPLY_SERVER_SIDE => "server-side apply".to_owned(),
        other => format!("unknown ({})", quote(other.as_bytes())),
    }
}

/// Go: the tags of `chart.Dependency`.
fn dependency(dependency: &Dependency) -> Vec<u8> {
    let text = |value: &Value| corten_gostd::json::encode(value, true);
    let mut object = Object::default()
        .text("name", &dependency.name)
        .some_text("version", &dependency.version)
        .text("repository", &dependency.repository)
        .some_text("condition", &dependency.condition);
    if !dependency.tags.is_empty() {
        let tags: Vec<Value> = dependency.tags.iter().map(|tag| Value::from(tag.as_str())).collect();
        object = object.json("tags", &text(&Value::from(tags)));
    }
    if dependency.enabled {
        object = object.value("enabled", &Value::Bool(true));
    }
    if !dependency.import_values.is_empty() {
        object = object.json("import-values", &text(&Value::from(dependency.import_values.clone())));
    }
    object.some_text("alias", &dependency.alias).finish()
}
