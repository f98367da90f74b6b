//! Compares two manifests and the cluster, object by object.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_value::{Map, Value};

use super::drift::drift;
use super::fields::differences;
use super::immutable::{immutable_changes, means_immutable};
use super::secrets::{Secrets, masked_pair, unified_data};
use super::{Action, Change, Changes, FieldChange};
use crate::json::settle;
use crate::merge::MergeSchema;
use crate::{Object, ObjectKey};

const RESOURCE_POLICY: &str = "helm.sh/resource-policy";

/// What the cluster says about one object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live<'a> {
    /// The object now; `None` when it is not there.
    pub object: Option<&'a Value>,
    /// The answer to a dry run of the change.
    pub dry_run: DryRun<'a>,
}

/// The server's answer to a dry run.
#[derive(Clone, Copy, Debug, Default)]
pub enum DryRun<'a> {
    /// It was not asked.
    #[default]
    NotAsked,
    /// The object as it would be.
    Object(&'a Value),
    /// Why it refuses.
    Refused(&'a str),
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The objects of the old manifest.
    pub old: &'a [Object],
    /// The objects of the new manifest.
    pub new: &'a [Object],
    /// The cluster's view of them. Objects without an entry were not looked for: their manifests
    /// stand for them.
    pub live: &'a BTreeMap<ObjectKey, Live<'a>>,
}

/// The schema of an object's kind, when it is known.
pub type SchemaOf<'a> = dyn Fn(&Object) -> Option<Arc<MergeSchema>> + 'a;

/// How to compare.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Whether the values of secrets are shown.
    pub secrets: Secrets,
    /// Whether objects that stay as they are get an entry.
    pub keeps_unchanged: bool,
    /// What is known about kinds, for matching the items of lists.
    pub schema_of: &'a SchemaOf<'a>,
}

/// Everything that the step from `old` to `new` changes.
pub fn compare(sides: &Sides<'_>, options: &Options<'_>) -> Changes {
    let old: BTreeMap<ObjectKey, &Object> = sides.old.iter().map(|object| (object.key(), object)).collect();
    let new: BTreeMap<ObjectKey, &Object> = sides.new.iter().map(|object| (object.key(), object)).collect();
    let mut objects = Vec::new();
    for object in sides.new {
        let key = object.key();
        // Of twins the last one counts, as it does when they are applied.
        if new.get(&key).is_some_and(|last| std::ptr::eq(*last, object)) {
            let pair = Pair { old: old.get(&key).copied(), new: Some(object), live: sides.live.get(&key).copied() };
            objects.push(pair.change(key, options));
        }
    }
    for object in sides.old {
        let key = object.key();
        let is_last = old.get(&key).is_some_and(|last| std::ptr::eq(*last, object));
        if is_last && !new.contains_key(&key) {
            let pair = Pair { old: Some(object), new: None, live: sides.live.get(&key).copied() };
            objects.push(pair.change(key, options));
        }
    }
    objects.retain(|change| options.keeps_unchanged || change.action != Action::Unchanged || !change.drift.is_empty());
    Changes { objects, ..Changes::default() }
}

/// The hooks that differ between two revisions, each made anew when it runs.
pub fn compare_hooks(old: &[Object], new: &[Object], options: &Options<'_>) -> Vec<Change> {
    let mut changes = compare(&Sides { old, new, live: &BTreeMap::new() }, options).objects;
    for change in &mut changes {
        change.action = match &change.action {
            Action::Replaced { .. } => Action::Changed,
            Action::Kept => Action::Deleted,
            action => action.clone(),
        };
    }
    changes
}

/// One object on all sides; at least one manifest has it.
struct Pair<'a> {
    old: Option<&'a Object>,
    new: Option<&'a Object>,
    live: Option<Live<'a>>,
}

impl Pair<'_> {
    fn change(&self, key: ObjectKey, options: &Options<'_>) -> Change {
        let newest = self.new.or(self.old);
        let schema = newest.and_then(|object| (options.schema_of)(object));
        let schema = schema.as_deref();
        let version = newest.map(|object| object.version.clone()).unwrap_or_default();
        let live = self.live.and_then(|live| live.object);
        let (before, after) = self.states();
        let (before, after) = masked_pair(before, after, options.secrets);
        let fields = match (&before, &after) {
            (Some(before), Some(after)) if self.is_takeover() => overwritten(before, after, schema, options.secrets),
            (Some(before), Some(after)) => differences(before, after, schema),
            _ => Vec::new(),
        };
        let drift = match (self.old, live) {
            (Some(old), Some(live)) => {
                let manifest = unified_data(&settle(&old.content));
                drift(&manifest, &settle(live), schema, options.secrets)
            }
            _ => Vec::new(),
        };
        let immutable = immutable_changes(&key, before.as_ref(), &fields);
        let action = self.action(&fields, immutable);
        Change { key, version, action, fields, drift, before, after }
    }

    /// The object before and after. With a dry run both are the server's; else the manifests are
    /// compared, and what is there already stands in for a manifest that does not have it.
    fn states(&self) -> (Option<Value>, Option<Value>) {
        let live = self.live.and_then(|live| live.object);
        let manifest = |object: Option<&Object>| object.map(|object| unified_data(&settle(&object.content)));
        let clean = |value: &Value| without_bookkeeping(&unified_data(&settle(value)));
        match (self.live, self.new) {
            (Some(Live { object: None, .. }), Some(new)) => (None, manifest(Some(new))),
            (Some(Live { object: Some(live), dry_run: DryRun::Object(after) }), Some(_)) => {
                (Some(clean(live)), Some(clean(after)))
            }
            _ => {
                let before = manifest(self.old).or_else(|| live.map(clean));
                (before, manifest(self.new))
            }
        }
    }

    fn action(&self, fields: &[FieldChange], immutable: Vec<String>) -> Action {
        if self.new.is_none() {
            return self.farewell();
        }
        if let Some(Live { dry_run: DryRun::Refused(error), .. }) = self.live {
            if means_immutable(error) {
                let because = if immutable.is_empty() { vec![error.to_owned()] } else { immutable };
                return Action::Replaced { because };
            }
            return Action::Rejected { error: error.to_owned() };
        }
        let is_there = self.live.map_or(self.old.is_some(), |live| live.object.is_some());
        match (is_there, self.old) {
            (false, old) => Action::Created { is_lost: old.is_some() },
            (true, None) => Action::Adopted,
            (true, Some(_)) if fields.is_empty() => Action::Unchanged,
            // A dry run that went well knows better than the table.
            (true, Some(_)) if self.has_dry_run() || immutable.is_empty() => Action::Changed,
            (true, Some(_)) => Action::Replaced { because: immutable },
        }
    }

    /// Whether a manifest meets an object that no manifest made; what it does not mention stays.
    fn is_takeover(&self) -> bool {
        self.old.is_none() && !self.has_dry_run()
    }

    fn has_dry_run(&self) -> bool {
        matches!(self.live, Some(Live { dry_run: DryRun::Object(_), .. }))
    }

    /// What becomes of an object that the new manifest does not have.
    fn farewell(&self) -> Action {
        let live = match self.live {
            Some(Live { object: None, .. }) => return Action::Unchanged,
            Some(Live { object: Some(live), .. }) => Some(live),
            None => None,
        };
        // Go: the annotation of the live object decides.
        let content = live.or(self.old.map(|old| &old.content));
        let policy =
            content.and_then(|object| object.get("metadata")?.get("annotations")?.get(RESOURCE_POLICY)?.as_str());
        if policy == Some("keep") { Action::Kept } else { Action::Deleted }
    }
}

/// The fields of a live object that a manifest would set to something else.
fn overwritten(live: &Value, manifest: &Value, schema: Option<&MergeSchema>, secrets: Secrets) -> Vec<FieldChange> {
    let fields = drift(manifest, live, schema, secrets).into_iter().map(|drift| drift.field);
    fields.map(|field| FieldChange { old: field.new, new: field.old, path: field.path }).collect()
}

/// The object without what the server keeps for itself.
pub(super) fn without_bookkeeping(object: &Value) -> Value {
    const OF_METADATA: &[&str] =
        &["managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"];
    let mut map: Map = object.as_map().cloned().unwrap_or_default();
    map.remove("status");
    if let Some(mut metadata) = map.get("metadata").and_then(Value::as_map).cloned() {
        metadata.retain(|key, _| !OF_METADATA.contains(&key.as_ref()));
        map.insert(Arc::from("metadata"), metadata.into());
    }
    map.into()
}
