//! From the text of a manifest to objects with their place in the API.
//!
//! Go: client.go `buildResourceList` over cli-runtime's resource builder: every document is looked
//! at, and the errors are joined. Fields are validated by the server when the objects are sent;
//! every supported server does so itself, and then client-go has nothing to validate here either.

use std::collections::BTreeSet;
use std::sync::Arc;

use corten_gostd::strconv::quote;
use corten_release::{ClusterError, ClusterErrorKind, Object, Validation, json};
use corten_value::{Map, Value};
use corten_yaml::{Field, Mode, Struct, Target};

use crate::connection::Connection;
use crate::discovery::{Resource, of_kind};
use crate::failure::cluster_error;
use crate::integers::exact;
use crate::kubernetes::Kubernetes;
use crate::{go_text, native_kinds};

/// From how many group versions on it is cheaper to ask for all of them at once.
const MANY: usize = 4;

/// Go: cli-runtime `metadata_decoder.go` sees to it that the metadata have the types of `ObjectMeta`.
static WITH_METADATA: Target = Target::Struct(&Struct {
    name: "metadataOnlyObject",
    type_name: "resource.metadataOnlyObject",
    fields: &[Field { name: "metadata", target: METADATA }],
});

const METADATA: Target = Target::Struct(&Struct {
    name: "ObjectMeta",
    type_name: "v1.ObjectMeta",
    fields: &[
        Field { name: "name", target: Target::String },
        Field { name: "generateName", target: Target::String },
        Field { name: "namespace", target: Target::String },
        Field { name: "selfLink", target: Target::String },
        Field { name: "resourceVersion", target: Target::String },
        Field { name: "labels", target: Target::Map(&Target::String) },
        Field { name: "annotations", target: Target::Map(&Target::String) },
        Field { name: "finalizers", target: Target::List(&Target::String) },
    ],
});

/// The objects of a manifest.
pub(crate) async fn build(
    cluster: &Kubernetes,
    manifest: &str,
    validation: Validation,
) -> Result<Vec<Object>, ClusterError> {
    let (documents, parse_error) = documents(manifest, validation);
    let unknown: BTreeSet<String> = documents
        .iter()
        .map(|document| (text(document, "apiVersion"), text(document, "kind")))
        .filter(|(version, kind)| {
            let (group, version) = split(version);
            !version.is_empty() && native_kinds::find(group, version, kind).is_none()
        })
        .map(|(version, _)| version.to_owned())
        .collect();
    if !unknown.is_empty() {
        ask(cluster, cluster.connected()?, &unknown).await?;
    }
    let mut objects = Vec::with_capacity(documents.len());
    let mut errors = Vec::new();
    let mut kind = ClusterErrorKind::Invalid;
    for document in documents {
        match map(cluster, document).await {
            Ok(object) => objects.push(object),
            Err(error) => {
                kind = error.kind;
                errors.push(error.message);
            }
        }
    }
    errors.extend(parse_error);
    if errors.is_empty() { Ok(objects) } else { Err(ClusterError::new(kind, go_text::aggregate(&errors))) }
}

async fn ask(cluster: &Kubernetes, connection: &Connection, unknown: &BTreeSet<String>) -> Result<(), ClusterError> {
    if unknown.len() >= MANY {
        cluster.discovery.all(connection).await.map_err(|error| cluster_error(&error))?;
        return Ok(());
    }
    for answer in
        futures::future::join_all(unknown.iter().map(|version| cluster.discovery.version(connection, version))).await
    {
        if let Err(error @ (crate::ApiError::Transport { .. } | crate::ApiError::Config(_))) = answer {
            return Err(cluster_error(&error));
        }
    }
    Ok(())
}

/// The documents, lists flattened, up to the first that cannot be read or is no object.
fn documents(manifest: &str, validation: Validation) -> (Vec<Value>, Option<String>) {
    let mut documents = Vec::new();
    for document in corten_yaml::documents(manifest.as_bytes()) {
        let value = document.and_then(|document| Ok(exact(&document, corten_yaml::decode(&document)?)));
        match value {
            Ok(Value::Null) => {}
            Ok(value) => {
                let problems = if validation == Validation::Strict { unidentified(&value) } else { Vec::new() };
                if !problems.is_empty() {
                    let problems = go_text::aggregate(&problems);
                    return (documents, Some(format!("error validating \"\": error validating data: {problems}")));
                }
                flatten(json::settle(&value), &mut documents);
            }
            Err(error) => return (documents, Some(format!("error parsing : {error}"))),
        }
    }
    (documents, None)
}

/// Go: kubectl validation.go `getObjectKind`, of the items too where there is a list.
fn unidentified(value: &Value) -> Vec<String> {
    let Value::Map(map) = value else { return vec!["invalid object to validate".to_owned()] };
    let mut problems = Vec::new();
    for key in ["apiVersion", "kind"] {
        match map.get(key) {
            None | Some(Value::Null) => problems.push(format!("{key} not set")),
            Some(Value::String(_)) => {}
            Some(_) => problems.push(format!("{key} isn't string type")),
        }
    }
    if problems.is_empty() && (text(value, "apiVersion"), text(value, "kind")) == ("v1", "List") {
        let items = value.get("items").and_then(Value::as_list).unwrap_or_default();
        problems.extend(items.iter().flat_map(unidentified));
    }
    problems
}

// Go: unstructured objects with `items` are lists.
fn flatten(value: Value, documents: &mut Vec<Value>) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value.get("items").and_then(Value::as_list) {
            Some(items) => waiting.extend(items.iter().rev().cloned()),
            None => documents.push(value),
        }
    }
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Group and version of an `apiVersion`.
pub(crate) fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

async fn map(cluster: &Kubernetes, document: Value) -> Result<Object, ClusterError> {
    let api_version = text(&document, "apiVersion");
    let kind = text(&document, "kind");
    if kind.is_empty() {
        let json = String::from_utf8_lossy(&json::encode_object(&document)).into_owned();
        let message = format!("unable to decode \"\": Object 'Kind' is missing in '{json}'");
        return Err(ClusterError::new(ClusterErrorKind::Invalid, message));
    }
    if let Some(error) = corten_yaml::unmarshal_value(&document, &WITH_METADATA, Mode::Lenient).error {
        return Err(ClusterError::new(
            ClusterErrorKind::Invalid,
            format!("unable to decode \"\": {}", error.message()),
        ));
    }
    let (group, version) = split(api_version);
    let metadata =
        |field: &str| document.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_str);
    let name = metadata("name").unwrap_or_default().to_owned();
    let namespace = metadata("namespace").unwrap_or_default().to_owned();
    let found = resource(cluster, group, version, kind).await?;
    let Some(Resource { name: resource, kind, namespaced }) = found else {
        let message = format!(
            "resource mapping not found for name: {} namespace: {} from \"\": no matches for kind {} in version {}\n\
             ensure CRDs are installed first",
            quote(name.as_bytes()),
            quote(namespace.as_bytes()),
            quote(kind.as_bytes()),
            quote(api_version.as_bytes())
        );
        return Err(ClusterError::new(ClusterErrorKind::NoMatch, message));
    };
    let (group, version) = (group.to_owned(), version.to_owned());
    let mut object = Object { group, version, kind, resource, namespaced, namespace, name, content: document };
    if !namespaced {
        object.namespace.clear();
    } else if object.namespace.is_empty() {
        cluster.namespace().clone_into(&mut object.namespace);
        object.content = with_namespace(&object.content, cluster.namespace());
    }
    Ok(object)
}

async fn resource(
    cluster: &Kubernetes,
    group: &str,
    version: &str,
    kind: &str,
) -> Result<Option<Resource>, ClusterError> {
    if let Some((name, namespaced)) = native_kinds::find(group, version, kind) {
        return Ok(Some(Resource { name: name.to_owned(), kind: kind.to_owned(), namespaced }));
    }
    if version.is_empty() {
        return Ok(None);
    }
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let listed = cluster.discovery.version(cluster.connected()?, &api_version).await;
    let listed = listed.map_err(|error| cluster_error(&error).context("unable to recognize \"\""))?;
    Ok(listed.and_then(|resources| of_kind(&resources, kind).cloned()))
}

fn with_namespace(content: &Value, namespace: &str) -> Value {
    let mut metadata = content.get("metadata").and_then(Value::as_map).cloned().unwrap_or_default();
    metadata.insert("namespace".into(), namespace.into());
    let mut whole: Map = content.as_map().cloned().unwrap_or_default();
    whole.insert("metadata".into(), Value::Map(Arc::new(metadata)));
    Value::Map(Arc::new(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(manifest: &str, validation: Validation) -> Option<String> {
        documents(manifest, validation).1
    }

    #[test]
    fn what_is_no_object_is_named_when_that_is_asked_for() {
        let strict = |manifest| error(manifest, Validation::Strict).unwrap();
        let start = "error validating \"\": error validating data: ";
        assert_eq!(strict("metadata: {}"), format!("{start}[apiVersion not set, kind not set]"));
        assert_eq!(strict("apiVersion: 1\nkind: A"), format!("{start}apiVersion isn't string type"));
        assert_eq!(strict("apiVersion: v1\nkind: List\nitems: [{kind: A}]"), format!("{start}apiVersion not set"));
        assert_eq!(error("metadata: {}", Validation::Ignore), None);
        assert_eq!(error("apiVersion: v1\nkind: A", Validation::Strict), None);
    }

    #[test]
    fn metadata_have_types() {
        let wrong = |document: &str| {
            let value = corten_yaml::decode(document.as_bytes()).unwrap();
            let error = corten_yaml::unmarshal_value(&value, &WITH_METADATA, Mode::Lenient).error;
            error.map(|error| error.message().to_owned()).unwrap_or_default()
        };
        let start = "json: cannot unmarshal";
        let field = "into Go struct field ObjectMeta.metadata";
        assert_eq!(wrong("metadata: {labels: {a: yes}}"), format!("{start} bool {field}.labels of type string"));
        assert_eq!(wrong("metadata: {name: 12}"), format!("{start} number {field}.name of type string"));
        assert_eq!(
            wrong("metadata: {labels: text}"),
            format!("{start} string {field}.labels of type map[string]string")
        );
        assert_eq!(wrong("metadata: {annotations: {a: null}, creationTimestamp: null}"), "");
    }
}
