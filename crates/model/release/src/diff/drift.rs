//! What somebody changed in the cluster: the fields of a manifest that are not so any more.
//!
//! Only fields that the manifest has are looked at: what the server filled in, what controllers
//! write and what others added beside is no drift.

use std::sync::Arc;

use corten_value::{Map, Value};

use super::fields::{Place, label, with_key, with_label};
use super::owners::{Owners, Step};
use super::quantity::same_quantity;
use super::secrets::{Secrets, is_secret, masked_field, unified_data};
use super::{Drift, FieldChange};
use crate::json::deep;
use crate::merge::MergeSchema;

/// Where an empty text is a value like any other.
const CONTENTS: &[&str] = &["data", "metadata.labels", "metadata.annotations"];

/// The fields of the manifest that differ in the live object.
pub(super) fn drift(manifest: &Value, live: &Value, schema: Option<&MergeSchema>, secrets: Secrets) -> Vec<Drift> {
    let live = unified_data(live);
    let mut search = Search { owners: Owners::of(&live), found: Vec::new(), steps: Vec::new() };
    search.values("", (manifest, &live), Place::root(schema));
    let mut found = search.found;
    if secrets == Secrets::Masked && is_secret(manifest) {
        for drift in &mut found {
            masked_field(&mut drift.field);
        }
    }
    found
}

struct Search<'a> {
    owners: Owners<'a>,
    found: Vec<Drift>,
    /// The place, in the words of managed fields.
    steps: Vec<Step>,
}

impl Search<'_> {
    fn report(&mut self, path: &str, manifest: &Value, live: &Value) {
        let side = |value: &Value| (!value.is_null()).then(|| value.clone());
        let field = FieldChange { path: path.to_owned(), old: side(manifest), new: side(live) };
        self.found.push(Drift { field, managers: self.owners.at(&self.steps) });
    }

    fn values(&mut self, path: &str, (manifest, live): (&Value, &Value), place: Place<'_>) {
        match (manifest, live) {
            (Value::Map(wanted), Value::Map(live)) => deep(|| self.maps(path, (wanted, live), place)),
            (Value::List(wanted), Value::List(live)) => deep(|| self.lists(path, (wanted, live), place)),
            _ if is_same(path, manifest, live) || self.is_default(path, manifest) => {}
            _ => self.report(path, manifest, live),
        }
    }

    /// Whether the manifest leaves a field empty, and nobody but the server has filled it.
    fn is_default(&self, path: &str, manifest: &Value) -> bool {
        let is_content = CONTENTS.iter().any(|content| path.starts_with(content));
        manifest.as_str() == Some("") && !is_content && self.owners.at(&self.steps).is_empty()
    }

    fn maps(&mut self, path: &str, (wanted, live): (&Map, &Map), place: Place<'_>) {
        for (key, value) in wanted {
            let is_identity = match path {
                "" => matches!(key.as_ref(), "apiVersion" | "kind" | "status"),
                // Cluster-wide objects lose the namespace that a manifest gives them.
                "metadata" => matches!(key.as_ref(), "namespace" | "name" | "generateName"),
                _ => false,
            };
            if is_identity {
                continue;
            }
            let now = live.get(key).unwrap_or(&Value::Null);
            self.steps.push(Step::Field(Arc::clone(key)));
            self.values(&with_key(path, key), (value, now), place.field(key));
            self.steps.pop();
        }
    }

    fn lists(&mut self, path: &str, (wanted, live): (&[Value], &[Value]), place: Place<'_>) {
        let names = place.names([wanted, live]);
        if !names.is_empty() {
            for item in wanted {
                let name = label(item, &names);
                let now = live.iter().find(|other| fits(item, other, &names)).unwrap_or(&Value::Null);
                self.steps.push(Step::Item(item.clone()));
                self.values(&with_label(path, &name), (item, now), place.item());
                self.steps.pop();
            }
            return;
        }
        let has_tables = wanted.iter().any(|item| matches!(item, Value::Map(_)));
        if has_tables && wanted.len() == live.len() {
            for (position, (item, now)) in wanted.iter().zip(live).enumerate() {
                self.values(&with_label(path, &position.to_string()), (item, now), place.item());
            }
        } else if wanted != live && !is_superset(path, wanted, live) {
            self.report(path, &wanted.to_vec().into(), &live.to_vec().into());
        }
    }
}

/// Whether a live item is the manifest's: a key that the manifest leaves out has a default.
fn fits(item: &Value, live: &Value, names: &[Arc<str>]) -> bool {
    names.iter().all(|name| item.get(name).is_none_or(|value| live.get(name) == Some(value)))
}

/// Finalizers are written by many.
fn is_superset(path: &str, wanted: &[Value], live: &[Value]) -> bool {
    path == "metadata.finalizers" && wanted.iter().all(|item| live.contains(item))
}

/// Whether the server's value is what the manifest means.
fn is_same(path: &str, manifest: &Value, live: &Value) -> bool {
    match (manifest, live) {
        _ if manifest == live => true,
        // The server leaves out what is empty or its default.
        (Value::Null, _) => true,
        (Value::Map(map), Value::Null) => map.values().all(|value| is_same(path, value, &Value::Null)),
        (Value::List(list), Value::Null) => list.is_empty(),
        (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Bool(truth), Value::Null) => !truth,
        (Value::Int(number), Value::Null) => *number == 0,
        (Value::String(_) | Value::Int(_) | Value::Float(_), Value::String(_) | Value::Int(_)) => {
            same_quantity(path, manifest, live)
        }
        _ => false,
    }
}
