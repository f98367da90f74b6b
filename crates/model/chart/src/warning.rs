//! Log lines as data: the front decides how they are printed.

use std::fmt;

/// The severity of a [`Warning`], as Go's slog names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `INFO`: also what Go's plain `log.Printf` comes out as.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
}

/// Something Helm tells on stderr and goes on: `level=WARN msg="…" key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The severity.
    pub level: Level,
    /// The message.
    pub message: String,
    /// The attributes in order.
    pub attributes: Vec<(&'static str, String)>,
}

impl Warning {
    /// Go: `log.Printf`, which slog shows at level INFO.
    pub fn info(message: impl Into<String>) -> Self {
        Self { level: Level::Info, message: message.into(), attributes: Vec::new() }
    }

    /// Go: `slog.Warn`.
    pub fn warn(message: impl Into<String>) -> Self {
        Self { level: Level::Warn, message: message.into(), attributes: Vec::new() }
    }

    /// The same warning with one attribute more.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}
