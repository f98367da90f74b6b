//! Answers `__complete`, the question that completion scripts ask, in cobra's protocol.
//!
//! Each candidate is a line, a tab before its description; the last line is `:` and the directive, a bit
//! set that tells the shell what else to offer. What went wrong goes to stderr, which scripts ignore.

use std::fmt::Write as _;

mod candidates;

use corten_gostd::strconv;

use crate::find::{self, Found};
use crate::flags::{FlagError, FlagSet, Unknown, accepts_more};
use crate::plugins;
use crate::run::plugin;
use crate::session::{Failure, Session};
use crate::table::corten::OURS;
use crate::table::{Candidates, Flag, Job, Program, ROOT};

/// What the shell shall do with the candidates: cobra's bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Directive(u8);

impl Directive {
    pub(crate) const DEFAULT: Self = Self(0);
    pub(crate) const ERROR: Self = Self(1);
    pub(crate) const NO_SPACE: Self = Self(2);
    pub(crate) const NO_FILES: Self = Self(4);

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn names(self) -> String {
        let bits = [
            (Self::ERROR, "ShellCompDirectiveError"),
            (Self::NO_SPACE, "ShellCompDirectiveNoSpace"),
            (Self::NO_FILES, "ShellCompDirectiveNoFileComp"),
        ];
        let names: Vec<&str> = bits.iter().filter(|(bit, _)| self.0 & bit.0 != 0).map(|(_, name)| *name).collect();
        if names.is_empty() { "ShellCompDirectiveDefault".to_owned() } else { names.join(", ") }
    }
}

/// Candidates with the directive.
pub(crate) type Answer = (Vec<String>, Directive);

const HELP_MARKER: &str = "_activeHelp_ ";

/// Runs `__complete WORD…` or `__completeNoDesc WORD…`.
pub(crate) fn run(session: &mut Session<'_>, called_as: &str, words: &[String]) -> Result<(), Failure> {
    let mut question = Question { session, problem: None };
    let (candidates, directive) = question.answer(words);
    if let Some(problem) = question.problem.take() {
        session.complete_log(&format!("[Debug] [Error] {problem}\n"), true);
    }
    let plain = called_as == "__completeNoDesc" || wants_no_descriptions(session);
    let no_help = variable(session, "ACTIVE_HELP", "0");
    let mut out = String::new();
    for candidate in &candidates {
        if no_help && candidate.starts_with(HELP_MARKER) {
            continue;
        }
        let text = if plain { candidate.split('\t').next().unwrap_or_default() } else { candidate };
        out.push_str(text.split('\n').next().unwrap_or_default().trim());
        out.push('\n');
    }
    let _ = writeln!(out, ":{}", directive.0);
    session.print(&out)?;
    session.complain(&format!("Completion ended with directive: {}\n", directive.names()));
    Ok(())
}

/// The note that no more arguments are taken.
pub(crate) fn no_more() -> Answer {
    let note = format!("{HELP_MARKER}This command does not take any more arguments (but may accept flags).");
    (vec![note], Directive::NO_FILES)
}

/// Go: getEnvConfig looks at HELM_… and, where that is empty, at COBRA_….
fn wants_no_descriptions(session: &Session<'_>) -> bool {
    let own = session.variable(&format!("{}_COMPLETION_DESCRIPTIONS", session.program.name().to_uppercase()));
    let text = own.filter(|text| !text.is_empty()).or_else(|| session.variable("COBRA_COMPLETION_DESCRIPTIONS"));
    text.is_some_and(|text| strconv::parse_bool(text.as_bytes()).is_ok_and(|wanted| !wanted))
}

/// Go: `GetActiveHelpConfig`.
fn variable(session: &Session<'_>, suffix: &str, value: &str) -> bool {
    let is = |prefix: &str| session.variable(&format!("{prefix}_{suffix}")).as_deref() == Some(value);
    is("COBRA") || is(&session.program.name().to_uppercase())
}

struct Question<'s, 'a> {
    session: &'s mut Session<'a>,
    problem: Option<String>,
}

/// What the last word is: the value of a flag, or anything else.
struct Asked {
    flag: Option<&'static Flag>,
    /// The words before it that are to be parsed.
    words: Vec<String>,
    /// What there is of it.
    part: String,
    /// A flag that the command does not have.
    unknown: Option<String>,
}

impl Question<'_, '_> {
    /// Go: cobra getCompletions.
    fn answer(&mut self, words: &[String]) -> Answer {
        let Some((last, before)) = words.split_last() else { return (Vec::new(), Directive::DEFAULT) };
        let Ok(found) = find::find(before, &self.session.presets, self.session.root) else {
            return self.fail(format!("unable to find a command for arguments: [{}]", before.join(" ")));
        };
        if let Job::Plugin(index) = found.command().job {
            return self.plugin(&found, index, last);
        }
        let mut flags = self.session.flags_of(found.command());
        let asked = flag_value(&found, &flags, last);
        let fresh = flags.clone();
        let (parsed, notes) = parse(&mut flags, &fresh, &asked.words);
        if !notes.is_empty() {
            self.session.complain(&notes);
        }
        let completes_flags = match parsed {
            Ok(completes_flags) => completes_flags,
            Err(error) => {
                let shown = asked.words.join(" ");
                return self.fail(format!("Error while parsing flags from args [{shown}]: {error}"));
            }
        };
        self.session.settings.apply(&flags);
        if let (Some(unknown), true) = (&asked.unknown, completes_flags) {
            let name = if found.is_root() { self.session.program.name() } else { found.command().name };
            return self.fail(format!("Subcommand '{name}' does not support flag '{unknown}'"));
        }
        if flags.is_given("help") {
            return (Vec::new(), Directive::NO_FILES);
        }
        hide_excluded(&found, &mut flags);
        let flag = asked.flag.filter(|_| completes_flags);
        if asked.flag.is_none() && completes_flags && asked.part.starts_with('-') && !asked.part.contains('=') {
            return (self.flag_names(&found, &flags, &asked.part), Directive::NO_FILES);
        }
        if let Some(flag) = flag {
            return candidates::of_flag(self.session, flag, &flags, &asked.part);
        }
        self.arguments(&found, &flags, &asked)
    }

    fn fail(&mut self, problem: String) -> Answer {
        self.problem = Some(problem);
        (Vec::new(), Directive::DEFAULT)
    }

    /// Subcommands, then what the command itself offers.
    fn arguments(&self, found: &Found, flags: &FlagSet, asked: &Asked) -> Answer {
        let command = found.command();
        let mut offered = Vec::new();
        let mut directive = Directive::DEFAULT;
        let own_flag_given =
            !found.is_root() && asked.flag.is_none() && command.own_flags().any(|flag| flags.is_given(flag.name));
        if asked.flag.is_none() && flags.arguments.is_empty() && !own_flag_given {
            for below in command.commands.iter().filter(|below| below.is_available() || below.job == Job::Help) {
                if below.name.starts_with(&asked.part) {
                    offered.push(format!("{}\t{}", below.name, self.session.program.fill(below.short)));
                }
                directive = Directive::NO_FILES;
            }
        }
        match candidates::of_command(self.session, command, flags, &asked.part) {
            Some((more, directive)) => {
                offered.extend(more);
                (offered, directive)
            }
            None => (offered, directive),
        }
    }

    /// A plugin parses its flags itself, so every word is an argument; its own program knows best.
    fn plugin(&mut self, found: &Found, index: usize, part: &str) -> Answer {
        let command = found.command();
        let flags = self.session.flags_of(command);
        let (mut offered, mut directive) = (Vec::new(), Directive::DEFAULT);
        if part.starts_with('-') && !part.contains('=') {
            offered = self.flag_names(found, &flags, part);
            directive = Directive::NO_FILES;
        } else {
            if found.arguments.is_empty() && !command.commands.is_empty() {
                let names = command.commands.iter().map(|below| below.name).filter(|name| name.starts_with(part));
                offered.extend(names.map(str::to_owned));
                directive = Directive::NO_FILES;
            }
            if let Candidates::Words(words) = command.candidates {
                if found.arguments.is_empty() {
                    offered.extend(words.iter().filter(|word| word.starts_with(part)).map(|word| (*word).to_owned()));
                    directive = Directive::NO_FILES;
                }
                return (offered, directive);
            }
        }
        if command.candidates != Candidates::PluginProgram {
            return (offered, directive);
        }
        let Some(plugin) = self.session.plugins.get(index).cloned() else { return (offered, directive) };
        let Ok(rest) = plugin::take_flags(self.session, &found.arguments) else {
            return (offered, Directive::ERROR);
        };
        let mut words: Vec<String> = found.path.iter().skip(2).map(|command| command.name.to_owned()).collect();
        if !plugin.ignores_flags {
            words.extend(rest);
            words.push(part.to_owned());
        }
        let environment = plugin::environment(self.session);
        match plugins::completion::ask(&plugin, &words, environment) {
            Some((lines, bits)) => {
                offered.extend(lines);
                (offered, Directive(bits.unwrap_or_default()))
            }
            None => (offered, Directive::DEFAULT),
        }
    }

    /// Global flags first, then the command's own with `--help`.
    fn flag_names(&self, found: &Found, flags: &FlagSet, part: &str) -> Vec<String> {
        let is_global = |flag: &Flag| ROOT.own_flags().any(|global| std::ptr::eq(global, flag));
        let mut names = Vec::new();
        for wanted in [true, false] {
            for flag in flags.flags() {
                let global = is_global(flag) && !found.is_root();
                let shown = !flags.is_hidden(flag.name)
                    && (flag.since != OURS || self.session.program == Program::Corten)
                    && (!flags.is_given(flag.name) || accepts_more(flag.kind));
                if global == wanted && shown {
                    self.push_names(&mut names, flag, found, part);
                }
            }
        }
        names
    }

    fn push_names(&self, names: &mut Vec<String>, flag: &Flag, found: &Found, part: &str) {
        let command = if found.is_root() { self.session.program.name() } else { found.command().name };
        let usage = self.session.program.fill(flag.usage).replace("{command}", command);
        let long = format!("--{}", flag.name);
        if long.starts_with(part) {
            names.push(format!("{long}\t{usage}"));
        }
        if let Some(letter) = flag.letter {
            let short = format!("-{letter}");
            if short.starts_with(part) {
                names.push(format!("{short}\t{usage}"));
            }
        }
    }
}

/// Parses the words; whether flags are still completed after them, that is, no `--` was among them.
/// With it come the lines about deprecated flags.
///
/// Go: getCompletions parses twice, once with a `--` more, which counts as an argument only after
/// another one; the second time prints the lines of the first time once more. What lists gather the
/// first time is dropped here: no candidate depends on it.
fn parse(flags: &mut FlagSet, fresh: &FlagSet, words: &[String]) -> (Result<bool, FlagError>, String) {
    let mut longer = words.to_vec();
    longer.push("--".to_owned());
    let first = flags.parse(&longer, Unknown::Refuse);
    let with_dashes = flags.arguments.len();
    let before = std::mem::take(&mut flags.notes);
    *flags = fresh.clone();
    let second = flags.parse(words, Unknown::Refuse);
    let mut notes = if first.is_ok() { before.clone() } else { String::new() };
    if second.is_ok() && !flags.notes.is_empty() {
        notes.push_str(&before);
        notes.push_str(&flags.notes);
    }
    (second.map(|()| with_dashes <= flags.arguments.len()), notes)
}

/// Go: checkIfFlagCompletion.
fn flag_value(found: &Found, flags: &FlagSet, last: &str) -> Asked {
    let words = found.arguments.clone();
    let plain = |words: Vec<String>| Asked { flag: None, words, part: last.to_owned(), unknown: None };
    let (name, part, words_left, with_equal) = if last.starts_with('-') {
        let Some((before, value)) = last.split_once('=') else { return plain(words) };
        (flag_name(before), value.to_owned(), words.clone(), true)
    } else {
        match words.split_last() {
            Some((previous, others)) if is_flag(previous) && !previous.contains('=') => {
                (flag_name(previous), last.to_owned(), others.to_vec(), false)
            }
            _ => return plain(words),
        }
    };
    if name.is_empty() {
        return plain(words_left);
    }
    match lookup(flags, &name) {
        None => Asked { unknown: Some(name), ..plain(words) },
        Some(flag) if !with_equal && !flag.bare.is_empty() => Asked { part, ..plain(words) },
        Some(flag) => Asked { flag: Some(flag), words: words_left, part, unknown: None },
    }
}

fn is_flag(word: &str) -> bool {
    word.len() >= 3 && word.starts_with("--") || word.len() >= 2 && word.starts_with('-') && !word.starts_with("--")
}

/// The long name, or the last of several letters.
fn flag_name(word: &str) -> String {
    match word.strip_prefix("--") {
        Some(name) => name.to_owned(),
        None => word.chars().last().map(String::from).unwrap_or_default(),
    }
}

fn lookup(flags: &FlagSet, name: &str) -> Option<&'static Flag> {
    match name.as_bytes() {
        [letter] => flags.lookup_letter(*letter),
        _ => flags.lookup(name),
    }
}

/// Of exclusive flags, those beside the given one are not offered.
fn hide_excluded(found: &Found, flags: &mut FlagSet) {
    for group in found.command().exclusive {
        for given in group.iter().filter(|name| flags.is_given(name)).copied().collect::<Vec<_>>() {
            for other in group.iter().filter(|name| **name != given) {
                flags.set_hidden(other, true);
            }
        }
    }
}
