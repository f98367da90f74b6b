//! The cluster as releases see it: the port [`Cluster`] over one connection.
//!
//! The connection is opened at the first call that needs it, so that commands which never ask the
//! cluster never read a kubeconfig.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use corten_release::{
    Applied, ApplyOptions, BoxFuture, Cluster, ClusterError, ClusterErrorKind, ClusterEvent, Extent, Facts, LogTarget,
    LookupKey, MergeRequest, Object, Pod, PodSelector, Propagation, Validation, WaitRequest,
};
use corten_render::KubeVersion;
use corten_value::Value;
use serde::Deserialize;

use crate::connection::{Connection, Options, Request};
use crate::discovery::Discovery;
use crate::failure::cluster_error;
use crate::kubeconfig::{self, KubeFlags};
use crate::openapi::Schemas;
use crate::status::{self, ApiError};
use crate::{build, inspect, read, resources, wait, write};

/// One Kubernetes cluster and the namespace that commands act in.
pub struct Kubernetes {
    flags: KubeFlags,
    options: Options,
    namespace: OnceLock<String>,
    connection: OnceLock<Result<Arc<Connection>, ApiError>>,
    version: Mutex<Option<KubeVersion>>,
    pub(crate) discovery: Discovery,
    pub(crate) schemas: Schemas,
}

/// The variables of this process.
pub(crate) fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Kubernetes {
    /// The cluster that flags and files name; nothing is read yet.
    pub fn new(flags: KubeFlags, options: Options) -> Self {
        Self {
            flags,
            options,
            namespace: OnceLock::new(),
            connection: OnceLock::new(),
            version: Mutex::default(),
            discovery: Discovery::default(),
            schemas: Schemas::default(),
        }
    }

    /// The namespace of objects that name none.
    pub fn namespace(&self) -> &str {
        self.namespace.get_or_init(|| kubeconfig::namespace(&self.flags, &process_environment))
    }

    /// The connection, opened now at the latest.
    pub(crate) fn connection(&self) -> Result<&Arc<Connection>, ApiError> {
        let open = || Connection::open(&self.flags, &process_environment, self.options.clone()).map(Arc::new);
        self.connection.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// The connection for calls of the port.
    pub(crate) fn connected(&self) -> Result<&Arc<Connection>, ClusterError> {
        self.connection().map_err(|error| cluster_error(&error))
    }

    async fn server_version(&self) -> Result<KubeVersion, ApiError> {
        if let Some(version) = self.version.lock().ok().and_then(|version| version.clone()) {
            return Ok(version);
        }
        let version = fetch_version(self.connection()?).await?;
        if let Ok(mut known) = self.version.lock() {
            *known = Some(version.clone());
        }
        Ok(version)
    }

    async fn facts_now(&self) -> Result<Facts, ClusterError> {
        let doing = |what: &str, error: &ApiError| {
            cluster_error(error).context(format!("could not get {what} from Kubernetes"))
        };
        let connection = self.connection().map_err(|error| doing("server version", &error))?;
        let (version, served) = futures::join!(self.server_version(), self.discovery.all(connection));
        let version = version.map_err(|error| doing("server version", &error))?;
        let served = served.map_err(|error| doing("apiVersions", &error))?;
        let mut api_versions = Vec::new();
        let mut failed = Vec::new();
        for (group_version, listing) in &served.versions {
            api_versions.push(group_version.clone());
            match listing {
                Ok(listed) => api_versions.extend(listed.iter().map(|found| format!("{group_version}/{}", found.kind))),
                Err(reason) => failed.push(format!("{group_version}: {reason}")),
            }
        }
        api_versions.sort_unstable();
        api_versions.dedup();
        // Go: discovery_client.go ErrGroupDiscoveryFailed.
        let orphaned = (!failed.is_empty())
            .then(|| format!("unable to retrieve the complete list of server APIs: {}", failed.join(", ")));
        Ok(Facts { version, api_versions, orphaned })
    }
}

// Go: discovery_client.go ServerVersion reads the raw body, so refusals have client-go's own words.
async fn fetch_version(connection: &Connection) -> Result<KubeVersion, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Info {
        #[serde(default)]
        git_version: String,
        #[serde(default)]
        major: String,
        #[serde(default)]
        minor: String,
    }
    let answer = connection.send(&Request::get("/version")).await.map_err(|error| match error {
        ApiError::Status(refusal) if refusal.code != 403 => {
            ApiError::Status(Box::new(status::generic(refusal.code, "GET", refusal.message.as_bytes())))
        }
        other => other,
    })?;
    let info: Info = serde_json::from_slice(&answer.body)
        .map_err(|error| ApiError::Unreadable(format!("unable to parse the server version: {error}")))?;
    let normalized =
        KubeVersion::parse(&info.git_version).map_or_else(|_| info.git_version.clone(), |parsed| parsed.normalized);
    Ok(KubeVersion { version: info.git_version, normalized, major: info.major, minor: info.minor })
}

impl Cluster for Kubernetes {
    fn reachable(&self) -> BoxFuture<'_, Result<(), ClusterError>> {
        Box::pin(async move {
            self.server_version().await.map(drop).map_err(|error| {
                let mut failure = cluster_error(&error).context("kubernetes cluster unreachable");
                if !matches!(failure.kind, ClusterErrorKind::Unauthorized | ClusterErrorKind::Forbidden) {
                    failure.kind = ClusterErrorKind::Unreachable;
                }
                failure
            })
        })
    }

    fn facts(&self) -> BoxFuture<'_, Result<Facts, ClusterError>> {
        Box::pin(self.facts_now())
    }

    fn forget_apis(&self) {
        self.discovery.forget();
        self.schemas.forget();
    }

    fn build<'a>(
        &'a self,
        manifest: &'a str,
        validation: Validation,
    ) -> BoxFuture<'a, Result<Vec<Object>, ClusterError>> {
        Box::pin(build::build(self, manifest, validation))
    }

    fn read<'a>(
        &'a self,
        objects: &'a [Object],
        extent: Extent,
    ) -> BoxFuture<'a, Vec<Result<Option<Value>, ClusterError>>> {
        Box::pin(read::read(self, objects, extent))
    }

    fn create<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Value, ClusterError>> {
        Box::pin(write::create(self, object))
    }

    fn apply<'a>(&'a self, object: &'a Object, options: ApplyOptions) -> BoxFuture<'a, Result<Applied, ClusterError>> {
        Box::pin(write::apply(self, object, options))
    }

    fn merge<'a>(&'a self, request: MergeRequest<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        Box::pin(write::merge(self, request))
    }

    fn replace<'a>(&'a self, object: &'a Object, validation: Validation) -> BoxFuture<'a, Result<Value, ClusterError>> {
        Box::pin(write::replace(self, object, validation))
    }

    fn migrate_fields<'a>(
        &'a self,
        object: &'a Object,
        live: Option<&'a Value>,
        dry_run: bool,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(write::migrate_fields(self, object, live, dry_run))
    }

    fn delete<'a>(&'a self, object: &'a Object, propagation: Propagation) -> BoxFuture<'a, Result<(), ClusterError>> {
        Box::pin(write::delete(self, object, propagation))
    }

    fn wait<'a>(&'a self, request: WaitRequest<'a>) -> BoxFuture<'a, Result<(), ClusterError>> {
        Box::pin(wait::wait(self, request))
    }

    fn resources<'a>(
        &'a self,
        objects: &'a [Object],
        as_table: bool,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Vec<Value>>, ClusterError>> {
        Box::pin(resources::resources(self, objects, as_table))
    }

    fn pods<'a>(
        &'a self,
        namespace: &'a str,
        selector: PodSelector<'a>,
    ) -> BoxFuture<'a, Result<Vec<Pod>, ClusterError>> {
        Box::pin(inspect::pods(self, namespace, selector))
    }

    fn log<'a>(&'a self, target: LogTarget<'a>) -> BoxFuture<'a, Result<Vec<u8>, ClusterError>> {
        Box::pin(inspect::log(self, target))
    }

    fn events<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Vec<ClusterEvent>, ClusterError>> {
        Box::pin(inspect::events(self, object))
    }

    fn lookup<'a>(&'a self, key: LookupKey<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        Box::pin(inspect::lookup(self, key))
    }
}
