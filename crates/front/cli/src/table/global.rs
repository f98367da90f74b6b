//! Table: the flags that every command takes: Helm's own and klog's hidden ones.

use super::{Choices, Flag, Kind};

const COLORS: Choices = Choices::Fixed(&["never", "auto", "always"]);

/// Helm's global flags.
pub(super) const FLAGS: &[Flag] = &[
    Flag::new("burst-limit", Kind::Int, "client-side default throttling limit").since("3.10").setting(|settings| settings.burst_limit.to_string()),
    Flag::new("color", Kind::Text, "use colored output (never, auto, always)").since("4.0").setting(|settings| settings.color.clone()).values(COLORS),
    Flag::new("colour", Kind::Text, "use colored output (never, auto, always)").since("4.0").setting(|settings| settings.color.clone()).values(COLORS),
    Flag::new("content-cache", Kind::Text, "path to the directory containing cached content (e.g. charts)").since("4.0").setting(|settings| settings.content_cache.clone()),
    Flag::new("debug", Kind::Bool, "enable verbose output").since("2.0").setting(|settings| settings.debug.to_string()),
    Flag::new("kube-apiserver", Kind::Text, "the address and the port for the Kubernetes API server").since("3.2").setting(|settings| settings.kube_api_server.clone()),
    Flag::new("kube-as-group", Kind::List, "group to impersonate for the operation, this flag can be repeated to specify multiple groups.").since("3.4").setting(super::super::settings::Settings::kube_as_groups_text),
    Flag::new("kube-as-user", Kind::Text, "username to impersonate for the operation").since("3.4").setting(|settings| settings.kube_as_user.clone()),
    Flag::new("kube-ca-file", Kind::Text, "the certificate authority file for the Kubernetes API server connection").since("3.5").setting(|settings| settings.kube_ca_file.clone()),
    Flag::new("kube-context", Kind::Text, "name of the kubeconfig context to use").since("2.0").setting(|settings| settings.kube_context.clone()).values(Choices::Contexts),
    Flag::new("kube-insecure-skip-tls-verify", Kind::Bool, "if true, the Kubernetes API server's certificate will not be checked for validity. This will make your HTTPS connections insecure").since("3.10").setting(|settings| settings.kube_insecure.to_string()),
    Flag::new("kube-tls-server-name", Kind::Text, "server name to use for Kubernetes API server certificate validation. If it is not provided, the hostname used to contact the server is used").since("3.10").setting(|settings| settings.kube_tls_server_name.clone()),
    Flag::new("kube-token", Kind::Text, "bearer token used for authentication").since("3.2").setting(|settings| settings.kube_token.clone()),
    Flag::new("kubeconfig", Kind::Text, "path to the kubeconfig file").since("2.8"),
    Flag::new("namespace", Kind::Text, "namespace scope for this request").since("2.0").letter('n').setting(|settings| settings.namespace.clone()).values(Choices::Namespaces),
    Flag::new("qps", Kind::Float32, "queries per second used when communicating with the Kubernetes API, not including bursting").since("3.14").setting(super::super::settings::Settings::qps_text),
    Flag::new("registry-config", Kind::Text, "path to the registry config file").since("3.0").setting(|settings| settings.registry_config.clone()),
    Flag::new("repository-cache", Kind::Text, "path to the directory containing cached repository indexes").since("3.0").setting(|settings| settings.repository_cache.clone()),
    Flag::new("repository-config", Kind::Text, "path to the file containing repository names and URLs").since("3.0").setting(|settings| settings.repository_config.clone()),
];

/// The flags of the Kubernetes client's logger: taken and without effect, as in Helm.
pub(super) const KLOG: &[Flag] = &[
    Flag::new("add-dir-header", Kind::GoBool, "If true, adds the file directory to the header of the log messages").hidden(),
    Flag::new("alsologtostderr", Kind::GoBool, "log to standard error as well as files (no effect when -logtostderr=true)").hidden(),
    Flag::new("alsologtostderrthreshold", Kind::Severity, "logs at or above this threshold go to stderr when -alsologtostderr=true (no effect when -logtostderr=true)").hidden(),
    Flag::new("legacy-stderr-threshold-behavior", Kind::GoBool, "If true, stderrthreshold is ignored when logtostderr=true (legacy behavior). If false, stderrthreshold is honored even when logtostderr=true").default("true").hidden(),
    Flag::new("log-backtrace-at", Kind::TraceLocation, "when logging hits line file:N, emit a stack trace").hidden(),
    Flag::new("log-dir", Kind::Text, "If non-empty, write log files in this directory (no effect when -logtostderr=true)").hidden(),
    Flag::new("log-file", Kind::Text, "If non-empty, use this log file (no effect when -logtostderr=true)").hidden(),
    Flag::new("log-file-max-size", Kind::Uint64, "Defines the maximum size a log file can grow to (no effect when -logtostderr=true). Unit is megabytes. If the value is 0, the maximum file size is unlimited.").default("1800").hidden(),
    Flag::new("logtostderr", Kind::GoBool, "log to standard error instead of files").default("true").hidden(),
    Flag::new("one-output", Kind::GoBool, "If true, only write logs to their native severity level (vs also writing to each lower severity level; no effect when -logtostderr=true)").hidden(),
    Flag::new("skip-headers", Kind::GoBool, "If true, avoid header prefixes in the log messages").hidden(),
    Flag::new("skip-log-headers", Kind::GoBool, "If true, avoid headers when opening log files (no effect when -logtostderr=true)").hidden(),
    Flag::new("stderrthreshold", Kind::Severity, "logs at or above this threshold go to stderr when writing to files and stderr (no effect when -logtostderr=true or -alsologtostderr=true unless -legacy_stderr_threshold_behavior=false)").default("2").hidden(),
    Flag::new("v", Kind::Level, "number for the log level verbosity").letter('v').hidden(),
    Flag::new("vmodule", Kind::ModuleSpec, "comma-separated list of pattern=N settings for file-filtered logging").hidden(),
];
