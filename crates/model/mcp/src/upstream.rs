//! The port to the servers behind the gateway.
//!
//! An [`Upstream`] is one configured server, however it is reached. It hands out [`Connection`]s:
//! for a stateless server always the same one, for a server of the session era one per session.
//! The adapter speaks the transport: handshake, headers, framing, credentials, limits, children,
//! reconnection. It does not translate between eras and does not rename: bodies that come through
//! [`Connection::call`] go out as they are, and what comes back comes back as it was.
//!
//! Rules that both sides keep:
//! - dropping the future of a call, or the stream of its [`Reply`], cancels the call: the adapter
//!   closes the exchange, and sends `notifications/cancelled` where the transport needs that;
//! - a call is sent at most once; [`UpstreamError::was_sent`] says whether the server may have run it;
//! - ids and progress tokens are unique among the calls of a connection, unless
//!   [`Connection::has_own_exchanges`] says that every call has an exchange of its own;
//! - every wait has an end: the deadline of the call, or the limits of the configuration.

pub mod config;
mod error;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use config::{
    Command, Credentials, Limits, Listing, NameRules, OpenApi, Sharing, Target, ToolChange, Transport, UpstreamConfig,
};
pub use error::UpstreamError;

use crate::capability::{ClientCapabilities, ServerCapabilities};
use crate::message::Message;
use crate::revision::Revision;
use corten_secret::Secret;

/// One configured server.
pub trait Upstream: Send + Sync {
    /// How it is configured.
    fn config(&self) -> &UpstreamConfig;

    /// Asks the server what it is: `server/discover`, and `initialize` where that is not known.
    /// The answer is kept; with `again` the server is asked anew, with the cheapest request that it
    /// understands and without starting a child that is stopped because it was idle.
    fn discover(&self, context: CallContext, again: Again) -> BoxFuture<'_, Result<Arc<ServerFacts>, UpstreamError>>;

    /// What the server said last, if it was asked.
    fn facts(&self) -> Option<Arc<ServerFacts>>;

    /// Opens a connection for a client with these capabilities. A server of the session era gets an
    /// `initialize` and `notifications/initialized`, or, with [`Opening::resume`], nothing: the
    /// session is used again as it is, and a session that is gone shows at the first call.
    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Arc<dyn Connection>, UpstreamError>>;

    /// Ends everything: connections, sessions, children. Later calls fail.
    fn stop(&self) -> BoxFuture<'_, ()>;
}

/// A way to reach a server, for one session or for all callers.
pub trait Connection: Send + Sync {
    /// What the server is.
    fn facts(&self) -> &Arc<ServerFacts>;

    /// Whether every call has an exchange of its own, so that ids and tokens cannot be mixed up:
    /// true for streamable HTTP to a stateless server.
    fn has_own_exchanges(&self) -> bool;

    /// What it takes to open the same session elsewhere; none when it cannot be done or needs nothing.
    fn session(&self) -> Option<SessionHandle>;

    /// Whether the connection ended, by itself or by [`Connection::close`].
    fn is_closed(&self) -> bool;

    /// Sends a request and waits for the first that comes back.
    fn call(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, UpstreamError>>;

    /// Sends what wants no response: a notification, or the answer to a request of the server.
    fn send(&self, message: Bytes, context: CallContext) -> BoxFuture<'_, Result<(), UpstreamError>>;

    /// What the server sends outside of any call, for a server of the session era: the `GET` stream,
    /// or what arrives on a shared channel and belongs to no call. At most one listener at a time;
    /// a new one ends the one before. Reconnects by itself (with `Last-Event-ID`) until it is dropped.
    fn listen(
        &self,
        context: CallContext,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError>>;

    /// Ends the session at the server and the connection.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Whether an answer that is kept will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It will.
    Kept,
    /// The server is to be asked.
    Asked,
}

/// What a server says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// The revision that we speak with it.
    pub revision: Revision,
    /// All revisions that it named.
    pub supported: Vec<Revision>,
    /// What it offers.
    pub capabilities: ServerCapabilities,
    /// What it is called (an `Implementation`), as JSON text.
    pub info: Option<Box<str>>,
    /// What it tells a model about its use, as text.
    pub instructions: Option<Box<str>>,
    /// `ttlMs` and `cacheScope` of the answer to `server/discover`.
    pub caching: Option<Caching>,
}

/// For how long and for whom a result may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caching {
    /// For how long, in milliseconds.
    pub ttl_ms: u64,
    /// Whether it is the same for every caller.
    pub is_public: bool,
}

/// What a connection is opened for.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What the client can be asked for.
    pub capabilities: ClientCapabilities,
    /// What the client is called (an `Implementation`), as JSON text; ours when not given.
    pub client_info: Option<Box<str>>,
    /// The session to use again.
    pub resume: Option<SessionHandle>,
    /// Whose credentials to use, and for how long to wait.
    pub context: CallContext,
}

/// What it takes to use a session of a server again, on another machine too.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionHandle {
    /// The id that the server gave.
    #[serde(rename = "i")]
    pub id: String,
    /// The revision agreed on.
    #[serde(rename = "r")]
    pub revision: Revision,
}

/// On whose behalf something is sent, and within what bounds.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// Stands for the caller where a server keeps callers apart; the same for the same caller always.
    /// Empty when the gateway asks for itself.
    pub caller: Arc<str>,
    /// The caller's own token; sent on or exchanged only where [`Credentials`] say so.
    pub token: Option<Arc<Secret>>,
    /// Headers to send besides the adapter's own, in lower case: `mcp-param-*`, `traceparent`.
    pub headers: Arc<[(Box<str>, Box<str>)]>,
    /// For how long to wait for the response; the server's own timeout when not given.
    pub timeout: Option<Duration>,
}

impl CallContext {
    /// The context of what the gateway asks for itself.
    pub fn own() -> Self {
        Self { caller: "".into(), token: None, headers: Arc::new([]), timeout: None }
    }
}

/// A request on its way to a server.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The body, ready to be sent.
    pub body: Bytes,
    /// The id in the body, as JSON text.
    pub id: Box<str>,
    /// The method in the body.
    pub method: Box<str>,
    /// What the request is about, for `Mcp-Name`: `params.name`, `uri` or `taskId`.
    pub name: Option<Box<str>>,
    /// The progress token in the body, as JSON text: `notifications/progress` with it belong to the call.
    pub progress_token: Option<Box<str>>,
    /// On whose behalf.
    pub context: CallContext,
}

/// What comes back for a request.
pub enum Reply {
    /// The response, and nothing before it. Errors of JSON-RPC come here too, whatever the HTTP status.
    Single(Bytes),
    /// Messages that end with the response: notifications, and requests of a server of the session
    /// era that are to be answered through [`Connection::send`]. A stream that ends without a
    /// response ends with an error.
    Stream(BoxStream<'static, Result<Message, UpstreamError>>),
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Single(body) => out.debug_tuple("Single").field(body).finish(),
            Self::Stream(_) => out.write_str("Stream"),
        }
    }
}
