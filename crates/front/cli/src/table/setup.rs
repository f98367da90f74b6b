//! Table: the commands about the program itself.

use super::{Arguments, COMMAND, Candidates, Command, Job, Shell, flags};

pub(super) static COMPLETION: Command = Command {
    name: "completion",
    usage: "completion",
    short: "generate autocompletion scripts for the specified shell",
    long: r"
Print a script that completes {me} commands, for the shell named.
",
    arguments: Arguments::None,
    commands: &[&COMPLETION_BASH, &COMPLETION_FISH, &COMPLETION_POWERSHELL, &COMPLETION_ZSH],
    since: "2.2",
    ..COMMAND
};

static COMPLETION_BASH: Command = Command {
    name: "bash",
    usage: "bash",
    short: "generate autocompletion script for bash",
    long: r"
Print the completion script for bash.

In the running shell:

    source <({me} completion bash)

In every new shell, once:

    Linux:  {me} completion bash > /etc/bash_completion.d/{me}
    macOS:  {me} completion bash > /usr/local/etc/bash_completion.d/{me}
",
    arguments: Arguments::None,
    flags: &[&[flags::NO_DESCRIPTIONS]],
    candidates: Candidates::NoMore,
    job: Job::Completion(Shell::Bash),
    ..COMMAND
};

static COMPLETION_FISH: Command = Command {
    name: "fish",
    usage: "fish",
    short: "generate autocompletion script for fish",
    long: r"
Print the completion script for fish.

In the running shell:

    {me} completion fish | source

In every new shell, once:

    {me} completion fish > ~/.config/fish/completions/{me}.fish
",
    arguments: Arguments::None,
    flags: &[&[flags::NO_DESCRIPTIONS]],
    candidates: Candidates::NoMore,
    job: Job::Completion(Shell::Fish),
    ..COMMAND
};

static COMPLETION_POWERSHELL: Command = Command {
    name: "powershell",
    usage: "powershell",
    short: "generate autocompletion script for powershell",
    long: r"
Print the completion script for PowerShell.

In the running shell:

    {me} completion powershell | Out-String | Invoke-Expression

In every new shell: add the script to your PowerShell profile.
",
    arguments: Arguments::None,
    flags: &[&[flags::NO_DESCRIPTIONS]],
    candidates: Candidates::NoMore,
    job: Job::Completion(Shell::Power),
    ..COMMAND
};

static COMPLETION_ZSH: Command = Command {
    name: "zsh",
    usage: "zsh",
    short: "generate autocompletion script for zsh",
    long: r#"
Print the completion script for zsh.

In the running shell:

    source <({me} completion zsh)

In every new shell, once:

    {me} completion zsh > "${fpath[1]}/_{me}"
"#,
    arguments: Arguments::None,
    flags: &[&[flags::NO_DESCRIPTIONS]],
    candidates: Candidates::NoMore,
    job: Job::Completion(Shell::Zsh),
    ..COMMAND
};

pub(super) static DOCS: Command = Command {
    name: "docs",
    usage: "docs",
    short: "generate documentation as markdown or man pages",
    long: r"
Write a page of documentation for every command, as Markdown or man pages, or the
completion script for bash.
",
    hidden: true,
    arguments: Arguments::None,
    flags: &[&[flags::DIR, flags::GENERATE_HEADERS, flags::TYPE]],
    candidates: Candidates::NoMore,
    job: Job::Docs,
    since: "2.1",
    ..COMMAND
};

pub(super) static ENV: Command = Command {
    name: "env",
    usage: "env",
    short: "{me} client environment information",
    long: r"
Print the settings in force, as environment variables; with a name, only its value.
",
    arguments: Arguments::AtMost(1),
    candidates: Candidates::Environment,
    job: Job::Environment,
    since: "3.0",
    ..COMMAND
};

pub(super) static VERSION: Command = Command {
    name: "version",
    usage: "version",
    short: "print the {me} version information",
    long: r#"
Print the version.

The line looks like this:

version.BuildInfo{Version:"v3.2.1", GitCommit:"fe51cd1e31e6a202cba7dead9552a6d418ded79a", GitTreeState:"clean", GoVersion:"go1.13.10"}

'--template' takes a Go template over .Version, .GitCommit, .GitTreeState, .GoVersion
and .KubeClientVersion: --template='Version: {{.Version}}' prints 'Version: v3.2.1'.
"#,
    arguments: Arguments::None,
    flags: &[&[flags::SHORT_VERSION, flags::TEMPLATE_VERSION]],
    candidates: Candidates::NoMore,
    job: Job::Version,
    since: "2.0",
    ..COMMAND
};

/// The description of the program itself.
pub(super) const ROOT_LONG: &str = r#"{Me} deploys applications to Kubernetes as charts.

What it is used for most:

- {me} search:    look for charts
- {me} pull:      fetch a chart to read or change it
- {me} install:   put a chart into the cluster
- {me} list:      see what is installed

Environment variables:

| Name                               | Meaning                                                                                |
|------------------------------------|----------------------------------------------------------------------------------------|
| $HELM_CACHE_HOME                   | where cached files are kept                                                            |
| $HELM_CONFIG_HOME                  | where the configuration is kept                                                        |
| $HELM_DATA_HOME                    | where plugins and starters are kept                                                    |
| $HELM_DEBUG                        | whether to run in debug mode                                                           |
| $HELM_DRIVER                       | where releases are stored: configmap, secret, memory or sql                            |
| $HELM_DRIVER_SQL_CONNECTION_STRING | how the sql driver connects                                                            |
| $HELM_MAX_HISTORY                  | how many revisions of a release are kept                                               |
| $HELM_NAMESPACE                    | the namespace to work in                                                               |
| $HELM_NO_PLUGINS                   | 1 turns plugins off                                                                    |
| $HELM_PLUGINS                      | the plugin directories                                                                 |
| $HELM_REGISTRY_CONFIG              | the file with registry logins                                                          |
| $HELM_REPOSITORY_CACHE             | the directory with cached repository indexes                                           |
| $HELM_REPOSITORY_CONFIG            | the file that lists the repositories                                                   |
| $KUBECONFIG                        | the Kubernetes configuration (default "~/.kube/config")                                |
| $HELM_KUBEAPISERVER                | the address of the Kubernetes API server                                               |
| $HELM_KUBECAFILE                   | the certificate authority of the API server                                            |
| $HELM_KUBEASGROUPS                 | groups to impersonate, separated by commas                                             |
| $HELM_KUBEASUSER                   | the user to impersonate                                                                |
| $HELM_KUBECONTEXT                  | the kubeconfig context to use                                                          |
| $HELM_KUBETOKEN                    | the bearer token for the API server                                                    |
| $HELM_KUBEINSECURE_SKIP_TLS_VERIFY | whether the API server's certificate goes unchecked (insecure)                         |
| $HELM_KUBETLS_SERVER_NAME          | the name to check in the API server's certificate                                      |
| $HELM_BURST_LIMIT                  | the client's burst limit, for clusters with many CRDs (default 100, -1 turns it off)   |
| $HELM_QPS                          | queries per second, where calls go beyond the burst limit                              |
| $HELM_COLOR                        | when to use colours: never, always or auto                                             |
| $NO_COLOR                          | any text turns colours off, whatever $HELM_COLOR says                                  |

Each of the cache, configuration and data directories is the first of:

- the HELM_*_HOME variable, when it is set
- a "helm" directory in the XDG variable's directory, when that is set
- the default of the operating system:

| System  | Cache                     | Configuration                  | Data                    |
|---------|---------------------------|--------------------------------|-------------------------|
| Linux   | $HOME/.cache/helm         | $HOME/.config/helm             | $HOME/.local/share/helm |
| macOS   | $HOME/Library/Caches/helm | $HOME/Library/Preferences/helm | $HOME/Library/helm      |
| Windows | %TEMP%\helm               | %APPDATA%\helm                 | %APPDATA%\helm          |
"#;

/// `help`, which cobra adds to every program.
pub(super) static HELP: Command = Command {
    name: "help",
    usage: "help [command]",
    short: "Help about any command",
    long: "Help provides help for any command in the application.\nSimply type {me} help [path to command] for full details.",
    candidates: Candidates::Commands,
    job: Job::Help,
    ..COMMAND
};

/// `__complete`, which completion scripts call; there only when it is called.
pub(super) static ASK: Command = Command {
    name: "__complete",
    usage: "__complete [command-line]",
    aliases: &["__completeNoDesc"],
    short: "Request shell completion choices for the specified command-line",
    hidden: true,
    arguments: Arguments::Received(1),
    job: Job::Complete,
    ..COMMAND
};
