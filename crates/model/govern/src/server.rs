//! Servers that are registered: a name and what is known about reaching it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest name of anything that is registered.
pub const MAX_NAME: usize = 128;

/// A registered server. What its settings mean is decided by who connects to it; here they are
/// data that is kept in the form in which the operator's file has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name in addresses, policies and records.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Kept, but not offered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// `url` or `command` and everything else that the file can say of a server.
    pub settings: Map<String, Value>,
}

/// Says whether a text can name a server, key, role, policy or limit: letters, digits, `_`, `-`,
/// `.`, not starting with a dot.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
