//! What an upgrade, a rollback or a person at the cluster changes (ours): the facts for
//! `corten_release::diff`.
//!
//! [`diff_manifests`] compares two revisions as they are recorded, [`diff_live`] a revision with the
//! cluster, [`preview`] a revision with what the server would make of another one, asked object by
//! object without changing anything.

use std::collections::BTreeMap;

use corten_release::diff::{
    Change, Changes, DryRun, Live, Options, Secrets, Sides, compare, compare_hooks, dropped_values,
};
use corten_release::ownership::claim;
use corten_release::{ApplyOptions, ClusterErrorKind, Extent, MergeRequest, Object, ObjectKey, Release, Validation};
use corten_render::HookEvent;
use corten_value::Value;
use futures::StreamExt as _;
use futures::stream;

use super::error::ActionError;
use super::ports::Ports;

/// How many dry runs are under way at once; the adapter bounds them further.
const AT_ONCE: usize = 16;

/// How to look at changes.
#[derive(Clone, Copy, Debug)]
pub struct PreviewOptions {
    /// Whether the values of Secrets are shown.
    pub secrets: Secrets,
    /// Not `--no-hooks`: whether hooks are compared, too.
    pub hooks: bool,
    /// `--force-conflicts`, for dry runs.
    pub force_conflicts: bool,
    /// Not `--disable-openapi-validation`, for dry runs.
    pub validate: bool,
}

impl PreviewOptions {
    fn compare(self, sides: &Sides<'_>) -> Changes {
        compare(sides, &self.options())
    }

    fn options(self) -> Options<'static> {
        Options { secrets: self.secrets, keeps_unchanged: false, schema_of: &|_| None }
    }
}

/// Compares the manifests of two revisions; none before means that everything is new.
///
/// # Errors
/// When a manifest cannot be mapped to the cluster's APIs.
pub async fn diff_manifests(
    ports: &Ports<'_>,
    before: Option<&Release>,
    after: &Release,
    options: PreviewOptions,
) -> Result<Changes, ActionError> {
    let (old, new) = objects(ports, before, after).await?;
    let mut changes = options.compare(&Sides { old: &old, new: &new, live: &BTreeMap::new() });
    changes.hooks = hooks(ports, before, after, options).await?;
    changes.values = values(before, after);
    Ok(changes)
}

/// Compares a revision with the objects in the cluster.
///
/// # Errors
/// When the manifest cannot be mapped to the cluster's APIs, or an object cannot be read.
pub async fn diff_live(ports: &Ports<'_>, release: &Release, options: PreviewOptions) -> Result<Changes, ActionError> {
    let objects = build(ports, &release.manifest).await?;
    let found = read(ports, &objects).await?;
    let live =
        found.iter().map(|(key, object)| (key.clone(), Live { object: object.as_ref(), dry_run: DryRun::NotAsked }));
    Ok(options.compare(&Sides { old: &objects, new: &objects, live: &live.collect() }))
}

/// Asks the server what it would make of a revision.
///
/// # Errors
/// When a manifest cannot be mapped to the cluster's APIs, or an object cannot be read.
pub async fn preview(
    ports: &Ports<'_>,
    before: Option<&Release>,
    after: &Release,
    options: PreviewOptions,
) -> Result<Changes, ActionError> {
    let (old, new) = objects(ports, before, after).await?;
    let gone = old.iter().filter(|object| !new.iter().any(|other| other.key() == object.key()));
    let all: Vec<Object> = new.iter().chain(gone).cloned().collect();
    let found = read(ports, &all).await?;
    // What is sent carries the marks of the release, which manifests do not.
    let mut marked = new.clone();
    for object in &mut marked {
        claim(object, &after.name, &after.namespace);
    }
    let answers = ask(ports, (&old, &marked), &found, after.is_server_side(), options).await;
    let live = found.iter().map(|(key, object)| {
        let dry_run = match answers.get(key) {
            Some(Ok(answer)) => DryRun::Object(answer),
            Some(Err(refusal)) => DryRun::Refused(refusal),
            None => DryRun::NotAsked,
        };
        (key.clone(), Live { object: object.as_ref(), dry_run })
    });
    let mut changes = options.compare(&Sides { old: &old, new: &new, live: &live.collect() });
    changes.hooks = hooks(ports, before, after, options).await?;
    changes.values = values(before, after);
    Ok(changes)
}

async fn objects(
    ports: &Ports<'_>,
    before: Option<&Release>,
    after: &Release,
) -> Result<(Vec<Object>, Vec<Object>), ActionError> {
    let old = build(ports, before.map_or("", |release| release.manifest.as_str()));
    let (old, new) = futures::join!(old, build(ports, &after.manifest));
    Ok((old?, new?))
}

/// Compares hooks by their manifests; tests are no part of an operation.
async fn hooks(
    ports: &Ports<'_>,
    before: Option<&Release>,
    after: &Release,
    options: PreviewOptions,
) -> Result<Vec<Change>, ActionError> {
    if !options.hooks {
        return Ok(Vec::new());
    }
    let manifest = |release: &Release| {
        let hooks = release.hooks.iter().filter(|hook| !hook.runs_on(HookEvent::Test));
        hooks.map(|hook| hook.manifest.as_str()).collect::<Vec<_>>().join("\n---\n")
    };
    let (old, new) = (before.map(manifest).unwrap_or_default(), manifest(after));
    if old == new {
        return Ok(Vec::new());
    }
    let (old, new) = futures::join!(build(ports, &old), build(ports, &new));
    Ok(compare_hooks(&old?, &new?, &options.options()))
}

async fn build(ports: &Ports<'_>, manifest: &str) -> Result<Vec<Object>, ActionError> {
    let built = ports.cluster.build(manifest, Validation::Ignore).await;
    Ok(built.map_err(|error| error.context("unable to build kubernetes objects from release manifest"))?)
}

type Found = BTreeMap<ObjectKey, Option<Value>>;

async fn read(ports: &Ports<'_>, objects: &[Object]) -> Result<Found, ActionError> {
    let found = ports.cluster.read(objects, Extent::Whole).await;
    objects.iter().zip(found).map(|(object, found)| Ok((object.key(), found?))).collect()
}

/// The server's answers to a dry run of each object of the new manifest.
async fn ask(
    ports: &Ports<'_>,
    (old, new): (&[Object], &[Object]),
    found: &Found,
    is_server_side: bool,
    options: PreviewOptions,
) -> BTreeMap<ObjectKey, Result<Value, String>> {
    let validation = if options.validate { Validation::Strict } else { Validation::Ignore };
    let one = |object| async move {
        let key = Object::key(object);
        let live = found.get(&key).and_then(Option::as_ref);
        let answer = match live {
            Some(live) if !is_server_side => {
                let original = old.iter().find(|other| other.key() == key).map_or(&object.content, |old| &old.content);
                let request = MergeRequest {
                    original,
                    target: object,
                    live: Some(live),
                    three_way_for_unstructured: false,
                    dry_run: true,
                };
                ports.cluster.merge(request).await
            }
            _ => {
                let apply = ApplyOptions { force_conflicts: options.force_conflicts, dry_run: true, validation };
                ports.cluster.apply(object, apply).await.map(|applied| applied.object)
            }
        };
        match answer {
            Ok(answer) => Some((key, Ok(answer))),
            // The namespace is not there yet: nobody can say what its objects would become.
            Err(error) if live.is_none() && error.kind == ClusterErrorKind::NotFound => None,
            Err(error) => Some((key, Err(error.message))),
        }
    };
    stream::iter(new).map(one).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
}

fn values(before: Option<&Release>, after: &Release) -> Vec<corten_release::diff::DroppedValue> {
    let Some(before) = before else { return Vec::new() };
    let defaults = after.chart.as_ref().map(|chart| chart.values.clone()).unwrap_or_default();
    dropped_values(&before.config, &after.config, &defaults)
}
