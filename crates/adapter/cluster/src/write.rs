//! Changes of objects: create, apply, merge, replace, hand over fields, delete.
//!
//! Go: pkg/kube/client.go; conflicts are tried again as client-go's `retry.DefaultRetry` does.

use std::time::Duration;

use bytes::Bytes;
use corten_gostd::strconv::quote;
use corten_release::merge::{PatchInput, client_side_patch, upgrade_managed_fields};
use corten_release::{
    Applied, ApplyOptions, BoxFuture, ClusterError, ClusterErrorKind, Extent, MergeRequest, Object, Propagation,
    Validation, json,
};
use corten_value::{Map, Value};
use http::Method;

use crate::connection::{Connection, JSON, Request};
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::read::{self, decode};
use crate::status::ApiError;

/// The owner of the fields that are written.
const MANAGER: &str = "helm";
const APPLY: &str = "application/apply-patch+yaml";

/// Go: client-go util/retry `DefaultRetry` tries five times, 10 ms apart; where many objects are written side by side a
/// quota may be busy for longer.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

fn validation_word(validation: Validation) -> &'static str {
    match validation {
        Validation::Ignore => "Ignore",
        Validation::Strict => "Strict",
    }
}

fn dry_run_word(dry_run: bool) -> &'static str {
    if dry_run { "All" } else { "" }
}

fn body(content: &Value) -> Bytes {
    json::encode_object(content).into()
}

fn failed(error: &ApiError) -> ClusterError {
    cluster_error(error)
}

/// Tries again while `is_passing` errors come.
async fn again<'a, T>(
    attempt: impl Fn() -> BoxFuture<'a, Result<T, ApiError>> + Send,
    is_passing: impl Fn(&ApiError) -> bool + Send,
) -> Result<T, ApiError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if is_passing(&error) => tokio::time::sleep(pause).await,
            outcome => return outcome,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    attempt().await
}

/// Creates an object.
pub(crate) async fn create(cluster: &Kubernetes, object: &Object) -> Result<Value, ClusterError> {
    let connection = cluster.connected()?;
    let path = with_query(Collection::of(object).path(), &[("fieldManager", MANAGER)]);
    let request = Request::with(Method::POST, path, JSON, body(&object.content));
    let attempt = || once(connection, &request, object);
    again(attempt, ApiError::is_conflict).await.map_err(|error| failed(&error))
}

fn once<'a>(
    connection: &'a Connection,
    request: &'a Request,
    object: &'a Object,
) -> BoxFuture<'a, Result<Value, ApiError>> {
    Box::pin(async move {
        let (outcome, is_repeat) = connection.send_noting(request).await;
        match outcome {
            Ok(answer) => decode(&answer.body),
            // The first try was acted on, only its answer got lost.
            Err(error) if error.is_already_exists() && is_repeat && !object.generates_name() => {
                read::get(connection, object, Extent::Whole).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    })
}

// Go: client.go isResourceQuotaConflict.
fn is_quota_conflict(error: &ApiError) -> bool {
    let is_it = |text: &str| {
        text.contains("Operation cannot be fulfilled on resourcequotas")
            && text.contains("the object has been modified")
    };
    error.is_conflict() && is_it(&error.to_string())
}

/// Applies an object server-side.
pub(crate) async fn apply(
    cluster: &Kubernetes,
    object: &Object,
    options: ApplyOptions,
) -> Result<Applied, ClusterError> {
    let connection = cluster.connected()?;
    if object.name.is_empty() {
        // Go: rest/request.go Name.
        return Err(ClusterError::new(ClusterErrorKind::Invalid, "resource name may not be empty"));
    }
    let parameters = [
        ("dryRun", dry_run_word(options.dry_run)),
        ("fieldManager", MANAGER),
        ("fieldValidation", validation_word(options.validation)),
        ("force", if options.force_conflicts { "true" } else { "false" }),
    ];
    let path = with_query(Collection::of(object).item(&object.name), &parameters);
    let request = Request::with(Method::PATCH, path, APPLY, body(&object.content));
    let attempt = || apply_once(connection, &request);
    // Helm tries again only where it creates; a busy quota passes as well where something changes.
    again(attempt, is_quota_conflict).await.map_err(|error| failed(&error))
}

fn apply_once<'a>(connection: &'a Connection, request: &'a Request) -> BoxFuture<'a, Result<Applied, ApiError>> {
    Box::pin(async move {
        let answer = connection.send(request).await?;
        let object = decode(&answer.body)?;
        Ok(Applied { object, created: answer.code == 201 })
    })
}

/// Changes an object client-side.
pub(crate) async fn merge(cluster: &Kubernetes, request: MergeRequest<'_>) -> Result<Value, ClusterError> {
    let connection = cluster.connected()?;
    let MergeRequest { original, target, live, three_way_for_unstructured, dry_run } = request;
    let read;
    let live = if let Some(live) = live {
        Some(live)
    } else {
        read = read::get(connection, target, Extent::Whole).await.map_err(|error| {
            let what = format!("{}/{}", target.namespace, target.name);
            failed(&error).context(format!("failed to create patch: unable to get data for current object {what}"))
        })?;
        read.as_ref()
    };
    let kind = (target.group.as_str(), target.version.as_str(), target.kind.as_str());
    let schema = cluster.schemas.of(connection, kind).await.map_err(|error| {
        failed(&error).context("failed to create patch: unable to create patch metadata from object")
    })?;
    let input = PatchInput {
        old: original,
        new: &target.content,
        live,
        schema: schema.as_deref(),
        looks_at_live: three_way_for_unstructured,
    };
    let patch = client_side_patch(&input)
        .map_err(|error| ClusterError::new(ClusterErrorKind::Invalid, format!("failed to create patch: {error}")))?;
    if patch.is_empty() {
        return if let Some(live) = live {
            Ok(live.clone())
        } else {
            let found = read::get(connection, target, Extent::Whole).await;
            let found = found.map_err(|error| failed(&error).context("failed to refresh resource information"))?;
            found.ok_or_else(|| ClusterError::new(ClusterErrorKind::NotFound, "failed to refresh resource information"))
        };
    }
    let parameters = [("dryRun", dry_run_word(dry_run)), ("fieldManager", MANAGER)];
    let address = with_query(Collection::of(target).item(&target.name), &parameters);
    let request = Request::with(Method::PATCH, address, patch.kind.content_type(), patch.bytes().into());
    let answer = connection.send(&request).await.and_then(|answer| decode(&answer.body));
    answer.map_err(|error| {
        failed(&error).context(format!("cannot patch {} with kind {}", quote(target.name.as_bytes()), target.kind))
    })
}

/// Replaces an object.
pub(crate) async fn replace(
    cluster: &Kubernetes,
    object: &Object,
    validation: Validation,
) -> Result<Value, ClusterError> {
    let connection = cluster.connected()?;
    let parameters = [("fieldManager", MANAGER), ("fieldValidation", validation_word(validation))];
    let path = with_query(Collection::of(object).item(&object.name), &parameters);
    // Go: resource.Helper.Replace takes over the version of the live object, unless the manifest names one. Somebody who
    // is faster between the two makes Helm fail; here it is done again.
    let is_named =
        !object.content.at("metadata.resourceVersion").and_then(Value::as_str).unwrap_or_default().is_empty();
    let once = async || {
        let live = if is_named { None } else { read::get(connection, object, Extent::Metadata).await? };
        let version = live.as_ref().and_then(|live| live.at("metadata.resourceVersion")).and_then(Value::as_str);
        let content = match version {
            Some(version) => with_version(&object.content, version),
            None => object.content.clone(),
        };
        let request = Request::with(Method::PUT, path.clone(), JSON, body(&content));
        decode(&connection.send(&request).await?.body)
    };
    let is_repeated = |error: &ApiError| error.is_conflict() && !is_named;
    again(|| Box::pin(once()), is_repeated).await.map_err(|error| failed(&error).context("failed to replace object"))
}

fn with_version(content: &Value, version: &str) -> Value {
    let mut metadata = content.get("metadata").and_then(Value::as_map).cloned().unwrap_or_default();
    metadata.insert("resourceVersion".into(), version.into());
    let mut whole: Map = content.as_map().cloned().unwrap_or_default();
    whole.insert("metadata".into(), metadata.into());
    whole.into()
}

/// Hands the fields of `helm`'s updates over to server-side apply.
pub(crate) async fn migrate_fields(
    cluster: &Kubernetes,
    object: &Object,
    live: Option<&Value>,
    dry_run: bool,
) -> Result<bool, ClusterError> {
    let connection = cluster.connected()?;
    let described = format!("object {}/{} {}", object.namespace, object.name, object.group_version_kind());
    let parameters = [("dryRun", dry_run_word(dry_run)), ("fieldManager", MANAGER), ("fieldValidation", "Strict")];
    let path = with_query(Collection::of(object).item(&object.name), &parameters);
    let mut known = live.cloned();
    for round in 1.. {
        let current = if let Some(live) = known.take() {
            live
        } else {
            let wrap = |error: ClusterError| error.context(format!("failed to get {described}"));
            let found = read::get(connection, object, Extent::Whole).await.map_err(|error| wrap(failed(&error)))?;
            let gone = || wrap(ClusterError::new(ClusterErrorKind::NotFound, "the object is not there"));
            found.ok_or_else(gone)?
        };
        let upgrade = upgrade_managed_fields(&current, MANAGER).map_err(|error| {
            let text = format!("failed to upgrade managed fields for {described}: {error}");
            ClusterError::new(ClusterErrorKind::Invalid, text)
        })?;
        let Some(upgrade) = upgrade.filter(|upgrade| !upgrade.is_empty()) else { return Ok(false) };
        let request = Request::with(Method::PATCH, path.clone(), upgrade.kind.content_type(), upgrade.bytes().into());
        match connection.send(&request).await {
            Ok(_) => return Ok(true),
            Err(error) if error.is_conflict() && round < TRIES => tokio::time::sleep(PAUSE).await,
            Err(error) if error.is_conflict() => return Err(failed(&error)),
            Err(error) => {
                let doing = format!("failed to patch object to upgrade CSA field manager {described}");
                return Err(failed(&error).context(doing.replacen("manager object ", "manager ", 1)));
            }
        }
    }
    Ok(false)
}

/// Deletes an object.
pub(crate) async fn delete(
    cluster: &Kubernetes,
    object: &Object,
    propagation: Propagation,
) -> Result<(), ClusterError> {
    let connection = cluster.connected()?;
    let policy = match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    };
    let options = format!(r#"{{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"{policy}"}}"#);
    let path = Collection::of(object).item(&object.name);
    let request = Request::with(Method::DELETE, path, JSON, options.into());
    again(|| delete_once(connection, &request), ApiError::is_conflict).await.map_err(|error| failed(&error))
}

fn delete_once<'a>(connection: &'a Connection, request: &'a Request) -> BoxFuture<'a, Result<(), ApiError>> {
    Box::pin(async move {
        match connection.send_noting(request).await {
            (Ok(_), _) => Ok(()),
            // Gone already, by the first try.
            (Err(error), true) if error.is_not_found() => Ok(()),
            (Err(error), _) => Err(error),
        }
    })
}
