//! A cluster that takes everything and holds nothing, for client-side dry runs and for the memory
//! driver with preloaded records. Go: kube/fake `PrintingKubeClient`.

use std::collections::BTreeMap;

use corten_render::Capabilities;
use corten_value::Value;

use crate::{
    Applied, ApplyOptions, BoxFuture, Cluster, ClusterError, ClusterEvent, Extent, Facts, LogTarget, LookupKey,
    MergeRequest, Object, Pod, PodSelector, Propagation, Validation, WaitRequest,
};

/// No cluster: manifests map to no objects, so nothing is ever written.
#[derive(Clone, Copy, Default)]
pub struct NoCluster<'a> {
    /// Who knows versions and APIs, and answers `lookup`; without it, what Helm assumes offline.
    pub facts: Option<&'a dyn Cluster>,
}

impl std::fmt::Debug for NoCluster<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("NoCluster")
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, ClusterError>> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Cluster for NoCluster<'_> {
    fn reachable(&self) -> BoxFuture<'_, Result<(), ClusterError>> {
        ready(())
    }

    fn facts(&self) -> BoxFuture<'_, Result<Facts, ClusterError>> {
        if let Some(cluster) = self.facts {
            return cluster.facts();
        }
        let assumed = Capabilities::default();
        ready(Facts { version: assumed.kube_version, api_versions: assumed.api_versions, orphaned: None })
    }

    fn forget_apis(&self) {}

    fn build<'a>(&'a self, _: &'a str, _: Validation) -> BoxFuture<'a, Result<Vec<Object>, ClusterError>> {
        ready(Vec::new())
    }

    fn read<'a>(&'a self, objects: &'a [Object], _: Extent) -> BoxFuture<'a, Vec<Result<Option<Value>, ClusterError>>> {
        Box::pin(std::future::ready(objects.iter().map(|_| Ok(None)).collect()))
    }

    fn create<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Value, ClusterError>> {
        ready(object.content.clone())
    }

    fn apply<'a>(&'a self, object: &'a Object, _: ApplyOptions) -> BoxFuture<'a, Result<Applied, ClusterError>> {
        ready(Applied { object: object.content.clone(), created: true })
    }

    fn merge<'a>(&'a self, request: MergeRequest<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        ready(request.target.content.clone())
    }

    fn replace<'a>(&'a self, object: &'a Object, _: Validation) -> BoxFuture<'a, Result<Value, ClusterError>> {
        ready(object.content.clone())
    }

    fn migrate_fields<'a>(
        &'a self,
        _: &'a Object,
        _: Option<&'a Value>,
        _: bool,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        ready(false)
    }

    fn delete<'a>(&'a self, _: &'a Object, _: Propagation) -> BoxFuture<'a, Result<(), ClusterError>> {
        ready(())
    }

    fn wait<'a>(&'a self, _: WaitRequest<'a>) -> BoxFuture<'a, Result<(), ClusterError>> {
        ready(())
    }

    fn resources<'a>(
        &'a self,
        _: &'a [Object],
        _: bool,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Vec<Value>>, ClusterError>> {
        ready(BTreeMap::new())
    }

    fn pods<'a>(&'a self, _: &'a str, _: PodSelector<'a>) -> BoxFuture<'a, Result<Vec<Pod>, ClusterError>> {
        ready(Vec::new())
    }

    fn log<'a>(&'a self, _: LogTarget<'a>) -> BoxFuture<'a, Result<Vec<u8>, ClusterError>> {
        ready(Vec::new())
    }

    fn events<'a>(&'a self, _: &'a Object) -> BoxFuture<'a, Result<Vec<ClusterEvent>, ClusterError>> {
        ready(Vec::new())
    }

    fn lookup<'a>(&'a self, key: LookupKey<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        match self.facts {
            Some(cluster) => cluster.lookup(key),
            None => ready(Value::empty_map()),
        }
    }
}
