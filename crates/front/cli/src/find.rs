//! Finds the command that a command line names, as cobra does.

use std::fmt::Write as _;

use crate::flags::FlagSet;
use crate::settings::Settings;
use crate::table::{Command, Program, ROOT};

/// A command with the ones above it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// From the program down to the command.
    pub path: Vec<&'static Command>,
    /// The word that selected it, which may be an alias.
    pub called_as: String,
    /// The arguments without the words that selected it, flags still among them.
    pub arguments: Vec<String>,
}

impl Found {
    /// The program itself.
    pub(crate) fn root(root: &'static Command) -> Self {
        Self { path: vec![root], called_as: root.name.to_owned(), arguments: Vec::new() }
    }

    /// The command.
    pub(crate) fn command(&self) -> &'static Command {
        self.path.last().copied().unwrap_or(&ROOT)
    }

    /// The command that it lies below.
    pub(crate) fn parent(&self) -> Option<Self> {
        let path = self.path.split_last().map(|(_, above)| above.to_vec()).filter(|above| !above.is_empty())?;
        Some(Self { path, called_as: String::new(), arguments: Vec::new() })
    }

    /// Whether it is the program itself.
    pub(crate) fn is_root(&self) -> bool {
        self.path.len() == 1
    }

    /// The words to type for it.
    pub(crate) fn words(&self, program: Program) -> String {
        let names = self.path.iter().skip(1).map(|command| command.name);
        std::iter::once(program.name()).chain(names).collect::<Vec<_>>().join(" ")
    }

    /// The use line with the words of the commands above. Go: cobra `UseLine`.
    pub(crate) fn use_line(&self, program: Program) -> String {
        let command = self.command();
        let tail = command.usage.strip_prefix(command.name).unwrap_or_default();
        let line = format!("{}{tail}", self.words(program));
        // Every command has flags that show: --help, where nothing else.
        if command.name == "__complete" || line.contains("[flags]") || self.is_root() {
            return line;
        }
        line + " [flags]"
    }
}

/// Goes down from the program along the words that are no flags.
///
/// The error is a word that names no command, in cobra's text; only the program itself refuses
/// unknown words here, commands look at their arguments when they run.
pub(crate) fn find(line: &[String], settings: &Settings, root: &'static Command) -> Result<Found, String> {
    let mut found = Found { arguments: line.to_vec(), ..Found::root(root) };
    let mut flags = FlagSet::of(&ROOT, settings);
    loop {
        let words = without_flags(&found.arguments, &flags);
        let Some(word) = words.first() else { return Ok(found) };
        let Some(command) = found.command().find(word) else {
            if found.is_root() {
                let quoted = corten_gostd::strconv::quote(word.as_bytes());
                let suggestions = suggestions(word, root);
                return Err(format!("unknown command {quoted} for \"{}\"{suggestions}", root.name));
            }
            return Ok(found);
        };
        found.called_as.clone_from(word);
        remove_word(&mut found.arguments, &found.called_as, &flags);
        found.path.push(command);
        flags = merged(command, settings);
    }
}

fn merged(command: &'static Command, settings: &Settings) -> FlagSet {
    let mut flags = FlagSet::of(command, settings);
    flags.add(ROOT.own_flags(), settings);
    flags
}

/// Whether a word takes the next one as its value. Go: the two cases of stripFlags.
fn takes_next(word: &str, flags: &FlagSet) -> bool {
    if word.contains('=') {
        return false;
    }
    if let Some(name) = word.strip_prefix("--") {
        return flags.lookup(name).is_none_or(|flag| flag.bare.is_empty());
    }
    match word.as_bytes() {
        [b'-', letter] => flags.lookup_letter(*letter).is_none_or(|flag| flag.bare.is_empty()),
        _ => false,
    }
}

/// Go: stripFlags, where a value as the last word ends the list.
fn without_flags(line: &[String], flags: &FlagSet) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        }
        if takes_next(word, flags) {
            if rest.len() <= 1 {
                break;
            }
            rest.next();
        } else if !word.is_empty() && !word.starts_with('-') {
            words.push(word.clone());
        }
    }
    words
}

/// Go: argsMinusFirstX removes the first use of a word that is no flag's value.
fn remove_word(line: &mut Vec<String>, word: &str, flags: &FlagSet) {
    let mut at = 0;
    while let Some(candidate) = line.get(at) {
        if candidate == "--" {
            return;
        }
        if takes_next(candidate, flags) {
            at += 2;
        } else if !candidate.starts_with('-') && candidate == word {
            line.remove(at);
            return;
        } else {
            at += 1;
        }
    }
}

/// Commands whose names are near a word. Go: cobra findSuggestions with a distance of 2.
fn suggestions(word: &str, root: &Command) -> String {
    let lower = word.to_lowercase();
    let mut text = String::new();
    for command in root.commands.iter().filter(|command| command.is_available()) {
        if distance(&lower, command.name) <= 2 || command.name.starts_with(&lower) {
            let _ = writeln!(text, "\t{}", command.name);
        }
        for _ in command.suggest_for.iter().filter(|other| other.eq_ignore_ascii_case(word)) {
            let _ = writeln!(text, "\t{}", command.name);
        }
    }
    if text.is_empty() { text } else { format!("\n\nDid you mean this?\n{text}") }
}

/// The Levenshtein distance over bytes, as cobra counts it.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, byte) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in right.iter().enumerate() {
            let change = diagonal + usize::from(byte != other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn settings() -> Settings {
        Settings::from_variables(&|_| None)
    }

    #[test]
    fn aliases_and_flags_in_between_are_seen_through() {
        let found = find(&line(&["--debug", "dep", "-n", "list", "ls", "chart"]), &settings(), &ROOT);
        let found = found.expect("a command");
        assert_eq!(found.words(Program::Helm), "helm dependency list");
        assert_eq!(found.called_as, "ls");
        assert_eq!(found.arguments, line(&["--debug", "-n", "list", "chart"]));
    }

    #[test]
    fn an_unknown_flag_swallows_the_next_word() {
        let found = find(&line(&["--help", "template"]), &settings(), &ROOT).expect("the program");
        assert!(found.is_root());
    }

    #[test]
    fn near_names_are_suggested() {
        let error = find(&line(&["tempalte"]), &settings(), &ROOT).expect_err("no such command");
        assert_eq!(error, "unknown command \"tempalte\" for \"helm\"\n\nDid you mean this?\n\ttemplate\n");
        let error = find(&line(&["rm"]), &settings(), &ROOT).expect_err("no such command");
        assert!(error.contains("\tuninstall\n"), "{error}");
    }
}
