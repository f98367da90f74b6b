//! The releases of Helm's in-memory store, as far as completion offers them.
//!
//! `HELM_DRIVER=memory` reads releases from the files of `HELM_MEMORY_DRIVER_DATA`. With any other driver
//! they are in the cluster, which completion here does not ask.

use std::collections::BTreeMap;
use std::fs;

use corten_value::Value;

use crate::kube;
use crate::session::Session;

/// What completion shows of a revision.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) revision: i64,
    pub(crate) chart: String,
    pub(crate) chart_version: String,
    pub(crate) app_version: String,
    pub(crate) status: String,
}

/// The newest revision of every release of the namespace, by name.
pub(crate) fn releases(session: &Session<'_>) -> Option<Vec<Stored>> {
    let mut newest: BTreeMap<String, Stored> = BTreeMap::new();
    for stored in stored(session)? {
        let known = newest.get(&stored.name);
        if known.is_none_or(|known| known.revision <= stored.revision) {
            newest.insert(stored.name.clone(), stored);
        }
    }
    Some(newest.into_values().collect())
}

/// The revisions of a release, in the order of the store; `None` when there is no such release.
pub(crate) fn revisions(session: &Session<'_>, name: &str) -> Option<Vec<Stored>> {
    let mut found: Vec<Stored> = stored(session)?.into_iter().filter(|stored| stored.name == name).collect();
    found.sort_by_key(|stored| stored.revision);
    (!found.is_empty()).then_some(found)
}

fn stored(session: &Session<'_>) -> Option<Vec<Stored>> {
    if session.variable("HELM_DRIVER").as_deref() != Some("memory") {
        return None;
    }
    let namespace = kube::namespace(session);
    let mut all = Vec::new();
    for file in session.variable("HELM_MEMORY_DRIVER_DATA").unwrap_or_default().split(':') {
        let releases = corten_yaml::decode(&fs::read(file).ok()?).ok()?;
        for release in releases.as_list().unwrap_or_default() {
            let own = release.get("namespace").and_then(Value::as_str).unwrap_or("default");
            if own == namespace || own.is_empty() && namespace == "default" {
                all.push(read(release));
            }
        }
    }
    Some(all)
}

fn read(release: &Value) -> Stored {
    let text = |path: &str| release.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let revision = match release.get("version") {
        Some(Value::Float(number)) => format!("{number}").parse().unwrap_or_default(),
        Some(Value::Int(number)) => *number,
        _ => 0,
    };
    Stored {
        name: text("name"),
        revision,
        chart: text("chart.metadata.name"),
        chart_version: text("chart.metadata.version"),
        app_version: text("chart.metadata.appVersion"),
        status: text("info.status"),
    }
}
