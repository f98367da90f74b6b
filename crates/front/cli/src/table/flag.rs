//! What a row of the flag table says.

use crate::settings::Settings;

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
