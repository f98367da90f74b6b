//! An object of a manifest, mapped to the API that serves it.

use corten_value::Value;

/// An object to create, change or delete. Go: `resource.Info` with its mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The API group, empty for the core.
    pub group: String,
    /// The version of the group.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The resource in URLs: `deployments`.
    pub resource: String,
    /// Whether it lives in a namespace.
    pub namespaced: bool,
    /// The namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// `metadata.name`; empty with `generateName`.
    pub name: String,
    /// The whole document.
    pub content: Value,
}

/// What tells objects apart across versions of their API. Go: resource.go `isMatchingInfo`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Object {
    /// What tells it apart.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    /// `group/version`, or the version alone for the core.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Go: `schema.GroupVersionKind.String`: `apps/v1, Kind=Deployment`.
    pub fn group_version_kind(&self) -> String {
        format!("{}/{}, Kind={}", self.group, self.version, self.kind)
    }

    /// A field of `metadata`.
    pub fn metadata(&self, field: &str) -> Option<&Value> {
        self.content.get("metadata")?.get(field)
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.metadata("annotations")?.get(name)?.as_str()
    }

    /// Whether the server makes up the name.
    pub fn generates_name(&self) -> bool {
        self.metadata("generateName").and_then(Value::as_str).is_some_and(|prefix| !prefix.is_empty())
    }

    /// Go: validate.go `resourceString`: `Deployment "web" in namespace "default"`.
    pub fn described(&self) -> String {
        let quote = |text: &str| corten_gostd::strconv::quote(text.as_bytes());
        format!("{} {} in namespace {}", self.kind, quote(&self.name), quote(&self.namespace))
    }
}
