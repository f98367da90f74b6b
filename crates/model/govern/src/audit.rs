//! What happened, as a chain that shows every later change.
//!
//! Each writer numbers its entries and puts the hash of the one before into each: `hash =
//! SHA-256(body)`, and the body, kept byte for byte, holds `prev`. Signed [`Checkpoint`]s tie the
//! chains of all writers together from time to time. Everything here is pure: writing is the
//! store's, signing a port's.

mod checkpoint;
mod verify;

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

pub use checkpoint::{Checkpoint, CheckpointBody, Head, LetGo, Signer, Verifier, make_checkpoint};
pub use verify::{ChainVerifier, Fault, FaultKind, Summary};

use crate::timestamp::{Timestamp, rfc3339};

/// The `prev` of a writer's first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A caller used a server.
    Call,
    /// Somebody was let in, or was not.
    Authentication,
    /// A decision was asked for by itself.
    Decision,
    /// Somebody changed something through the API.
    Change,
    /// Something that an outsider asked to be recorded.
    External,
}

impl EventKind {
    /// The word in records and filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Authentication => "authentication",
            Self::Decision => "decision",
            Self::Change => "change",
            Self::External => "external",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was allowed and done, and the tool said that it failed.
    Error,
    /// It was not allowed.
    Denied,
    /// It was too often.
    Limited,
    /// The caller went away or took it back.
    Cancelled,
    /// It was allowed and could not be done.
    Failed,
}

impl Outcome {
    /// The word in records and filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Denied => "denied",
            Self::Limited => "limited",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// One thing that happened. Holds no secret and no argument, only the arguments' hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it began.
    #[serde(with = "rfc3339")]
    pub time: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// Who: [`crate::Principal::id`].
    pub caller: String,
    /// What was done: `tools/call`, `PUT /api/v1/servers/{name}`.
    pub action: String,
    /// The server that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The tool, prompt, resource or object that it was done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// [`hash_arguments`] of the arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// Whether it was allowed, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// The policies that decided.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty", with = "policies")]
    pub policies: Arc<[Arc<str>]>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<u64>,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What else there is to know, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// `Arc<[Arc<str>]>` as a list of texts.
mod policies {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(list: &Arc<[Arc<str>]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|item| &**item))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[Arc<str>]>, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.into_iter().map(Arc::from).collect())
    }
}

impl Event {
    /// An event with what every one has.
    pub fn new(time: Timestamp, kind: EventKind, caller: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            time,
            kind,
            caller: caller.into(),
            action: action.into(),
            server: None,
            name: None,
            arguments: None,
            allowed: None,
            policies: Arc::from([]),
            outcome: Outcome::Ok,
            latency_us: None,
            trace: None,
            detail: None,
        }
    }
}

/// The hash by which arguments appear in entries: SHA-256 over their bytes as they came.
pub fn hash_arguments(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[derive(Serialize)]
struct Body<'a> {
    writer: &'a str,
    seq: u64,
    prev: &'a str,
    event: &'a Event,
}

/// The body of an entry, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntryBody {
    /// Whose chain it belongs to.
    pub writer: String,
    /// Its number there, from 1.
    pub seq: u64,
    /// The hash of the entry before.
    pub prev: String,
    /// What happened.
    pub event: Event,
}

/// An entry as one line of the spool, a row of the store, a line of an export.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// SHA-256 of the body's bytes.
    pub hash: String,
    /// The body, byte for byte as it was hashed.
    pub body: Box<RawValue>,
}

impl Entry {
    /// Reads the body.
    pub fn read(&self) -> Result<EntryBody, serde_json::Error> {
        serde_json::from_str(self.body.get())
    }
}

/// The end of a writer's chain, to which entries are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    writer: String,
    seq: u64,
    head: String,
}

/// A link that was made and not yet taken: the line to write.
#[derive(Clone, Debug)]
pub struct Link {
    /// The entry as one line of JSON with its line end.
    pub line: Vec<u8>,
    seq: u64,
    hash: String,
}

impl Chain {
    /// A chain that goes on after an entry, or begins.
    pub fn resume(writer: &str, last: Option<(u64, &str)>) -> Self {
        let (seq, head) = last.unwrap_or((0, GENESIS));
        Self { writer: writer.to_owned(), seq, head: head.to_owned() }
    }

    /// Makes the next link. It counts once it is written and given to [`Chain::take`].
    pub fn link(&self, event: &Event) -> Result<Link, serde_json::Error> {
        let seq = self.seq + 1;
        let prefix = r#"{"hash":""#;
        let middle = r#"","body":"#;
        let mut line = Vec::with_capacity(640);
        line.extend_from_slice(prefix.as_bytes());
        line.extend_from_slice(GENESIS.as_bytes());
        line.extend_from_slice(middle.as_bytes());
        let start = line.len();
        serde_json::to_writer(&mut line, &Body { writer: &self.writer, seq, prev: &self.head, event })?;
        let hash = HEXLOWER.encode(&Sha256::digest(&line[start..]));
        line[prefix.len()..prefix.len() + hash.len()].copy_from_slice(hash.as_bytes());
        line.extend_from_slice(b"}\n");
        Ok(Link { line, seq, hash })
    }

    /// Goes on after a link that was written.
    pub fn take(&mut self, link: Link) {
        self.seq = link.seq;
        self.head = link.hash;
    }

    /// The last entry: its number, 0 when there is none, and its hash.
    pub fn head(&self) -> (u64, &str) {
        (self.seq, &self.head)
    }

    /// Whose chain it is.
    pub fn writer(&self) -> &str {
        &self.writer
    }
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
