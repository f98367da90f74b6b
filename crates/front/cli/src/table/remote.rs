//! Table: the commands for repositories, registries and plugins.

use super::{Arguments, COMMAND, Candidates, Command, Job, Need, flags};

pub(super) static PLUGIN: Command = Command {
    name: "plugin",
    usage: "plugin",
    short: "install, list, or uninstall {Me} plugins",
    long: r"
Manage plugins: programs that add commands to {me}.
",
    commands: &[&PLUGIN_INSTALL, &PLUGIN_LIST, &PLUGIN_PACKAGE, &PLUGIN_UNINSTALL, &PLUGIN_UPDATE, &PLUGIN_VERIFY],
    since: "2.3",
    ..COMMAND
};

static PLUGIN_INSTALL: Command = Command {
    name: "install",
    usage: "install [options] <path|url>",
    aliases: &["add"],
    short: "install a {Me} plugin",
    long: r"
Install a plugin from a directory, an archive, a registry or a version control URL.

Archives must have a .prov file that a trusted key signed, unless '--verify=false' is
given. Directories are taken as being developed, and need none.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[
        flags::CA_FILE,
        flags::CERT_FILE_INSTALL,
        flags::INSECURE_SKIP_TLS_VERIFY_INSTALL,
        flags::KEY_FILE_INSTALL,
        flags::KEYRING_INSTALL,
        flags::PASSWORD_INSTALL,
        flags::PLAIN_HTTP_INSTALL,
        flags::USERNAME_INSTALL,
        flags::VERIFY,
        flags::VERSION_INSTALL,
    ]],
    candidates: Candidates::File,
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

static PLUGIN_LIST: Command = Command {
    name: "list",
    usage: "list",
    aliases: &["ls"],
    short: "list installed {Me} plugins",
    flags: &[&[flags::TYPE_LIST]],
    candidates: Candidates::NoMore,
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

static PLUGIN_PACKAGE: Command = Command {
    name: "package",
    usage: "package [PATH]",
    short: "package a plugin directory into a plugin archive",
    long: r"
Write a plugin directory as an archive, with a provenance file that your key signs.

'--sign=false' leaves the signature out, which is not for distribution.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[
        flags::DESTINATION_PACKAGE,
        flags::KEY,
        flags::KEYRING,
        flags::PASSPHRASE_FILE_PACKAGE,
        flags::SIGN_PACKAGE,
    ]],
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

static PLUGIN_UNINSTALL: Command = Command {
    name: "uninstall",
    usage: "uninstall <plugin>...",
    aliases: &["rm", "remove"],
    short: "uninstall one or more {Me} plugins",
    candidates: Candidates::Plugins,
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

static PLUGIN_UPDATE: Command = Command {
    name: "update",
    usage: "update <plugin>...",
    aliases: &["up"],
    short: "update one or more {Me} plugins",
    candidates: Candidates::Plugins,
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

static PLUGIN_VERIFY: Command = Command {
    name: "verify",
    usage: "verify [PATH]",
    short: "verify that a plugin at the given path has been signed and is valid",
    long: r"
Check the provenance file of a plugin archive or of an installed plugin.

Installed plugins are in the directory that '{me} env HELM_PLUGINS' prints. Sign one
with '{me} plugin package --sign'.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::KEYRING_VERIFY]],
    job: Job::Missing(Need::Plugins),
    ..COMMAND
};

pub(super) static PULL: Command = Command {
    name: "pull",
    usage: "pull [chart URL | repo/chartname] [...]",
    aliases: &["fetch"],
    short: "download a chart from a repository and (optionally) unpack it in local directory",
    long: r"
Fetch a chart archive, to read, change, check or mirror it.

'--untar' unpacks it into a directory. With '--verify' it must have a provenance file
that a trusted key signed; where that fails nothing is kept.
",
    arguments: Arguments::AtLeast(1),
    flags: &[
        flags::CHART_SOURCE,
        &[flags::DESTINATION_PULL, flags::DEVEL, flags::PROV, flags::UNTAR, flags::UNTARDIR, flags::VERSION_PULL],
    ],
    candidates: Candidates::RepositoryChart,
    job: Job::Missing(Need::Network),
    since: "3.0",
    ..COMMAND
};

pub(super) static PUSH: Command = Command {
    name: "push",
    usage: "push [chart] [remote]",
    short: "push a chart to remote",
    long: r"
Upload a chart archive to a registry, with its provenance file where there is one.
",
    arguments: Arguments::AtLeast(2),
    flags: &[&[
        flags::CA_FILE,
        flags::CERT_FILE_INSTALL,
        flags::INSECURE_SKIP_TLS_VERIFY_PUSH,
        flags::KEY_FILE_INSTALL,
        flags::PASSWORD,
        flags::PLAIN_HTTP_PUSH,
        flags::USERNAME,
    ]],
    candidates: Candidates::Push,
    job: Job::Missing(Need::Network),
    since: "3.0",
    ..COMMAND
};

pub(super) static REGISTRY: Command = Command {
    name: "registry",
    usage: "registry",
    short: "login to or logout from a registry",
    long: r"
Log in to registries, and out of them.
",
    commands: &[&REGISTRY_LOGIN, &REGISTRY_LOGOUT],
    since: "3.0",
    ..COMMAND
};

static REGISTRY_LOGIN: Command = Command {
    name: "login",
    usage: "login [host]",
    short: "login to a registry",
    long: r#"
Log in to a registry.

    echo "$TOKEN" | {me} registry login ghcr.io -u me --password-stdin
"#,
    arguments: Arguments::AtLeast(1),
    flags: &[&[
        flags::CA_FILE,
        flags::CERT_FILE_INSTALL,
        flags::INSECURE,
        flags::KEY_FILE_INSTALL,
        flags::PASSWORD_LOGIN,
        flags::PASSWORD_STDIN,
        flags::PLAIN_HTTP_PUSH,
        flags::USERNAME_LOGIN,
    ]],
    candidates: Candidates::Nothing,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static REGISTRY_LOGOUT: Command = Command {
    name: "logout",
    usage: "logout [host]",
    short: "logout from a registry",
    long: r"
Remove the stored login of a registry.
",
    arguments: Arguments::AtLeast(1),
    candidates: Candidates::Nothing,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

pub(super) static REPO: Command = Command {
    name: "repo",
    usage: "repo add|remove|list|index|update [ARGS]",
    short: "add, list, remove, update, and index chart repositories",
    long: r"
Add, list, refresh and remove chart repositories, and write the index of your own.
",
    arguments: Arguments::None,
    commands: &[&REPO_ADD, &REPO_INDEX, &REPO_LIST, &REPO_REMOVE, &REPO_UPDATE],
    since: "2.0",
    ..COMMAND
};

static REPO_ADD: Command = Command {
    name: "add",
    usage: "add [NAME] [URL]",
    short: "add a chart repository",
    arguments: Arguments::Exactly(2),
    flags: &[&[
        flags::ALLOW_DEPRECATED_REPOS,
        flags::CA_FILE,
        flags::CERT_FILE,
        flags::FORCE_UPDATE,
        flags::INSECURE_SKIP_TLS_VERIFY_ADD,
        flags::KEY_FILE,
        flags::PASS_CREDENTIALS,
        flags::PASSWORD_ADD,
        flags::PASSWORD_STDIN_ADD,
        flags::TIMEOUT,
        flags::USERNAME_ADD,
    ]],
    candidates: Candidates::NewRepository,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static REPO_INDEX: Command = Command {
    name: "index",
    usage: "index [DIR]",
    short: "generate an index file given a directory containing packaged charts",
    long: r"
Write index.yaml for the chart archives in a directory, which makes it a repository.

'--url' makes the archives' addresses absolute. '--merge' adds the entries of an
older index; the archives found win over it.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[flags::JSON, flags::MERGE, flags::URL]],
    candidates: Candidates::File,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static REPO_LIST: Command = Command {
    name: "list",
    usage: "list",
    aliases: &["ls"],
    short: "list chart repositories",
    arguments: Arguments::None,
    flags: &[&[flags::NO_HEADERS_LIST, flags::OUTPUT]],
    candidates: Candidates::NoMore,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static REPO_REMOVE: Command = Command {
    name: "remove",
    usage: "remove [REPO1 [REPO2 ...]]",
    aliases: &["rm"],
    short: "remove one or more chart repositories",
    arguments: Arguments::AtLeast(1),
    candidates: Candidates::Repositories,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static REPO_UPDATE: Command = Command {
    name: "update",
    usage: "update [REPO1 [REPO2 ...]]",
    aliases: &["up"],
    short: "update information of available charts locally from chart repositories",
    long: r"
Fetch the index of every repository, or of those named:

    $ {me} repo update example stable

'{me} search' and the commands that take charts read these copies.
",
    flags: &[&[flags::TIMEOUT]],
    candidates: Candidates::Repositories,
    job: Job::Missing(Need::Network),
    ..COMMAND
};

pub(super) static SEARCH: Command = Command {
    name: "search",
    usage: "search [keyword]",
    short: "search for a keyword in charts",
    long: r"
Look for charts, in the Artifact Hub or in the repositories you added.
",
    commands: &[&SEARCH_HUB, &SEARCH_REPO],
    since: "2.0",
    ..COMMAND
};

static SEARCH_HUB: Command = Command {
    name: "hub",
    usage: "hub [KEYWORD]",
    short: "search for charts in the Artifact Hub or your own hub instance",
    long: r"
Look for charts in the Artifact Hub, https://artifacthub.io, or in an instance of your own.

The keyword may be a quoted query in the hub's own language. '--endpoint' names another
hub, which must answer Monocular's search API.
",
    flags: &[&[
        flags::ENDPOINT,
        flags::FAIL_ON_NO_RESULT,
        flags::LIST_REPO_URL,
        flags::MAX_COL_WIDTH_HUB,
        flags::OUTPUT,
    ]],
    job: Job::Missing(Need::Network),
    ..COMMAND
};

static SEARCH_REPO: Command = Command {
    name: "repo",
    usage: "repo [keyword]",
    short: "search repositories for a keyword in charts",
    long: r"
Look through the fetched indexes of the repositories you added.

    $ {me} search repo nginx                        newest stable versions
    $ {me} search repo nginx --devel                pre-releases, too
    $ {me} search repo nginx --version ^1.0.0       newest version in a range
",
    flags: &[&[
        flags::DEVEL_REPO,
        flags::FAIL_ON_NO_RESULT,
        flags::MAX_COL_WIDTH_HUB,
        flags::OUTPUT,
        flags::REGEXP,
        flags::VERSION_REPO,
        flags::VERSIONS,
    ]],
    job: Job::Missing(Need::Network),
    ..COMMAND
};
