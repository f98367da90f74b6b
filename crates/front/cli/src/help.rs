//! Help and usage texts in cobra's layout.

use std::fmt::Write as _;

use crate::find::Found;
use crate::flags::FlagSet;
use crate::settings::Settings;
use crate::table::corten::OURS;
use crate::table::{Command, Flag, Job, Kind, Program, ROOT};

/// A flag that cobra adds to every command when it runs or shows help.
pub(crate) const HELP: Flag = Flag::new("help", Kind::Bool, "help for {command}").letter('h');

static HELP_FLAGS: &[Flag] = &[HELP];

/// All that a help text depends on.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) program: Program,
    pub(crate) settings: &'a Settings,
}

/// Whether the line of `--help` is part of a usage text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HelpFlag {
    Shown,
    /// cobra adds the flag only to the command that runs.
    Absent,
}

/// Adds `--help` to a set.
pub(crate) fn add_help_flag(flags: &mut FlagSet, settings: &Settings) {
    flags.add(HELP_FLAGS.iter(), settings);
}

impl Texts<'_> {
    /// What `--help` prints.
    pub(crate) fn help(&self, found: &Found) -> String {
        let command = found.command();
        let text = if command.long.is_empty() { command.short } else { command.long };
        let text = self.program.fill(text);
        let text = text.trim_end();
        let mut out = String::new();
        if !text.is_empty() {
            out.push_str(text);
            out.push_str("\n\n");
        }
        out + &self.usage(found, HelpFlag::Shown)
    }

    /// The usage below it.
    pub(crate) fn usage(&self, found: &Found, help: HelpFlag) -> String {
        let command = found.command();
        let words = found.words(self.program);
        let mut out = String::from("Usage:");
        if command.is_runnable() {
            let _ = write!(out, "\n  {}", found.use_line(self.program));
        }
        if command.has_available_commands() {
            let _ = write!(out, "\n  {words} [command]");
        }
        if !command.aliases.is_empty() {
            let _ = write!(out, "\n\nAliases:\n  {}, {}", command.name, command.aliases.join(", "));
        }
        if command.has_available_commands() {
            out.push_str("\n\nAvailable Commands:");
            out.push_str(&self.commands(command));
        }
        let own = match help {
            HelpFlag::Shown => self.own_flags(found),
            HelpFlag::Absent => self.flags(&FlagSet::of(command, self.settings), found),
        };
        if !own.is_empty() {
            let _ = write!(out, "\n\nFlags:\n{}", own.trim_end());
        }
        if !found.is_root() {
            let _ = write!(out, "\n\nGlobal Flags:\n{}", self.global_flags(found).trim_end());
        }
        if command.has_available_commands() {
            let _ = write!(out, "\n\nUse \"{words} [command] --help\" for more information about a command.");
        }
        out.push('\n');
        out
    }

    fn commands(&self, command: &Command) -> String {
        // Go: the padding is at least 11; hidden names count, too.
        let width = command.commands.iter().filter(|below| below.job != Job::Complete).map(|below| below.name.len());
        let width = width.max().unwrap_or_default().max(11);
        let mut out = String::new();
        for below in command.commands.iter().filter(|below| below.is_available() || below.job == Job::Help) {
            let _ = write!(out, "\n  {:width$} {}", below.name, self.program.fill(below.short));
        }
        out
    }

    /// The command's own flags with `--help`.
    pub(crate) fn own_set(&self, found: &Found) -> FlagSet {
        let mut own = FlagSet::of(found.command(), self.settings);
        add_help_flag(&mut own, self.settings);
        own
    }

    /// The flags that every command takes.
    pub(crate) fn global_set(&self) -> FlagSet {
        FlagSet::of(&ROOT, self.settings)
    }

    /// One line per own flag.
    pub(crate) fn own_flags(&self, found: &Found) -> String {
        self.flags(&self.own_set(found), found)
    }

    /// One line per global flag.
    pub(crate) fn global_flags(&self, found: &Found) -> String {
        self.flags(&self.global_set(), found)
    }

    /// The flags that help lists, with their defaults: ours only under our own name.
    pub(crate) fn shown<'f>(&self, flags: &'f FlagSet) -> Vec<(&'static Flag, &'f str)> {
        let is_shown = |flag: &Flag| self.program == Program::Corten || flag.since != OURS;
        flags.visible().into_iter().filter(|(flag, _)| is_shown(flag)).collect()
    }

    /// One line per flag, the usages in one column. Go: pflag `FlagUsages`.
    fn flags(&self, flags: &FlagSet, found: &Found) -> String {
        let lines: Vec<(String, String)> = self
            .shown(flags)
            .into_iter()
            .map(|(flag, default)| (head(flag), self.tail(flag, default, found)))
            .collect();
        let width = lines.iter().map(|(head, _)| head.len()).max().unwrap_or_default();
        let mut out = String::new();
        for (head, tail) in lines {
            let _ = writeln!(out, "{head:width$}   {tail}");
        }
        out
    }

    /// The usage of a flag with all names filled in.
    pub(crate) fn usage_text(&self, flag: &Flag, found: &Found) -> String {
        let name = if found.is_root() { self.program.name() } else { found.command().name };
        unquoted(&self.program.fill(flag.usage).replace("{command}", name)).1
    }

    fn tail(&self, flag: &Flag, default: &str, found: &Found) -> String {
        let usage = self.usage_text(flag, found);
        if is_zero(flag.kind, default) {
            usage
        } else if flag.kind == Kind::Text {
            format!("{usage} (default {})", corten_gostd::strconv::quote(default.as_bytes()))
        } else {
            format!("{usage} (default {default})")
        }
    }
}

/// The name of a flag with what it takes.
fn head(flag: &Flag) -> String {
    let mut line = match flag.letter {
        Some(letter) => format!("  -{letter}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    let shown = unquoted(flag.usage).0.unwrap_or_else(|| kind_word(flag.kind).to_owned());
    if !shown.is_empty() {
        let _ = write!(line, " {shown}");
    }
    match flag.kind {
        Kind::Bool | Kind::GoBool => {}
        _ if flag.bare.is_empty() => {}
        Kind::Text => {
            let _ = write!(line, "[=\"{}\"]", flag.bare);
        }
        _ => {
            let _ = write!(line, "[={}]", flag.bare);
        }
    }
    line
}

/// A back-quoted word of the usage names what the flag takes. Go: pflag `UnquoteUsage`.
fn unquoted(usage: &str) -> (Option<String>, String) {
    let Some((before, rest)) = usage.split_once('`') else { return (None, usage.to_owned()) };
    let Some((word, after)) = rest.split_once('`') else { return (None, usage.to_owned()) };
    (Some(word.to_owned()), format!("{before}{word}{after}"))
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool | Kind::GoBool => "",
        Kind::Csv => "strings",
        Kind::Uint64 => "uint",
        _ => kind.name(),
    }
}

/// Whether help leaves the default out. Go: pflag defaultIsZeroValue, which knows its own types only.
fn is_zero(kind: Kind, default: &str) -> bool {
    match kind {
        Kind::Bool => matches!(default, "false" | ""),
        Kind::Duration => matches!(default, "0" | "0s"),
        Kind::Int | Kind::Uint | Kind::Float32 => default == "0",
        Kind::Text => default.is_empty(),
        Kind::List | Kind::Csv => default == "[]",
        _ => matches!(default, "false" | "<nil>" | "" | "0"),
    }
}
