//! What the rules need of the outside, as traits that adapters implement.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::audit::{Event, EventKind, Outcome};
use crate::governance::Versioned;
use crate::key::ApiKey;
use crate::limit::{Bucket, LimitRule, Verdict};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::role::Role;
use crate::server::Server;
use crate::timestamp::Timestamp;
use crate::token::TokenError;
use corten_secret::Secret;

/// A future that a port returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such record.
    #[error("{kind} {id:?} does not exist")]
    NotFound {
        /// What kind of record.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// There is one of that name.
    #[error("{kind} {id:?} exists already")]
    Exists {
        /// What kind of record.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody else changed it in between.
    #[error("{kind} {id:?} was changed by somebody else: it is at version {current} now")]
    Conflict {
        /// What kind of record.
        kind: &'static str,
        /// Its id.
        id: String,
        /// Its version now.
        current: u64,
    },
    /// It comes from the operator's file, where it must be changed.
    #[error("{kind} {id:?} comes from the configuration file; change it there")]
    ReadOnly {
        /// What kind of record.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// The record does not fit the others.
    #[error("{0}")]
    Invalid(String),
    /// The store cannot be reached.
    #[error("the store cannot be used now, while {doing}: {reason}")]
    Unavailable {
        /// What was being done.
        doing: String,
        /// What the store said.
        reason: String,
    },
}

/// A record of a collection.
pub trait Record: Clone + Send + Sync + 'static {
    /// The word for it in paths, tables and messages.
    const KIND: &'static str;
    /// By what it is found.
    fn id(&self) -> &str;
}

impl Record for Server {
    const KIND: &'static str = "server";
    fn id(&self) -> &str {
        &self.name
    }
}

impl Record for ApiKey {
    const KIND: &'static str = "key";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Record for Role {
    const KIND: &'static str = "role";
    fn id(&self) -> &str {
        &self.name
    }
}

impl Record for Policy {
    const KIND: &'static str = "policy";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Record for LimitRule {
    const KIND: &'static str = "limit";
    fn id(&self) -> &str {
        &self.id
    }
}

/// Records of one kind. A change is in force in this process when its future is ready, and in
/// every other one within a second. A change that would leave the records without a consistent
/// snapshot is refused as [`StoreError::Invalid`].
pub trait Collection<T: Record>: Send + Sync {
    /// All of them, those of the operator's file too, by id.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Versioned<T>>, StoreError>>;
    /// One of them.
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Versioned<T>, StoreError>>;
    /// Adds one.
    fn create(&self, record: T) -> BoxFuture<'_, Result<Versioned<T>, StoreError>>;
    /// Replaces one that is still at the expected version; any version when none is said.
    fn replace(&self, record: T, expected: Option<u64>) -> BoxFuture<'_, Result<Versioned<T>, StoreError>>;
    /// Removes one that is still at the expected version; any version when none is said.
    fn delete<'a>(&'a self, id: &'a str, expected: Option<u64>) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Registered servers.
pub trait ServerStore: Collection<Server> {}
impl<S: Collection<Server>> ServerStore for S {}

/// Policies, roles and limits.
pub trait PolicyStore: Collection<Policy> + Collection<Role> + Collection<LimitRule> {}
impl<S: Collection<Policy> + Collection<Role> + Collection<LimitRule>> PolicyStore for S {}

/// How often a key was used, as far as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyUses {
    /// How often.
    pub count: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// API keys with their use counts.
pub trait KeyStore: Collection<ApiKey> {
    /// The uses of a key, including those not written down yet.
    fn uses<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<KeyUses, StoreError>>;
}

/// Why an entry was not recorded; what it would have recorded must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The spool cannot be written.
    #[error("the audit spool cannot be written: {0}")]
    Unwritable(String),
}

/// An entry that was handed over.
pub enum Recorded {
    /// It survives the end of this process.
    Done,
    /// It survives the end of the machine when the future is ready (`sync: always`).
    Syncing(BoxFuture<'static, Result<(), AuditError>>),
}

impl Recorded {
    /// Waits until the entry is as safe as the settings ask.
    pub async fn settled(self) -> Result<(), AuditError> {
        match self {
            Self::Done => Ok(()),
            Self::Syncing(future) => future.await,
        }
    }
}

/// Takes entries of the audit log before answers leave.
pub trait AuditSink: Send + Sync {
    /// Writes an entry. Takes microseconds and is meant to be called on the way of a call.
    fn record(&self, event: &Event) -> Result<Recorded, AuditError>;
    /// Says, without writing, whether entries can be taken: asked before a call is made upstream.
    fn is_writable(&self) -> bool;
}

/// What to look for in the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// By whom.
    pub caller: Option<String>,
    /// To which server.
    pub server: Option<String>,
    /// With what.
    pub name: Option<String>,
    /// About what.
    pub kind: Option<EventKind>,
    /// Ended how.
    pub outcome: Option<Outcome>,
    /// After this place, as the page before said it.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<crate::audit::Entry>,
    /// Where the next page starts, when there is one.
    pub next: Option<String>,
}

/// Reads the audit log.
pub trait AuditLog: Send + Sync {
    /// Finds entries.
    fn find(&self, query: AuditQuery) -> BoxFuture<'_, Result<AuditPage, StoreError>>;
}

/// What all replicas must know at once, each with a time after which it is forgotten.
///
/// Values are small and already sealed where they must be.
pub trait SharedState: Send + Sync {
    /// Puts a value under a key, in place of what is there.
    fn put<'a>(&'a self, key: &'a str, value: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>>;
    /// Puts a value under a key if there is none, and says whether it did.
    fn put_new<'a>(&'a self, key: &'a str, value: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<bool, StoreError>>;
    /// Reads a value.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>>;
    /// Removes and returns a value; of several that try, one gets it.
    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>>;
    /// Adds a message to the end of a topic's queue.
    fn push<'a>(&'a self, topic: &'a str, message: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>>;
    /// Waits until the queue of a topic has messages, then takes them in their order; none after the timeout. A
    /// topic has one that waits. Notices what is pushed in the same process at once, and what is pushed elsewhere
    /// within 50 ms (Redis) or 100 ms (SQL).
    fn pull<'a>(&'a self, topic: &'a str, timeout: Duration) -> BoxFuture<'a, Result<Vec<Vec<u8>>, StoreError>>;
    /// Says whether no other process can see what is shared.
    fn is_alone(&self) -> bool;
    /// Makes a session or token id invalid; ends, within a second, when it is so everywhere.
    fn revoke<'a>(&'a self, id: &'a str, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>>;
    /// Says whether an id was revoked within the last minutes, from memory that is at most a second old.
    fn is_revoked(&self, id: &str) -> bool;
    /// Says whether an id was revoked and its time is not over.
    fn was_revoked<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, StoreError>>;
    /// The version of a topic that [`SharedState::bump`] raises, from memory that is at most a second old.
    fn version(&self, topic: &str) -> u64;
    /// Tells all replicas that something about a topic changed.
    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<u64, StoreError>>;
}

/// The tokens of users at upstream servers, sealed where they are kept.
pub trait TokenVault: Send + Sync {
    /// Keeps a user's token of a server, in place of the one before.
    fn put<'a>(
        &'a self,
        user: &'a str,
        server: &'a str,
        token: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
    /// A user's token of a server.
    fn get<'a>(&'a self, user: &'a str, server: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, StoreError>>;
    /// Forgets a user's token of a server.
    fn delete<'a>(&'a self, user: &'a str, server: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Seals what leaves this process and comes back: session ids, request states, stored tokens.
pub trait Sealer: Send + Sync {
    /// Encrypts and authenticates; `purpose` must be the same when it is opened.
    fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8>;
    /// Opens what any of the known keys sealed; nothing when it was not sealed here for this purpose.
    fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// The answer of a limiter, at once or after asking around.
pub enum Checked {
    /// At once.
    Now(Verdict),
    /// After Redis was asked.
    Later(BoxFuture<'static, Verdict>),
}

impl Checked {
    /// Waits for the answer.
    pub async fn verdict(self) -> Verdict {
        match self {
            Self::Now(verdict) => verdict,
            Self::Later(future) => future.await,
        }
    }
}

/// Counts calls against limits.
pub trait Limiter: Send + Sync {
    /// Takes from every bucket; the first that is empty stops the call. Never fails: when what is
    /// shared cannot be reached, this process counts alone.
    fn take(&self, buckets: Vec<Bucket>, now: Timestamp) -> Checked;
}

/// Checks signed tokens of identity providers.
pub trait TokenVerifier: Send + Sync {
    /// The caller of a token whose signature, issuer, audience and times are right. `audience` is
    /// the address of the route that was called, accepted besides those of the rules.
    fn verify<'a>(
        &'a self,
        token: &'a str,
        audience: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<std::sync::Arc<Principal>, TokenError>>;
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Why something could not be done with a server, for the administrative API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// No such server or tool, or none that the caller may know of.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The server did not answer as it should.
    #[error("server {server:?} did not answer: {reason}")]
    Upstream {
        /// Which one.
        server: String,
        /// What happened.
        reason: String,
    },
    /// What was sent is not right.
    #[error("{0}")]
    Invalid(String),
    /// It is too often; come back later.
    #[error("too many calls")]
    Limited(Duration),
    /// It cannot be recorded, so it is not done.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// How a server is doing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServerHealth {
    /// Its name.
    pub name: String,
    /// `ready`, `idle`, `starting`, `failing` or `disabled`.
    pub state: String,
    /// Why, when it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The revision of the protocol that it speaks, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

/// Live access to servers for the administrative API, with the caller's own rights.
pub trait Desk: Send + Sync {
    /// Checks the settings of a server that is to be registered over the API.
    fn check_server(&self, server: &Server) -> Result<(), DeskError>;
    /// The tools of one server, or of all, that the caller may use, as MCP describes them, with
    /// `server` added.
    fn tools<'a>(
        &'a self,
        caller: &'a std::sync::Arc<Principal>,
        server: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<Map<String, Value>>, DeskError>>;
    /// Calls a tool under the caller's policies, limits and records; gives the MCP result.
    fn call<'a>(
        &'a self,
        caller: &'a std::sync::Arc<Principal>,
        server: &'a str,
        tool: &'a str,
        arguments: Map<String, Value>,
    ) -> BoxFuture<'a, Result<Value, DeskError>>;
    /// How every server is doing, from memory.
    fn health(&self) -> Vec<ServerHealth>;
}
