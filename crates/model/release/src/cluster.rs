//! The port of the cluster: what flows need of the Kubernetes API. Implemented by
//! `adapter/cluster`, and by an in-memory cluster for tests.
//!
//! Calls take `&self` and may run side by side: flows start many at once, in Helm's order of kinds;
//! the adapter bounds them (`--qps`, `--burst-limit`). A future that is dropped cancels its request,
//! so a flow is cancelled by dropping it. No call makes more requests than Helm's counterpart.
//!
//! Whole numbers in objects are [`Value::Int`], all others [`Value::Float`], as
//! `corten_gostd::json::decode_integers` reads them. The field manager of all writes is `helm`.
//! `Warning:` headers of the API are shown by the adapter, through a sink given to it.

mod error;
mod object;
mod wait;

use std::collections::BTreeMap;

use corten_render::KubeVersion;
use corten_value::Value;

pub use error::{ClusterError, ClusterErrorKind};
pub use object::{Object, ObjectKey};
pub use wait::{ObjectState, WaitFor, WaitObserver, WaitRequest, WaitStrategy};

use crate::BoxFuture;

/// What a chart may learn of a cluster.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The version of the server (`/version`: gitVersion, major, minor).
    pub version: KubeVersion,
    /// `group/version` and `group/version/Kind` of everything that is served. Go: action.go
    /// `GetVersionSet`.
    pub api_versions: Vec<String>,
    /// Why some groups could not be asked: the text of Go's `ErrGroupDiscoveryFailed`.
    pub orphaned: Option<String>,
}

/// How strictly fields are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Unknown and duplicate fields pass: `fieldValidation=Ignore`.
    Ignore,
    /// They are errors: `fieldValidation=Strict`.
    Strict,
}

/// How much of live objects is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// `metadata` only.
    Metadata,
    /// Everything, managed fields too.
    Whole,
}

/// How an object is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Takes fields over from other managers.
    pub force_conflicts: bool,
    /// Changes nothing: `dryRun=All`.
    pub dry_run: bool,
    /// How strictly the server checks.
    pub validation: Validation,
}

/// What applying gave.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object as the server has it now.
    pub object: Value,
    /// Whether it did not exist before (status 201).
    pub created: bool,
}

/// A client-side change. Go: client.go `patchResourceClientSide`.
#[derive(Clone, Copy, Debug)]
pub struct MergeRequest<'a> {
    /// The object of the old manifest.
    pub original: &'a Value,
    /// The object of the new manifest.
    pub target: &'a Object,
    /// The object in the cluster, when it was read already; else it is read.
    pub live: Option<&'a Value>,
    /// Three-way merge for custom resources too.
    pub three_way_for_unstructured: bool,
    /// Changes nothing: `dryRun=All`.
    pub dry_run: bool,
}

/// How dependents go with their owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Later, by the garbage collector.
    Background,
    /// Before it.
    Foreground,
    /// Not at all.
    Orphan,
}

/// Which pods are meant.
#[derive(Clone, Copy, Debug)]
pub enum PodSelector<'a> {
    /// `labelSelector`.
    Labels(&'a str),
    /// `fieldSelector=metadata.name=…`.
    Name(&'a str),
}

/// A pod, as far as logs need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The names of its init containers.
    pub init_containers: Vec<String>,
    /// The names of its containers.
    pub containers: Vec<String>,
}

/// A container whose log is wanted.
#[derive(Clone, Copy, Debug)]
pub struct LogTarget<'a> {
    /// The namespace of the pod.
    pub namespace: &'a str,
    /// The pod.
    pub pod: &'a str,
    /// The container.
    pub container: &'a str,
}

/// An event about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterEvent {
    /// `Warning` or `Normal`.
    pub severity: String,
    /// `FailedScheduling`.
    pub reason: String,
    /// What happened.
    pub message: String,
}

/// What `lookup` in templates and the like ask for.
#[derive(Clone, Copy, Debug)]
pub struct LookupKey<'a> {
    /// `apiVersion`.
    pub api_version: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// The namespace, empty for all or for cluster-wide kinds.
    pub namespace: &'a str,
    /// The name, empty for a list.
    pub name: &'a str,
}

/// The Kubernetes API, as far as releases need it.
pub trait Cluster: Send + Sync {
    /// Whether the server answers, by its version; `facts` then need not ask again.
    /// Go: client.go `IsReachable`; the text starts with `kubernetes cluster unreachable`.
    fn reachable(&self) -> BoxFuture<'_, Result<(), ClusterError>>;

    /// Version and APIs. Asked once per process, and again after [`Self::forget_apis`].
    /// Texts: `could not get server version from Kubernetes: …`, `could not get apiVersions from
    /// Kubernetes: …`.
    fn facts(&self) -> BoxFuture<'_, Result<Facts, ClusterError>>;

    /// Forgets what APIs there are, because definitions were just added.
    fn forget_apis(&self);

    /// Reads documents and maps each to the API that serves it; lists are flattened; objects
    /// without a namespace get that of the release. Strict validation checks against the cluster's
    /// schema where the server does not do so itself. All documents are looked at, and their errors
    /// joined. Go: client.go `buildResourceList`; texts: `resource mapping not found for name: …`,
    /// `error validating "": error validating data: …`.
    fn build<'a>(
        &'a self,
        manifest: &'a str,
        validation: Validation,
    ) -> BoxFuture<'a, Result<Vec<Object>, ClusterError>>;

    /// The live objects of many objects, in their order; `None` for those that are not there.
    ///
    /// The adapter may list instead of getting one by one (metadata only for [`Extent::Metadata`])
    /// where that takes fewer requests, and gets what a list does not allow or would make too large.
    fn read<'a>(
        &'a self,
        objects: &'a [Object],
        extent: Extent,
    ) -> BoxFuture<'a, Vec<Result<Option<Value>, ClusterError>>>;

    /// Creates an object (POST), for client-side releases. Tries again on conflicts, as Helm does.
    fn create<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Value, ClusterError>>;

    /// Applies an object server-side. The error is the server's own; flows word it as Helm.
    fn apply<'a>(&'a self, object: &'a Object, options: ApplyOptions) -> BoxFuture<'a, Result<Applied, ClusterError>>;

    /// Changes an object client-side: strategic three-way merge, or JSON merge for custom resources;
    /// nothing is sent when nothing changes. Texts: `failed to create patch: …`,
    /// `cannot patch "NAME" with kind KIND: …`.
    fn merge<'a>(&'a self, request: MergeRequest<'a>) -> BoxFuture<'a, Result<Value, ClusterError>>;

    /// Replaces an object (PUT). Text: `failed to replace object: …`.
    fn replace<'a>(&'a self, object: &'a Object, validation: Validation) -> BoxFuture<'a, Result<Value, ClusterError>>;

    /// Hands the fields that `helm` manages by updates over to server-side apply; returns whether
    /// anything had to be changed. `live` saves a request when it is at hand.
    /// Go: client.go `upgradeClientSideFieldManager` with its texts.
    fn migrate_fields<'a>(
        &'a self,
        object: &'a Object,
        live: Option<&'a Value>,
        dry_run: bool,
    ) -> BoxFuture<'a, Result<bool, ClusterError>>;

    /// Deletes an object; [`ClusterErrorKind::NotFound`] when it is gone. Tries again on conflicts.
    fn delete<'a>(&'a self, object: &'a Object, propagation: Propagation) -> BoxFuture<'a, Result<(), ClusterError>>;

    /// Waits, see [`WaitRequest`]. Text of a failure: Helm's, `resource Deployment/ns/x not ready.
    /// status: InProgress, message: …` for each object and `context deadline exceeded`; what is known
    /// of the reason is in [`ClusterError::hints`].
    fn wait<'a>(&'a self, request: WaitRequest<'a>) -> BoxFuture<'a, Result<(), ClusterError>>;

    /// The live objects of a release for `status`, by `version/Kind`; tables as the server prints
    /// them when `as_table`; with the pods of controllers under `v1/Pod(related)`. Objects that
    /// cannot be read are left out. Go: client.go `Get` with `related`.
    fn resources<'a>(
        &'a self,
        objects: &'a [Object],
        as_table: bool,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Vec<Value>>, ClusterError>>;

    /// The pods that a selector finds. Text: `failed to get pod list with options: …`.
    fn pods<'a>(
        &'a self,
        namespace: &'a str,
        selector: PodSelector<'a>,
    ) -> BoxFuture<'a, Result<Vec<Pod>, ClusterError>>;

    /// The log of a container so far. The error is the server's own; flows word it as Helm.
    fn log<'a>(&'a self, target: LogTarget<'a>) -> BoxFuture<'a, Result<Vec<u8>, ClusterError>>;

    /// The last events about an object, newest last.
    fn events<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Vec<ClusterEvent>, ClusterError>>;

    /// The object, or the list of them for an empty name; an empty table when it does not exist.
    /// Go: `engine/lookup_func.go`.
    fn lookup<'a>(&'a self, key: LookupKey<'a>) -> BoxFuture<'a, Result<Value, ClusterError>>;
}
