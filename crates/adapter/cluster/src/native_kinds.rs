//! Table: kinds that every supported Kubernetes serves, so that nobody has to ask for them.
//!
//! All of them are stable since Kubernetes 1.25 or longer. Kinds that are not here are looked up in
//! the server's discovery.

/// A kind, its resource and whether it lives in namespaces.
type Kind = (&'static str, &'static str, bool);

const NATIVE: &[(&str, &str, &[Kind])] = &[
    (
        "",
        "v1",
        &[
            ("ConfigMap", "configmaps", true),
            ("Endpoints", "endpoints", true),
            ("Event", "events", true),
            ("LimitRange", "limitranges", true),
            ("Namespace", "namespaces", false),
            ("Node", "nodes", false),
            ("PersistentVolume", "persistentvolumes", false),
            ("PersistentVolumeClaim", "persistentvolumeclaims", true),
            ("Pod", "pods", true),
            ("PodTemplate", "podtemplates", true),
            ("ReplicationController", "replicationcontrollers", true),
            ("ResourceQuota", "resourcequotas", true),
            ("Secret", "secrets", true),
            ("Service", "services", true),
            ("ServiceAccount", "serviceaccounts", true),
        ],
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        &[
            ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
            ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
        ],
    ),
    ("apiextensions.k8s.io", "v1", &[("CustomResourceDefinition", "customresourcedefinitions", false)]),
    ("apiregistration.k8s.io", "v1", &[("APIService", "apiservices", false)]),
    (
        "apps",
        "v1",
        &[
            ("ControllerRevision", "controllerrevisions", true),
            ("DaemonSet", "daemonsets", true),
            ("Deployment", "deployments", true),
            ("ReplicaSet", "replicasets", true),
            ("StatefulSet", "statefulsets", true),
        ],
    ),
    ("autoscaling", "v1", &[("HorizontalPodAutoscaler", "horizontalpodautoscalers", true)]),
    ("autoscaling", "v2", &[("HorizontalPodAutoscaler", "horizontalpodautoscalers", true)]),
    ("batch", "v1", &[("CronJob", "cronjobs", true), ("Job", "jobs", true)]),
    ("coordination.k8s.io", "v1", &[("Lease", "leases", true)]),
    (
        "networking.k8s.io",
        "v1",
        &[
            ("Ingress", "ingresses", true),
            ("IngressClass", "ingressclasses", false),
            ("NetworkPolicy", "networkpolicies", true),
        ],
    ),
    ("policy", "v1", &[("PodDisruptionBudget", "poddisruptionbudgets", true)]),
    (
        "rbac.authorization.k8s.io",
        "v1",
        &[
            ("ClusterRole", "clusterroles", false),
            ("ClusterRoleBinding", "clusterrolebindings", false),
            ("Role", "roles", true),
            ("RoleBinding", "rolebindings", true),
        ],
    ),
    ("scheduling.k8s.io", "v1", &[("PriorityClass", "priorityclasses", false)]),
    ("storage.k8s.io", "v1", &[("CSIDriver", "csidrivers", false), ("StorageClass", "storageclasses", false)]),
];

/// The resource of a kind and whether it lives in namespaces.
pub(crate) fn find(group: &str, version: &str, kind: &str) -> Option<(&'static str, bool)> {
    let (_, _, kinds) = NATIVE.iter().find(|(g, v, _)| *g == group && *v == version)?;
    kinds.iter().find(|(name, _, _)| *name == kind).map(|(_, resource, namespaced)| (*resource, *namespaced))
}
