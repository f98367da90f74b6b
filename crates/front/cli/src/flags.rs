//! Reads the flags of a command line as pflag does.
//!
//! A [`FlagSet`] holds the flags that a command takes, with their values. `parse` goes through the
//! arguments, in pflag's order and with its error texts; what is no flag collects in `arguments`.
//! Flags may be parsed twice with the same set, as Helm does with the global ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;

mod held;

use corten_gostd::strconv;

use crate::settings::Settings;
use crate::table::{Command, Flag, Kind};
use held::Held;

/// The flags of a command with the values they have.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlagSet {
    entries: Vec<Entry>,
    /// What is no flag.
    pub arguments: Vec<String>,
    /// Lines about deprecated flags, each ended.
    pub notes: String,
    /// Warnings to log, in order.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    flag: &'static Flag,
    default: String,
    given: bool,
    held: Held,
    /// Set for one completion, where an exclusive flag is given.
    hidden: bool,
}

/// Why parsing stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FlagError {
    /// `--help` or `-h` where no such flag is defined.
    Help,
    /// Anything else, in pflag's words.
    Text(String),
}

impl std::fmt::Display for FlagError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Help => out.write_str("pflag: help requested"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// What to do with flags that are not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Refuse them.
    Refuse,
    /// Skip them, with the argument that follows.
    Skip,
}

impl FlagSet {
    /// The flags of one command, its defaults taken from the settings.
    pub(crate) fn of(command: &Command, settings: &Settings) -> Self {
        let mut set = Self::default();
        set.add(command.own_flags(), settings);
        set
    }

    /// Adds flags; a name that is there already stays what it is.
    pub(crate) fn add(&mut self, flags: impl Iterator<Item = &'static Flag>, settings: &Settings) {
        for flag in flags {
            if self.find(flag.name).is_none() {
                let default = flag.default_text(settings);
                let held = Held::from_default(flag.kind, &default, settings);
                self.entries.push(Entry { flag, default, given: false, held, hidden: flag.hidden });
            }
        }
    }

    /// Takes over the flags of another set with the values they have.
    pub(crate) fn merge(&mut self, other: &Self) {
        for entry in &other.entries {
            if self.find(entry.flag.name).is_none() {
                self.entries.push(entry.clone());
            }
        }
    }

    /// The flags that are not hidden, sorted by name, with their defaults.
    pub(crate) fn visible(&self) -> Vec<(&'static Flag, &str)> {
        self.sorted().into_iter().filter(|entry| !entry.hidden).map(|entry| (entry.flag, &*entry.default)).collect()
    }

    /// All flags, sorted by name.
    pub(crate) fn flags(&self) -> Vec<&'static Flag> {
        self.sorted().into_iter().map(|entry| entry.flag).collect()
    }

    fn sorted(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.flag.name);
        entries
    }

    /// Hides a flag or shows it, for this set only.
    pub(crate) fn set_hidden(&mut self, name: &str, hidden: bool) {
        if let Some(entry) = self.find_mut(name) {
            entry.hidden = hidden;
        }
    }

    /// Whether a flag is left out of help and completion.
    pub(crate) fn is_hidden(&self, name: &str) -> bool {
        self.find(name).is_none_or(|entry| entry.hidden)
    }

    /// The flag of a long name.
    pub(crate) fn lookup(&self, name: &str) -> Option<&'static Flag> {
        self.find(name).map(|entry| entry.flag)
    }

    /// The flag of a letter.
    pub(crate) fn lookup_letter(&self, letter: u8) -> Option<&'static Flag> {
        self.entries.iter().map(|entry| entry.flag).find(|flag| flag.letter == Some(char::from(letter)))
    }

    /// Whether a flag was given.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some_and(|entry| entry.given)
    }

    /// The value of a flag as text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.find(name).map_or("", |entry| entry.held.text())
    }

    /// The value of a yes-or-no flag.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The value of a flag that takes a whole number.
    pub(crate) fn number(&self, name: &str) -> i64 {
        strconv::atoi(self.text(name).as_bytes()).unwrap_or_default()
    }

    /// The values of a flag that may be given several times.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.find(name).map_or(&[], |entry| entry.held.list())
    }

    /// The pairs of a flag that takes them.
    pub(crate) fn pairs(&self, name: &str) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.find(name).map_or(&NONE, |entry| entry.held.pairs())
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.flag.name == name)
    }

    fn find_mut(&mut self, name: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.flag.name == name)
    }

    /// Reads arguments; those that are no flags replace `arguments`.
    pub(crate) fn parse(&mut self, line: &[String], unknown: Unknown) -> Result<(), FlagError> {
        self.arguments.clear();
        let mut rest = line;
        while let Some((word, after)) = rest.split_first() {
            rest = after;
            if word == "--" {
                self.arguments.extend_from_slice(rest);
                break;
            }
            rest = if let Some(name) = word.strip_prefix("--") {
                self.parse_long(name, rest, unknown)?
            } else if word.len() > 1 && word.starts_with('-') {
                self.parse_letters(&word[1..], rest, unknown)?
            } else {
                self.arguments.push(word.clone());
                rest
            };
        }
        Ok(())
    }

    fn parse_long<'a>(&mut self, word: &str, rest: &'a [String], unknown: Unknown) -> Result<&'a [String], FlagError> {
        if word.starts_with(['-', '=']) {
            return Err(FlagError::Text(format!("bad flag syntax: --{word}")));
        }
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let Some(flag) = self.lookup(name) else {
            return match unknown {
                _ if name == "help" => Err(FlagError::Help),
                Unknown::Refuse => Err(FlagError::Text(format!("unknown flag: --{name}"))),
                Unknown::Skip if value.is_some() => Ok(rest),
                Unknown::Skip => Ok(skip_value(rest)),
            };
        };
        let (value, rest) = match (value, rest.split_first()) {
            (Some(value), _) => (value, rest),
            (None, _) if !flag.bare.is_empty() => (flag.bare, rest),
            (None, Some((value, after))) => (value.as_str(), after),
            (None, None) => return Err(FlagError::Text(format!("flag needs an argument: --{name}"))),
        };
        self.set(flag, value)?;
        Ok(rest)
    }

    /// Reads a word of letters (`-qf FILE`). Go: pflag parseShortArg.
    fn parse_letters<'a>(
        &mut self,
        word: &str,
        rest: &'a [String],
        unknown: Unknown,
    ) -> Result<&'a [String], FlagError> {
        let mut letters = word;
        let mut after = rest;
        while let Some(&letter) = letters.as_bytes().first() {
            if letters.starts_with("test.") {
                break;
            }
            // Each letter starts again from the same arguments, so that of several letters
            // that want a value the last one takes it. Go: parseShortArg passes `args`, not `a`.
            after = rest;
            let tail = letters.get(1..).unwrap_or_default();
            let Some(flag) = self.lookup_letter(letter) else {
                match unknown {
                    _ if letter == b'h' => return Err(FlagError::Help),
                    Unknown::Refuse => return Err(unknown_letter(letter, letters)),
                    Unknown::Skip if letters.len() > 2 && tail.starts_with('=') => break,
                    Unknown::Skip => after = skip_value(rest),
                }
                letters = next_letters(letters);
                continue;
            };
            let value = if letters.len() > 2 && tail.starts_with('=') {
                letters = "";
                &tail[1..]
            } else if !flag.bare.is_empty() {
                letters = tail;
                flag.bare
            } else if !tail.is_empty() {
                letters = "";
                tail
            } else if let Some((value, others)) = rest.split_first() {
                letters = "";
                after = others;
                value
            } else {
                let quoted = strconv::quote_rune(char::from(letter));
                return Err(FlagError::Text(format!("flag needs an argument: {quoted} in -{letters}")));
            };
            self.set(flag, value)?;
        }
        Ok(after)
    }

    fn share(&mut self, name: &str) {
        for (left, right) in TWINS {
            let twin = if name == left { right } else { left };
            if (name == left || name == right)
                && let Some(held) = self.find(name).map(|entry| entry.held.clone())
                && let Some(entry) = self.find_mut(twin)
            {
                entry.held = held;
            }
        }
    }

    fn set(&mut self, flag: &'static Flag, value: &str) -> Result<(), FlagError> {
        let Some(entry) = self.entries.iter_mut().find(|entry| std::ptr::eq(entry.flag, flag)) else {
            return Ok(());
        };
        let outcome = entry.held.set(flag.kind, value, &mut self.warnings);
        if let Err(cause) = outcome {
            let letter = flag.letter.map(|letter| format!("-{letter}, ")).unwrap_or_default();
            let quoted = strconv::quote(value.as_bytes());
            let text = format!("invalid argument {quoted} for \"{letter}--{}\" flag: {cause}", flag.name);
            return Err(FlagError::Text(text));
        }
        entry.given = true;
        self.share(flag.name);
        if !flag.deprecated.is_empty() {
            let _ = writeln!(self.notes, "Flag --{} has been deprecated, {}", flag.name, flag.deprecated);
        }
        Ok(())
    }
}

/// Flags that are two names of one variable: the last one given counts for both.
const TWINS: [(&str, &str); 3] = [("color", "colour"), ("force", "force-replace"), ("atomic", "rollback-on-failure")];

/// The letters after the first one, which may be longer than a byte.
fn next_letters(letters: &str) -> &str {
    let mut characters = letters.chars();
    characters.next();
    characters.as_str()
}

/// Go: pflag converts the byte to a string and takes that string's first byte as a rune again.
fn unknown_letter(letter: u8, letters: &str) -> FlagError {
    let shown = match letter {
        0x80..=0xBF => '\u{C2}',
        0xC0..=0xFF => '\u{C3}',
        _ => char::from(letter),
    };
    FlagError::Text(format!("unknown shorthand flag: {} in -{letters}", strconv::quote_rune(shown)))
}

/// Go: stripUnknownFlagValue keeps a following flag, and a last argument counts as the value.
fn skip_value(rest: &[String]) -> &[String] {
    match rest.split_first() {
        Some((value, after)) if !value.starts_with('-') => after,
        _ => rest,
    }
}

/// The kinds whose value a completion may add to although the flag is given.
pub(crate) fn accepts_more(kind: Kind) -> bool {
    kind.repeats()
}
