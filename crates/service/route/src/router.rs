//! The router: takes requests of clients, gives what goes back.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::message::split_batch;
use corten_mcp::meta::RequestMeta;
use corten_mcp::shared::SharedState;
use corten_mcp::upstream::{CallContext, Upstream};
use corten_mcp::{ClientCapabilities, Era, Kind, Message, Revision, RpcError, code, header};
use futures::StreamExt as _;
use http::HeaderMap;
use tokio::sync::{mpsc, watch};

use crate::ask::{self, Asks};
use crate::call::{Call, Client, Stateless};
use crate::catalogue::View;
use crate::check::{self, Speaks};
use crate::drive;
use crate::governor::{Caller, Governor};
use crate::office::{Office, Posted};
use crate::opening;
use crate::park::Parked;
use crate::reply::{Body, Failure, Reply};
use crate::seal::{SealError, Sealer};
use crate::server::{Health, Server};
use crate::session::Session;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::trace::Tracer;

/// How often what nobody uses is let go.
const TIDY: Duration = Duration::from_secs(10);

/// What a router is made of.
pub struct Parts {
    /// The servers.
    pub upstreams: Vec<Arc<dyn Upstream>>,
    /// The settings.
    pub settings: Settings,
    /// Policies, limits and records.
    pub governor: Arc<dyn Governor>,
    /// What several gateways share.
    pub shared: Arc<dyn SharedState>,
    /// The keys of session ids.
    pub sealer: Arc<Sealer>,
    /// Where spans of calls go; without it traces pass as clients say them.
    pub tracer: Option<Arc<dyn Tracer>>,
}

/// Takes requests of clients to servers and back.
#[derive(Clone)]
pub struct Router {
    core: Arc<Core>,
}

/// What all requests share.
pub(crate) struct Core {
    snapshot: RwLock<Arc<Snapshot>>,
    pub(crate) governor: Arc<dyn Governor>,
    pub(crate) shared: Arc<dyn SharedState>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) tracer: Option<Arc<dyn Tracer>>,
    pub(crate) sessions: Sessions,
    pub(crate) asks: Asks,
    pub(crate) parked: Parked,
    pub(crate) office: Office,
    pub(crate) draining: watch::Sender<bool>,
}

/// The configuration at one moment.
pub(crate) struct Snapshot {
    settings: Arc<Settings>,
    pub(crate) all: Arc<View>,
    single: BTreeMap<Box<str>, Arc<View>>,
}

/// A request of a client.
pub struct Incoming {
    /// The server that the path names, or none for all.
    pub server: Option<Box<str>>,
    /// Who asks.
    pub caller: Caller,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Core {
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.snapshot().settings)
    }
}

impl Snapshot {
    fn new(servers: Vec<Arc<Server>>, settings: Settings) -> Self {
        let single = servers
            .iter()
            .map(|server| (Box::from(server.name()), Arc::new(View::of_one(Arc::clone(server)))))
            .collect();
        let all = Arc::new(View::of_all(servers, settings.naming));
        Self { settings: Arc::new(settings), all, single }
    }

    fn view(&self, server: Option<&str>) -> Option<Arc<View>> {
        match server {
            None => Some(Arc::clone(&self.all)),
            Some(name) => self.single.get(name).map(Arc::clone),
        }
    }
}

impl Router {
    /// A router. Starts to listen to servers; needs a runtime.
    pub fn new(parts: Parts) -> Result<Self, SealError> {
        let office = Office::new()?;
        let servers: Vec<Arc<Server>> = sorted(parts.upstreams).into_iter().map(Server::new).map(Arc::new).collect();
        for server in &servers {
            server.feed.start(server);
        }
        let core = Arc::new(Core {
            snapshot: RwLock::new(Arc::new(Snapshot::new(servers, parts.settings))),
            governor: parts.governor,
            shared: parts.shared,
            sealer: parts.sealer,
            tracer: parts.tracer,
            sessions: Sessions::default(),
            asks: Asks::default(),
            parked: Parked::default(),
            office,
            draining: watch::Sender::new(false),
        });
        tokio::spawn(tidy(Arc::downgrade(&core)));
        list_ahead(&core.snapshot());
        Ok(Self { core })
    }

    /// Takes other servers and settings from now on. A server whose configuration is the same keeps
    /// its connections; calls that are under way go on.
    pub async fn reload(&self, upstreams: Vec<Arc<dyn Upstream>>, settings: Settings) {
        let old = self.core.snapshot();
        let mut kept = Vec::new();
        let mut unused = Vec::new();
        for upstream in sorted(upstreams) {
            let same = old.all.servers.iter().find(|server| server.upstream().config() == upstream.config());
            if let Some(server) = same {
                if !Arc::ptr_eq(server.upstream(), &upstream) {
                    unused.push(upstream);
                }
                kept.push(Arc::clone(server));
                continue;
            }
            let server = Arc::new(Server::new(upstream));
            server.feed.start(&server);
            kept.push(server);
        }
        let gone: Vec<Arc<Server>> = old
            .all
            .servers
            .iter()
            .filter(|server| !kept.iter().any(|kept| Arc::ptr_eq(kept, server)))
            .map(Arc::clone)
            .collect();
        let snapshot = Arc::new(Snapshot::new(kept, settings));
        list_ahead(&snapshot);
        *self.core.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        for upstream in unused {
            upstream.stop().await;
        }
        let patience = self.core.settings().list_wait;
        tokio::spawn(async move {
            // What is under way at a server that is gone gets the time to end.
            tokio::time::sleep(patience).await;
            futures::future::join_all(gone.iter().map(|server| server.stop())).await;
        });
    }

    /// Serves a `POST`.
    pub async fn post(&self, incoming: Incoming) -> Reply {
        let Some(view) = self.core.snapshot().view(incoming.server.as_deref()) else { return Reply::empty(404) };
        match split_batch(&incoming.body) {
            Ok(None) => self.single(view, incoming).await,
            Ok(Some(parts)) => self.batch(view, &incoming, parts).await,
            Err(error) => Reply::json(400, error.to_response("null")),
        }
    }

    async fn single(&self, view: Arc<View>, incoming: Incoming) -> Reply {
        let message = match Message::parse(incoming.body.clone()) {
            Ok(message) => message,
            Err(error) => return Reply::json(400, error.to_response("null")),
        };
        let speaks = match check::classify(&message, &incoming.headers) {
            Ok(speaks) => speaks,
            Err(error) => return Reply::json(400, error.to_response(message.id().unwrap_or("null"))),
        };
        let context = context(&incoming);
        match speaks {
            Speaks::Opening => {
                let scope = incoming.server.as_deref();
                opening::initialize(&self.core, &view, scope, &incoming.caller, &message, context).await
            }
            Speaks::Stateless => self.stateless(view, incoming, message, context).await,
            Speaks::Session => {
                let session = match self.session(&incoming).await {
                    Ok(session) => session,
                    Err(reply) => return reply,
                };
                self.in_session(view, &incoming, session, message, context).await
            }
        }
    }

    async fn stateless(&self, view: Arc<View>, incoming: Incoming, message: Message, context: CallContext) -> Reply {
        match message.kind() {
            Kind::Request => {}
            Kind::Notification => return Reply::empty(202),
            Kind::Response | Kind::Error => {
                let error = RpcError::new(code::INVALID_REQUEST, "answers are sent in inputResponses");
                return Reply::json(400, error.to_response("null"));
            }
        }
        let meta = RequestMeta::read(message.meta().unwrap_or("{}"));
        let client = Client::Stateless(Arc::new(Stateless {
            capabilities: ClientCapabilities::new(meta.capabilities.unwrap_or("{}")),
            info: meta.client_info.map(Into::into),
            log_level: meta.log_level.and_then(corten_mcp::message::edit::text).map(Into::into),
        }));
        let core = Arc::clone(&self.core);
        let prefers_events = prefers_events(&incoming.headers);
        let call = Call { core, view, caller: incoming.caller, client, message, context, prefers_events, span: None };
        let call = call.traced();
        if let Err(error) = check_mirrored(&call, &incoming.headers).await {
            return Reply::json(400, error.to_response(call.id()));
        }
        drive::stateless(call).await
    }

    async fn in_session(
        &self,
        view: Arc<View>,
        incoming: &Incoming,
        session: Arc<Session>,
        message: Message,
        context: CallContext,
    ) -> Reply {
        match message.kind() {
            Kind::Request => {
                let client = Client::Session(Arc::clone(&session));
                let core = Arc::clone(&self.core);
                let caller = incoming.caller.clone();
                let prefers_events = prefers_events(&incoming.headers);
                let call = Call { core, view, caller, client, message, context, prefers_events, span: None };
                drive::session(call.traced(), session).await
            }
            Kind::Notification => {
                self.notified(&view, &session, message, context).await;
                Reply::empty(202)
            }
            Kind::Response | Kind::Error => match ask::answered(&self.core, &view, &session, message, context).await {
                Ok(()) => Reply::empty(202),
                Err(failure) => failure.reply("null", Era::Session),
            },
        }
    }

    /// A notification of a client: a call is called off, or servers are told.
    async fn notified(&self, view: &View, session: &Arc<Session>, message: Message, context: CallContext) {
        match message.method() {
            "notifications/initialized" => return,
            "notifications/cancelled" => {
                let id = message.param("requestId").unwrap_or("null");
                if session.cancel(id) {
                    return;
                }
            }
            _ => {}
        }
        for server in &view.servers {
            let keeps = server
                .upstream()
                .facts()
                .is_some_and(|facts| facts.revision.era() == Era::Session && server.is_dedicated(&facts));
            if !keeps {
                continue;
            }
            let sent = match session.link(server, &context, &*self.core.shared, &self.core.sealer).await {
                Ok(link) => link.connection.send(message.body().clone(), context.clone()).await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                tracing::debug!(server = server.name(), %error, "cannot pass a notification on");
            }
        }
    }

    async fn session(&self, incoming: &Incoming) -> Result<Arc<Session>, Reply> {
        let id = match check::text(&incoming.headers, header::SESSION_ID) {
            Ok(Some(id)) => id,
            Ok(None) => {
                let error =
                    RpcError::new(code::INVALID_REQUEST, "the Mcp-Session-Id header is missing: initialize first");
                return Err(Reply::json(400, error.to_response("null")));
            }
            Err(error) => return Err(Reply::json(400, error.to_response("null"))),
        };
        let found = self.core.sessions.find(&self.core, id, &incoming.caller.id, incoming.server.as_deref());
        found.await.map_err(|failure| failure.reply("null", Era::Session))
    }

    /// Several messages in one body, as 2025-03-26 has them.
    async fn batch(&self, view: Arc<View>, incoming: &Incoming, parts: Vec<Bytes>) -> Reply {
        const MOST: usize = 100;
        let wrong = |text: &str| Reply::json(400, RpcError::new(code::INVALID_REQUEST, text).to_response("null"));
        if parts.len() > MOST {
            return wrong("the batch has more than 100 messages");
        }
        let session = match self.session(incoming).await {
            Ok(session) => session,
            Err(reply) => return reply,
        };
        if !session.sealed.revision.has_batches() {
            return wrong("the revision that was agreed on has no batches");
        }
        let served = parts.into_iter().map(|part| async {
            let message = match Message::parse(part) {
                Ok(message) => message,
                Err(error) => return Reply::json(400, error.to_response("null")),
            };
            if message.method() == "initialize" {
                return wrong("initialize cannot be part of a batch");
            }
            self.in_session(Arc::clone(&view), incoming, Arc::clone(&session), message, context(incoming)).await
        });
        drive::joined(futures::future::join_all(served).await)
    }

    /// Serves a `GET`: the stream of a session, or one that a client comes back to.
    pub async fn get(&self, incoming: &Incoming) -> Reply {
        let Some(view) = self.core.snapshot().view(incoming.server.as_deref()) else { return Reply::empty(404) };
        let named = check::text(&incoming.headers, header::PROTOCOL_VERSION).ok().flatten().and_then(Revision::parse);
        let has_session = incoming.headers.contains_key(header::SESSION_ID);
        if !has_session || named.is_some_and(|revision| revision.era() == Era::Stateless) {
            return Reply::empty(405);
        }
        let session = match self.session(incoming).await {
            Ok(session) => session,
            Err(reply) => return reply,
        };
        let last = check::text(&incoming.headers, header::LAST_EVENT_ID).ok().flatten();
        let mut again = last.and_then(|last| session.replays.resume(last));
        if let Some(last) = last.filter(|_| again.is_none()) {
            again = Office::resume(&self.core, &session, last).await;
        }
        if let Some(stream) = again {
            return Reply { body: Body::Events(stream), ..Reply::empty(200) };
        }
        let stream = crate::listen::session_stream(&self.core, &view, &session, &context(incoming));
        Reply { body: Body::Events(stream.boxed()), ..Reply::empty(200) }
    }

    /// Serves a `DELETE`: a session ends.
    pub async fn delete(&self, incoming: &Incoming) -> Reply {
        if self.core.snapshot().view(incoming.server.as_deref()).is_none() {
            return Reply::empty(404);
        }
        if !incoming.headers.contains_key(header::SESSION_ID) {
            return Reply::empty(405);
        }
        match self.session(incoming).await {
            Ok(session) => {
                self.core.sessions.end(&self.core, &session, &context(incoming)).await;
                Reply::empty(204)
            }
            Err(reply) => reply,
        }
    }

    /// A name for a stream of this gateway. Other gateways hand over what comes with it.
    pub fn stream_name(&self) -> Result<String, SealError> {
        Office::new_name(&self.core)
    }

    /// What clients sent to other gateways for streams of this one; whoever asks first gets it.
    pub fn posted(&self) -> Option<mpsc::Receiver<Posted>> {
        self.core.office.posted()
    }

    /// Hands a message over to the gateway that has its stream; whether there is such a gateway.
    pub async fn hand_over(&self, posted: Posted) -> bool {
        Office::hand_over(&self.core, posted).await
    }

    /// Whether there is a server of a name.
    pub fn has_server(&self, name: &str) -> bool {
        self.core.snapshot().single.contains_key(name)
    }

    /// The servers as they look from outside.
    pub fn health(&self) -> Vec<Health> {
        self.core.snapshot().all.servers.iter().map(|server| server.health()).collect()
    }

    /// How many sessions are kept here, and how many calls wait for answers of stateless clients.
    pub fn counts(&self) -> (usize, usize) {
        (self.core.sessions.len(), self.core.parked.len())
    }

    /// Ends open streams; calls that are under way go on.
    pub fn drain(&self) {
        self.core.draining.send_replace(true);
    }

    /// Ends everything.
    pub async fn stop(&self) {
        self.drain();
        let snapshot = self.core.snapshot();
        futures::future::join_all(snapshot.all.servers.iter().map(|server| server.stop())).await;
    }
}

/// Puts lists together in the background, for as long as a server may take to answer.
fn list_ahead(snapshot: &Arc<Snapshot>) {
    let snapshot = Arc::clone(snapshot);
    tokio::spawn(async move {
        drop(tokio::time::timeout(snapshot.settings.list_wait, snapshot.all.list_ahead()).await);
    });
}

/// By name, so that lists have the same order everywhere.
fn sorted(mut upstreams: Vec<Arc<dyn Upstream>>) -> Vec<Arc<dyn Upstream>> {
    upstreams.sort_by(|left, right| left.config().name.cmp(&right.config().name));
    upstreams
}

/// On whose behalf a request goes on, and the headers that go with it.
fn context(incoming: &Incoming) -> CallContext {
    let passed =
        |name: &str| matches!(name, "traceparent" | "tracestate" | "baggage") || name.starts_with(header::PARAM_PREFIX);
    let headers: Vec<(Box<str>, Box<str>)> = incoming
        .headers
        .iter()
        .filter(|(name, _)| passed(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().into(), value.to_str().ok()?.into())))
        .collect();
    CallContext {
        caller: Arc::clone(&incoming.caller.id),
        token: incoming.caller.token.clone(),
        headers: headers.into(),
        timeout: None,
    }
}

/// Whether a client names streams before single answers in what it takes.
fn prefers_events(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(http::header::ACCEPT).map(http::HeaderValue::as_bytes) else { return false };
    let find = |kind: &str| memchr::memmem::find(accept, kind.as_bytes());
    find("text/event-stream").is_some_and(|events| find("application/json").is_none_or(|json| events < json))
}

/// Checks headers that mirror arguments. A stateless server does it itself; for one that does not
/// know such headers the tool's schema is looked up.
async fn check_mirrored(call: &Call, headers: &HeaderMap) -> Result<(), RpcError> {
    if call.message.method() != "tools/call" {
        return Ok(());
    }
    let Some(name) = call.message.name() else { return Ok(()) };
    let settings = call.core.settings();
    let kind = crate::catalogue::ListKind::Tools;
    let Some(found) = call.view.resolve(kind, name, &call.context, &settings).await else { return Ok(()) };
    let is_session = found.server.upstream().facts().is_some_and(|facts| facts.revision.era() == Era::Session);
    let entry = match found.entry {
        Some(entry) => Some(entry),
        None if is_session => {
            let list = found.server.lists.get(&found.server, kind, &call.context, settings.list_keep);
            let list = tokio::time::timeout(settings.list_wait, list).await.ok().and_then(Result::ok);
            list.and_then(|list| list.find(&found.key).map(|entry| Arc::clone(&entry.raw)))
        }
        None => None,
    };
    let Some(entry) = entry.filter(|entry| memchr::memmem::find(entry.as_bytes(), b"x-mcp-header").is_some()) else {
        return Ok(());
    };
    let schema = corten_mcp::message::edit::member(&entry, "inputSchema").unwrap_or("{}");
    check::check_params(schema, call.message.param("arguments").unwrap_or("{}"), headers)
}

/// Lets go of what nobody uses, and asks servers that were away.
async fn tidy(core: std::sync::Weak<Core>) {
    loop {
        tokio::time::sleep(TIDY).await;
        let Some(core) = core.upgrade() else { return };
        core.parked.tidy();
        core.sessions.tidy(&core, core.settings().session_keep);
        let snapshot = core.snapshot();
        let tended = snapshot.all.servers.iter().map(|server| async move {
            server.tidy().await;
            let health = server.health();
            if health.is_resting || health.facts.is_none() {
                server.probe().await;
            }
        });
        drop(tokio::time::timeout(TIDY, futures::future::join_all(tended)).await);
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        failure.reply("null", Era::Session)
    }
}
