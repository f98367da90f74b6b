//! The one const table of commands and flags that the parser, help, completion and docs read.
//!
//! `ROOT` holds every command of Helm 4.2.4 under Helm's names, with the usage texts that scripts and
//! tests compare, plus the few names of ours. Nothing is built at start: the table is plain static
//! data. Texts write the program's name as `{me}` and its title as `{Me}`; [`Program`] fills them in.

mod chart;
pub(crate) mod corten;
mod flags;
mod global;
mod program;
mod release;
mod remote;
mod setup;

pub use program::Program;

use crate::settings::Settings;

/// One command: what it is called, what it takes and what it does.
#[derive(Debug)]
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
    /// `show …`.
    Show(Section),
    /// `template`.
    Template,
    /// `version`.
    Version,
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
    /// A Kubernetes cluster.
    Cluster,
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
    /// A release, then a chart.
    Upgrade,
    /// The subcommands of a command (`help`).
    Commands,
    /// The names that `env` knows.
    Environment,
    /// Installed plugins not yet named.
    Plugins,
    /// Repositories not yet named.
    Repositories,
    /// Two words that cannot be guessed, then no more (`repo add`).
    NewRepository,
    /// A file, then a registry's scheme (`push`).
    Push,
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The long name.
    pub name: &'static str,
    /// The letter after a single dash.
    pub letter: Option<char>,
    /// What it takes.
    pub kind: Kind,
    /// Its value when it is not given.
    pub default: Preset,
    /// Its value when it is given without one.
    pub bare: &'static str,
    /// The text in help.
    pub usage: &'static str,
    /// What to use instead.
    pub deprecated: &'static str,
    /// Whether help and completion leave it out.
    pub hidden: bool,
    /// What completes its value.
    pub values: Choices,
    /// The Helm version that brought it, or ours; empty where that was not looked up.
    pub since: &'static str,
}

/// The default of a flag.
#[derive(Clone, Copy)]
pub enum Preset {
    /// The same on every machine.
    Text(&'static str),
    /// Taken from the environment.
    Setting(fn(&Settings) -> String),
}

impl std::fmt::Debug for Preset {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(out, "{text:?}"),
            Self::Setting(_) => out.write_str("from the environment"),
        }
    }
}

/// The value type of a flag, one per pflag type that Helm uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// The same, read by Go's own flag package, whose errors say less.
    GoBool,
    /// Any text.
    Text,
    /// Texts, one per use.
    List,
    /// Texts, separated by commas as in a CSV file.
    Csv,
    /// `key=value` pairs, separated by commas.
    Pairs,
    /// A 64-bit number.
    Int,
    /// A number without sign.
    Uint,
    /// A number without sign whose type name is shown as `uint64`.
    Uint64,
    /// A 32-bit floating-point number.
    Float32,
    /// A Go duration.
    Duration,
    /// The strategies of `--wait`.
    Wait,
    /// `table`, `json` or `yaml`.
    Format,
    /// A post-renderer plugin.
    PostRenderer,
    /// Arguments for it.
    PostRendererArguments,
    /// klog's severity.
    Severity,
    /// klog's verbosity.
    Level,
    /// klog's `file:line`.
    TraceLocation,
    /// klog's `pattern=level` list.
    ModuleSpec,
}

/// What completes the value of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// The shell's own choice: files.
    Default,
    /// A fixed list.
    Fixed(&'static [&'static str]),
    /// The contexts of the kubeconfig file.
    Contexts,
    /// The namespaces of the cluster.
    Namespaces,
    /// The revisions of the release named by the first argument.
    Revisions,
    /// The versions of the chart named by the argument at this position.
    Versions(usize),
    /// The versions of the chart named after an optional release name.
    InstallVersions,
}

impl Flag {
    /// A flag that is visible, has no letter and is off or empty by default.
    pub(crate) const fn new(name: &'static str, kind: Kind, usage: &'static str) -> Self {
        let default = match kind {
            Kind::Bool | Kind::GoBool => "false",
            Kind::List | Kind::Csv | Kind::Pairs | Kind::PostRendererArguments => "[]",
            Kind::Int | Kind::Uint | Kind::Uint64 | Kind::Float32 | Kind::Severity | Kind::Level => "0",
            Kind::Duration => "0s",
            Kind::TraceLocation => ":0",
            Kind::Wait => "hookOnly",
            Kind::Format => "table",
            Kind::Text | Kind::PostRenderer | Kind::ModuleSpec => "",
        };
        Self {
            name,
            letter: None,
            kind,
            default: Preset::Text(default),
            bare: if matches!(kind, Kind::Bool | Kind::GoBool) { "true" } else { "" },
            usage,
            deprecated: "",
            hidden: false,
            values: Choices::Default,
            since: "",
        }
    }

    /// With a letter.
    pub(crate) const fn letter(self, letter: char) -> Self {
        Self { letter: Some(letter), ..self }
    }

    /// With a default.
    pub(crate) const fn default(self, text: &'static str) -> Self {
        Self { default: Preset::Text(text), ..self }
    }

    /// With a default from the environment.
    pub(crate) const fn setting(self, read: fn(&Settings) -> String) -> Self {
        Self { default: Preset::Setting(read), ..self }
    }

    /// With a value for its use without one.
    pub(crate) const fn bare(self, text: &'static str) -> Self {
        Self { bare: text, ..self }
    }

    /// Deprecated, hence hidden.
    pub(crate) const fn deprecated(self, instead: &'static str) -> Self {
        Self { deprecated: instead, hidden: true, ..self }
    }

    /// Left out of help and completion.
    pub(crate) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// With candidates for its value.
    pub(crate) const fn values(self, values: Choices) -> Self {
        Self { values, ..self }
    }

    /// With the version that brought it.
    pub(crate) const fn since(self, version: &'static str) -> Self {
        Self { since: version, ..self }
    }

    /// The default as text.
    pub fn default_text(&self, settings: &Settings) -> String {
        match self.default {
            Preset::Text(text) => text.to_owned(),
            Preset::Setting(read) => read(settings),
        }
    }
}

impl Kind {
    /// pflag's name of the type, as help shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool | Self::GoBool => "bool",
            Self::Text => "string",
            Self::List => "stringArray",
            Self::Csv => "stringSlice",
            Self::Pairs => "stringToString",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Uint64 => "uint64",
            Self::Float32 => "float32",
            Self::Duration => "duration",
            Self::Wait => "WaitStrategy",
            Self::Format => "format",
            Self::PostRenderer => "postRendererString",
            Self::PostRendererArguments => "postRendererArgsSlice",
            Self::Severity => "severity",
            Self::Level => "Level",
            Self::TraceLocation => "traceLocation",
            Self::ModuleSpec => "moduleSpec",
        }
    }

    /// Whether the flag may be given several times, each adding to it.
    pub fn repeats(self) -> bool {
        matches!(self, Self::List | Self::Csv | Self::Pairs | Self::PostRendererArguments)
    }
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

/// The program itself with every command below it.
pub static ROOT: Command = Command {
    name: "helm",
    usage: "helm",
    short: "The {Me} package manager for Kubernetes.",
    long: setup::ROOT_LONG,
    flags: &[global::FLAGS, global::KLOG, corten::FLAGS],
    commands: COMMANDS,
    ..COMMAND
};

const COMMANDS: &[&Command] = &[
    &setup::ASK,
    &setup::COMPLETION,
    &chart::CREATE,
    &chart::DEPENDENCY,
    &setup::DOCS,
    &setup::ENV,
    &release::GET,
    &setup::HELP,
    &release::HISTORY,
    &release::INSTALL,
    &chart::LINT,
    &release::LIST,
    &chart::PACKAGE,
    &remote::PLUGIN,
    &remote::PULL,
    &remote::PUSH,
    &remote::REGISTRY,
    &remote::REPO,
    &release::ROLLBACK,
    &remote::SEARCH,
    &chart::SHOW,
    &release::STATUS,
    &release::TEMPLATE,
    &release::TEST,
    &release::UNINSTALL,
    &release::UPGRADE,
    &chart::VERIFY,
    &setup::VERSION,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<(String, &'static Command)> {
        let mut found = vec![("helm".to_owned(), &ROOT)];
        let mut at = 0;
        while let Some((path, command)) = found.get(at).cloned() {
            found.extend(command.commands.iter().map(|below| (format!("{path} {}", below.name), *below)));
            at += 1;
        }
        found
    }

    #[test]
    fn every_command_is_documented_and_stands_once() {
        for (path, command) in all() {
            assert!(command.usage.starts_with(command.name), "{path}");
            assert!(!command.short.is_empty(), "{path}");
            let names: Vec<&str> = command.commands.iter().map(|below| below.name).collect();
            assert!(names.is_sorted(), "{path}: help lists commands by name");
            let words = command.commands.iter().flat_map(|below| below.aliases.iter().chain([&below.name]));
            let words: Vec<&&str> = words.collect();
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{path}: a word selects two commands");
        }
    }

    #[test]
    fn every_flag_is_documented_and_stands_once() {
        for (path, command) in all() {
            let own = command.own_flags();
            let global = ROOT.own_flags().filter(|_| command.name != ROOT.name);
            let (mut names, mut letters) = (BTreeSet::from(["help"]), BTreeSet::from(['h']));
            for flag in own.chain(global) {
                assert!(!flag.usage.is_empty(), "{path} --{}", flag.name);
                assert!(names.insert(flag.name), "{path} --{}", flag.name);
                assert!(flag.letter.is_none_or(|letter| letters.insert(letter)), "{path} --{}", flag.name);
                assert_eq!(flag.name, flag.name.to_lowercase().replace('_', "-"), "{path}");
            }
            for name in command.exclusive.iter().copied().flatten() {
                assert!(names.contains(name), "{path}: --{name} is in a group but no flag");
            }
        }
    }

    #[test]
    fn texts_name_the_program_by_its_placeholder() {
        for (path, command) in all() {
            let texts = [command.short, command.long].into_iter().chain(command.own_flags().map(|flag| flag.usage));
            for text in texts {
                assert!(!text.contains("helm template") && !text.contains("helm install"), "{path}: {text}");
            }
        }
    }
}
