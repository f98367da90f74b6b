//! What servers tell clients outside of any call.
//!
//! A client of the session era has one stream for it (`GET`); a stateless one asks for what it wants
//! (`subscriptions/listen`). Either gets it from servers of both eras. Each server is followed by a
//! task of its own that comes back when the server was away; all end with the client's stream.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::message::{edit, notification, quote, request, response};
use corten_mcp::upstream::{CallContext, Outgoing, ServerFacts, UpstreamError};
use corten_mcp::{Era, Kind, Message, RpcError, meta};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::ask;
use crate::call::{Call, Outlet, response_of};
use crate::catalogue::View;
use crate::reply::{Failure, Frame};
use crate::router::Core;
use crate::server::{Server, subscribe};
use crate::session::Session;

const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether a session wants something else.
const LOOK: Duration = Duration::from_millis(250);
const FLAGS: [(&str, &str); 3] =
    [("tools", "toolsListChanged"), ("prompts", "promptsListChanged"), ("resources", "resourcesListChanged")];

/// What a client wants to hear of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// Of changes of which lists: `tools`, `prompts`, `resources`.
    lists: Vec<&'static str>,
    /// Of changes of which resources.
    resources: Vec<String>,
}

impl Wanted {
    fn read(params: &str) -> Self {
        let filter = edit::member(params, "notifications").unwrap_or("{}");
        let lists = FLAGS.iter().filter(|(_, flag)| edit::member(filter, flag) == Some("true"));
        let resources = edit::elements(edit::member(filter, "resourceSubscriptions").unwrap_or("[]"));
        Self {
            lists: lists.map(|(name, _)| *name).collect(),
            resources: resources.into_iter().filter_map(|uri| Some(edit::text(uri)?.into_owned())).collect(),
        }
    }

    fn to_json(&self) -> String {
        let mut members: Vec<String> = FLAGS
            .iter()
            .filter(|(name, _)| self.lists.contains(name))
            .map(|(_, flag)| format!("\"{flag}\":true"))
            .collect();
        if !self.resources.is_empty() {
            let uris: Vec<String> = self.resources.iter().map(|uri| quote(uri)).collect();
            members.push(format!("\"resourceSubscriptions\":[{}]", uris.join(",")));
        }
        format!("{{{}}}", members.join(","))
    }

    fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.resources.is_empty()
    }

    /// The part that a server can tell of.
    fn of_server(&self, facts: &ServerFacts, own: impl Fn(&str) -> bool) -> Self {
        let tells = facts.capabilities.tells_updates();
        Self {
            lists: self.lists.iter().filter(|name| facts.capabilities.tells_changes(name)).copied().collect(),
            resources: self.resources.iter().filter(|uri| tells && own(uri)).cloned().collect(),
        }
    }

    /// Whether a notification is wanted.
    fn takes(&self, message: &Message) -> bool {
        match message.method() {
            "notifications/resources/updated" => {
                message.name().is_some_and(|uri| self.resources.iter().any(|wanted| wanted == uri))
            }
            method => self.lists.iter().any(|name| {
                method.strip_prefix("notifications/").and_then(|rest| rest.strip_suffix("/list_changed")) == Some(name)
            }),
        }
    }

    fn unite(&mut self, more: &Self) {
        for name in &more.lists {
            if !self.lists.contains(name) {
                self.lists.push(name);
            }
        }
        self.resources.extend(more.resources.iter().cloned());
    }
}

/// Serves `subscriptions/listen` until the client leaves or the stream has been open long enough.
pub(crate) async fn listen(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    let wanted = Wanted::read(call.message.params().unwrap_or("{}"));
    let settings = call.core.settings();
    let mut owners = Vec::new();
    for uri in &wanted.resources {
        let owner = call.view.owners(uri, &call.context, &settings).await.into_iter().next();
        owners.push((uri.clone(), owner.map(|owner| owner.server.name().to_owned())));
    }
    let asked = call.view.servers.iter().map(|server| {
        let (wanted, owners) = (&wanted, &owners);
        async move {
            let facts = tokio::time::timeout(settings_wait(call), server.facts(&call.context)).await.ok()?.ok()?;
            let is_own =
                |uri: &str| owners.iter().any(|(known, owner)| known == uri && owner.as_deref() == Some(server.name()));
            let part = wanted.of_server(&facts, is_own);
            (!part.is_empty()).then(|| (Arc::clone(server), facts, part))
        }
    });
    let parts: Vec<_> = futures::future::join_all(asked).await.into_iter().flatten().collect();
    let mut agreed = Wanted::default();
    let mut tasks = JoinSet::new();
    let (sender, mut messages) = mpsc::channel(64);
    let mut ready = Vec::new();
    for (server, facts, part) in parts {
        agreed.unite(&part);
        let (is_ready, became_ready) = tokio::sync::oneshot::channel();
        ready.push(became_ready);
        tasks.spawn(follow(server, facts, part, call.context.clone(), sender.clone(), is_ready));
    }
    drop(sender);
    // Whoever is told that it listens must not miss what happens next.
    drop(tokio::time::timeout(settings_wait(call), futures::future::join_all(ready)).await);
    let id = call.id();
    let acknowledged =
        format!("{{\"_meta\":{{\"{}\":{id}}},\"notifications\":{}}}", meta::SUBSCRIPTION_ID, agreed.to_json());
    let gone = || Failure::Rpc(RpcError::new(corten_mcp::code::INTERNAL_ERROR, "the client went away"));
    let first = notification("notifications/subscriptions/acknowledged", &acknowledged);
    outlet.send(first).await.map_err(|_| gone())?;
    let mut draining = call.core.draining.subscribe();
    let end = tokio::time::sleep(settings.stream_limit);
    tokio::pin!(end);
    loop {
        let message = tokio::select! {
            Some(message) = messages.recv() => message,
            () = &mut end => break,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        if agreed.takes(&message) {
            outlet.send(tagged(&message, Some(id))).await.map_err(|_| gone())?;
        }
    }
    let result = format!("{{\"resultType\":\"complete\",\"_meta\":{{\"{}\":{id}}}}}", meta::SUBSCRIPTION_ID);
    Ok(response(id, &result))
}

fn settings_wait(call: &Call) -> Duration {
    call.core.settings().list_wait
}

/// A notification with the subscription that it belongs to, or without any.
fn tagged(message: &Message, id: Option<&str>) -> Bytes {
    let params = message.params().unwrap_or("{}");
    let own = edit::without_members(edit::member(params, "_meta").unwrap_or("{}"), &[meta::SUBSCRIPTION_ID]);
    let own = id.map_or(own.clone(), |id| edit::with_member(&own, meta::SUBSCRIPTION_ID, id));
    let params =
        if own == "{}" { edit::without_members(params, &["_meta"]) } else { edit::with_member(params, "_meta", &own) };
    match message.params_span() {
        Some(span) => edit::splice(message.body(), &[(span.range(), &params)]),
        None => notification(message.method(), &params),
    }
}

/// Follows a server and comes back to it, until nobody listens.
async fn follow(
    server: Arc<Server>,
    facts: Arc<ServerFacts>,
    wanted: Wanted,
    context: CallContext,
    out: mpsc::Sender<Message>,
    is_ready: tokio::sync::oneshot::Sender<()>,
) {
    let mut is_ready = Some(is_ready);
    while !out.is_closed() {
        let source = match facts.revision.era() {
            Era::Stateless => stateless_source(&server, &wanted, &context).await,
            Era::Session => session_source(&server, &wanted, &context).await,
        };
        match source {
            Ok(mut source) => {
                if let Some(is_ready) = is_ready.take() {
                    // Whoever asked may have stopped to wait.
                    is_ready.send(()).unwrap_or_default();
                }
                while let Some(message) = source.next().await {
                    if message.kind() == Kind::Notification && out.send(message).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) => tracing::debug!(server = server.name(), %error, "cannot subscribe at server"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn stateless_source(
    server: &Arc<Server>,
    wanted: &Wanted,
    context: &CallContext,
) -> Result<BoxStream<'static, Message>, UpstreamError> {
    let link = server.link(&corten_mcp::ClientCapabilities::default(), None, context).await?;
    let mut stream = subscribe(&link, server.number(), &wanted.to_json(), context.clone()).await?;
    // The server says first what it agrees to; from then on it tells of every change.
    if let Some(first) = stream.next().await {
        first?;
    }
    Ok(stream
        .take_while(|message| std::future::ready(message.is_ok()))
        .filter_map(|message| async { message.ok() })
        .boxed())
}

async fn session_source(
    server: &Arc<Server>,
    wanted: &Wanted,
    context: &CallContext,
) -> Result<BoxStream<'static, Message>, UpstreamError> {
    let feed = server.feed.subscribe();
    server.feed.start(server);
    for uri in &wanted.resources {
        own_call(server, "resources/subscribe", uri, context).await?;
    }
    Ok(futures::stream::unfold(feed, |mut feed| async move {
        loop {
            match feed.recv().await {
                Ok(message) => return Some((message, feed)),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
            }
        }
    })
    .boxed())
}

/// Subscribes or unsubscribes on the connection that the feed listens to.
async fn own_call(server: &Arc<Server>, method: &str, uri: &str, context: &CallContext) -> Result<(), UpstreamError> {
    let context = if server.is_per_caller() { context.clone() } else { CallContext::own() };
    let link = server.link(&corten_mcp::ClientCapabilities::default(), None, &context).await?;
    let id = format!("\"corten-{}\"", server.number());
    let outgoing = Outgoing {
        body: request(&id, method, &format!("{{\"uri\":{}}}", quote(uri))),
        id: id.into(),
        method: method.into(),
        name: Some(uri.into()),
        progress_token: None,
        context,
    };
    let reply = link.connection.call(outgoing).await?;
    response_of(reply, server.name()).await.map(drop)
}

/// Opens the stream of a session: what all its servers tell.
pub(crate) fn session_stream(
    core: &Arc<Core>,
    view: &Arc<View>,
    session: &Arc<Session>,
    context: &CallContext,
) -> BoxStream<'static, Frame> {
    let (sender, receiver) = mpsc::channel(64);
    let mut tasks = JoinSet::new();
    for server in &view.servers {
        let follow = follow_for_session(
            Arc::clone(core),
            Arc::clone(server),
            Arc::clone(session),
            context.clone(),
            sender.clone(),
        );
        tasks.spawn(follow);
    }
    let limit = core.settings().stream_limit;
    let draining = core.draining.subscribe();
    let end = Box::pin(async move {
        let mut draining = draining;
        tokio::select! {
            () = tokio::time::sleep(limit) => {}
            _ = draining.wait_for(|draining| *draining) => {}
        }
    });
    // The sender stays here so that the stream stays open while no server has anything to tell.
    futures::stream::unfold((receiver, tasks, sender), |(mut receiver, tasks, sender)| async move {
        receiver.recv().await.map(|message| (Frame::new(message), (receiver, tasks, sender)))
    })
    .take_until(end)
    .boxed()
}

async fn follow_for_session(
    core: Arc<Core>,
    server: Arc<Server>,
    session: Arc<Session>,
    context: CallContext,
    out: mpsc::Sender<Bytes>,
) {
    while !out.is_closed() {
        let followed = match server.facts(&context).await {
            Ok(facts) if facts.revision.era() == Era::Stateless => {
                follow_stateless(&core, &server, &facts, &session, &context, &out).await
            }
            Ok(facts) if server.is_dedicated(&facts) => follow_own(&core, &server, &session, &context, &out).await,
            Ok(_) => follow_shared(&core, &server, &session, &out).await,
            Err(error) => Err(error),
        };
        if let Err(error) = followed {
            tracing::debug!(server = server.name(), %error, "cannot follow server for a session");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The session has a connection of its own: everything on it is for the client.
async fn follow_own(
    core: &Core,
    server: &Arc<Server>,
    session: &Session,
    context: &CallContext,
    out: &mpsc::Sender<Bytes>,
) -> Result<(), UpstreamError> {
    let link = session.link(server, context, &*core.shared, &core.sealer).await?;
    let mut stream = link.connection.listen(context.clone()).await?;
    while let Some(message) = stream.next().await {
        let message = message?;
        let body = match (message.kind(), message.id_span(), message.id()) {
            (Kind::Request, Some(_), Some(id)) if message.method() == "ping" => {
                link.connection.send(response(id, "{}"), context.clone()).await?;
                continue;
            }
            (Kind::Request, Some(span), Some(id)) => {
                let outward = ask::outward_id(server.name(), id);
                edit::splice(message.body(), &[(span.range(), &outward)])
            }
            (Kind::Notification, ..) => message.into_body(),
            _ => continue,
        };
        if out.send(body).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// All callers share the connection: the client gets what it can see and what it subscribed to.
async fn follow_shared(
    core: &Core,
    server: &Arc<Server>,
    session: &Session,
    out: &mpsc::Sender<Bytes>,
) -> Result<(), UpstreamError> {
    let mut feed = server.feed.subscribe();
    server.feed.start(server);
    loop {
        let message = match feed.recv().await {
            Ok(message) => message,
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return Ok(()),
        };
        let resources = session.settings(&*core.shared, &core.sealer).await.resources;
        let wanted = Wanted { lists: FLAGS.iter().map(|(name, _)| *name).collect(), resources };
        if wanted.takes(&message) && out.send(message.into_body()).await.is_err() {
            return Ok(());
        }
    }
}

/// The server is asked for what the session wants, and again when that changes.
async fn follow_stateless(
    core: &Core,
    server: &Arc<Server>,
    facts: &ServerFacts,
    session: &Session,
    context: &CallContext,
    out: &mpsc::Sender<Bytes>,
) -> Result<(), UpstreamError> {
    let topic = session.topic();
    loop {
        let version = core.shared.version(&topic);
        let resources = session.settings(&*core.shared, &core.sealer).await.resources;
        let all = Wanted { lists: FLAGS.iter().map(|(name, _)| *name).collect(), resources };
        let wanted = all.of_server(facts, |_| true);
        let mut source = if wanted.is_empty() {
            futures::stream::pending().boxed()
        } else {
            stateless_source(server, &wanted, context).await?
        };
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {
                    // What did not change lately has no version in memory.
                    let now = core.shared.version(&topic);
                    if now != version && now != 0 {
                        break;
                    }
                }
                message = source.next() => {
                    let Some(message) = message else { return Ok(()) };
                    if message.kind() == Kind::Notification && out.send(tagged(&message, None)).await.is_err() {
                        return Ok(());
                    }
                }
                () = out.closed() => return Ok(()),
            }
        }
    }
}

/// Subscribes a session to a resource, or takes that back, at a server that does not keep its session.
pub(crate) async fn subscribe_session(
    core: &Core,
    server: &Arc<Server>,
    session: &Session,
    uri: &str,
    context: &CallContext,
    is_on: bool,
) -> Result<(), UpstreamError> {
    let facts = server.facts(context).await?;
    if is_on && facts.revision.era() == Era::Session {
        own_call(server, "resources/subscribe", uri, context).await?;
    }
    session
        .change_settings(&*core.shared, &core.sealer, |settings| {
            settings.resources.retain(|known| known != uri);
            if is_on {
                settings.resources.push(uri.to_owned());
            }
        })
        .await;
    Ok(())
}
