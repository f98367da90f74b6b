//! What a fixture sees of a call and what it answers.

use std::collections::BTreeMap;

use rmcp::model::ClientCapabilities;
use serde_json::{Map, Value, json};

use crate::jobs::Job;

/// One round of a call: the request, and what the client answered so far.
#[derive(Debug)]
pub struct Round {
    /// The arguments of the call.
    pub arguments: Map<String, Value>,
    /// The answers to what an earlier round asked, by key.
    pub answers: Option<BTreeMap<String, Value>>,
    /// What an earlier round gave the client to keep.
    pub state: Option<Value>,
    /// What the client can do.
    pub capabilities: ClientCapabilities,
    /// The request's `_meta`.
    pub meta: Value,
    /// The request's HTTP headers.
    pub headers: Value,
}

impl Round {
    /// Returns an answer that has the form of a result: an object.
    pub fn answer(&self, key: &str) -> Option<&Map<String, Value>> {
        self.answers.as_ref()?.get(key)?.as_object()
    }

    /// Returns a field of the content of an elicitation's answer as text.
    pub fn field(&self, key: &str, field: &str) -> Option<&str> {
        self.answer(key)?.get("content")?.get(field)?.as_str()
    }

    /// Returns an argument as text.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name)?.as_str()
    }
}

/// What a round ends in.
#[derive(Debug)]
pub enum Turn {
    /// The result of the call.
    Done(Value),
    /// Requests to the client by key, and a state to give back.
    Ask(Vec<(&'static str, Value)>, Option<Value>),
    /// The notes one after another, then the result.
    Play(Vec<Note>, Value),
    /// The call goes on as a task where the client knows tasks.
    Task(Job),
    /// A protocol error: code, message, data.
    Fail(i32, String, Option<Value>),
}

impl Turn {
    /// One line of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::content(&[json!({"type": "text", "text": text.into()})])
    }

    /// Content blocks.
    pub fn content(blocks: &[Value]) -> Self {
        Self::Done(json!({"content": blocks, "isError": false}))
    }

    /// One line of text with `isError`.
    pub fn error(text: impl Into<String>) -> Self {
        Self::Done(json!({"content": [{"type": "text", "text": text.into()}], "isError": true}))
    }
}

/// What a fixture does besides answering.
#[derive(Debug, Clone)]
pub enum Note {
    /// A log message of level info.
    Log(&'static str),
    /// A log message of the level that the request asks for, if it does.
    LogAsAsked(&'static str),
    /// Progress of a hundred.
    Progress(f64, &'static str),
    /// Nothing for some milliseconds.
    Pause(u64),
    /// The tools changed.
    Tools,
    /// The prompts changed.
    Prompts,
    /// A resource changed.
    Resource(String),
}
