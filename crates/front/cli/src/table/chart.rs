//! Table: the commands that work on charts.

use super::{Arguments, COMMAND, Candidates, Command, Job, Need, Section, flags};

pub(super) static CREATE: Command = Command {
    name: "create",
    usage: "create NAME",
    short: "create a new chart with the given name",
    long: r"
Write a new chart that deploys a web server, to be changed into yours.

'{me} create foo' writes:

    foo/
    ├── .helmignore   # what packaging leaves out
    ├── Chart.yaml    # name, version and description of the chart
    ├── values.yaml   # the defaults that users override
    ├── charts/       # charts that this one depends on
    └── templates/    # what becomes Kubernetes manifests
        └── tests/    # tests that run in the cluster

The name may be a path; missing directories are made. Files that are there
already are overwritten when they are part of the chart, and left alone otherwise.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::CHART_API_VERSION, flags::STARTER]],
    candidates: Candidates::File,
    job: Job::Create,
    since: "2.0",
    ..COMMAND
};

pub(super) static DEPENDENCY: Command = Command {
    name: "dependency",
    usage: "dependency update|build|list",
    aliases: &["dep", "dependencies"],
    short: "manage a chart's dependencies",
    long: r#"
Fetch, check and list the charts that a chart depends on.

Dependencies are declared in Chart.yaml and live in the chart's charts/ directory;
these commands keep the two in step:

    dependencies:
    - name: nginx
      version: "1.2.3"
      repository: "https://example.com/charts"
    - name: memcached
      version: "^3.2.0"
      repository: "@another"
    - name: local
      version: "0.1.0"
      repository: "file://../local"

'name' is the name in the dependency's own Chart.yaml, 'version' a version or a
range. 'repository' is the URL of a chart repository or OCI registry, the name of
a repository you have added ('@name' or 'alias:name'), or a directory ('file://').
"#,
    arguments: Arguments::None,
    commands: &[&DEPENDENCY_BUILD, &DEPENDENCY_LIST, &DEPENDENCY_UPDATE],
    since: "2.0",
    ..COMMAND
};

static DEPENDENCY_BUILD: Command = Command {
    name: "build",
    usage: "build CHART",
    short: "rebuild the charts/ directory based on the Chart.lock file",
    long: r"
Fill charts/ with just the versions that Chart.lock names.

Ranges are not resolved anew; '{me} dependency update' does that, and this command
does the same where there is no Chart.lock.
",
    arguments: Arguments::AtMost(1),
    flags: &[flags::DEPENDENCIES],
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static DEPENDENCY_LIST: Command = Command {
    name: "list",
    usage: "list CHART",
    aliases: &["ls"],
    short: "list the dependencies for the given chart",
    long: r"
List the dependencies that a chart declares, and whether charts/ has them.

The chart may be a directory or an archive; nothing is changed.
",
    arguments: Arguments::AtMost(1),
    flags: &[&[flags::MAX_COL_WIDTH]],
    job: Job::DependencyList,
    ..COMMAND
};

static DEPENDENCY_UPDATE: Command = Command {
    name: "update",
    usage: "update CHART",
    aliases: &["up"],
    short: "update charts/ based on the contents of Chart.yaml",
    long: r"
Fill charts/ with the newest versions that Chart.yaml allows, and write Chart.lock.

Archives of declared dependencies at other versions are removed. Charts in charts/
that Chart.yaml does not name are left alone.
",
    arguments: Arguments::AtMost(1),
    flags: &[flags::DEPENDENCIES],
    job: Job::Missing(Need::Network),
    ..COMMAND
};

pub(super) static LINT: Command = Command {
    name: "lint",
    usage: "lint PATH",
    short: "examine a chart for possible issues",
    long: r"
Check that a chart is well formed.

What would make it fail to install is reported as [ERROR], what breaks with
convention as [WARNING], and advice as [INFO].
",
    arguments: Arguments::AtLeast(1),
    flags: &[
        flags::VALUES,
        &[flags::KUBE_VERSION_LINT, flags::QUIET, flags::SKIP_SCHEMA_VALIDATION, flags::STRICT, flags::WITH_SUBCHARTS],
    ],
    job: Job::Lint,
    since: "2.0",
    ..COMMAND
};

pub(super) static PACKAGE: Command = Command {
    name: "package",
    usage: "package [CHART_PATH] [...]",
    short: "package a chart directory into a chart archive",
    long: r"
Write a chart directory as an archive, NAME-VERSION.tgz.

'--sign' adds a provenance file; say whose key signs it and where it is:

    $ {me} package --sign ./web --key me --keyring ~/.gnupg/secring.gpg
",
    flags: &[&[
        flags::APP_VERSION,
        flags::CA_FILE,
        flags::CERT_FILE,
        flags::DEPENDENCY_UPDATE,
        flags::DESTINATION,
        flags::INSECURE_SKIP_TLS_VERIFY,
        flags::KEY,
        flags::KEY_FILE,
        flags::KEYRING,
        flags::PASSPHRASE_FILE,
        flags::PASSWORD,
        flags::PLAIN_HTTP,
        flags::SIGN,
        flags::USERNAME,
        flags::VERSION_PACKAGE,
    ]],
    job: Job::Missing(Need::Packages),
    since: "2.0",
    ..COMMAND
};

pub(super) static SHOW: Command = Command {
    name: "show",
    usage: "show",
    aliases: &["inspect"],
    short: "show information of a chart",
    long: r"
Print what is in a chart, without installing it.
",
    arguments: Arguments::None,
    commands: &[&SHOW_ALL, &SHOW_CHART, &SHOW_CRDS, &SHOW_README, &SHOW_VALUES],
    since: "3.0",
    ..COMMAND
};

static SHOW_ALL: Command = Command {
    name: "all",
    usage: "all [CHART]",
    short: "show all information of the chart",
    long: r"
Print Chart.yaml, values.yaml, the README and the CRDs of a chart (directory, archive or URL).
",
    arguments: Arguments::Exactly(1),
    flags: &[flags::CHART_SOURCE, &[flags::DEVEL_ALL, flags::VERSION_PULL]],
    candidates: Candidates::Chart,
    job: Job::Show(Section::All),
    ..COMMAND
};

static SHOW_CHART: Command = Command {
    name: "chart",
    usage: "chart [CHART]",
    short: "show the chart's definition",
    long: r"
Print Chart.yaml of a chart (directory, archive or URL).
",
    arguments: Arguments::Exactly(1),
    flags: &[flags::CHART_SOURCE, &[flags::DEVEL_ALL, flags::VERSION_PULL]],
    candidates: Candidates::Chart,
    job: Job::Show(Section::Chart),
    ..COMMAND
};

static SHOW_CRDS: Command = Command {
    name: "crds",
    usage: "crds [CHART]",
    short: "show the chart's CRDs",
    long: r"
Print the custom resource definitions of a chart (directory, archive or URL).
",
    arguments: Arguments::Exactly(1),
    flags: &[flags::CHART_SOURCE, &[flags::DEVEL_ALL, flags::VERSION_PULL]],
    candidates: Candidates::Chart,
    job: Job::Show(Section::Crds),
    ..COMMAND
};

static SHOW_README: Command = Command {
    name: "readme",
    usage: "readme [CHART]",
    short: "show the chart's README",
    long: r"
Print the README of a chart (directory, archive or URL).
",
    arguments: Arguments::Exactly(1),
    flags: &[flags::CHART_SOURCE, &[flags::DEVEL_ALL, flags::VERSION_PULL]],
    candidates: Candidates::Chart,
    job: Job::Show(Section::Readme),
    ..COMMAND
};

static SHOW_VALUES: Command = Command {
    name: "values",
    usage: "values [CHART]",
    short: "show the chart's values",
    long: r"
Print values.yaml of a chart (directory, archive or URL).
",
    arguments: Arguments::Exactly(1),
    flags: &[flags::CHART_SOURCE, &[flags::DEVEL_ALL, flags::JSONPATH, flags::VERSION_PULL]],
    candidates: Candidates::Chart,
    job: Job::Show(Section::Values),
    ..COMMAND
};

pub(super) static VERIFY: Command = Command {
    name: "verify",
    usage: "verify PATH",
    short: "verify that a chart at the given path has been signed and is valid",
    long: r"
Check that a chart archive has a provenance file that a trusted key signed, and that
the archive is what was signed.

Other commands do the same with '--verify'. Sign with '{me} package --sign'.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::KEYRING_VERIFY]],
    candidates: Candidates::File,
    job: Job::Missing(Need::Packages),
    since: "2.0",
    ..COMMAND
};
