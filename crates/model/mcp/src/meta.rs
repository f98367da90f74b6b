//! The keys of `_meta` that the protocol reserves, and what a stateless request says about its sender.

use std::borrow::Cow;

use crate::code::RpcError;
use crate::message::edit;

/// The revision of a request.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// What the sender of a request is called.
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// What the sender of a request can be asked for.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The lowest level of log messages that the sender of a request wants.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// The subscription that a notification belongs to.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// What the sender of a result is called.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// The task that a question of 2025-11-25 belongs to.
pub const RELATED_TASK: &str = "io.modelcontextprotocol/related-task";
/// The token under which progress is told.
pub const PROGRESS_TOKEN: &str = "progressToken";
/// Upstreams that a list leaves out, with the reason for each: `{"files": "timed out"}`.
pub const LEFT_OUT: &str = "dev.corten/leftOut";

/// What `_meta` of a stateless request says, as JSON text.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestMeta<'a> {
    /// The revision.
    pub version: Option<&'a str>,
    /// The sender.
    pub client_info: Option<&'a str>,
    /// What the sender can be asked for.
    pub capabilities: Option<&'a str>,
    /// The lowest level of log messages wanted.
    pub log_level: Option<&'a str>,
    /// The token under which progress is told.
    pub progress_token: Option<&'a str>,
}

impl<'a> RequestMeta<'a> {
    /// Reads the keys that matter from `_meta`.
    pub fn read(meta: &'a str) -> Self {
        let mut found = Self::default();
        edit::each_member(meta, |key, value| match key {
            PROTOCOL_VERSION => found.version = Some(value),
            CLIENT_INFO => found.client_info = Some(value),
            CLIENT_CAPABILITIES => found.capabilities = Some(value),
            LOG_LEVEL => found.log_level = Some(value),
            PROGRESS_TOKEN => found.progress_token = Some(value),
            _ => {}
        });
        found
    }

    /// The revision, when it is given as a string.
    pub fn version_text(&self) -> Option<Cow<'a, str>> {
        edit::text(self.version?)
    }

    /// Whether the request has what 2026-07-28 asks of every request.
    pub fn is_complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// The required keys that are missing or malformed.
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.version_text().is_none() {
            missing.push(PROTOCOL_VERSION);
        }
        if !self.capabilities.is_some_and(|value| value.starts_with('{')) {
            missing.push(CLIENT_CAPABILITIES);
        }
        missing
    }

    /// Checks what 2026-07-28 asks of every request.
    pub fn check(&self) -> Result<(), RpcError> {
        let missing = self.missing();
        if !missing.is_empty() {
            let keys = missing.join(", ");
            return Err(RpcError::invalid_params(format!("_meta lacks or has malformed required keys: {keys}")));
        }
        if self.client_info.is_some_and(|value| !value.starts_with('{')) {
            return Err(RpcError::invalid_params(format!("{CLIENT_INFO} in _meta is not an object")));
        }
        if let Some(level) = self.log_level
            && !edit::text(level).is_some_and(|level| LOG_LEVELS.contains(&&*level))
        {
            return Err(RpcError::invalid_params(format!("unknown log level {level} in _meta")));
        }
        Ok(())
    }
}

/// The levels of log messages, from the least to the most severe.
pub const LOG_LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let meta = RequestMeta::read(r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":1}"#);
        assert_eq!(meta.missing(), [CLIENT_CAPABILITIES]);
        assert_eq!(meta.progress_token, Some("1"));
        assert!(meta.check().is_err());
    }
}
