//! Who owns a field, by `metadata.managedFields`.

use std::sync::Arc;

use corten_value::Value;

/// The manager of our own writes.
const OURS: &str = "helm";

/// One step into an object, in the words of managed fields.
pub(super) enum Step {
    /// `f:NAME`
    Field(Arc<str>),
    /// The item of a list, found by `k:{…}` with some of its fields, or by `v:VALUE`.
    Item(Value),
}

/// The field sets of all managers but ours.
pub(super) struct Owners<'a> {
    sets: Vec<(&'a str, &'a Value)>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(live: &'a Value) -> Self {
        let entries = live.at("metadata.managedFields").and_then(Value::as_list).unwrap_or_default();
        let set = |entry: &'a Value| {
            let manager = entry.get("manager")?.as_str().filter(|manager| *manager != OURS)?;
            Some((manager, entry.get("fieldsV1")?))
        };
        Self { sets: entries.iter().filter_map(set).collect() }
    }

    /// The managers that own a place, or something below it.
    pub(super) fn at(&self, steps: &[Step]) -> Vec<String> {
        let owns = |set: &Value| steps.iter().try_fold(set, |set, step| below(set, step)).is_some();
        let mut managers: Vec<String> =
            self.sets.iter().filter(|(_, set)| owns(set)).map(|(manager, _)| (*manager).to_owned()).collect();
        managers.sort();
        managers.dedup();
        managers
    }
}

fn below<'a>(set: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Field(name) => set.get(&format!("f:{name}")),
        Step::Item(item) => {
            let is_it = |key: &str| {
                let keys = key.strip_prefix("k:").and_then(|keys| crate::json::decode_object(keys.as_bytes()).ok());
                let keys = keys.as_ref().and_then(Value::as_map);
                keys.is_some_and(|keys| {
                    // A key that the manifest leaves out has a default, such as TCP.
                    keys.iter().all(|(key, value)| item.get(key).is_none_or(|own| own == value))
                })
            };
            set.as_map()?.iter().find(|(key, _)| is_it(key)).map(|(_, below)| below)
        }
    }
}
