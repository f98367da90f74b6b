//! The one const table of commands and flags that the parser, help, completion and docs read.
//!
//! `ROOT` holds every command of Helm 4.2.4 under Helm's names, with the usage texts that scripts and
//! tests compare, plus the few names of ours. Nothing is built at start: the table is plain static
//! data. Texts write the program's name as `{me}` and its title as `{Me}`; [`Program`] fills them in.

mod chart;
mod command;
pub(crate) mod corten;
mod flag;
mod flags;
mod global;
mod ours;
mod program;
mod release;
mod remote;
mod serve;
mod setup;

pub(crate) use command::COMMAND;
pub use command::{Arguments, Candidates, Command, Comparison, Job, Need, Part, Section, Serving, Shell, Verb};
pub use flag::{Choices, Flag, Kind, Preset};
pub use program::Program;

/// The program itself with every command below it.
pub static ROOT: Command = Command {
    name: "helm",
    usage: "helm",
    short: ROOT_SHORT,
    long: setup::ROOT_LONG,
    flags: ROOT_FLAGS,
    commands: COMMANDS,
    ..COMMAND
};

/// The program under its own name: Helm's commands and ours.
pub static OWN: Command = Command {
    name: "corten",
    usage: "corten",
    commands: &ALL,
    short: ROOT_SHORT,
    long: setup::ROOT_LONG,
    flags: ROOT_FLAGS,
    ..COMMAND
};

const ROOT_SHORT: &str = "The {Me} package manager for Kubernetes.";

const ROOT_FLAGS: &[&[Flag]] = &[global::FLAGS, global::KLOG, corten::FLAGS];

/// Helm's, by name.
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

/// Ours, by name.
const OURS: &[&Command] = &[
    &serve::AUDIT,
    &serve::DEMO_SERVER,
    &ours::DIFF,
    &serve::GATEWAY,
    &serve::MCP,
    &ours::PLAN,
    &ours::UNLOCK,
    &serve::UP,
];

/// Both, by name.
const ALL: [&Command; COMMANDS.len() + OURS.len()] = merged(COMMANDS, OURS);

const fn merged<const N: usize>(left: &[&'static Command], right: &[&'static Command]) -> [&'static Command; N] {
    let mut all = [&COMMAND; N];
    let (mut from_left, mut from_right) = (0, 0);
    while from_left + from_right < N {
        let is_left = from_right == right.len()
            || from_left < left.len() && is_before(left[from_left].name, right[from_right].name);
        let at = from_left + from_right;
        if is_left {
            all[at] = left[from_left];
            from_left += 1;
        } else {
            all[at] = right[from_right];
            from_right += 1;
        }
    }
    all
}

/// The order of bytes, at compile time.
const fn is_before(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at < other.len() && (at == one.len() || one[at] < other[at])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<(String, &'static Command)> {
        let mut found = vec![("corten".to_owned(), &OWN)];
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
    fn under_its_own_name_the_program_has_all_of_helm() {
        let own: Vec<&str> = OWN.commands.iter().map(|command| command.name).collect();
        assert!(ROOT.commands.iter().all(|command| own.contains(&command.name)));
    }

    #[test]
    fn every_flag_is_documented_and_stands_once() {
        for (path, command) in all() {
            let own = command.own_flags();
            let global = ROOT.own_flags().filter(|_| command.name != OWN.name);
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
