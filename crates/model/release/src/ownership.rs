//! Whose an object is: the marks that Helm puts on what it manages. Go: action/validate.go.

use std::sync::Arc;

use corten_gostd::strconv;
use corten_value::{Map, Value};

use crate::Object;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const HELM: &str = "Helm";
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Puts the marks of a release on an object. Go: `setMetadataVisitor` with force.
pub fn claim(object: &mut Object, release: &str, namespace: &str) {
    let Value::Map(content) = &mut object.content else { return };
    let content = Arc::make_mut(content);
    let metadata = table(content.entry("metadata".into()).or_default());
    table(metadata.entry("labels".into()).or_default()).insert(MANAGED_BY.into(), HELM.into());
    let annotations = table(metadata.entry("annotations".into()).or_default());
    annotations.insert(RELEASE_NAME.into(), release.into());
    annotations.insert(RELEASE_NAMESPACE.into(), namespace.into());
}

/// The table at a place, which becomes one if it is none.
fn table(value: &mut Value) -> &mut Map {
    if !matches!(value, Value::Map(_)) {
        *value = Value::empty_map();
    }
    match value {
        Value::Map(map) => Arc::make_mut(map),
        _ => unreachable!("invariant: it was just made a table"),
    }
}

/// Whether a live object may belong to a release. Go: `checkOwnership`.
///
/// # Errors
/// Helm's text of what is missing.
pub fn check_ownership(live: &Value, release: &str, namespace: &str) -> Result<(), String> {
    let metadata = live.get("metadata");
    let problem = |marks: &str, key: &str, wanted: &str, what: &str| {
        let found = metadata.and_then(|metadata| metadata.get(marks)).and_then(|marks| marks.get(key));
        require(found.and_then(Value::as_str), key, wanted)
            .err()
            .map(|error| format!("{what} validation error: {error}"))
    };
    let problems: Vec<String> = [
        problem("labels", MANAGED_BY, HELM, "label"),
        problem("annotations", RELEASE_NAME, release, "annotation"),
        problem("annotations", RELEASE_NAMESPACE, namespace, "annotation"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if problems.is_empty() { Ok(()) } else { Err(format!("invalid ownership metadata; {}", problems.join("; "))) }
}

fn require(found: Option<&str>, key: &str, wanted: &str) -> Result<(), String> {
    let quote = |text: &str| strconv::quote(text.as_bytes());
    match found {
        None => Err(format!("missing key {}: must be set to {}", quote(key), quote(wanted))),
        Some(text) if text != wanted => {
            Err(format!("key {} must equal {}: current value is {}", quote(key), quote(wanted), quote(text)))
        }
        Some(_) => Ok(()),
    }
}

/// Whether a live object is kept when its release no longer has it. Go: client.go `update`, which
/// takes the word as it is.
pub fn is_kept(live: &Value) -> bool {
    let annotations = live.get("metadata").and_then(|metadata| metadata.get("annotations"));
    annotations.and_then(|annotations| annotations.get("helm.sh/resource-policy")).and_then(Value::as_str)
        == Some("keep")
}

/// Whether a document may name an object, or lets the server do it.
///
/// # Errors
/// When it does both. Go: `validateNameAndGenerateName`.
pub fn generates_name(object: &Object) -> Result<bool, String> {
    match (object.name.is_empty(), object.generates_name()) {
        (true, true) => Ok(true),
        (false, true) => Err("metadata.name and metadata.generateName cannot both be set".to_owned()),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(content: Value) -> Object {
        Object {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            resource: "configmaps".to_owned(),
            namespaced: true,
            namespace: "ns".to_owned(),
            name: "c".to_owned(),
            content,
        }
    }

    #[test]
    fn a_claimed_object_is_owned() {
        let mut object = object(corten_yaml::decode(b"{metadata: {name: c, labels: {a: b}}}").unwrap());
        claim(&mut object, "web", "ns");
        assert_eq!(check_ownership(&object.content, "web", "ns"), Ok(()));
        assert_eq!(object.content.at("metadata.labels.a"), Some(&Value::from("b")));
        assert_eq!(
            check_ownership(&object.content, "other", "ns").unwrap_err(),
            "invalid ownership metadata; annotation validation error: key \"meta.helm.sh/release-name\" must equal \
             \"other\": current value is \"web\""
        );
    }

    #[test]
    fn a_foreign_object_is_not() {
        let text = check_ownership(&Value::empty_map(), "web", "ns").unwrap_err();
        assert!(text.starts_with(
            "invalid ownership metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": must be \
             set to \"Helm\"; annotation validation error: missing key"
        ));
    }
}
