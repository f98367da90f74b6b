//! Table: the commands that work on releases.

use super::{Arguments, COMMAND, Candidates, Command, Job, Part, Verb, flags};

pub(super) static GET: Command = Command {
    name: "get",
    usage: "get",
    short: "download extended information of a named release",
    long: r"
Show what is stored of a release: its values, manifest, notes, hooks and metadata.
",
    arguments: Arguments::None,
    commands: &[&GET_ALL, &GET_HOOKS, &GET_MANIFEST, &GET_METADATA, &GET_NOTES, &GET_VALUES],
    since: "2.0",
    ..COMMAND
};

static GET_ALL: Command = Command {
    name: "all",
    usage: "all RELEASE_NAME",
    short: "download all information for a named release",
    long: r"
Print the notes, hooks, given values and manifest of a release.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::REVISION, flags::TEMPLATE]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::All)),
    ..COMMAND
};

static GET_HOOKS: Command = Command {
    name: "hooks",
    usage: "hooks RELEASE_NAME",
    short: "download all hooks for a named release",
    long: r"
Print the hooks of a release as YAML documents.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::REVISION]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::Hooks)),
    ..COMMAND
};

static GET_MANIFEST: Command = Command {
    name: "manifest",
    usage: "manifest RELEASE_NAME",
    short: "download the manifest for a named release",
    long: r"
Print the manifest of a release: the Kubernetes resources that its chart and
subcharts became, as YAML documents.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::REVISION]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::Manifest)),
    ..COMMAND
};

static GET_METADATA: Command = Command {
    name: "metadata",
    usage: "metadata RELEASE_NAME",
    short: "This command fetches metadata for a given release",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::OUTPUT, flags::REVISION_METADATA]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::Metadata)),
    ..COMMAND
};

static GET_NOTES: Command = Command {
    name: "notes",
    usage: "notes RELEASE_NAME",
    short: "download the notes for a named release",
    long: r"
Print the notes that the chart of a release wrote.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::REVISION]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::Notes)),
    ..COMMAND
};

static GET_VALUES: Command = Command {
    name: "values",
    usage: "values RELEASE_NAME",
    short: "download the values file for a named release",
    long: r"
Print the values that a release was installed with.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::ALL, flags::OUTPUT, flags::REVISION]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Get(Part::Values)),
    ..COMMAND
};

pub(super) static HISTORY: Command = Command {
    name: "history",
    usage: "history RELEASE_NAME",
    aliases: &["hist"],
    short: "fetch release history",
    long: r"
List the revisions of a release, oldest first.

    $ {me} history demo
    REVISION  UPDATED                   STATUS      CHART      APP VERSION  DESCRIPTION
    1         Mon Oct  5 10:15:13 2026  superseded  web-0.1.0  1.0          Install complete
    2         Tue Oct  6 09:02:41 2026  deployed    web-0.2.0  1.1          Upgrade complete

At most 256 revisions are shown; '--max' changes that.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::MAX, flags::OUTPUT]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::History),
    since: "2.0",
    ..COMMAND
};

pub(super) static INSTALL: Command = Command {
    name: "install",
    usage: "install [NAME] [CHART]",
    short: "install a chart",
    long: r"
Install a chart, and record it as a release.

The chart is one of:

1. a chart in a repository you added:  {me} install demo example/web
2. an archive:                         {me} install demo ./web-1.2.3.tgz
3. a directory:                        {me} install demo ./web
4. a URL:                              {me} install demo https://example.com/web-1.2.3.tgz
5. a chart in the repository at a URL: {me} install demo web --repo https://example.com
6. a chart in a registry:              {me} install demo oci://example.com/charts/web --version 1.2.3

From a repository the newest stable version is taken, unless '--version' or
'--devel' says otherwise.

Values come from the chart, then from '--values' files, then from '--set-json',
'--set', '--set-string', '--set-file' and '--set-literal', each going over the one
before; a flag given several times is read from left to right:

    $ {me} install -f base.yaml -f production.yaml --set image.tag=1.2 demo ./web
    $ {me} install --set-string account=0012 demo ./web
    $ {me} install --set-file script=run.sh demo ./web
    $ {me} install --set-json 'ports=[80, 443]' demo ./web

'--dry-run=client' prints the manifests and installs nothing. They hold Secrets in
clear text, unless '--hide-secret' is given. With '--verify' the chart must have a
provenance file that a trusted key signed.
",
    arguments: Arguments::AtLeast(1),
    flags: &[
        flags::VALUES,
        flags::CHART_SOURCE,
        flags::POST_RENDERER,
        flags::CHANGE,
        flags::FIRST,
        &[
            flags::DRY_RUN,
            flags::FAIL_FAST,
            flags::HIDE_NOTES,
            flags::HIDE_SECRET,
            flags::OUTPUT,
            flags::RENDER_SUBCHART_NOTES,
            flags::SLIM,
            flags::VERSION,
        ],
    ],
    exclusive: &[&["force", "force-conflicts"], &["force-replace", "force-conflicts"]],
    candidates: Candidates::Install,
    job: Job::Release(Verb::Install),
    since: "2.0",
    ..COMMAND
};

pub(super) static LIST: Command = Command {
    name: "list",
    usage: "list",
    aliases: &["ls"],
    short: "list releases",
    long: r"
List the releases of a namespace, in every state, sorted by name.

'--deployed', '--failed', '--pending', '--superseded', '--uninstalled' and
'--uninstalling' choose states and may be combined; '-d' sorts by date; '--filter'
takes a regular expression for the name:

    $ {me} list --filter 'web-[a-z]+'

No release found is no error. At most 256 releases are shown: '--max' and '--offset'
page through more.
",
    arguments: Arguments::None,
    flags: &[&[
        flags::ALL_NAMESPACES,
        flags::DATE,
        flags::DEPLOYED,
        flags::FAILED,
        flags::FILTER,
        flags::MAX_LIST,
        flags::NO_HEADERS,
        flags::OFFSET,
        flags::OUTPUT,
        flags::PENDING,
        flags::REVERSE,
        flags::SELECTOR,
        flags::SHORT,
        flags::SUPERSEDED,
        flags::TIME_FORMAT,
        flags::UNINSTALLED,
        flags::UNINSTALLING,
    ]],
    candidates: Candidates::NoMore,
    job: Job::Release(Verb::List),
    since: "2.0",
    ..COMMAND
};

pub(super) static ROLLBACK: Command = Command {
    name: "rollback",
    usage: "rollback <RELEASE> [REVISION]",
    short: "roll back a release to a previous revision",
    long: r"
Bring a release back to an earlier revision: the one before, or the one named.

'{me} history RELEASE' lists the revisions.
",
    arguments: Arguments::AtLeast(1),
    flags: &[&[
        flags::CLEANUP_ON_FAIL_ROLLBACK,
        flags::DRY_RUN,
        flags::FAIL_FAST,
        flags::FORCE,
        flags::FORCE_CONFLICTS,
        flags::FORCE_REPLACE,
        flags::HISTORY_MAX,
        flags::NO_HOOKS_ROLLBACK,
        flags::SERVER_SIDE,
        flags::SLIM,
        flags::TIMEOUT_ROLLBACK,
        flags::WAIT,
        flags::WAIT_FOR_JOBS,
    ]],
    exclusive: &[&["force", "force-conflicts"], &["force-replace", "force-conflicts"]],
    candidates: Candidates::Rollback,
    job: Job::Release(Verb::Rollback),
    since: "2.0",
    ..COMMAND
};

pub(super) static STATUS: Command = Command {
    name: "status",
    usage: "status RELEASE_NAME",
    short: "display the status of the named release",
    long: r"
Show a release: when it was deployed, its namespace, state, revision, description,
resources, last test run and notes.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::OUTPUT, flags::REVISION_STATUS]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Status),
    since: "2.0",
    ..COMMAND
};

pub(super) static TEMPLATE: Command = Command {
    name: "template",
    usage: "template [NAME] [CHART]",
    short: "locally render templates",
    long: r"
Render a chart's manifests and print them, without a cluster.

What a cluster would be asked for is made up, and no server checks the result. The
API versions that .Capabilities.APIVersions knows come from '--api-versions', which
may be repeated or take several with commas:

    $ {me} template -a networking.k8s.io/v1,cert-manager.io/v1 demo ./web

Values come from the chart, then from '--values' files, then from '--set-json',
'--set', '--set-string', '--set-file' and '--set-literal', each going over the one
before; a flag given several times is read from left to right:

    $ {me} template -f base.yaml -f production.yaml --set image.tag=1.2 demo ./web
    $ {me} template --set-string account=0012 demo ./web
    $ {me} template --set-file script=run.sh demo ./web
    $ {me} template --set-json 'ports=[80, 443]' demo ./web
",
    arguments: Arguments::AtLeast(1),
    flags: &[
        flags::VALUES,
        flags::CHART_SOURCE,
        flags::POST_RENDERER,
        flags::CHANGE,
        flags::FIRST,
        &[
            flags::API_VERSIONS,
            flags::DRY_RUN_TEMPLATE,
            flags::HIDE_NOTES_TEMPLATE,
            flags::INCLUDE_CRDS,
            flags::IS_UPGRADE,
            flags::KUBE_VERSION,
            flags::OUTPUT_DIR,
            flags::RELEASE_NAME,
            flags::RENDER_SUBCHART_NOTES_TEMPLATE,
            flags::SHOW_ONLY,
            flags::SKIP_TESTS,
            flags::VALIDATE,
            flags::VERSION,
        ],
    ],
    exclusive: &[&["force", "force-conflicts"], &["force-replace", "force-conflicts"], &["validate", "dry-run"]],
    candidates: Candidates::Install,
    job: Job::Template,
    since: "2.7",
    ..COMMAND
};

pub(super) static TEST: Command = Command {
    name: "test",
    usage: "test [RELEASE]",
    short: "run tests for a release",
    long: r"
Run the tests of an installed release, which its chart brought along.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::FAIL_FAST, flags::FILTER_TEST, flags::LOGS, flags::TIMEOUT_ROLLBACK]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Test),
    since: "2.2",
    ..COMMAND
};

pub(super) static UNINSTALL: Command = Command {
    name: "uninstall",
    usage: "uninstall RELEASE_NAME [...]",
    aliases: &["del", "delete", "un"],
    suggest_for: &["remove", "rm"],
    short: "uninstall a release",
    long: r"
Remove releases: their resources and, unless '--keep-history' is given, their records.

'--dry-run' shows what would be removed. '--cascade foreground' with '--wait' returns
only when everything is gone.
",
    arguments: Arguments::AtLeast(1),
    flags: &[&[
        flags::CASCADE,
        flags::DESCRIPTION,
        flags::DRY_RUN_UNINSTALL,
        flags::FAIL_FAST,
        flags::IGNORE_NOT_FOUND,
        flags::KEEP_HISTORY,
        flags::NO_HOOKS_UNINSTALL,
        flags::TIMEOUT_ROLLBACK,
        flags::WAIT,
    ]],
    candidates: Candidates::Releases,
    job: Job::Release(Verb::Uninstall),
    since: "3.0",
    ..COMMAND
};

pub(super) static UPGRADE: Command = Command {
    name: "upgrade",
    usage: "upgrade [RELEASE] [CHART]",
    short: "upgrade a release",
    long: r"
Bring a release to another version of its chart, or to other values.

The chart is given as for '{me} install': a reference, a directory, an archive or a URL.

Values come from the chart, then from '--values' files, then from '--set-json',
'--set', '--set-string', '--set-file' and '--set-literal', each going over the one
before; a flag given several times is read from left to right:

    $ {me} upgrade -f base.yaml -f production.yaml --set image.tag=1.2 demo ./web
    $ {me} upgrade --set-string account=0012 demo ./web
    $ {me} upgrade --set-file script=run.sh demo ./web
    $ {me} upgrade --set-json 'ports=[80, 443]' demo ./web

The values of the last revision are dropped, unless '--reuse-values' keeps them or
'--reset-then-reuse-values' puts them over the new chart's defaults.

'--dry-run=client' prints the manifests and changes nothing. They hold Secrets in
clear text, unless '--hide-secret' is given.
",
    arguments: Arguments::Exactly(2),
    flags: &[
        flags::VALUES,
        flags::CHART_SOURCE,
        flags::POST_RENDERER,
        flags::CHANGE,
        &[
            flags::CLEANUP_ON_FAIL,
            flags::CREATE_NAMESPACE,
            flags::DISABLE_OPENAPI_VALIDATION,
            flags::DRY_RUN,
            flags::FAIL_FAST,
            flags::HIDE_NOTES_UPGRADE,
            flags::HIDE_SECRET,
            flags::HISTORY_MAX,
            flags::INSTALL,
            flags::LABELS,
            flags::NO_HOOKS,
            flags::OUTPUT,
            flags::RENDER_SUBCHART_NOTES,
            flags::RESET_THEN_REUSE_VALUES,
            flags::RESET_VALUES,
            flags::REUSE_VALUES,
            flags::ROLLBACK_ON_FAILURE,
            flags::SERVER_SIDE,
            flags::SKIP_CRDS,
            flags::SLIM,
            flags::TAKE_OWNERSHIP,
            flags::VERSION_UPGRADE,
        ],
    ],
    exclusive: &[&["force", "force-conflicts"], &["force-replace", "force-conflicts"]],
    candidates: Candidates::Upgrade,
    job: Job::Release(Verb::Upgrade),
    since: "2.0",
    ..COMMAND
};
