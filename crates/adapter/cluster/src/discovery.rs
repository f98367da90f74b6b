//! What the server serves: groups, versions, kinds and their resources.
//!
//! Aggregated discovery answers everything in two requests; older servers list group by group. The
//! answers are kept for the life of the process, until definitions are added.
//! Go: client-go `discovery_client.go`, `aggregated_discovery.go`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use serde::Deserialize;

use crate::connection::{Connection, Request};
use crate::status::ApiError;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
     application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// A kind of one group and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `pods`, or `pods/status`.
    pub name: String,
    pub kind: String,
    pub namespaced: bool,
}

/// The resources of a `group/version`, or why they are not known.
type Listing = Result<Arc<[Resource]>, String>;

/// Everything that is served.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    /// By `group/version` (`v1` for the core).
    pub versions: BTreeMap<String, Listing>,
}

/// What is known so far.
#[derive(Default)]
pub(crate) struct Discovery {
    all: Mutex<Option<Arc<Served>>>,
    single: Mutex<BTreeMap<String, Option<Arc<[Resource]>>>>,
}

impl Discovery {
    /// Forgets everything.
    pub(crate) fn forget(&self) {
        if let Ok(mut all) = self.all.lock() {
            *all = None;
        }
        if let Ok(mut single) = self.single.lock() {
            single.clear();
        }
    }

    fn known(&self) -> Option<Arc<Served>> {
        self.all.lock().ok().and_then(|all| all.clone())
    }

    /// Everything that is served.
    pub(crate) async fn all(&self, connection: &Connection) -> Result<Arc<Served>, ApiError> {
        if let Some(served) = self.known() {
            return Ok(served);
        }
        let served = Arc::new(fetch_all(connection).await?);
        if let Ok(mut all) = self.all.lock() {
            *all = Some(Arc::clone(&served));
        }
        Ok(served)
    }

    /// The resources of one group and version; `None` when it is not served.
    pub(crate) async fn version(
        &self,
        connection: &Connection,
        api_version: &str,
    ) -> Result<Option<Arc<[Resource]>>, ApiError> {
        if let Some(served) = self.known() {
            return match served.versions.get(api_version) {
                None => Ok(None),
                Some(Ok(resources)) => Ok(Some(Arc::clone(resources))),
                Some(Err(reason)) => Err(ApiError::Unreadable(reason.clone())),
            };
        }
        if let Ok(single) = self.single.lock()
            && let Some(found) = single.get(api_version)
        {
            return Ok(found.clone());
        }
        let found = fetch_version(connection, api_version).await?.map(Arc::from);
        if let Ok(mut single) = self.single.lock() {
            single.insert(api_version.to_owned(), found.clone());
        }
        Ok(found)
    }
}

/// The resource of a kind among those of its group and version.
pub(crate) fn of_kind<'a>(resources: &'a [Resource], kind: &str) -> Option<&'a Resource> {
    // Go: restmapper/discovery.go adds the kind in lower case too.
    let is_kind = |resource: &&Resource| {
        !resource.name.contains('/') && (resource.kind == kind || resource.kind.to_lowercase() == kind)
    };
    resources.iter().find(is_kind)
}

/// The path of a group and version.
pub(crate) fn version_path(api_version: &str) -> String {
    if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") }
}

async fn fetch_all(connection: &Connection) -> Result<Served, ApiError> {
    let requests = ["/api", "/apis"].map(|path| Request::get(path).accepting(AGGREGATED));
    let [core, groups] = &requests;
    let (core, groups) = futures::join!(connection.send(core), connection.send(groups));
    let mut served = Served::default();
    let mut unlisted = Vec::new();
    for (answer, is_core) in [(core, true), (groups, false)] {
        let answer = match answer {
            Ok(answer) => answer,
            // Go: fetchGroups tolerates servers without one of the two.
            Err(error) if error.is_not_found() || error.is_forbidden() => continue,
            Err(error) => return Err(error),
        };
        let content_type = answer.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|value| value.contains("as=APIGroupDiscoveryList")) {
            read_aggregated(&answer.body, &mut served)?;
        } else {
            unlisted.extend(read_groups(&answer.body, is_core)?);
        }
    }
    let listings = join_all(unlisted.iter().map(|version| fetch_version(connection, version))).await;
    for (version, listing) in unlisted.into_iter().zip(listings) {
        let listing = match listing {
            Ok(resources) => Ok(Arc::from(resources.unwrap_or_default())),
            Err(error) => Err(error.to_string()),
        };
        served.versions.insert(version, listing);
    }
    Ok(served)
}

async fn fetch_version(connection: &Connection, api_version: &str) -> Result<Option<Vec<Resource>>, ApiError> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        resources: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        kind: String,
        #[serde(default)]
        namespaced: bool,
    }
    let answer = match connection.send(&Request::get(version_path(api_version))).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let list: List = read(&answer.body)?;
    let resource = |Entry { name, kind, namespaced }| Resource { name, kind, namespaced };
    Ok(Some(list.resources.into_iter().map(resource).collect()))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::Unreadable(format!("cannot read the server's APIs: {error}")))
}

fn read_groups(body: &[u8], is_core: bool) -> Result<Vec<String>, ApiError> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Answer {
        versions: Vec<String>,
        groups: Vec<Group>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Group {
        versions: Vec<Version>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Version {
        group_version: String,
    }
    let answer: Answer = read(body)?;
    if is_core {
        return Ok(answer.versions);
    }
    Ok(answer.groups.into_iter().flat_map(|group| group.versions).map(|version| version.group_version).collect())
}

#[derive(Deserialize)]
struct Aggregated {
    #[serde(default)]
    items: Vec<AggregatedGroup>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<AggregatedVersion>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: String,
    #[serde(default)]
    resources: Vec<AggregatedResource>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedResource {
    resource: String,
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    subresources: Vec<Subresource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subresource {
    subresource: String,
    response_kind: Option<ResponseKind>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

fn read_aggregated(body: &[u8], served: &mut Served) -> Result<(), ApiError> {
    let list: Aggregated = read(body)?;
    for group in list.items {
        for version in group.versions {
            let name = if group.metadata.name.is_empty() {
                version.version.clone()
            } else {
                format!("{}/{}", group.metadata.name, version.version)
            };
            let listing = if version.freshness == "Stale" {
                Err(format!("stale GroupVersion discovery: {name}"))
            } else {
                Ok(Arc::from(resources_of(version.resources)))
            };
            served.versions.insert(name, listing);
        }
    }
    Ok(())
}

// Go: convertAPIResource and convertAPISubresource leave out what has no kind.
fn resources_of(listed: Vec<AggregatedResource>) -> Vec<Resource> {
    let mut resources = Vec::with_capacity(listed.len() * 2);
    for entry in listed {
        let namespaced = entry.scope == "Namespaced";
        let Some(ResponseKind { kind }) = entry.response_kind else { continue };
        for sub in entry.subresources {
            if let Some(ResponseKind { kind }) = sub.response_kind
                && !kind.is_empty()
            {
                let name = format!("{}/{}", entry.resource, sub.subresource);
                resources.push(Resource { name, kind, namespaced });
            }
        }
        resources.push(Resource { name: entry.resource, kind, namespaced });
    }
    resources
}
