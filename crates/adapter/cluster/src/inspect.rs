//! Looking around: pods and their logs, events, and what templates look up.

use corten_release::{ClusterError, ClusterErrorKind, ClusterEvent, LogTarget, LookupKey, Object, Pod, PodSelector};
use corten_value::{Map, Value};

use crate::build::split;
use crate::connection::Request;
use crate::discovery::of_kind;
use crate::failure::cluster_error;
use crate::kubernetes::Kubernetes;
use crate::native_kinds;
use crate::paths::{Collection, with_query};
use crate::read::decode;
use crate::status::ApiError;

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

/// The pods that a selector finds.
pub(crate) async fn pods(
    cluster: &Kubernetes,
    namespace: &str,
    selector: PodSelector<'_>,
) -> Result<Vec<Pod>, ClusterError> {
    let (labels, fields) = match selector {
        PodSelector::Labels(labels) => (labels.to_owned(), String::new()),
        PodSelector::Name(name) => (String::new(), format!("metadata.name={name}")),
    };
    // Go: `%+v` of metav1.ListOptions.
    let wrap = |error: &ApiError| {
        let mut failure = cluster_error(error);
        failure.message = format!(
            "failed to get pod list with options: {{TypeMeta:{{Kind: APIVersion:}} LabelSelector:{labels} \
             FieldSelector:{fields} Watch:false AllowWatchBookmarks:false ResourceVersion: ResourceVersionMatch: \
             TimeoutSeconds:<nil> Limit:0 Continue: SendInitialEvents:<nil> ShardSelector:}} with error: {error}"
        );
        failure
    };
    let connection = cluster.connection().map_err(|error| wrap(&error))?;
    let path = Collection::core("pods", namespace).path();
    let path = with_query(path, &[("fieldSelector", &fields), ("labelSelector", &labels)]);
    let answer = connection.send(&Request::get(path)).await.map_err(|error| wrap(&error))?;
    let list = decode(&answer.body).map_err(|error| wrap(&error))?;
    Ok(list.get("items").and_then(Value::as_list).unwrap_or_default().iter().map(pod).collect())
}

fn pod(item: &Value) -> Pod {
    let names = |path: &str| {
        let containers = item.at(path).and_then(Value::as_list).unwrap_or_default();
        containers.iter().map(|container| text(container, "name").to_owned()).collect()
    };
    Pod {
        namespace: text(item, "metadata.namespace").to_owned(),
        name: text(item, "metadata.name").to_owned(),
        init_containers: names("spec.initContainers"),
        containers: names("spec.containers"),
    }
}

/// The log of a container.
pub(crate) async fn log(cluster: &Kubernetes, target: LogTarget<'_>) -> Result<Vec<u8>, ClusterError> {
    let connection = cluster.connected()?;
    let path = format!("{}/log", Collection::core("pods", target.namespace).item(target.pod));
    let path = with_query(path, &[("container", target.container)]);
    let request = Request::get(path).accepting("text/plain, application/json, */*");
    let answer = connection.send(&request).await.map_err(|error| cluster_error(&error))?;
    Ok(answer.body.to_vec())
}

/// The events about an object, newest last.
pub(crate) async fn events(cluster: &Kubernetes, object: &Object) -> Result<Vec<ClusterEvent>, ClusterError> {
    let connection = cluster.connected()?;
    let fields = format!("involvedObject.kind={},involvedObject.name={}", object.kind, object.name);
    let namespace = if object.namespace.is_empty() { "default" } else { &object.namespace };
    let path =
        with_query(Collection::core("events", namespace).path(), &[("fieldSelector", &fields), ("limit", "100")]);
    let answer = connection.send(&Request::get(path)).await.map_err(|error| cluster_error(&error))?;
    let list = decode(&answer.body).map_err(|error| cluster_error(&error))?;
    let mut items: Vec<&Value> = list.get("items").and_then(Value::as_list).unwrap_or_default().iter().collect();
    items.sort_by_key(|item| {
        let latest = text(item, "lastTimestamp");
        let time = if latest.is_empty() { text(item, "eventTime") } else { latest };
        if time.is_empty() { text(item, "metadata.creationTimestamp").to_owned() } else { time.to_owned() }
    });
    let event = |item: &&Value| ClusterEvent {
        severity: text(item, "type").to_owned(),
        reason: text(item, "reason").to_owned(),
        message: text(item, "message").to_owned(),
    };
    Ok(items.iter().map(event).collect())
}

/// What a template looks up. Go: `engine/lookup_func.go`.
pub(crate) async fn lookup(cluster: &Kubernetes, key: LookupKey<'_>) -> Result<Value, ClusterError> {
    let connection = cluster.connected()?;
    let LookupKey { api_version, kind, namespace, name } = key;
    let (group, version) = split(api_version);
    let found;
    let (resource, namespaced) = if let Some(native) = native_kinds::find(group, version, kind) {
        native
    } else {
        let listed = cluster.discovery.version(connection, api_version).await;
        let unserved =
            || ClusterError::new(ClusterErrorKind::NotFound, "the server could not find the requested resource");
        let listed = listed.map_err(|error| cluster_error(&error)).and_then(|listed| listed.ok_or_else(unserved));
        found = listed.map_err(|error| {
            let kind = format!("{group}/{version}, Kind={kind}");
            error.context(format!("unable to get apiresource from unstructured: {kind}"))
        })?;
        // Go: an unknown kind gives an address that is not there, and so an empty table.
        let Some(resource) = of_kind(&found, kind) else { return Ok(Value::empty_map()) };
        (resource.name.as_str(), resource.namespaced)
    };
    let namespace = if namespaced { namespace } else { "" };
    let collection = Collection { group, version, resource, namespace };
    let path = if name.is_empty() { collection.path() } else { collection.item(name) };
    match connection.send(&Request::get(path)).await {
        Ok(answer) => {
            let value = decode(&answer.body).map_err(|error| cluster_error(&error))?;
            Ok(if name.is_empty() { with_kinds(value) } else { value })
        }
        Err(error) if error.is_not_found() => Ok(Value::empty_map()),
        Err(error) => Err(cluster_error(&error)),
    }
}

// Go: unstructured lists give their items the kind that lists of native kinds leave out.
fn with_kinds(list: Value) -> Value {
    let Some(kind) = text(&list, "kind").strip_suffix("List").map(str::to_owned) else { return list };
    let api_version = text(&list, "apiVersion").to_owned();
    let Some(items) = list.get("items").and_then(Value::as_list) else { return list };
    let items: Vec<Value> = items
        .iter()
        .map(|item| match item.as_map() {
            Some(map) if !map.contains_key("kind") => {
                let mut map: Map = map.clone();
                map.insert("kind".into(), kind.as_str().into());
                map.insert("apiVersion".into(), api_version.as_str().into());
                map.into()
            }
            _ => item.clone(),
        })
        .collect();
    let mut whole = list.as_map().cloned().unwrap_or_default();
    whole.insert("items".into(), items.into());
    whole.into()
}
