//! Table: fields that the API server does not let anyone change, by kind.
//!
//! Used where no dry run was made; a dry run knows better.

use corten_value::Value;

use super::FieldChange;
use crate::ObjectKey;

/// What of a kind is immutable.
enum Rule {
    /// These paths, and everything below them.
    Only(&'static [&'static str]),
    /// Everything below the first path but the others.
    AllBut(&'static str, &'static [&'static str]),
}

/// Group, kind and rule.
const RULES: &[(&str, &str, Rule)] = &[
    (
        "apps",
        "StatefulSet",
        Rule::AllBut(
            "spec",
            &[
                "spec.replicas",
                "spec.ordinals",
                "spec.template",
                "spec.updateStrategy",
                "spec.revisionHistoryLimit",
                "spec.persistentVolumeClaimRetentionPolicy",
                "spec.minReadySeconds",
            ],
        ),
    ),
    ("apps", "Deployment", Rule::Only(&["spec.selector"])),
    ("apps", "DaemonSet", Rule::Only(&["spec.selector"])),
    ("apps", "ReplicaSet", Rule::Only(&["spec.selector"])),
    (
        "batch",
        "Job",
        Rule::Only(&[
            "spec.selector",
            "spec.template",
            "spec.completionMode",
            "spec.completions",
            "spec.podFailurePolicy",
            "spec.successPolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
            "spec.podReplacementPolicy",
        ]),
    ),
    ("", "Service", Rule::Only(&["spec.clusterIP", "spec.clusterIPs"])),
    ("", "PersistentVolumeClaim", Rule::AllBut("spec", &["spec.resources.requests", "spec.volumeAttributesClassName"])),
    (
        "",
        "Pod",
        Rule::AllBut(
            "spec",
            &[
                "spec.activeDeadlineSeconds",
                "spec.terminationGracePeriodSeconds",
                "spec.tolerations",
                "spec.schedulingGates",
            ],
        ),
    ),
    ("", "Secret", Rule::Only(&["type"])),
    ("rbac.authorization.k8s.io", "RoleBinding", Rule::Only(&["roleRef"])),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", Rule::Only(&["roleRef"])),
    (
        "storage.k8s.io",
        "StorageClass",
        Rule::Only(&["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]),
    ),
    ("storage.k8s.io", "VolumeAttributesClass", Rule::Only(&["driverName", "parameters"])),
    ("scheduling.k8s.io", "PriorityClass", Rule::Only(&["value", "preemptionPolicy"])),
    ("node.k8s.io", "RuntimeClass", Rule::Only(&["handler"])),
    ("networking.k8s.io", "IngressClass", Rule::Only(&["spec.controller"])),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        Rule::Only(&["spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"]),
    ),
];

/// The server's ways to say that a field is immutable.
const WORDS: &[&str] = &[
    "field is immutable",
    "updates to statefulset spec for fields other than",
    "spec is immutable after creation",
    "pod updates may not change fields other than",
    "may not change once set",
    "cannot change roleRef",
    "is immutable",
    "updates to parameters are forbidden",
    "updates to provisioner are forbidden",
];

/// Whether a refusal means that the object has to be replaced.
pub(super) fn means_immutable(error: &str) -> bool {
    WORDS.iter().any(|word| error.contains(word))
}

/// The paths of the changes that the server will refuse.
pub(super) fn immutable_changes(key: &ObjectKey, before: Option<&Value>, fields: &[FieldChange]) -> Vec<String> {
    let rules = RULES.iter().filter(|(group, kind, _)| *group == key.group && *kind == key.kind);
    let rules: Vec<&Rule> = rules.map(|(_, _, rule)| rule).collect();
    let is_frozen = before.and_then(|object| object.get("immutable")).and_then(Value::as_bool) == Some(true)
        && key.group.is_empty()
        && matches!(key.kind.as_str(), "Secret" | "ConfigMap");
    let hits = |path: &str| {
        let of_frozen = is_frozen && ["data", "binaryData", "immutable"].iter().any(|field| is_below(path, field));
        of_frozen || rules.iter().any(|rule| rule.forbids(key, path))
    };
    fields.iter().filter(|field| hits(&field.path)).map(|field| field.path.clone()).collect()
}

impl Rule {
    fn forbids(&self, key: &ObjectKey, path: &str) -> bool {
        match self {
            Self::Only(paths) => paths.iter().any(|field| is_below(path, field)),
            // The images of a pod's containers may change.
            Self::AllBut(..) if key.kind == "Pod" && path.rsplit('.').next() == Some("image") => false,
            Self::AllBut(root, free) => is_below(path, root) && !free.iter().any(|field| is_below(path, field)),
        }
    }
}

fn is_below(path: &str, field: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
