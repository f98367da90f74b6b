//! The command line: argv in, text and an exit status out.
//!
//! [`run`] takes a [`Call`] (words, environment, streams), so that a test can hold all of it in memory;
//! the binary hands in the real ones. `table` is the const table of all commands and flags; `find`,
//! `flags`, `help` and `complete` read it as cobra and pflag read theirs; `run` has one module per command.

mod client;
mod complete;
mod config;
mod csv;
mod demo;
mod find;
mod flags;
mod help;
mod kube;
mod paths;
mod plugins;
mod print;
mod repositories;
mod run;
mod runtime;
mod session;
mod settings;
mod table;
mod up;

pub use run::run;
pub use session::Call;
pub use settings::{Homes, Settings, Variables};
pub use table::{
    Arguments, Candidates, Choices, Command, Comparison, Flag, Job, Kind, Need, OWN, Part, Preset, Program, ROOT,
    Section, Serving, Shell, Verb,
};

/// The first word of the processes between a gateway and its child processes; nobody types it.
pub const SUPERVISE: &str = "__supervise";
