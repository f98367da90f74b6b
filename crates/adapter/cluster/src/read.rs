//! Live objects, many at once: a list where that takes fewer requests, else one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_release::{ClusterError, Extent, Object, json};
use corten_value::{Map, Value};
use futures::future::join_all;

use crate::connection::{Connection, JSON, Request};
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::status::ApiError;

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// From how many objects of a kind and namespace on they are listed.
const MANY: usize = 5;

/// An answer for one object.
type Found = Result<Option<Value>, ApiError>;

/// Reads all objects, in their order.
pub(crate) async fn read(
    cluster: &Kubernetes,
    objects: &[Object],
    extent: Extent,
) -> Vec<Result<Option<Value>, ClusterError>> {
    let connection = match cluster.connected() {
        Ok(connection) => connection,
        Err(error) => return objects.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut by_collection: BTreeMap<Collection<'_>, Vec<usize>> = BTreeMap::new();
    for (place, object) in objects.iter().enumerate() {
        by_collection.entry(Collection::of(object)).or_default().push(place);
    }
    let parts = by_collection.into_iter().map(|(collection, places)| async move {
        let found = read_collection(connection, objects, &collection, &places, extent).await;
        places.into_iter().zip(found)
    });
    let mut answers: Vec<Option<Found>> = objects.iter().map(|_| None).collect();
    for (place, found) in join_all(parts).await.into_iter().flatten() {
        if let Some(answer) = answers.get_mut(place) {
            *answer = Some(found);
        }
    }
    let answer = |found: Option<Found>| found.unwrap_or(Ok(None)).map_err(|error| cluster_error(&error));
    answers.into_iter().map(answer).collect()
}

async fn read_collection(
    connection: &Connection,
    objects: &[Object],
    collection: &Collection<'_>,
    places: &[usize],
    extent: Extent,
) -> Vec<Found> {
    let mut listed = Listed::default();
    if places.len() >= MANY {
        // What may not be listed is read one by one.
        listed = list(connection, collection, extent, places.len()).await.unwrap_or_default();
    }
    let objects: Vec<&Object> = places.iter().filter_map(|&place| objects.get(place)).collect();
    join_all(objects.into_iter().map(|object| {
        let known = listed.objects.get(object.name.as_str()).cloned();
        let is_complete = listed.is_complete;
        async move {
            if object.name.is_empty() {
                // Go: rest/request.go Name.
                return Err(ApiError::Unreadable("resource name may not be empty".to_owned()));
            }
            match known {
                Some(value) => Ok(Some(complete(value, object))),
                None if is_complete => Ok(None),
                None => get(connection, object, extent).await,
            }
        }
    }))
    .await
}

/// What a list said.
#[derive(Default)]
struct Listed {
    objects: BTreeMap<Arc<str>, Value>,
    /// Whether an object that is not in it does not exist.
    is_complete: bool,
}

async fn list(
    connection: &Connection,
    collection: &Collection<'_>,
    extent: Extent,
    wanted: usize,
) -> Result<Listed, ApiError> {
    // Whole objects of other tools would be a waste, their metadata is not; and no more of either
    // than a few times what is wanted.
    let (accept, selector) = match extent {
        Extent::Metadata => (METADATA_LIST, ""),
        Extent::Whole => (JSON, "app.kubernetes.io/managed-by=Helm"),
    };
    let limit = wanted.saturating_mul(2).max(500).to_string();
    let path = with_query(collection.path(), &[("labelSelector", selector), ("limit", &limit)]);
    let answer = connection.send(&Request::get(path).accepting(accept)).await?;
    let list = decode(&answer.body)?;
    let is_whole = list.at("metadata.continue").and_then(Value::as_str).is_none_or(str::is_empty);
    let items = list.get("items").and_then(Value::as_list).unwrap_or_default();
    let named = |item: &Value| match item.at("metadata.name") {
        Some(Value::String(name)) => Some((Arc::clone(name), item.clone())),
        _ => None,
    };
    Ok(Listed { objects: items.iter().filter_map(named).collect(), is_complete: is_whole && selector.is_empty() })
}

/// Reads an object.
pub(crate) async fn get(connection: &Connection, object: &Object, extent: Extent) -> Found {
    let accept = if extent == Extent::Metadata { METADATA } else { JSON };
    let path = Collection::of(object).item(&object.name);
    match connection.send(&Request::get(path).accepting(accept)).await {
        Ok(answer) => decode(&answer.body).map(|value| Some(complete(value, object))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads an answer's object.
pub(crate) fn decode(body: &[u8]) -> Result<Value, ApiError> {
    json::decode_object(body).map_err(|error| ApiError::Unreadable(format!("cannot read the server's answer: {error}")))
}

// Items of lists and partial objects do not say what they are.
fn complete(value: Value, object: &Object) -> Value {
    let kind = value.get("kind").and_then(Value::as_str);
    if kind == Some(object.kind.as_str()) {
        return value;
    }
    let Value::Map(map) = value else { return value };
    let mut map: Map = Arc::unwrap_or_clone(map);
    map.insert("kind".into(), object.kind.as_str().into());
    map.insert("apiVersion".into(), object.api_version().into());
    Value::Map(Arc::new(map))
}
