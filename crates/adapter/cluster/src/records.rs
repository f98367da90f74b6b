//! Release records in Secrets, `ConfigMaps` and PostgreSQL, as Helm's drivers keep them.
//!
//! Go: storage/driver/secrets.go, cfgmaps.go. The field manager of records is what the server makes of
//! the user agent (`Helm`), as with Helm.

mod listing;
pub(crate) mod protobuf;
mod sql;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use corten_release::{
    Body, BoxFuture, Content, Fence, HOLDER_ANNOTATION, Labels, Lease, RENEWED_ANNOTATION, Record, ReleaseStore,
    StoreError, Stored, codec,
};
use data_encoding::BASE64;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::connection::{JSON, Request};
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::status::ApiError;

use listing::{Amount, Item, Listing, Metadata};
pub use sql::SqlStore;

/// The kind of object that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// `HELM_DRIVER=secret`, the default.
    Secret,
    /// `HELM_DRIVER=configmap`.
    ConfigMap,
}

/// What the API server takes of one object.
const LIMIT: usize = 1_048_576;

/// Records in one namespace, or in all of them (empty).
pub struct ObjectStore {
    cluster: Arc<Kubernetes>,
    kind: RecordKind,
    namespace: String,
}

impl ObjectStore {
    /// The records of a namespace; of all for an empty one.
    pub fn new(cluster: Arc<Kubernetes>, kind: RecordKind, namespace: impl Into<String>) -> Self {
        Self { cluster, kind, namespace: namespace.into() }
    }

    fn collection(&self) -> Collection<'_> {
        let resource = match self.kind {
            RecordKind::Secret => "secrets",
            RecordKind::ConfigMap => "configmaps",
        };
        Collection::core(resource, &self.namespace)
    }

    async fn send(&self, request: &Request) -> (Result<Bytes, ApiError>, bool) {
        match self.cluster.connection() {
            Ok(connection) => {
                let (outcome, is_repeat) = connection.send_noting(request).await;
                (outcome.map(|answer| answer.body), is_repeat)
            }
            Err(error) => (Err(error), false),
        }
    }

    /// The records that are not superseded, and the names of those that are. Between the two answers a record may be
    /// superseded: then both have it, and the first one counts.
    async fn list_current(&self) -> Result<Vec<Stored>, ApiError> {
        let (current, superseded) = futures::try_join!(
            self.list_selected("owner=helm,status!=superseded", Amount::Heads),
            self.list_selected("owner=helm,status=superseded", Amount::Names),
        )?;
        let known: BTreeSet<&str> = current.iter().map(|stored| stored.key.as_str()).collect();
        let superseded = superseded.into_iter().filter(|stored| !known.contains(stored.key.as_str())).collect();
        Ok([current, superseded].concat())
    }

    async fn list_selected(&self, selector: &str, amount: Amount) -> Result<Vec<Stored>, ApiError> {
        let connection = self.cluster.connection()?;
        let mut found = Vec::new();
        let mut next = String::new();
        loop {
            let parameters = [("continue", next.as_str()), ("labelSelector", selector)];
            let path = with_query(self.collection().path(), &parameters);
            let mut listing = Listing::new(self.kind, amount);
            connection.send_into(&Request::get(path).accepting(amount.accepted()), &mut listing).await?;
            let page = listing
                .finish()
                .map_err(|cause| ApiError::Unreadable(format!("cannot read the list of records: {cause}")))?;
            found.extend(page.records);
            next = page.next;
            if next.is_empty() {
                return Ok(found);
            }
        }
    }

    /// A record; `None` when its content is not what this kind of object holds.
    fn stored(&self, item: Item<'_>) -> Option<Stored> {
        listing::stored(self.kind, item, Amount::Whole)
    }

    fn object(&self, record: &Record, fence: Option<&Fence>) -> Bytes {
        let text = match &record.body {
            Body::Encoded(text) | Body::Head(text) => Arc::clone(text),
            Body::Release(release) => codec::encode(release).into(),
        };
        let mut metadata = json!({ "name": record.key, "labels": record.labels });
        if let Some(map) = metadata.as_object_mut() {
            if !record.namespace.is_empty() {
                map.insert("namespace".to_owned(), record.namespace.as_str().into());
            }
            if let Some(lease) = &record.lease {
                map.insert("annotations".to_owned(), json!(lease.to_annotations()));
            }
            if let Some(fence) = fence {
                map.insert("resourceVersion".to_owned(), fence.0.as_str().into());
            }
        }
        let object = match self.kind {
            RecordKind::Secret => json!({
                "kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": "helm.sh/release.v1",
                "data": { "release": BASE64.encode(text.as_bytes()) },
            }),
            RecordKind::ConfigMap => json!({
                "kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": { "release": &*text },
            }),
        };
        object.to_string().into()
    }

    async fn get_now(&self, key: &str) -> Result<Stored, StoreError> {
        let wrap = |text: String| StoreError::Other(format!("get: failed to get {key:?}: {text}"));
        let body = match self.send(&Request::get(self.collection().item(key))).await.0 {
            Ok(body) => body,
            Err(error) if error.is_not_found() => return Err(StoreError::NotFound),
            Err(error) => return Err(wrap(error.to_string())),
        };
        let item: Item<'_> = serde_json::from_slice(&body).map_err(|error| wrap(error.to_string()))?;
        self.stored(item)
            .ok_or_else(|| StoreError::Other(format!("get: failed to decode data {key:?}: no release in it")))
    }

    async fn create_now(&self, record: &Record) -> Result<Fence, StoreError> {
        let here = Collection { namespace: self.namespace_of(record), ..self.collection() };
        let body = self.object(record, None);
        let request = Request::with(Method::POST, here.path(), JSON, body);
        match self.send(&request).await {
            (Ok(body), _) => Ok(fence_in(&body)),
            (Err(error), is_repeat) if error.is_already_exists() => {
                if is_repeat
                    && let Ok(stored) = self.get_now(&record.key).await
                    && is_same(&stored, record)
                {
                    return Ok(stored.fence);
                }
                Err(StoreError::Exists)
            }
            (Err(error), _) => Err(StoreError::Other(format!("create: failed to create: {error}"))),
        }
    }

    fn namespace_of<'a>(&'a self, record: &'a Record) -> &'a str {
        if record.namespace.is_empty() { &self.namespace } else { &record.namespace }
    }

    async fn update_now(&self, record: &Record, fence: Option<&Fence>) -> Result<Fence, StoreError> {
        let here = Collection { namespace: self.namespace_of(record), ..self.collection() };
        let body = self.object(record, fence);
        let request = Request::with(Method::PUT, here.item(&record.key), JSON, body);
        match self.send(&request).await {
            (Ok(body), _) => Ok(fence_in(&body)),
            (Err(error), is_repeat) if error.is_conflict() => {
                if is_repeat
                    && let Ok(stored) = self.get_now(&record.key).await
                    && is_same(&stored, record)
                {
                    return Ok(stored.fence);
                }
                Err(StoreError::Conflict(format!("update: failed to update: {error}")))
            }
            (Err(error), _) => Err(StoreError::Other(format!("update: failed to update: {error}"))),
        }
    }

    async fn renew_now(&self, key: &str, lease: &Lease, fence: &Fence) -> Result<Fence, StoreError> {
        let annotations = lease.to_annotations();
        let patch = json!({ "metadata": {
            "resourceVersion": fence.0,
            "annotations": {
                HOLDER_ANNOTATION: annotations.get(HOLDER_ANNOTATION),
                RENEWED_ANNOTATION: annotations.get(RENEWED_ANNOTATION),
            },
        }});
        let address = self.collection().item(key);
        let request = Request::with(Method::PATCH, address, "application/merge-patch+json", patch.to_string().into());
        match self.send(&request).await.0 {
            Ok(body) => Ok(fence_in(&body)),
            Err(error) if error.is_not_found() => Err(StoreError::NotFound),
            Err(error) if error.is_conflict() => {
                Err(StoreError::Conflict(format!("cannot renew the lease of {key}: {error}")))
            }
            Err(error) => Err(StoreError::Other(format!("cannot renew the lease of {key}: {error}"))),
        }
    }

    async fn delete_now(&self, key: &str, fence: Option<&Fence>) -> Result<(), StoreError> {
        let mut options = json!({ "kind": "DeleteOptions", "apiVersion": "v1" });
        if let (Some(fence), Some(map)) = (fence, options.as_object_mut()) {
            map.insert("preconditions".to_owned(), json!({ "resourceVersion": fence.0 }));
        }
        let request = Request::with(Method::DELETE, self.collection().item(key), JSON, options.to_string().into());
        match self.send(&request).await {
            (Ok(_), _) => Ok(()),
            (Err(error), true) if error.is_not_found() => Ok(()),
            (Err(error), false) if error.is_not_found() => Err(StoreError::NotFound),
            (Err(error), _) if error.is_conflict() => Err(StoreError::Conflict(error.to_string())),
            (Err(error), _) => Err(StoreError::Other(error.to_string())),
        }
    }
}

/// Whether what lies there is what was to be written: the answer to a first try got lost.
fn is_same(stored: &Stored, record: &Record) -> bool {
    match (&stored.body, &record.body) {
        (Body::Encoded(stored_text), Body::Encoded(text)) => stored_text == text && stored.labels == record.labels,
        _ => false,
    }
}

fn fence_in(body: &[u8]) -> Fence {
    #[derive(Deserialize)]
    struct Written {
        metadata: Metadata,
    }
    serde_json::from_slice::<Written>(body).map(|written| Fence(written.metadata.resource_version)).unwrap_or_default()
}

impl ReleaseStore for ObjectStore {
    fn driver(&self) -> &'static str {
        match self.kind {
            RecordKind::Secret => "Secret",
            RecordKind::ConfigMap => "ConfigMap",
        }
    }

    fn limit(&self) -> Option<usize> {
        Some(LIMIT)
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>> {
        Box::pin(self.get_now(key))
    }

    fn is_in_cluster(&self) -> bool {
        true
    }

    fn list(&self, content: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move {
            let found = match content {
                Content::All => self.list_selected("owner=helm", Amount::Heads).await,
                Content::Current => self.list_current().await,
            };
            found.map_err(|error| StoreError::Other(format!("list: failed to list: {error}")))
        })
    }

    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move {
            for value in labels.values() {
                if let Some(reason) = label_problem(value) {
                    return Err(StoreError::Other(format!("invalid label value: {value:?}: {reason}")));
                }
            }
            let selector: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let found = self.list_selected(&selector.join(","), Amount::Whole).await;
            let found =
                found.map_err(|error| StoreError::Other(format!("query: failed to query with labels: {error}")))?;
            if found.is_empty() { Err(StoreError::NotFound) } else { Ok(found) }
        })
    }

    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.create_now(record))
    }

    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.update_now(record, fence))
    }

    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.renew_now(key, lease, fence))
    }

    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.delete_now(key, fence))
    }
}

/// What is wrong with the value of a label. Go: apimachinery util/validation `IsValidLabelValue`.
fn label_problem(value: &str) -> Option<String> {
    const LONGEST: usize = 63;
    let mut problems = Vec::new();
    if value.len() > LONGEST {
        problems.push(format!("must be no more than {LONGEST} characters"));
    }
    let is_edge = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !is_edge(value.bytes().next()) || !is_edge(value.bytes().last()) || !value.bytes().all(is_inside) {
        problems.push(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
             for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                .to_owned(),
        );
    }
    (!problems.is_empty()).then(|| problems.join("; "))
}
