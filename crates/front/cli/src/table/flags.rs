//! Table: the flags of Helm's commands, each with the usage line that scripts and tests compare.
//!
//! Groups come first: flags that several commands share. The single flags follow; the same name with
//! other words is a flag of its own, named after the command that has it.

use super::{Choices, Flag, Kind};
use crate::settings::Settings;

/// The output formats with their descriptions, sorted.
const OUTPUTS: Choices = Choices::Fixed(&[
    "json\tOutput result in JSON format",
    "table\tOutput result in human-readable format",
    "yaml\tOutput result in YAML format",
]);

/// The values of a chart.
pub(super) const VALUES: &[Flag] = &[
    Flag::new("values", Kind::Csv, "specify values in a YAML file or a URL (can specify multiple)").since("2.0").letter('f'),
    Flag::new("set", Kind::List, "set values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)").since("2.0"),
    Flag::new("set-string", Kind::List, "set STRING values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)").since("2.9"),
    Flag::new("set-file", Kind::List, "set values from respective files specified via the command line (can specify multiple or separate values with commas: key1=path1,key2=path2)").since("2.10"),
    Flag::new("set-json", Kind::List, "set JSON values on the command line (can specify multiple or separate values with commas: key1=jsonval1,key2=jsonval2 or using json format: {\"key1\": jsonval1, \"key2\": \"jsonval2\"})").since("3.10"),
    Flag::new("set-literal", Kind::List, "set a literal STRING value on the command line").since("3.12"),
];

/// Where a chart comes from and how it is checked.
pub(super) const CHART_SOURCE: &[Flag] = &[
    Flag::new("ca-file", Kind::Text, "verify certificates of HTTPS-enabled servers using this CA bundle").since("2.2"),
    Flag::new("cert-file", Kind::Text, "identify HTTPS client using this SSL certificate file").since("2.2"),
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the chart download")
        .since("3.2"),
    Flag::new("key-file", Kind::Text, "identify HTTPS client using this SSL key file").since("2.2"),
    Flag::new("keyring", Kind::Text, "location of public keys used for verification")
        .since("2.0")
        .setting(Settings::keyring),
    Flag::new("pass-credentials", Kind::Bool, "pass credentials to all domains").since("3.7"),
    Flag::new("password", Kind::Text, "chart repository password where to locate the requested chart").since("2.9"),
    Flag::new("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download").since("3.13"),
    Flag::new("repo", Kind::Text, "chart repository url where to locate the requested chart").since("2.5"),
    Flag::new("username", Kind::Text, "chart repository username where to locate the requested chart").since("2.9"),
    Flag::new("verify", Kind::Bool, "verify the package before using it").since("2.0"),
];

/// What changes the manifests after rendering.
pub(super) const POST_RENDERER: &[Flag] = &[
    Flag::new(
        "post-renderer",
        Kind::PostRenderer,
        "the name of a postrenderer type plugin to be used for post rendering. If it exists, the plugin will be used",
    )
    .since("3.1"),
    Flag::new(
        "post-renderer-args",
        Kind::PostRendererArguments,
        "an argument to the post-renderer (can specify multiple)",
    )
    .since("3.8"),
];

/// What install, upgrade and template share.
pub(super) const CHANGE: &[Flag] = &[
    Flag::new("atomic", Kind::Bool, "deprecated").since("2.13").deprecated("use --rollback-on-failure instead"),
    Flag::new("dependency-update", Kind::Bool, "update dependencies if they are missing before installing the chart").since("2.5"),
    Flag::new("description", Kind::Text, "add a custom description").since("2.10"),
    Flag::new("devel", Kind::Bool, "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored").since("2.5"),
    Flag::new("enable-dns", Kind::Bool, "enable DNS lookups when rendering templates").since("3.12"),
    Flag::new("force", Kind::Bool, "deprecated").since("2.2").deprecated("use --force-replace instead"),
    Flag::new("force-conflicts", Kind::Bool, "if set server-side apply will force changes against conflicts").since("4.0"),
    Flag::new("force-replace", Kind::Bool, "force resource updates by replacement").since("4.0"),
    Flag::new("skip-schema-validation", Kind::Bool, "if set, disables JSON schema validation").since("3.16"),
    Flag::new("timeout", Kind::Duration, "time to wait for any individual Kubernetes operation (like Jobs for hooks)").since("2.2").default("5m0s"),
    Flag::new("wait", Kind::Wait, "wait until resources are ready (up to --timeout). Use '--wait' alone for 'watcher' strategy, or specify one of: 'watcher', 'hookOnly', 'legacy'. Default when flag is omitted: 'hookOnly'.").since("2.2").bare("watcher"),
    Flag::new("wait-for-jobs", Kind::Bool, "if set and --wait enabled, will wait until all Jobs have been completed before marking the release as successful. It will wait for as long as --timeout").since("3.5"),
];

/// What install and template share beyond upgrade.
pub(super) const FIRST: &[Flag] = &[
    Flag::new("create-namespace", Kind::Bool, "create the release namespace if not present").since("3.2"),
    Flag::new("disable-openapi-validation", Kind::Bool, "if set, the installation process will not validate rendered templates against the Kubernetes OpenAPI Schema").since("3.1"),
    Flag::new("generate-name", Kind::Bool, "generate the name (and omit the NAME parameter)").since("3.0").letter('g'),
    Flag::new("labels", Kind::Pairs, "Labels that would be added to release metadata. Should be divided by comma.").since("3.13").letter('l'),
    Flag::new("name-template", Kind::Text, "specify template used to name the release").since("2.0"),
    Flag::new("no-hooks", Kind::Bool, "prevent hooks from running during install").since("2.0"),
    Flag::new("replace", Kind::Bool, "reuse the given name, only if that name is a deleted release which remains in the history. This is unsafe in production").since("2.0"),
    Flag::new("rollback-on-failure", Kind::Bool, "if set, {Me} will rollback (uninstall) the installation upon failure. The --wait flag will be default to \"watcher\" if --rollback-on-failure is set").since("4.0"),
    Flag::new("server-side", Kind::Bool, "object updates run in the server instead of the client").since("4.0").default("true"),
    Flag::new("skip-crds", Kind::Bool, "if set, no CRDs will be installed. By default, CRDs are installed if not already present").since("3.0"),
    Flag::new("take-ownership", Kind::Bool, "if set, install will ignore the check for helm annotations and take ownership of the existing resources").since("3.17"),
];

/// How dependencies are fetched.
pub(super) const DEPENDENCIES: &[Flag] = &[
    Flag::new("ca-file", Kind::Text, "verify certificates of HTTPS-enabled servers using this CA bundle").since("2.2"),
    Flag::new("cert-file", Kind::Text, "identify HTTPS client using this SSL certificate file").since("2.2"),
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the chart download")
        .since("3.2"),
    Flag::new("key-file", Kind::Text, "identify HTTPS client using this SSL key file").since("2.2"),
    Flag::new("keyring", Kind::Text, "keyring containing public keys").since("2.0").setting(Settings::keyring),
    Flag::new("password", Kind::Text, "chart repository password where to locate the requested chart").since("2.9"),
    Flag::new("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download").since("3.13"),
    Flag::new("skip-refresh", Kind::Bool, "do not refresh the local repository cache").since("2.3"),
    Flag::new("username", Kind::Text, "chart repository username where to locate the requested chart").since("2.9"),
    Flag::new("verify", Kind::Bool, "verify the packages against signatures").since("2.0"),
];

pub(super) const FAIL_FAST: Flag =
    Flag::new("fail-fast", Kind::Bool, "give up waiting for what will not become ready by itself")
        .since(super::corten::OURS);
pub(super) const SLIM: Flag =
    Flag::new("slim", Kind::Bool, "leave templates, other files and the schema of the chart out of the record")
        .since(super::corten::OURS);
pub(super) const DRY_RUN: Flag = Flag::new("dry-run", Kind::Text, "simulates the operation without persisting changes. Must be one of: \"none\" (default), \"client\", or \"server\". '--dry-run=none' executes the operation normally and persists changes (no simulation). '--dry-run=client' simulates the operation client-side only and avoids cluster connections. '--dry-run=server' simulates the operation on the server, requiring cluster connectivity.").since("2.0").default("none").bare("unset");
pub(super) const HIDE_NOTES: Flag = Flag::new(
    "hide-notes",
    Kind::Bool,
    "if set, do not show notes in install output. Does not affect presence in chart metadata",
)
.since("3.16");
pub(super) const HIDE_SECRET: Flag =
    Flag::new("hide-secret", Kind::Bool, "hide Kubernetes Secrets when also using the --dry-run flag").since("3.15");
pub(super) const OUTPUT: Flag =
    Flag::new("output", Kind::Format, "prints the output in the specified format. Allowed values: table, json, yaml")
        .since("2.7")
        .letter('o')
        .values(OUTPUTS);
pub(super) const RENDER_SUBCHART_NOTES: Flag =
    Flag::new("render-subchart-notes", Kind::Bool, "if set, render subchart notes along with the parent").since("2.13");
pub(super) const VERSION: Flag = Flag::new("version", Kind::Text, "specify a version constraint for the chart version to use. This constraint can be a specific tag (e.g. 1.1.1) or it may reference a valid range (e.g. ^2.0.0). If this is not specified, the latest version is used").since("2.0").values(Choices::InstallVersions);
pub(super) const API_VERSIONS: Flag = Flag::new(
    "api-versions",
    Kind::Csv,
    "Kubernetes api versions used for Capabilities.APIVersions (multiple can be specified)",
)
.since("2.15")
.letter('a');
pub(super) const DRY_RUN_TEMPLATE: Flag = Flag::new("dry-run", Kind::Text, "simulates the operation either client-side or server-side. Must be either: \"client\", or \"server\". '--dry-run=client simulates the operation client-side only and avoids cluster connections. '--dry-run=server' simulates/validates the operation on the server, requiring cluster connectivity.").since("2.0").default("client").bare("unset");
pub(super) const HIDE_NOTES_TEMPLATE: Flag = Flag::new(
    "hide-notes",
    Kind::Bool,
    "if set, do not show notes in install output. Does not affect presence in chart metadata",
)
.since("3.16")
.deprecated("this flag has no effect for '{me} template' and will be removed in Helm 5");
pub(super) const INCLUDE_CRDS: Flag =
    Flag::new("include-crds", Kind::Bool, "include CRDs in the templated output").since("3.1");
pub(super) const IS_UPGRADE: Flag =
    Flag::new("is-upgrade", Kind::Bool, "set .Release.IsUpgrade instead of .Release.IsInstall").since("2.10");
pub(super) const KUBE_VERSION: Flag =
    Flag::new("kube-version", Kind::Text, "Kubernetes version used for Capabilities.KubeVersion").since("2.7");
pub(super) const OUTPUT_DIR: Flag =
    Flag::new("output-dir", Kind::Text, "writes the executed templates to files in output-dir instead of stdout")
        .since("2.8");
pub(super) const RELEASE_NAME: Flag =
    Flag::new("release-name", Kind::Bool, "use release name in the output-dir path.").since("2.12");
pub(super) const RENDER_SUBCHART_NOTES_TEMPLATE: Flag =
    Flag::new("render-subchart-notes", Kind::Bool, "if set, render subchart notes along with the parent")
        .since("2.13")
        .deprecated("this flag has no effect for '{me} template' and will be removed in Helm 5");
pub(super) const SHOW_ONLY: Flag =
    Flag::new("show-only", Kind::List, "only show manifests rendered from the given templates")
        .since("3.0")
        .letter('s');
pub(super) const SKIP_TESTS: Flag =
    Flag::new("skip-tests", Kind::Bool, "skip tests from templated output").since("3.5");
pub(super) const VALIDATE: Flag =
    Flag::new("validate", Kind::Bool, "deprecated").since("3.0").deprecated("use '--dry-run=server' instead");
pub(super) const CLEANUP_ON_FAIL: Flag = Flag::new(
    "cleanup-on-fail",
    Kind::Bool,
    "allow deletion of new resources created in this upgrade when upgrade fails",
)
.since("2.14");
pub(super) const CREATE_NAMESPACE: Flag =
    Flag::new("create-namespace", Kind::Bool, "if --install is set, create the release namespace if not present")
        .since("3.2");
pub(super) const DISABLE_OPENAPI_VALIDATION: Flag = Flag::new(
    "disable-openapi-validation",
    Kind::Bool,
    "if set, the upgrade process will not validate rendered templates against the Kubernetes OpenAPI Schema",
)
.since("3.1");
pub(super) const HIDE_NOTES_UPGRADE: Flag = Flag::new(
    "hide-notes",
    Kind::Bool,
    "if set, do not show notes in upgrade output. Does not affect presence in chart metadata",
)
.since("3.16");
pub(super) const HISTORY_MAX: Flag =
    Flag::new("history-max", Kind::Int, "limit the maximum number of revisions saved per release. Use 0 for no limit")
        .since("2.7")
        .setting(Settings::max_history_text);
pub(super) const INSTALL: Flag =
    Flag::new("install", Kind::Bool, "if a release by this name doesn't already exist, run an install")
        .since("2.0")
        .letter('i');
pub(super) const LABELS: Flag = Flag::new("labels", Kind::Pairs, "Labels that would be added to release metadata. Should be separated by comma. Original release labels will be merged with upgrade labels. You can unset label using null.").since("3.13").letter('l');
pub(super) const NO_HOOKS: Flag = Flag::new("no-hooks", Kind::Bool, "disable pre/post upgrade hooks").since("2.0");
pub(super) const RESET_THEN_REUSE_VALUES: Flag = Flag::new("reset-then-reuse-values", Kind::Bool, "when upgrading, reset the values to the ones built into the chart, apply the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' or '--reuse-values' is specified, this is ignored").since("3.14");
pub(super) const RESET_VALUES: Flag =
    Flag::new("reset-values", Kind::Bool, "when upgrading, reset the values to the ones built into the chart")
        .since("2.2");
pub(super) const REUSE_VALUES: Flag = Flag::new(
    "reuse-values",
    Kind::Bool,
    "when upgrading, reuse the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' is specified, this is ignored",
).since("2.3");
pub(super) const ROLLBACK_ON_FAILURE: Flag = Flag::new("rollback-on-failure", Kind::Bool, "if set, {Me} will rollback the upgrade to previous success release upon failure. The --wait flag will be defaulted to \"watcher\" if --rollback-on-failure is set").since("4.0");
pub(super) const SERVER_SIDE: Flag = Flag::new("server-side", Kind::Text, "must be \"true\", \"false\" or \"auto\". Object updates run in the server instead of the client (\"auto\" defaults the value from the previous chart release's method)").since("4.0").default("auto");
pub(super) const SKIP_CRDS: Flag = Flag::new(
    "skip-crds",
    Kind::Bool,
    "if set, no CRDs will be installed when an upgrade is performed with install flag enabled. By default, CRDs are installed if not already present, when an upgrade is performed with install flag enabled",
).since("3.0");
pub(super) const TAKE_OWNERSHIP: Flag = Flag::new(
    "take-ownership",
    Kind::Bool,
    "if set, upgrade will ignore the check for helm annotations and take ownership of the existing resources",
)
.since("3.17");
pub(super) const VERSION_UPGRADE: Flag = Flag::new("version", Kind::Text, "specify a version constraint for the chart version to use. This constraint can be a specific tag (e.g. 1.1.1) or it may reference a valid range (e.g. ^2.0.0). If this is not specified, the latest version is used").since("2.0").values(Choices::Versions(1));
pub(super) const NO_DESCRIPTIONS: Flag =
    Flag::new("no-descriptions", Kind::Bool, "disable completion descriptions").since("3.0");
pub(super) const CHART_API_VERSION: Flag =
    Flag::new("chart-api-version", Kind::Text, "chart API version to use (v2 or v3)")
        .since("4.2")
        .default("v2")
        .hidden();
pub(super) const STARTER: Flag =
    Flag::new("starter", Kind::Text, "the name or absolute path to Helm starter scaffold").since("2.1").letter('p');
pub(super) const MAX_COL_WIDTH: Flag =
    Flag::new("max-col-width", Kind::Uint, "maximum column width for output table").since("3.0").default("80");
pub(super) const DIR: Flag =
    Flag::new("dir", Kind::Text, "directory to which documentation is written").since("2.1").default("./");
pub(super) const GENERATE_HEADERS: Flag =
    Flag::new("generate-headers", Kind::Bool, "generate standard headers for markdown files").since("3.5");
pub(super) const TYPE: Flag =
    Flag::new("type", Kind::Text, "the type of documentation to generate (markdown, man, bash)")
        .since("2.1")
        .default("markdown")
        .values(Choices::Fixed(&["bash", "man", "markdown"]));
pub(super) const REVISION: Flag =
    Flag::new("revision", Kind::Int, "get the named release with revision").since("2.0").values(Choices::Revisions);
pub(super) const TEMPLATE: Flag =
    Flag::new("template", Kind::Text, "go template for formatting the output, eg: {{.Release.Name}}").since("2.9");
pub(super) const REVISION_METADATA: Flag =
    Flag::new("revision", Kind::Int, "specify release revision").since("2.0").values(Choices::Revisions);
pub(super) const ALL: Flag = Flag::new("all", Kind::Bool, "dump all (computed) values").since("2.0").letter('a');
pub(super) const MAX: Flag =
    Flag::new("max", Kind::Int, "maximum number of revision to include in history").since("2.0").default("256");
pub(super) const KUBE_VERSION_LINT: Flag =
    Flag::new("kube-version", Kind::Text, "Kubernetes version used for capabilities and deprecation checks")
        .since("2.7");
pub(super) const QUIET: Flag = Flag::new("quiet", Kind::Bool, "print only warnings and errors").since("3.9");
pub(super) const SKIP_SCHEMA_VALIDATION: Flag =
    Flag::new("skip-schema-validation", Kind::Bool, "if set, disables JSON schema validation").since("3.16");
pub(super) const STRICT: Flag = Flag::new("strict", Kind::Bool, "fail on lint warnings").since("2.0");
pub(super) const WITH_SUBCHARTS: Flag = Flag::new("with-subcharts", Kind::Bool, "lint dependent charts").since("3.1");
pub(super) const ALL_NAMESPACES: Flag =
    Flag::new("all-namespaces", Kind::Bool, "list releases across all namespaces").since("3.0").letter('A');
pub(super) const DATE: Flag = Flag::new("date", Kind::Bool, "sort by release date").since("2.0").letter('d');
pub(super) const DEPLOYED: Flag = Flag::new("deployed", Kind::Bool, "show deployed releases").since("2.0");
pub(super) const FAILED: Flag = Flag::new("failed", Kind::Bool, "show failed releases").since("2.0");
pub(super) const FILTER: Flag = Flag::new(
    "filter",
    Kind::Text,
    "a regular expression (Perl compatible). Any releases that match the expression will be included in the results",
)
.since("3.0")
.letter('f');
pub(super) const MAX_LIST: Flag =
    Flag::new("max", Kind::Int, "maximum number of releases to fetch").since("2.0").letter('m').default("256");
pub(super) const NO_HEADERS: Flag =
    Flag::new("no-headers", Kind::Bool, "don't print headers when using the default output format").since("3.10");
pub(super) const OFFSET: Flag =
    Flag::new("offset", Kind::Int, "next release index in the list, used to offset from start value").since("2.0");
pub(super) const PENDING: Flag = Flag::new("pending", Kind::Bool, "show pending releases").since("2.6");
pub(super) const REVERSE: Flag = Flag::new("reverse", Kind::Bool, "reverse the sort order").since("2.0").letter('r');
pub(super) const SELECTOR: Flag = Flag::new("selector", Kind::Text, "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2). Works only for secret(default) and configmap storage backends.").since("3.4").letter('l');
pub(super) const SHORT: Flag =
    Flag::new("short", Kind::Bool, "output short (quiet) listing format").since("2.0").letter('q');
pub(super) const SUPERSEDED: Flag = Flag::new("superseded", Kind::Bool, "show superseded releases").since("3.0");
pub(super) const TIME_FORMAT: Flag = Flag::new(
    "time-format",
    Kind::Text,
    "format time using golang time formatter. Example: --time-format \"2006-01-02 15:04:05Z0700\"",
)
.since("3.4");
pub(super) const UNINSTALLED: Flag =
    Flag::new("uninstalled", Kind::Bool, "show uninstalled releases (if '{me} uninstall --keep-history' was used)")
        .since("3.0");
pub(super) const UNINSTALLING: Flag =
    Flag::new("uninstalling", Kind::Bool, "show releases that are currently being uninstalled").since("3.0");
pub(super) const APP_VERSION: Flag =
    Flag::new("app-version", Kind::Text, "set the appVersion on the chart to this version").since("2.8");
pub(super) const CA_FILE: Flag =
    Flag::new("ca-file", Kind::Text, "verify certificates of HTTPS-enabled servers using this CA bundle").since("2.2");
pub(super) const CERT_FILE: Flag =
    Flag::new("cert-file", Kind::Text, "identify HTTPS client using this SSL certificate file").since("2.2");
pub(super) const DEPENDENCY_UPDATE: Flag = Flag::new(
    "dependency-update",
    Kind::Bool,
    "update dependencies from \"Chart.yaml\" to dir \"charts/\" before packaging",
)
.since("2.5")
.letter('u');
pub(super) const DESTINATION: Flag =
    Flag::new("destination", Kind::Text, "location to write the chart.").since("2.0").letter('d').default(".");
pub(super) const INSECURE_SKIP_TLS_VERIFY: Flag =
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the chart download")
        .since("3.2");
pub(super) const KEY: Flag =
    Flag::new("key", Kind::Text, "name of the key to use when signing. Used if --sign is true").since("2.0");
pub(super) const KEY_FILE: Flag =
    Flag::new("key-file", Kind::Text, "identify HTTPS client using this SSL key file").since("2.2");
pub(super) const KEYRING: Flag =
    Flag::new("keyring", Kind::Text, "location of a public keyring").since("2.0").setting(Settings::keyring);
pub(super) const PASSPHRASE_FILE: Flag = Flag::new(
    "passphrase-file",
    Kind::Text,
    "location of a file which contains the passphrase for the signing key. Use \"-\" in order to read from stdin.",
)
.since("3.4");
pub(super) const PASSWORD: Flag =
    Flag::new("password", Kind::Text, "chart repository password where to locate the requested chart").since("2.9");
pub(super) const PLAIN_HTTP: Flag =
    Flag::new("plain-http", Kind::Bool, "use insecure HTTP connections for the chart download").since("3.13");
pub(super) const SIGN: Flag = Flag::new("sign", Kind::Bool, "use a PGP private key to sign this package").since("2.0");
pub(super) const USERNAME: Flag =
    Flag::new("username", Kind::Text, "chart repository username where to locate the requested chart").since("2.9");
pub(super) const VERSION_PACKAGE: Flag =
    Flag::new("version", Kind::Text, "set the version on the chart to this semver version").since("2.0");
pub(super) const CERT_FILE_INSTALL: Flag =
    Flag::new("cert-file", Kind::Text, "identify registry client using this SSL certificate file").since("2.2");
pub(super) const INSECURE_SKIP_TLS_VERIFY_INSTALL: Flag =
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the plugin download")
        .since("3.2");
pub(super) const KEY_FILE_INSTALL: Flag =
    Flag::new("key-file", Kind::Text, "identify registry client using this SSL key file").since("2.2");
pub(super) const KEYRING_INSTALL: Flag =
    Flag::new("keyring", Kind::Text, "location of public keys used for verification")
        .since("2.0")
        .setting(Settings::keyring);
pub(super) const PASSWORD_INSTALL: Flag = Flag::new("password", Kind::Text, "registry password").since("2.9");
pub(super) const PLAIN_HTTP_INSTALL: Flag =
    Flag::new("plain-http", Kind::Bool, "use insecure HTTP connections for the plugin download").since("3.13");
pub(super) const USERNAME_INSTALL: Flag = Flag::new("username", Kind::Text, "registry username").since("2.9");
pub(super) const VERIFY: Flag =
    Flag::new("verify", Kind::Bool, "verify the plugin signature before installing").since("2.0").default("true");
pub(super) const VERSION_INSTALL: Flag = Flag::new(
    "version",
    Kind::Text,
    "specify a version constraint. If this is not specified, the latest version is installed",
)
.since("2.0");
pub(super) const TYPE_LIST: Flag = Flag::new("type", Kind::Text, "Plugin type").since("2.1");
pub(super) const DESTINATION_PACKAGE: Flag =
    Flag::new("destination", Kind::Text, "location to write the plugin tarball.").since("2.0").letter('d').default(".");
pub(super) const PASSPHRASE_FILE_PACKAGE: Flag = Flag::new(
    "passphrase-file",
    Kind::Text,
    "location of a file which contains the passphrase for the signing key. Use \"-\" to read from stdin.",
)
.since("3.4");
pub(super) const SIGN_PACKAGE: Flag =
    Flag::new("sign", Kind::Bool, "use a PGP private key to sign this plugin").since("2.0").default("true");
pub(super) const KEYRING_VERIFY: Flag =
    Flag::new("keyring", Kind::Text, "keyring containing public keys").since("2.0").setting(Settings::keyring);
pub(super) const DESTINATION_PULL: Flag = Flag::new(
    "destination",
    Kind::Text,
    "location to write the chart. If this and untardir are specified, untardir is appended to this",
)
.since("2.0")
.letter('d')
.default(".");
pub(super) const DEVEL: Flag = Flag::new(
    "devel",
    Kind::Bool,
    "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored.",
)
.since("2.5");
pub(super) const PROV: Flag =
    Flag::new("prov", Kind::Bool, "fetch the provenance file, but don't perform verification").since("2.1");
pub(super) const UNTAR: Flag =
    Flag::new("untar", Kind::Bool, "if set to true, will untar the chart after downloading it").since("2.0");
pub(super) const UNTARDIR: Flag = Flag::new(
    "untardir",
    Kind::Text,
    "if untar is specified, this flag specifies the name of the directory into which the chart is expanded",
)
.since("2.0")
.default(".");
pub(super) const VERSION_PULL: Flag = Flag::new("version", Kind::Text, "specify a version constraint for the chart version to use. This constraint can be a specific tag (e.g. 1.1.1) or it may reference a valid range (e.g. ^2.0.0). If this is not specified, the latest version is used").since("2.0").values(Choices::Versions(0));
pub(super) const INSECURE_SKIP_TLS_VERIFY_PUSH: Flag =
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the chart upload").since("3.2");
pub(super) const PLAIN_HTTP_PUSH: Flag =
    Flag::new("plain-http", Kind::Bool, "use insecure HTTP connections for the chart upload").since("3.13");
pub(super) const INSECURE: Flag =
    Flag::new("insecure", Kind::Bool, "allow connections to TLS registry without certs").since("3.0");
pub(super) const PASSWORD_LOGIN: Flag =
    Flag::new("password", Kind::Text, "registry password or identity token").since("2.9").letter('p');
pub(super) const PASSWORD_STDIN: Flag =
    Flag::new("password-stdin", Kind::Bool, "read password or identity token from stdin").since("3.0");
pub(super) const USERNAME_LOGIN: Flag = Flag::new("username", Kind::Text, "registry username").since("2.9").letter('u');
pub(super) const ALLOW_DEPRECATED_REPOS: Flag = Flag::new(
    "allow-deprecated-repos",
    Kind::Bool,
    "by default, this command will not allow adding official repos that have been permanently deleted. This disables that behavior",
).since("3.4");
pub(super) const FORCE_UPDATE: Flag =
    Flag::new("force-update", Kind::Bool, "replace (overwrite) the repo if it already exists").since("3.4");
pub(super) const INSECURE_SKIP_TLS_VERIFY_ADD: Flag =
    Flag::new("insecure-skip-tls-verify", Kind::Bool, "skip tls certificate checks for the repository").since("3.2");
pub(super) const PASS_CREDENTIALS: Flag =
    Flag::new("pass-credentials", Kind::Bool, "pass credentials to all domains").since("3.7");
pub(super) const PASSWORD_ADD: Flag = Flag::new("password", Kind::Text, "chart repository password").since("2.9");
pub(super) const PASSWORD_STDIN_ADD: Flag =
    Flag::new("password-stdin", Kind::Bool, "read chart repository password from stdin").since("3.0");
pub(super) const TIMEOUT: Flag =
    Flag::new("timeout", Kind::Duration, "time to wait for the index file download to complete")
        .since("2.2")
        .default("2m0s");
pub(super) const USERNAME_ADD: Flag = Flag::new("username", Kind::Text, "chart repository username").since("2.9");
pub(super) const JSON: Flag = Flag::new("json", Kind::Bool, "output in JSON format").since("3.13");
pub(super) const MERGE: Flag =
    Flag::new("merge", Kind::Text, "merge the generated index into the given index").since("2.0");
pub(super) const URL: Flag = Flag::new("url", Kind::Text, "url of chart repository").since("2.0");
pub(super) const NO_HEADERS_LIST: Flag =
    Flag::new("no-headers", Kind::Bool, "suppress headers in the output").since("3.10");
pub(super) const CLEANUP_ON_FAIL_ROLLBACK: Flag = Flag::new(
    "cleanup-on-fail",
    Kind::Bool,
    "allow deletion of new resources created in this rollback when rollback fails",
)
.since("2.14");
pub(super) const FORCE: Flag =
    Flag::new("force", Kind::Bool, "deprecated").since("2.2").deprecated("use --force-replace instead");
pub(super) const FORCE_CONFLICTS: Flag =
    Flag::new("force-conflicts", Kind::Bool, "if set server-side apply will force changes against conflicts")
        .since("4.0");
pub(super) const FORCE_REPLACE: Flag =
    Flag::new("force-replace", Kind::Bool, "force resource updates by replacement").since("4.0");
pub(super) const NO_HOOKS_ROLLBACK: Flag =
    Flag::new("no-hooks", Kind::Bool, "prevent hooks from running during rollback").since("2.0");
pub(super) const TIMEOUT_ROLLBACK: Flag =
    Flag::new("timeout", Kind::Duration, "time to wait for any individual Kubernetes operation (like Jobs for hooks)")
        .since("2.2")
        .default("5m0s");
pub(super) const WAIT: Flag = Flag::new("wait", Kind::Wait, "wait until resources are ready (up to --timeout). Use '--wait' alone for 'watcher' strategy, or specify one of: 'watcher', 'hookOnly', 'legacy'. Default when flag is omitted: 'hookOnly'.").since("2.2").bare("watcher");
pub(super) const WAIT_FOR_JOBS: Flag = Flag::new(
    "wait-for-jobs",
    Kind::Bool,
    "if set and --wait enabled, will wait until all Jobs have been completed before marking the release as successful. It will wait for as long as --timeout",
).since("3.5");
pub(super) const ENDPOINT: Flag =
    Flag::new("endpoint", Kind::Text, "Hub instance to query for charts").since("3.0").default("https://hub.helm.sh");
pub(super) const FAIL_ON_NO_RESULT: Flag =
    Flag::new("fail-on-no-result", Kind::Bool, "search fails if no results are found").since("3.14");
pub(super) const LIST_REPO_URL: Flag =
    Flag::new("list-repo-url", Kind::Bool, "print charts repository URL").since("3.8");
pub(super) const MAX_COL_WIDTH_HUB: Flag =
    Flag::new("max-col-width", Kind::Uint, "maximum column width for output table").since("3.0").default("50");
pub(super) const DEVEL_REPO: Flag = Flag::new(
    "devel",
    Kind::Bool,
    "use development versions (alpha, beta, and release candidate releases), too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored",
).since("2.5");
pub(super) const REGEXP: Flag =
    Flag::new("regexp", Kind::Bool, "use regular expressions for searching repositories you have added")
        .since("2.0")
        .letter('r');
pub(super) const VERSION_REPO: Flag =
    Flag::new("version", Kind::Text, "search using semantic versioning constraints on repositories you have added")
        .since("2.0");
pub(super) const VERSIONS: Flag = Flag::new(
    "versions",
    Kind::Bool,
    "show the long listing, with each version of each chart on its own line, for repositories you have added",
)
.since("2.0")
.letter('l');
pub(super) const DEVEL_ALL: Flag = Flag::new(
    "devel",
    Kind::Bool,
    "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored",
)
.since("2.5");
pub(super) const JSONPATH: Flag =
    Flag::new("jsonpath", Kind::Text, "supply a JSONPath expression to filter the output").since("3.4");
pub(super) const REVISION_STATUS: Flag =
    Flag::new("revision", Kind::Int, "if set, display the status of the named release with revision")
        .since("2.0")
        .values(Choices::Revisions);
pub(super) const FILTER_TEST: Flag = Flag::new(
    "filter",
    Kind::Csv,
    "specify tests by attribute (currently \"name\") using attribute=value syntax or '!attribute=value' to exclude a test (can specify multiple or separate values with commas: name=test1,name=test2)",
).since("3.0");
pub(super) const LOGS: Flag = Flag::new(
    "logs",
    Kind::Bool,
    "dump the logs from test pods (this runs after all tests are complete, but before any cleanup)",
)
.since("2.15");
pub(super) const CASCADE: Flag = Flag::new("cascade", Kind::Text, "Must be \"background\", \"orphan\", or \"foreground\". Selects the deletion cascading strategy for the dependents. Defaults to background. Use \"foreground\" with --wait to ensure resources with finalizers are fully deleted before returning.").since("3.12").default("background");
pub(super) const DESCRIPTION: Flag = Flag::new("description", Kind::Text, "add a custom description").since("2.10");
pub(super) const DRY_RUN_UNINSTALL: Flag = Flag::new("dry-run", Kind::Bool, "simulate a uninstall").since("2.0");
pub(super) const IGNORE_NOT_FOUND: Flag =
    Flag::new("ignore-not-found", Kind::Bool, "Treat \"release not found\" as a successful uninstall").since("3.13");
pub(super) const KEEP_HISTORY: Flag = Flag::new(
    "keep-history",
    Kind::Bool,
    "remove all associated resources and mark the release as deleted, but retain the release history",
)
.since("3.0");
pub(super) const NO_HOOKS_UNINSTALL: Flag =
    Flag::new("no-hooks", Kind::Bool, "prevent hooks from running during uninstallation").since("2.0");
pub(super) const SHORT_VERSION: Flag = Flag::new("short", Kind::Bool, "print the version number").since("2.0");
pub(super) const TEMPLATE_VERSION: Flag =
    Flag::new("template", Kind::Text, "template for version string format").since("2.9");
