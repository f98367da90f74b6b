//! One run of the program: its settings, its streams and how it ends.

use std::io::{self, Write};

use corten_gotmpl::LogLevel;

use crate::flags::FlagSet;
use crate::plugins::Plugin;
use crate::settings::{Settings, Variables};
use crate::table::{Command, Program};

/// What the program is started with.
pub struct Call<'a> {
    /// The executable and its arguments.
    pub line: Vec<String>,
    /// The environment.
    pub variables: Variables<'a>,
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether standard error is a terminal.
    pub is_terminal: bool,
    /// Whether standard output is a terminal.
    pub is_output_terminal: bool,
    /// How many characters a line of the terminal holds.
    pub width: Option<usize>,
    /// The process leaves with `_exit`, so no thread has to be waited for.
    pub is_hasty: bool,
}

/// The state of a run.
pub(crate) struct Session<'a> {
    pub(crate) program: Program,
    /// The program with its commands, those of plugins among them.
    pub(crate) root: &'static Command,
    /// The plugins that add commands.
    pub(crate) plugins: Vec<Plugin>,
    /// The executable as it was called.
    pub(crate) executable: String,
    /// The settings of the environment alone, which defaults in help come from.
    pub(crate) presets: Settings,
    /// The settings with the global flags taken over.
    pub(crate) settings: Settings,
    /// The global flags after the first pass over the command line.
    pub(crate) globals: FlagSet,
    /// Whether standard error is a terminal.
    pub(crate) is_terminal: bool,
    /// Whether standard output is a terminal.
    pub(crate) is_output_terminal: bool,
    /// How many characters a line of the terminal holds.
    pub(crate) width: Option<usize>,
    /// Whether threads are left behind at the end.
    pub(crate) is_hasty: bool,
    variables: Variables<'a>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Shown as `Error: …`.
    Error(String),
    /// Shown as `Error: …`, with a next step on lines of their own.
    Hint { error: String, hint: String },
    /// Shown as a line of the log, as Go's `log.Fatal` does.
    Fatal(String),
    /// Shown as `Error: …`, with an exit status of its own.
    Status { text: String, status: u8 },
    /// Everything was said already.
    Silent,
    /// Everything was said already, and the exit status says something itself.
    Quiet(u8),
    /// Nobody reads the output any more.
    Closed,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Error(text)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Error(error.to_string()),
        }
    }
}

impl<'a> Session<'a> {
    /// Reads the environment; no flag is parsed yet.
    pub(crate) fn new(mut call: Call<'a>) -> Self {
        let executable = if call.line.is_empty() { String::new() } else { call.line.swap_remove(0) };
        let presets = Settings::from_variables(call.variables);
        Self {
            program: Program::of(&executable),
            root: Program::of(&executable).root(),
            plugins: Vec::new(),
            executable,
            settings: presets.clone(),
            presets,
            globals: FlagSet::default(),
            is_terminal: call.is_terminal,
            is_output_terminal: call.is_output_terminal,
            width: call.width,
            is_hasty: call.is_hasty,
            variables: call.variables,
            out: call.out,
            err: call.err,
        }
    }

    /// A variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name)
    }

    /// Whether texts for people are coloured.
    pub(crate) fn is_coloured(&self) -> bool {
        match self.settings.color.as_str() {
            "never" => false,
            "always" => true,
            _ => self.is_terminal,
        }
    }

    /// The flags of a command, those of the first pass with their values, and `--help`.
    pub(crate) fn flags_of(&self, command: &Command) -> FlagSet {
        let mut flags = FlagSet::of(command, &self.presets);
        flags.merge(&self.globals);
        crate::help::add_help_flag(&mut flags, &self.presets);
        flags
    }

    /// Writes to standard output.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }

    /// Standard output, for what writes on its own.
    pub(crate) fn output(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Writes bytes to standard output.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Writes to standard error, after what was written to standard output.
    pub(crate) fn complain(&mut self, text: &str) {
        // Nothing can be said where standard error itself fails.
        drop(self.out.flush());
        drop(self.err.write_all(text.as_bytes()));
        drop(self.err.flush());
    }

    /// Hands everything written to the system.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    /// Logs a line; debug lines only with `--debug`.
    pub(crate) fn log(&mut self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        if level != LogLevel::Debug || self.settings.debug {
            self.complain(&corten_host::log_line(level, message, attributes));
        }
    }

    /// Writes to the file that completion is debugged with. Go: cobra `CompDebug`.
    pub(crate) fn complete_log(&mut self, text: &str, also_stderr: bool) {
        if let Some(path) = self.variable("BASH_COMP_DEBUG_FILE").filter(|path| !path.is_empty()) {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
            drop(file.and_then(|mut file| file.write_all(text.as_bytes())));
        }
        if also_stderr {
            self.complain(text);
        }
    }
}
