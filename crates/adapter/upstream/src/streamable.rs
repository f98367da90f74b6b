//! Streamable HTTP, of servers with sessions (2025-03-26 to 2025-11-25) and without (2026-07-28).
//!
//! The era is found out once by `server/discover` and `initialize`, then kept. A server that knows neither method at
//! its address is tried as HTTP+SSE.

mod answers;
mod connection;
mod post;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use corten_mcp::upstream::{
    Again, CallContext, Connection, Opening, ServerFacts, Target, Transport, Upstream, UpstreamConfig, UpstreamError,
};
use corten_mcp::{ClientCapabilities, Era, Message, Revision};
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::exchange::{Web, header, parse_url};
use crate::handshake::{self, INITIALIZED, Probe};
use crate::outside::Outside;
use crate::signer::Signer;
use crate::sse::SseUpstream;
use connection::HttpConnection;
use post::Post;

/// A server at an address.
pub(crate) struct HttpUpstream {
    server: Arc<Server>,
    /// Held while the server is asked what it is: others wait for the one answer.
    asking: tokio::sync::Mutex<()>,
    kept: Mutex<Kept>,
}

/// What is known of the server, and what is open to it for ourselves.
#[derive(Default)]
struct Kept {
    facts: Option<Arc<ServerFacts>>,
    /// The one connection of a server without sessions.
    shared: Option<Arc<HttpConnection>>,
    /// Our own session, for probes.
    probe: Option<Arc<HttpConnection>>,
    /// The server, if it speaks HTTP+SSE.
    old: Option<Arc<SseUpstream>>,
    is_stopped: bool,
}

/// What connections need of the server.
pub(crate) struct Server {
    pub(crate) config: UpstreamConfig,
    pub(crate) web: Web,
    pub(crate) url: Uri,
    pub(crate) signer: Signer,
    /// The headers that every request has.
    pub(crate) headers: HeaderMap,
    pub(crate) permits: Arc<Semaphore>,
    outside: Arc<Outside>,
}

impl Server {
    pub(crate) fn new(config: UpstreamConfig, outside: &Arc<Outside>) -> Result<Self, UpstreamError> {
        let Target::Http { url, headers: own, .. } = &config.target else {
            return Err(UpstreamError::Unsupported { server: config.name, what: "HTTP".into() });
        };
        let url = parse_url(&config.name, url)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("corten/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in own {
            let pair = name.parse::<HeaderName>().ok().zip(header(value.expose()));
            let (name, mut value) = pair.ok_or_else(|| UpstreamError::Forbidden {
                server: config.name.clone(),
                reason: format!("its header {name:?} has characters that no header can have").into(),
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            web: Web::new(&config, Some(&url))?,
            signer: Signer::new(&config, &url, outside)?,
            permits: Arc::new(Semaphore::new(config.limits.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            outside: Arc::clone(outside),
            url,
            headers,
            config,
        })
    }
}

impl HttpUpstream {
    pub(crate) fn new(config: UpstreamConfig, outside: &Arc<Outside>) -> Result<Self, UpstreamError> {
        let server = Arc::new(Server::new(config, outside)?);
        Ok(Self { server, asking: tokio::sync::Mutex::default(), kept: Mutex::default() })
    }

    fn kept<T>(&self, run: impl FnOnce(&mut Kept) -> T) -> T {
        run(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn check(&self) -> Result<(), UpstreamError> {
        if !self.kept(|kept| kept.is_stopped) {
            return Ok(());
        }
        let (server, reason) = (self.server.config.name.clone(), "it was stopped".into());
        Err(UpstreamError::Closed { server, reason, was_sent: false })
    }

    async fn find_out(&self, context: &CallContext, again: Again) -> Result<Arc<ServerFacts>, UpstreamError> {
        let before = self.kept(|kept| kept.facts.clone());
        if again == Again::Kept
            && let Some(facts) = before
        {
            return Ok(facts);
        }
        let _one = self.asking.lock().await;
        self.check()?;
        if again == Again::Kept
            && let Some(facts) = self.kept(|kept| kept.facts.clone())
        {
            return Ok(facts);
        }
        if let Some(old) = self.kept(|kept| kept.old.clone()) {
            return old.discover(context.clone(), again).await;
        }
        // A probe with a session that the server still knows is one ping.
        if let Some(probe) = self.kept(|kept| kept.probe.clone()) {
            match probe.ping(context).await {
                Ok(()) => return Ok(Arc::clone(probe.facts())),
                Err(error) if !error.is_session_gone() => return Err(error),
                Err(_) => self.kept(|kept| kept.probe = None),
            }
        }
        let facts = Arc::new(self.ask(context).await?);
        self.kept(|kept| {
            kept.facts = Some(Arc::clone(&facts));
            kept.shared = None;
        });
        Ok(facts)
    }

    /// Asks the server what it is, without what is known.
    async fn ask(&self, context: &CallContext) -> Result<ServerFacts, UpstreamError> {
        let known = self.server.config.revision;
        let revision = match known.filter(|revision| revision.era() == Era::Session) {
            Some(revision) => revision,
            None => match self.probe(context).await? {
                Probe::Stateless(facts) => return Ok(*facts),
                Probe::Session(_) if known.is_some() => {
                    return Err(self.server.web.protocol("it does not speak 2026-07-28, as its configuration says"));
                }
                Probe::Session(revision) => revision,
            },
        };
        let opened = self.initialize(revision, &ClientCapabilities::default(), None, context).await;
        match opened {
            Ok(connection) => {
                let facts = ServerFacts::clone(connection.facts());
                self.kept(|kept| kept.probe = Some(Arc::new(connection)));
                Ok(facts)
            }
            // The address knows no POST: it may be a stream of HTTP+SSE.
            Err(UpstreamError::Status { status: 400 | 404 | 405, .. }) if self.is_auto() => {
                let mut config = self.server.config.clone();
                if let Target::Http { transport, .. } = &mut config.target {
                    *transport = Transport::Sse;
                }
                let old = Arc::new(SseUpstream::new(config, &self.server.outside)?);
                let facts = old.discover(context.clone(), Again::Asked).await?;
                self.kept(|kept| kept.old = Some(old));
                Ok(ServerFacts::clone(&facts))
            }
            Err(error) => Err(error),
        }
    }

    fn is_auto(&self) -> bool {
        matches!(self.server.config.target, Target::Http { transport: Transport::Auto, .. })
    }

    async fn probe(&self, context: &CallContext) -> Result<Probe, UpstreamError> {
        let mut post = Post::new(&self.server, context, self.server.config.limits.list);
        post.revision(Revision::LATEST);
        post.method("server/discover", None);
        match post.answer(handshake::discover(), handshake::DISCOVER_ID).await {
            Ok((answer, _)) => handshake::judge(&answer).map_err(|reason| self.server.web.protocol(reason)),
            // A server of the session era may refuse what it does not know in any way it likes.
            Err(UpstreamError::Status { status: 400..=499, .. } | UpstreamError::SessionGone { .. }) => {
                Ok(Probe::Session(Revision::LATEST_SESSION))
            }
            Err(error) => Err(error),
        }
    }

    async fn initialize(
        &self,
        revision: Revision,
        capabilities: &ClientCapabilities,
        info: Option<&str>,
        context: &CallContext,
    ) -> Result<HttpConnection, UpstreamError> {
        let post = Post::new(&self.server, context, self.server.config.limits.list);
        let body = handshake::initialize(revision, capabilities, info);
        let (answer, session) = post.answer(body, handshake::OWN_ID).await?;
        let facts = self.same_or(self.read_initialized(&answer)?);
        let connection = HttpConnection::session(&self.server, facts, session);
        connection.send(Bytes::from_static(INITIALIZED), context.clone()).await?;
        Ok(connection)
    }

    /// What is known, where the server says the same again: sessions share it.
    fn same_or(&self, facts: ServerFacts) -> Arc<ServerFacts> {
        let known = self.kept(|kept| kept.facts.clone()).filter(|known| **known == facts);
        known.unwrap_or_else(|| Arc::new(facts))
    }

    fn read_initialized(&self, answer: &Message) -> Result<ServerFacts, UpstreamError> {
        handshake::initialized(answer).map_err(|reason| {
            // Some servers say with an error that they know no such method.
            if answer.is_response() && answer.payload_member("code") == Some("-32601") {
                let server = self.server.config.name.clone();
                let status = StatusCode::NOT_FOUND.as_u16();
                return UpstreamError::Status { server, status, body: answer.body().clone() };
            }
            self.server.web.protocol(reason)
        })
    }

    async fn open_connection(&self, opening: Opening) -> Result<Arc<dyn Connection>, UpstreamError> {
        self.check()?;
        if let Some(session) = opening.resume {
            let facts = self.find_out(&opening.context, Again::Kept).await?;
            let facts = self.same_or(ServerFacts { revision: session.revision, ..ServerFacts::clone(&facts) });
            let id = header(&session.id);
            return Ok(Arc::new(HttpConnection::session(&self.server, facts, id)));
        }
        let facts = self.find_out(&opening.context, Again::Kept).await?;
        if let Some(old) = self.kept(|kept| kept.old.clone()) {
            return old.open(opening).await;
        }
        if facts.revision.era() == Era::Stateless {
            return Ok(self.kept(|kept| {
                let shared =
                    kept.shared.get_or_insert_with(|| Arc::new(HttpConnection::stateless(&self.server, facts)));
                Arc::clone(shared) as Arc<dyn Connection>
            }));
        }
        let info = opening.client_info.as_deref();
        let opened = self.initialize(facts.revision, &opening.capabilities, info, &opening.context).await?;
        Ok(Arc::new(opened))
    }
}

impl Upstream for HttpUpstream {
    fn config(&self) -> &UpstreamConfig {
        &self.server.config
    }

    fn discover(&self, context: CallContext, again: Again) -> BoxFuture<'_, Result<Arc<ServerFacts>, UpstreamError>> {
        Box::pin(async move { self.find_out(&context, again).await })
    }

    fn facts(&self) -> Option<Arc<ServerFacts>> {
        self.kept(|kept| kept.facts.clone())
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Arc<dyn Connection>, UpstreamError>> {
        Box::pin(self.open_connection(opening))
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (probe, old) = self.kept(|kept| {
                kept.is_stopped = true;
                kept.facts = None;
                kept.shared = None;
                (kept.probe.take(), kept.old.take())
            });
            if let Some(probe) = probe {
                probe.close().await;
            }
            if let Some(old) = old {
                old.stop().await;
            }
            self.server.permits.close();
        })
    }
}

/// When a wait for a server ends.
pub(crate) fn deadline(context: &CallContext, otherwise: std::time::Duration) -> Instant {
    Instant::now() + context.timeout.unwrap_or(otherwise)
}
