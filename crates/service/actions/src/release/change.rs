//! Creating, changing and deleting objects: side by side within a kind, kinds in order.
//! Go: kube/client.go `Create`, `Update`, `Delete`.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use corten_gotmpl::{LogLevel, World};
use corten_release::ownership::is_kept;
use corten_release::{
    ApplyOptions, Cluster, ClusterError, ClusterErrorKind, Extent, MergeRequest, Object, ObjectKey, Propagation,
    Validation, is_applied,
};
use corten_value::Value;
use futures::StreamExt as _;
use futures::stream;

use super::error::joined;

/// How many calls are begun at once; the adapter bounds what is really sent.
const AT_ONCE: usize = 100;

/// How objects are changed.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of Helm's client")]
pub(super) struct Changer<'a> {
    pub cluster: &'a dyn Cluster,
    pub world: &'a dyn World,
    /// `--server-side`.
    pub server_side: bool,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// Three-way merges of custom resources.
    pub three_way: bool,
    /// Fields of client-side updates are handed over first.
    pub migrates: bool,
}

/// What an update did.
pub(super) struct Changed {
    /// The places of targets that did not exist, also where creating them failed.
    pub created: Vec<usize>,
    /// How it ended.
    pub result: Result<(), ClusterError>,
}

/// What became of one target.
enum Fate {
    Created(Result<Value, ClusterError>),
    Changed(Result<Option<Value>, ClusterError>),
    Unreadable(ClusterError),
}

impl Changer<'_> {
    /// Creates objects; every one is tried. The objects become what the server made of them.
    pub(super) async fn create(&self, objects: &mut [Object]) -> Result<(), ClusterError> {
        if self.force_conflicts && !self.server_side {
            return Err(other("invalid client create option(s): forceConflicts enabled when serverSideApply disabled"));
        }
        let mut errors = Vec::new();
        for range in batches(objects) {
            let Some(batch) = objects.get(range.clone()) else { continue };
            let results = at_once(batch.iter().map(|object| self.create_one(object))).await;
            for (place, result) in range.zip(results) {
                match (result, objects.get_mut(place)) {
                    (Ok(content), Some(object)) => refresh(object, content),
                    (Err(error), _) => errors.push(error),
                    _ => {}
                }
            }
        }
        // Go: errors.Join.
        joined(errors, "\n").map_or(Ok(()), Err)
    }

    async fn create_one(&self, object: &Object) -> Result<Value, ClusterError> {
        if self.server_side { self.apply(object).await } else { self.cluster.create(object).await }
    }

    async fn apply(&self, object: &Object) -> Result<Value, ClusterError> {
        let options =
            ApplyOptions { force_conflicts: self.force_conflicts, dry_run: false, validation: Validation::Strict };
        let applied = self.cluster.apply(object, options).await.map_err(|error| apply_error(object, error))?;
        Ok(applied.object)
    }

    /// Brings the cluster from the originals to the targets. `live` are the targets as they were
    /// read just now, when they were.
    pub(super) async fn update(
        &self,
        originals: &[Object],
        targets: &mut [Object],
        live: Option<Vec<Live>>,
    ) -> Changed {
        let mut changed = Changed { created: Vec::new(), result: Ok(()) };
        if let Err(error) = self.check() {
            changed.result = Err(error);
            return changed;
        }
        let live = match live {
            Some(live) => live,
            None => self.cluster.read(targets, Extent::Whole).await,
        };
        let mut live: Vec<Option<Live>> = live.into_iter().map(Some).collect();
        let originals_by_key: BTreeMap<ObjectKey, &Object> =
            originals.iter().rev().map(|original| (original.key(), original)).collect();
        let mut errors = Vec::new();
        for range in batches(targets) {
            let Some(batch) = targets.get(range.clone()) else { continue };
            let states = range.clone().map(|place| live.get_mut(place).and_then(Option::take).unwrap_or(Ok(None)));
            let work = batch.iter().zip(states).map(|(target, live)| self.update_one(&originals_by_key, target, live));
            let fates = at_once(work).await;
            let mut fatal = None;
            for (place, fate) in range.zip(fates) {
                let Some(target) = targets.get_mut(place) else { continue };
                match fate {
                    Fate::Unreadable(error) => {
                        fatal = fatal.or(Some(error.context("could not get information about the resource")));
                    }
                    Fate::Created(result) => {
                        changed.created.push(place);
                        match result {
                            Ok(content) => refresh(target, content),
                            Err(error) => fatal = fatal.or(Some(error.context("failed to create resource"))),
                        }
                    }
                    Fate::Changed(Ok(content)) => refresh(target, content.unwrap_or(Value::Null)),
                    Fate::Changed(Err(error)) => errors.push(error),
                }
            }
            if let Some(error) = fatal {
                changed.result = Err(error);
                return changed;
            }
        }
        changed.result = match joined(errors, " && ") {
            Some(error) => Err(error),
            None => self.delete_missing(originals, targets).await,
        };
        changed
    }

    fn check(&self) -> Result<(), ClusterError> {
        if self.force_conflicts && !self.server_side {
            return Err(other("invalid client update option(s): forceConflicts enabled when serverSideApply disabled"));
        }
        if self.three_way && self.server_side {
            return Err(other(
                "invalid operation: cannot use three-way merge for unstructured and server-side apply together",
            ));
        }
        if self.force_conflicts && self.force_replace {
            return Err(other("invalid operation: cannot use force conflicts and force replace together"));
        }
        if self.server_side && self.force_replace {
            return Err(other("invalid operation: cannot use server-side apply and force replace together"));
        }
        Ok(())
    }

    async fn update_one(&self, originals: &BTreeMap<ObjectKey, &Object>, target: &Object, live: Live) -> Fate {
        let live = match live {
            Err(error) => return Fate::Unreadable(error),
            Ok(None) => return Fate::Created(self.create_one(target).await),
            Ok(Some(live)) => live,
        };
        let original = originals.get(&target.key()).copied();
        if original.is_none() {
            self.world.log(
                LogLevel::Warn,
                "resource exists on cluster but not in original release, using cluster state as baseline",
                &[("namespace", &target.namespace), ("name", &target.name), ("kind", &target.kind)],
            );
        }
        Fate::Changed(self.change(original, target, &live).await)
    }

    /// Changes an object that exists; `None` where it is as it should be.
    async fn change(
        &self,
        original: Option<&Object>,
        target: &Object,
        live: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        if self.force_replace {
            return self.cluster.replace(target, Validation::Strict).await.map(Some);
        }
        if self.server_side {
            let migrated =
                self.migrates && self.cluster.migrate_fields(original.unwrap_or(target), Some(live), false).await?;
            if !migrated && is_applied(live, target) {
                return Ok(Some(live.clone()));
            }
            return self.apply(target).await.map(Some);
        }
        let request = MergeRequest {
            original: original.map_or(live, |original| &original.content),
            target,
            live: Some(live),
            three_way_for_unstructured: self.three_way,
            dry_run: false,
        };
        self.cluster.merge(request).await.map(Some)
    }

    /// Deletes what the originals have and the targets do not.
    async fn delete_missing(&self, originals: &[Object], targets: &[Object]) -> Result<(), ClusterError> {
        let wanted: BTreeSet<ObjectKey> = targets.iter().map(Object::key).collect();
        let gone: Vec<Object> =
            originals.iter().filter(|original| !wanted.contains(&original.key())).cloned().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let live = self.cluster.read(&gone, Extent::Metadata).await;
        let doomed = gone.iter().zip(&live).filter(|(_, live)| match live {
            // Go: client.go update goes on when an object cannot be read.
            Ok(Some(live)) => !is_kept(live),
            _ => false,
        });
        let results = at_once(doomed.map(|(object, _)| async move {
            match self.cluster.delete(object, Propagation::Background).await {
                Err(error) if !error.is_not_found() => Some(error.context(format_args!(
                    "failed to delete resource namespace={}, name={}, kind={}",
                    object.namespace, object.name, object.kind
                ))),
                _ => None,
            }
        }))
        .await;
        joined(results.into_iter().flatten().collect(), " && ").map_or(Ok(()), Err)
    }

    /// Deletes objects; all are tried. Returns whether any of them was there.
    pub(super) async fn delete(&self, objects: &[Object], propagation: Propagation) -> Result<bool, Vec<ClusterError>> {
        let mut errors = Vec::new();
        let mut existed = false;
        for range in batches(objects) {
            let Some(batch) = objects.get(range) else { continue };
            for result in at_once(batch.iter().map(|object| self.cluster.delete(object, propagation))).await {
                match result {
                    Ok(()) => existed = true,
                    Err(error) if error.is_not_found() => {}
                    Err(error) => errors.push(error),
                }
            }
        }
        if errors.is_empty() { Ok(existed) } else { Err(errors) }
    }
}

/// A live object, as it was read.
pub(super) type Live = Result<Option<Value>, ClusterError>;

fn other(text: &str) -> ClusterError {
    ClusterError::new(ClusterErrorKind::Other, text)
}

/// Go: client.go `patchResourceServerSide`.
fn apply_error(object: &Object, error: ClusterError) -> ClusterError {
    let Object { namespace, name, .. } = object;
    let kind = object.group_version_kind();
    match error.kind {
        ClusterErrorKind::UnsupportedMediaType => error.context("server-side apply not available on the server"),
        ClusterErrorKind::Conflict => {
            error.context(format_args!("conflict occurred while applying object {namespace}/{name} {kind}"))
        }
        _ => error.context(format_args!("server-side apply failed for object {namespace}/{name} {kind}")),
    }
}

/// Go: `info.Refresh`. Who manages which field is half of an object, and nobody asks for it any more.
fn refresh(object: &mut Object, mut content: Value) {
    let Value::Map(map) = &mut content else { return };
    if let Some(Value::Map(metadata)) = Arc::make_mut(map).get_mut("metadata") {
        Arc::make_mut(metadata).remove("managedFields");
    }
    if let Some(name) = content.at("metadata.name").and_then(Value::as_str)
        && object.name.is_empty()
    {
        name.clone_into(&mut object.name);
    }
    object.content = content;
}

/// The places of objects of one kind after each other. Go: `batchPerform`.
fn batches(objects: &[Object]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    objects
        .chunk_by(|left, right| left.kind == right.kind)
        .map(|chunk| {
            let range = start..start + chunk.len();
            start = range.end;
            range
        })
        .collect()
}

/// Runs calls side by side; the results come in the order of the calls.
async fn at_once<F: Future>(calls: impl Iterator<Item = F>) -> Vec<F::Output> {
    stream::iter(calls).buffered(AT_ONCE).collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_batches() {
        let object = |kind: &str| Object {
            group: String::new(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            resource: String::new(),
            namespaced: true,
            namespace: String::new(),
            name: String::new(),
            content: Value::Null,
        };
        let objects = ["A", "A", "B", "A"].map(object);
        assert_eq!(batches(&objects), [0..2, 2..3, 3..4]);
    }
}
