//! What lies in a namespace: objects and records, without what differs from run to run.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::Context as _;
use data_encoding::BASE64;
use serde_json::{Map, Value};

use super::stand::Stand;

/// Collections that are looked at, as path and name.
const COLLECTIONS: &[&str] = &[
    "/api/v1/namespaces/NS/configmaps",
    "/api/v1/namespaces/NS/persistentvolumeclaims",
    "/api/v1/namespaces/NS/pods",
    "/api/v1/namespaces/NS/secrets",
    "/api/v1/namespaces/NS/serviceaccounts",
    "/api/v1/namespaces/NS/services",
    "/apis/apps/v1/namespaces/NS/daemonsets",
    "/apis/apps/v1/namespaces/NS/deployments",
    "/apis/apps/v1/namespaces/NS/statefulsets",
    "/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers",
    "/apis/batch/v1/namespaces/NS/cronjobs",
    "/apis/batch/v1/namespaces/NS/jobs",
    "/apis/networking.k8s.io/v1/namespaces/NS/ingresses",
    "/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies",
    "/apis/policy/v1/namespaces/NS/poddisruptionbudgets",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles",
    "/apis/shop.example/v1/namespaces/NS/widgets",
];

/// What lies in a namespace, by `collection/name`.
pub(crate) type State = BTreeMap<String, Value>;

/// Objects, records left out.
pub(crate) fn objects(stand: &Stand, namespace: &str) -> State {
    let mut state = State::new();
    for collection in COLLECTIONS {
        let path = collection.replace("NS", namespace);
        // A definition may not be there yet.
        let Ok(list) = stand.get(&path) else { continue };
        let kind = collection.rsplit('/').next().unwrap_or_default();
        for item in list["items"].as_array().into_iter().flatten() {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            let is_owned = item["metadata"]["ownerReferences"].is_array();
            let is_system =
                matches!(name, "kube-root-ca.crt" | "default") || item["metadata"]["labels"]["owner"] == "helm";
            if !is_owned && !is_system {
                state.insert(format!("{kind}/{}", name.replace(namespace, "NS")), settled(item, namespace));
            }
        }
    }
    state
}

/// The part of an object that people write, and who manages it how.
fn settled(item: &Value, namespace: &str) -> Value {
    let mut object = item.as_object().cloned().unwrap_or_default();
    object.remove("status");
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let managers = managers(metadata.get("managedFields"));
        for field in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "finalizers"] {
            metadata.remove(field);
        }
        metadata.insert("managers".to_owned(), managers);
    }
    for path in [&["spec", "clusterIP"][..], &["spec", "clusterIPs"], &["spec", "volumeName"]] {
        if let [outer, inner] = path
            && let Some(map) = object.get_mut(*outer).and_then(Value::as_object_mut)
        {
            map.remove(*inner);
        }
    }
    let mut object = Value::Object(object);
    scrub(&mut object, namespace);
    object
}

fn managers(fields: Option<&Value>) -> Value {
    let ours = fields.and_then(Value::as_array).into_iter().flatten();
    let ours = ours.filter(|entry| entry["manager"].as_str().is_some_and(|name| name == "helm"));
    let mut names: Vec<String> = ours.map(|entry| format!("{} {}", entry["manager"], entry["operation"])).collect();
    names.sort();
    names.into_iter().map(Value::String).collect()
}

// Controllers mark jobs and their pods with identifiers.
fn scrub(value: &mut Value, namespace: &str) {
    match value {
        Value::String(text) if text.starts_with("kube-api-access-") => "kube-api-access".clone_into(text),
        Value::String(text) if text.contains(namespace) => *text = text.replace(namespace, "NS"),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub(item, namespace)),
        Value::Object(map) => {
            map.retain(|key, _| !key.ends_with("controller-uid"));
            map.values_mut().for_each(|item| scrub(item, namespace));
        }
        _ => {}
    }
}

/// The records, decoded, without times.
pub(crate) fn records(stand: &Stand, namespace: &str) -> anyhow::Result<State> {
    let mut state = State::new();
    for (kind, encoded_twice) in [("secrets", true), ("configmaps", false)] {
        let list = stand.get(&format!("/api/v1/namespaces/{namespace}/{kind}?labelSelector=owner%3Dhelm"))?;
        for item in list["items"].as_array().into_iter().flatten() {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            let mut record = decode(item["data"]["release"].as_str().unwrap_or_default(), encoded_twice)
                .with_context(|| format!("cannot decode {name}"))?;
            strip_times(&mut record);
            scrub(&mut record, namespace);
            let mut labels = item["metadata"]["labels"].as_object().cloned().unwrap_or_default();
            for stamp in ["createdAt", "modifiedAt"] {
                if labels.contains_key(stamp) {
                    labels.insert(stamp.to_owned(), "TIME".into());
                }
            }
            let mut whole = Map::new();
            whole.insert("labels".to_owned(), Value::Object(labels));
            whole.insert("type".to_owned(), item["type"].clone());
            whole.insert("annotations".to_owned(), item["metadata"]["annotations"].clone());
            whole.insert("record".to_owned(), record);
            state.insert(name.to_owned(), Value::Object(whole));
        }
    }
    Ok(state)
}

/// The records of a database, decoded, without times.
pub(crate) fn sql_records(port: u16, namespace: &str) -> anyhow::Result<State> {
    let query = format!(
        "SELECT coalesce(json_agg(r), '[]') FROM (SELECT key, type, name, version, status, owner, body, \
         createdat > 0 AS has_creation, modifiedat > 0 AS has_change, \
         ARRAY(SELECT c.key || '=' || c.value FROM custom_labels_v1 c WHERE c.releasekey = releases_v1.key \
         AND c.releasenamespace = releases_v1.namespace ORDER BY 1) AS labels \
         FROM releases_v1 WHERE namespace = '{namespace}') r"
    );
    let rows: Value =
        serde_json::from_str(&super::parts::ask_postgres(port, &query)?).context("the rows are not JSON")?;
    let mut state = State::new();
    for row in rows.as_array().into_iter().flatten() {
        let mut row = row.clone();
        let name = row["key"].as_str().unwrap_or_default().to_owned();
        let mut record =
            decode(row["body"].as_str().unwrap_or_default(), false).with_context(|| format!("cannot decode {name}"))?;
        strip_times(&mut record);
        row["body"] = record;
        scrub(&mut row, namespace);
        state.insert(name, row);
    }
    Ok(state)
}

fn decode(text: &str, encoded_twice: bool) -> anyhow::Result<Value> {
    let mut bytes = BASE64.decode(text.as_bytes()).context("not base64")?;
    if encoded_twice {
        bytes = BASE64.decode(&bytes).context("not base64 twice")?;
    }
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut json).context("not gzip")?;
    serde_json::from_slice(&json).context("not JSON")
}

fn strip_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                let is_time = matches!(
                    key.as_str(),
                    "first_deployed"
                        | "last_deployed"
                        | "deleted"
                        | "started_at"
                        | "completed_at"
                        | "modtime"
                        | "schemamodtime"
                );
                if is_time && !item.is_null() {
                    *item = "TIME".into();
                } else {
                    strip_times(item);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip_times),
        _ => {}
    }
}

/// What two states do not share, in words.
pub(crate) fn differences(ours: &State, theirs: &State) -> Vec<String> {
    let mut found = Vec::new();
    for (name, theirs) in theirs {
        match ours.get(name) {
            None => found.push(format!("{name} is missing")),
            Some(ours) => compare(name, ours, theirs, &mut found),
        }
    }
    found.extend(ours.keys().filter(|name| !theirs.contains_key(*name)).map(|name| format!("{name} is too much")));
    found
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, theirs) in right {
                compare(&format!("{path}.{key}"), left.get(key).unwrap_or(&Value::Null), theirs, found);
            }
            for (key, ours) in left.iter().filter(|(key, _)| !right.contains_key(*key)) {
                compare(&format!("{path}.{key}"), ours, &Value::Null, found);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (Value::String(ours), Value::String(theirs)) if ours.contains('\n') || theirs.contains('\n') => {
            found.push(format!("{path}: {}", first_line(ours, theirs)));
        }
        (ours, theirs) => {
            let short = |value: &Value| value.to_string().chars().take(160).collect::<String>();
            found.push(format!("{path}: {} instead of {}", short(ours), short(theirs)));
        }
    }
}

/// The first line in which two texts differ.
fn first_line(ours: &str, theirs: &str) -> String {
    let (mut ours, mut theirs) = (ours.split('\n'), theirs.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        match (ours.next(), theirs.next()) {
            (left, right) if left == right && left.is_some() => {}
            (left, right) => return format!("line {number}: {left:?} instead of {right:?}"),
        }
    }
}
