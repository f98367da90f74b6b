//! What an operator says about the gateway as a whole.

use std::time::Duration;

/// How names of several servers are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Names stay as they are; of two that are equal the first server's is kept, by the order of their names.
    None,
    /// The server's prefix stands before each name. A single server has none.
    #[default]
    Prefix,
    /// Names stay as they are; the server with the lower priority number keeps a name.
    Priority,
    /// Only tools to which the configuration gives a name are offered, under that name.
    Manual,
}

/// Settings of a router.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How names of several servers are kept apart.
    pub naming: Naming,
    /// Fail when one server does not answer, instead of leaving it out with a warning.
    pub is_strict: bool,
    /// For how long to wait for a server's part of a list.
    pub list_wait: Duration,
    /// How many entries a page of a list has.
    pub page: usize,
    /// For how long a list of a server without hints is kept, unless it says that the list changed.
    pub list_keep: Duration,
    /// For how long a question to a client waits for its answer.
    pub answer_wait: Duration,
    /// For how long a call of the session era goes on after its client went away, so that it can come back.
    pub resume_wait: Duration,
    /// For how long a session that nobody uses is held in memory; its id stays good.
    pub session_keep: Duration,
    /// For how long a stream may stay open.
    pub stream_limit: Duration,
    /// What we are called.
    pub name: Box<str>,
    /// Our version.
    pub version: Box<str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            naming: Naming::Prefix,
            is_strict: false,
            list_wait: Duration::from_secs(10),
            page: 1000,
            list_keep: Duration::from_secs(5),
            answer_wait: Duration::from_mins(10),
            resume_wait: Duration::from_secs(15),
            session_keep: Duration::from_mins(5),
            stream_limit: Duration::from_hours(1),
            name: "corten".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}
