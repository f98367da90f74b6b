//! A connection by streamable HTTP: a session, or the one way to a server that has none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::message::split_batch;
use corten_mcp::sse::Reader;
use corten_mcp::upstream::{CallContext, Connection, Outgoing, Reply, ServerFacts, SessionHandle, UpstreamError};
use corten_mcp::{Era, Message, Revision};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};
use http::header::HeaderName;
use http::{HeaderValue, Method};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::answers::Answers;
use super::post::{Answered, Post, names_method, with_id};
use super::{Server, deadline};
use crate::exchange::header;
use crate::handshake;

/// How long the last word to a server may take: a cancellation, the end of a session.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long to wait before a stream outside of calls is taken up again, at first and at most.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// A session at a server.
pub(crate) struct Session {
    /// What the server calls it; some name none.
    pub(crate) id: Option<HeaderValue>,
    /// The revision agreed on.
    pub(crate) revision: Revision,
    is_closed: AtomicBool,
}

impl Session {
    /// Tells the server that nobody waits for a response any more.
    pub(crate) fn cancel(self: &Arc<Self>, server: &Arc<Server>, id: &str, context: CallContext) {
        let params = format!(r#"{{"requestId":{id},"reason":"the caller does not wait any more"}}"#);
        let body = corten_mcp::message::notification("notifications/cancelled", &params);
        let (session, server) = (Arc::clone(self), Arc::clone(server));
        // Without a runtime there is nobody left to tell it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        drop(runtime.spawn(async move {
            let context = CallContext { timeout: Some(FAREWELL), ..context };
            let mut post = Post::new(&server, &context, FAREWELL);
            post.revision(session.revision);
            post.session(session.id.as_ref());
            if let Err(error) = post.send(Method::POST, body).await {
                tracing::debug!(server = %server.config.name, %error, "a cancellation did not arrive");
            }
        }));
    }
}

/// A connection by streamable HTTP.
pub(crate) struct HttpConnection {
    server: Arc<Server>,
    facts: Arc<ServerFacts>,
    session: Option<Arc<Session>>,
    /// Ends the listener before a new one starts.
    listener: Mutex<Option<oneshot::Sender<()>>>,
}

impl HttpConnection {
    /// The one connection to a server without sessions.
    pub(crate) fn stateless(server: &Arc<Server>, facts: Arc<ServerFacts>) -> Self {
        Self { server: Arc::clone(server), facts, session: None, listener: Mutex::default() }
    }

    /// A session.
    pub(crate) fn session(server: &Arc<Server>, facts: Arc<ServerFacts>, id: Option<HeaderValue>) -> Self {
        let session = Session { id, revision: facts.revision, is_closed: AtomicBool::new(false) };
        Self { session: Some(Arc::new(session)), ..Self::stateless(server, facts) }
    }

    /// Asks whether the server is there.
    pub(crate) async fn ping(&self, context: &CallContext) -> Result<(), UpstreamError> {
        let mut post = Post::new(&self.server, context, self.server.config.limits.list);
        self.address(&mut post);
        let (body, id) = handshake::ping(self.facts.revision.era());
        // An error is an answer too.
        post.answer(body, id).await.map(drop)
    }

    fn address(&self, post: &mut Post<'_>) {
        post.revision(self.facts.revision);
        if let Some(session) = &self.session {
            post.session(session.id.as_ref());
        }
    }

    fn check(&self) -> Result<(), UpstreamError> {
        if !self.is_closed() {
            return Ok(());
        }
        let server = self.server.config.name.clone();
        Err(UpstreamError::Closed { server, reason: "the session was closed".into(), was_sent: false })
    }

    /// A place among the calls under way.
    async fn permit(&self, context: &CallContext) -> Result<OwnedSemaphorePermit, UpstreamError> {
        let permits = &self.server.permits;
        if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
            return Ok(permit);
        }
        let started = tokio::time::Instant::now();
        let until = deadline(context, self.server.config.limits.call);
        match tokio::time::timeout_at(until, Arc::clone(permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => {
                let server = self.server.config.name.clone();
                Err(UpstreamError::Closed { server, reason: "it was stopped".into(), was_sent: false })
            }
            Err(_) => Err(self.server.web.timeout(started, false)),
        }
    }

    async fn call_now(&self, request: Outgoing) -> Result<Reply, UpstreamError> {
        self.check()?;
        let permit = self.permit(&request.context).await?;
        let mut post = Post::new(&self.server, &request.context, self.server.config.limits.call);
        self.address(&mut post);
        if names_method(self.facts.revision.era()) {
            post.method(&request.method, request.name.as_deref());
        }
        let mut guard = Abandoned::new(self, &request);
        let answered = post.send(Method::POST, request.body).await;
        if !matches!(&answered, Err(UpstreamError::Timeout { was_sent: true, .. })) {
            guard.is_over = true;
        }
        let answered = answered?;
        let (server, id) = (&self.server, &*request.id);
        match answered {
            Answered::Body(body, _) => self.body_reply(body, id),
            Answered::Empty => Err(server.web.protocol("it answered a request with nothing")),
            Answered::Stream(body, _) => {
                let mut answers = Answers::new(server, body, id, post.deadline);
                answers.permit = Some(permit);
                if let Some(session) = &self.session {
                    answers = answers.of_session(session, &request.context);
                }
                match answers.next().await {
                    Some(Ok(first)) if first.is_response() => Ok(Reply::Single(first.into_body())),
                    Some(Ok(first)) => {
                        let rest = stream::unfold(answers, async |mut answers| {
                            answers.next().await.map(|message| (message, answers))
                        });
                        Ok(Reply::Stream(stream::iter([Ok(first)]).chain(rest).boxed()))
                    }
                    Some(Err(error)) => Err(error),
                    None => Err(server.web.closed("its stream ended without a response")),
                }
            }
        }
    }

    /// A body is the response, or (2025-03-26) a batch that ends with it.
    fn body_reply(&self, body: Bytes, id: &str) -> Result<Reply, UpstreamError> {
        let malformed = |error: corten_mcp::RpcError| self.server.web.protocol(error.message);
        let Some(parts) = split_batch(&body).map_err(malformed)? else {
            return Ok(Reply::Single(with_id(body, id)));
        };
        let mut messages = Vec::new();
        for part in parts {
            messages.push(Ok(Message::parse(part).map_err(malformed)?));
        }
        // The response ends the reply, wherever the server put it.
        messages.sort_by_key(|message: &Result<Message, _>| message.as_ref().is_ok_and(Message::is_response));
        Ok(Reply::Stream(stream::iter(messages).boxed()))
    }

    async fn send_now(&self, message: Bytes, context: &CallContext) -> Result<(), UpstreamError> {
        self.check()?;
        let mut post = Post::new(&self.server, context, self.server.config.limits.list);
        self.address(&mut post);
        if names_method(self.facts.revision.era())
            && let Ok(parsed) = Message::parse(message.clone())
        {
            post.method(parsed.method(), parsed.name());
        }
        match post.send(Method::POST, message).await? {
            Answered::Body(body, _) => {
                let error = Message::parse(body).ok().filter(|message| message.kind() == corten_mcp::Kind::Error);
                let said = error.as_ref().and_then(|error| error.payload_member("message"));
                match said.and_then(corten_mcp::message::edit::text) {
                    Some(said) => Err(self.server.web.protocol(format!("it refused a message: {said}"))),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    async fn listen_now(
        &self,
        context: CallContext,
    ) -> Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError> {
        self.check()?;
        let Some(session) = self.session.clone() else {
            let server = self.server.config.name.clone();
            return Err(UpstreamError::Unsupported { server, what: "a stream outside of calls".into() });
        };
        let (successor, replaced) = oneshot::channel();
        let before = self.listener.lock().unwrap_or_else(PoisonError::into_inner).replace(successor);
        drop(before);
        let mut listener = Listener {
            server: Arc::clone(&self.server),
            session,
            context,
            body: None,
            reader: Reader::new(self.server.config.limits.response_bytes),
            last_event: None,
            wait: RECONNECT.0,
        };
        listener.connect().await?;
        let messages =
            stream::unfold(listener, async |mut listener| listener.next().await.map(|next| (next, listener)));
        // An error of the receiver says that a newer listener took the place.
        Ok(messages.take_until(replaced).boxed())
    }

    async fn close_now(&self) {
        drop(self.listener.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Some(session) = &self.session else { return };
        if session.is_closed.swap(true, Ordering::AcqRel) || session.id.is_none() {
            return;
        }
        let context = CallContext { timeout: Some(FAREWELL), ..CallContext::own() };
        let mut post = Post::new(&self.server, &context, FAREWELL);
        self.address(&mut post);
        // A server may refuse to end sessions (405); it will then end them by itself.
        drop(post.send(Method::DELETE, Bytes::new()).await);
    }
}

/// Tells the server when the future of a call is dropped before the head of the answer.
struct Abandoned<'a> {
    connection: &'a HttpConnection,
    id: Box<str>,
    context: CallContext,
    is_over: bool,
}

impl<'a> Abandoned<'a> {
    fn new(connection: &'a HttpConnection, request: &Outgoing) -> Self {
        Self { connection, id: request.id.clone(), context: request.context.clone(), is_over: false }
    }
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Some(session) = &self.connection.session {
            session.cancel(&self.connection.server, &self.id, self.context.clone());
        }
    }
}

/// The stream outside of calls (GET), taken up again when it ends.
struct Listener {
    server: Arc<Server>,
    session: Arc<Session>,
    context: CallContext,
    body: Option<Incoming>,
    reader: Reader,
    last_event: Option<HeaderValue>,
    wait: Duration,
}

impl Listener {
    async fn connect(&mut self) -> Result<(), UpstreamError> {
        // Only the head has a deadline: the stream stays open.
        let context = CallContext { timeout: None, ..self.context.clone() };
        let mut post = Post::new(&self.server, &context, self.server.config.limits.list);
        post.revision(self.session.revision);
        post.session(self.session.id.as_ref());
        if let Some(last) = &self.last_event {
            post.header(HeaderName::from_static(corten_mcp::header::LAST_EVENT_ID), last.clone());
        }
        match post.send(Method::GET, Bytes::new()).await {
            Ok(Answered::Stream(body, _)) => {
                self.reader = Reader::new(self.server.config.limits.response_bytes);
                self.body = Some(body);
                Ok(())
            }
            Ok(_) | Err(UpstreamError::Status { status: 405 | 404 | 400 | 406, .. }) => {
                let server = self.server.config.name.clone();
                Err(UpstreamError::Unsupported { server, what: "a stream outside of calls".into() })
            }
            Err(error) => Err(error),
        }
    }

    async fn next(&mut self) -> Option<Result<Message, UpstreamError>> {
        loop {
            match self.reader.next_event() {
                Ok(Some(event)) => {
                    if let Some(id) = event.id.as_deref() {
                        self.last_event = header(id).filter(|id| !id.is_empty());
                    }
                    if let Some(milliseconds) = event.retry {
                        self.wait = Duration::from_millis(milliseconds).clamp(RECONNECT.0, RECONNECT.1);
                    }
                    // Events without data prime the stream; others that are no messages are not for us.
                    if let Ok(message) = Message::parse(event.data) {
                        self.wait = RECONNECT.0;
                        return Some(Ok(message));
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => return Some(Err(self.server.web.protocol(error.to_string()))),
            }
            let piece = match &mut self.body {
                Some(body) => body.frame().await,
                None => None,
            };
            let Some(Ok(frame)) = piece else {
                self.body = None;
                if let Err(error) = self.reconnect().await {
                    return error.map(Err);
                }
                continue;
            };
            if let Ok(data) = frame.into_data()
                && let Err(error) = self.reader.push(&data)
            {
                return Some(Err(self.server.web.protocol(error.to_string())));
            }
        }
    }

    /// Waits and connects again; the error is `None` when there is nobody to listen for any more.
    async fn reconnect(&mut self) -> Result<(), Option<UpstreamError>> {
        if self.session.is_closed.load(Ordering::Acquire) {
            return Err(None);
        }
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(RECONNECT.1);
        match self.connect().await {
            Ok(()) => Ok(()),
            Err(error @ (UpstreamError::SessionGone { .. } | UpstreamError::Refused { .. })) => Err(Some(error)),
            Err(UpstreamError::Unsupported { .. }) => Err(None),
            Err(error) => {
                tracing::debug!(server = %self.server.config.name, %error, "a stream could not be taken up");
                Ok(())
            }
        }
    }
}

impl Connection for HttpConnection {
    fn facts(&self) -> &Arc<ServerFacts> {
        &self.facts
    }

    fn has_own_exchanges(&self) -> bool {
        self.facts.revision.era() == Era::Stateless
    }

    fn session(&self) -> Option<SessionHandle> {
        let session = self.session.as_ref()?;
        let id = session.id.as_ref()?.to_str().ok()?.to_owned();
        Some(SessionHandle { id, revision: session.revision })
    }

    fn is_closed(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_closed.load(Ordering::Acquire))
    }

    fn call(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, UpstreamError>> {
        Box::pin(self.call_now(request))
    }

    fn send(&self, message: Bytes, context: CallContext) -> BoxFuture<'_, Result<(), UpstreamError>> {
        Box::pin(async move { self.send_now(message, &context).await })
    }

    fn listen(
        &self,
        context: CallContext,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError>> {
        Box::pin(self.listen_now(context))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_now())
    }
}
