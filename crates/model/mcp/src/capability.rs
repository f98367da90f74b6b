//! What clients and servers say that they can do.
//!
//! The objects pass on as they came; here are only the questions that routing and translation ask.

use crate::message::edit;

/// What a client can be asked for, as it said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCapabilities(Box<str>);

impl Default for ClientCapabilities {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl ClientCapabilities {
    /// Keeps an object; anything else stands for no capabilities.
    pub fn new(object: &str) -> Self {
        if object.starts_with('{') { Self(object.into()) } else { Self::default() }
    }

    /// The object, as JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Whether the client can be asked by this method.
    pub fn allows(&self, method: &str) -> bool {
        capability_of(method).is_none_or(|name| edit::member(&self.0, name).is_some())
    }

    /// Whether the client can open a URL for its user.
    pub fn opens_urls(&self) -> bool {
        edit::member(&self.0, "elicitation").is_some_and(|object| edit::member(object, "url").is_some())
    }

    /// Whether the client declared an extension.
    pub fn has_extension(&self, name: &str) -> bool {
        edit::member(&self.0, "extensions").is_some_and(|object| edit::member(object, name).is_some())
    }
}

/// The client capability that a method of a server needs.
pub fn capability_of(method: &str) -> Option<&'static str> {
    match method {
        "elicitation/create" => Some("elicitation"),
        "sampling/createMessage" => Some("sampling"),
        "roots/list" => Some("roots"),
        _ => None,
    }
}

/// What a server offers, as it said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCapabilities(Box<str>);

impl Default for ServerCapabilities {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl ServerCapabilities {
    /// Keeps an object; anything else stands for no capabilities.
    pub fn new(object: &str) -> Self {
        if object.starts_with('{') { Self(object.into()) } else { Self::default() }
    }

    /// The object, as JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Whether the server offers this: `tools`, `prompts`, `resources`, `logging`, `completions`.
    pub fn offers(&self, name: &str) -> bool {
        edit::member(&self.0, name).is_some()
    }

    /// Whether the server tells when its list of `tools`, `prompts` or `resources` changes.
    pub fn tells_changes(&self, name: &str) -> bool {
        self.flag(name, "listChanged")
    }

    /// Whether the server tells when single resources change.
    pub fn tells_updates(&self) -> bool {
        self.flag("resources", "subscribe")
    }

    /// Whether the server declared an extension.
    pub fn has_extension(&self, name: &str) -> bool {
        edit::member(&self.0, "extensions").is_some_and(|object| edit::member(object, name).is_some())
    }

    fn flag(&self, name: &str, flag: &str) -> bool {
        edit::member(&self.0, name).and_then(|object| edit::member(object, flag)) == Some("true")
    }
}
