//! What a row of the command table says.

use super::Flag;

/// One command: what it is called, what it takes and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The word that selects it.
    pub name: &'static str,
    /// The use line, without the parents.
    pub usage: &'static str,
    /// Other words that select it.
    pub aliases: &'static [&'static str],
    /// Words for which it is suggested although they are not near its name.
    pub suggest_for: &'static [&'static str],
    /// One line for lists of commands.
    pub short: &'static str,
    /// The description above the usage; the short one when empty.
    pub long: &'static str,
    /// Whether lists leave it out.
    pub hidden: bool,
    /// How many arguments it takes.
    pub arguments: Arguments,
    /// Its own flags, in groups that commands share.
    pub flags: &'static [&'static [Flag]],
    /// Sets of flags of which at most one may be given.
    pub exclusive: &'static [&'static [&'static str]],
    /// What completes its arguments.
    pub candidates: Candidates,
    /// What it does.
    pub job: Job,
    /// The commands below it, sorted by name.
    pub commands: &'static [&'static Command],
    /// The Helm version that brought it, empty where that was not looked up.
    pub since: &'static str,
}

/// A command with nothing set, to build the others from.
pub(crate) const COMMAND: Command = Command {
    name: "",
    usage: "",
    aliases: &[],
    suggest_for: &[],
    short: "",
    long: "",
    hidden: false,
    arguments: Arguments::Any,
    flags: &[],
    exclusive: &[],
    candidates: Candidates::Default,
    job: Job::Group,
    commands: &[],
    since: "",
};

/// How many arguments a command takes; the wording of the refusal is Helm's `require` package.
#[derive(Clone, Copy, Debug)]
pub enum Arguments {
    /// Any number.
    Any,
    /// None at all.
    None,
    /// Just so many.
    Exactly(usize),
    /// So many or fewer.
    AtMost(usize),
    /// So many or more.
    AtLeast(usize),
    /// So many or more, refused in cobra's own words.
    Received(usize),
}

/// What a command does when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Nothing: it only holds other commands and prints its help.
    Group,
    /// `help`.
    Help,
    /// `__complete`, the question that completion scripts ask.
    Complete,
    /// `completion SHELL`.
    Completion(Shell),
    /// `create`.
    Create,
    /// `dependency list`.
    DependencyList,
    /// `docs`.
    Docs,
    /// `env`.
    Environment,
    /// `lint`.
    Lint,
    /// A command of an installed plugin, by its place among them.
    Plugin(usize),
    /// A command that works on releases.
    Release(Verb),
    /// `show …`.
    Show(Section),
    /// `template`.
    Template,
    /// `version`.
    Version,
    /// A command of ours around the gateway.
    Serve(Serving),
    /// Known, but not in this build.
    Missing(Need),
}

/// The shells that completion scripts are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// fish.
    Fish,
    /// `PowerShell`.
    Power,
    /// zsh.
    Zsh,
}

/// The commands around the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// `up`: gateway, admin API and local servers in one process.
    Up,
    /// `gateway`: the same without local servers.
    Gateway,
    /// `demo-server`: the built-in MCP server on standard input and output.
    Demo,
    /// `mcp list`.
    McpList,
    /// `mcp call`.
    McpCall,
    /// `mcp get`.
    McpGet,
    /// `mcp read`.
    McpRead,
    /// `audit verify`.
    AuditVerify,
    /// `audit export`.
    AuditExport,
}

/// What is done with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `install`.
    Install,
    /// `upgrade`.
    Upgrade,
    /// `rollback`.
    Rollback,
    /// `uninstall`.
    Uninstall,
    /// `list`.
    List,
    /// `history`.
    History,
    /// `status`.
    Status,
    /// `get …`.
    Get(Part),
    /// `test`.
    Test,
    /// `diff …`, of ours.
    Diff(Comparison),
    /// `plan`, of ours.
    Plan,
    /// `unlock`, of ours.
    Unlock,
}

/// The parts of a release that `get` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    All,
    /// The hooks.
    Hooks,
    /// The manifest.
    Manifest,
    /// Name, chart, labels and the like.
    Metadata,
    /// The notes.
    Notes,
    /// The values.
    Values,
}

/// What `diff` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// A release with what an upgrade would make of it.
    Upgrade,
    /// A release with what a rollback would make of it.
    Rollback,
    /// Two revisions of a release.
    Revision,
    /// Two releases.
    Release,
    /// A release with the objects in the cluster.
    Live,
}

/// The parts of a chart that `show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// All of them.
    All,
    /// `Chart.yaml`.
    Chart,
    /// The files under `crds/`.
    Crds,
    /// The README.
    Readme,
    /// `values.yaml`.
    Values,
}

/// What a command that this build does not have would need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A chart repository or registry.
    Network,
    /// Signatures and package files.
    Packages,
    /// The plugin manager.
    Plugins,
}

/// What completes the arguments of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// The shell's own choice: files.
    Default,
    /// Nothing, not even files.
    Nothing,
    /// Nothing, with the note that no more arguments are taken.
    NoMore,
    /// A file as first argument, then no more.
    File,
    /// Charts at the position that the release name leaves free (`install`, `template`).
    Install,
    /// A chart with local files as first argument, then no more.
    Chart,
    /// A chart of a repository as first argument, then nothing.
    RepositoryChart,
    /// A release, then no more.
    Release,
    /// Any number of releases.
    Releases,
    /// A release, then one of its revisions.
    Rollback,
    /// A release, then two of its revisions.
    TwoRevisions,
    /// Two releases.
    TwoReleases,
    /// A release, then a chart.
    Upgrade,
    /// The subcommands of a command (`help`).
    Commands,
    /// The names that `env` knows.
    Environment,
    /// One of some words, as first argument.
    Words(&'static [&'static str]),
    /// What a plugin's own program says.
    PluginProgram,
    /// Installed plugins not yet named.
    Plugins,
    /// Repositories not yet named.
    Repositories,
    /// Two words that cannot be guessed, then no more (`repo add`).
    NewRepository,
    /// A file, then a registry's scheme (`push`).
    Push,
}

impl Command {
    /// Its own flags in table order.
    pub fn own_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().flat_map(|group| group.iter())
    }

    /// Whether it can run, rather than only hold other commands.
    pub fn is_runnable(&self) -> bool {
        self.job != Job::Group
    }

    /// Whether lists and completion offer it. Go: cobra `IsAvailableCommand`.
    pub fn is_available(&self) -> bool {
        !self.hidden && self.job != Job::Help && (self.is_runnable() || self.has_available_commands())
    }

    /// Whether a command below it is offered.
    pub fn has_available_commands(&self) -> bool {
        self.commands.iter().any(|command| command.is_available())
    }

    /// The command below it that a word selects.
    pub fn find(&self, word: &str) -> Option<&'static Command> {
        self.commands.iter().copied().find(|command| command.name == word || command.aliases.contains(&word))
    }
}
