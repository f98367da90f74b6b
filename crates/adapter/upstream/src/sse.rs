//! HTTP+SSE of 2024-11-05: one stream of events brings everything, each message goes out by a POST of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::sse::{Event, Reader};
use corten_mcp::upstream::{
    Again, CallContext, Connection, Opening, Outgoing, Reply, ServerFacts, SessionHandle, Upstream, UpstreamConfig,
    UpstreamError,
};
use corten_mcp::{ClientCapabilities, Era, Message, Revision};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::channel::Channel;
use crate::exchange::origin;
use crate::handshake::{self, INITIALIZED};
use crate::outside::Outside;
use crate::streamable::{Server, deadline};

/// How many messages wait to go out.
const OUTBOX: usize = 64;

/// A server that speaks HTTP+SSE.
pub(crate) struct SseUpstream {
    server: Arc<Server>,
    asking: tokio::sync::Mutex<()>,
    /// Our own session: what it said, and whether it lives, is what we know of the server.
    probe: Mutex<Option<Arc<SseConnection>>>,
    is_stopped: AtomicBool,
}

impl SseUpstream {
    pub(crate) fn new(config: UpstreamConfig, outside: &Arc<Outside>) -> Result<Self, UpstreamError> {
        Ok(Self {
            server: Arc::new(Server::new(config, outside)?),
            asking: tokio::sync::Mutex::default(),
            probe: Mutex::default(),
            is_stopped: AtomicBool::new(false),
        })
    }

    fn probe(&self) -> Option<Arc<SseConnection>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn find_out(&self, context: &CallContext, again: Again) -> Result<Arc<ServerFacts>, UpstreamError> {
        let _one = self.asking.lock().await;
        if let Some(probe) = self.probe() {
            if again == Again::Kept {
                return Ok(Arc::clone(&probe.facts));
            }
            if !probe.is_closed() {
                let until = deadline(context, self.server.config.limits.list);
                let (body, id) = handshake::ping(Era::Session);
                probe.channel.answer(body, id, until).await?;
                return Ok(Arc::clone(&probe.facts));
            }
        }
        let opened = self.connect(&ClientCapabilities::default(), None, context).await?;
        let facts = Arc::clone(&opened.facts);
        *self.probe.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(opened));
        Ok(facts)
    }

    async fn connect(
        &self,
        capabilities: &ClientCapabilities,
        info: Option<&str>,
        context: &CallContext,
    ) -> Result<SseConnection, UpstreamError> {
        let server = &self.server;
        if self.is_stopped.load(Ordering::Acquire) {
            let (server, reason) = (server.config.name.clone(), "it was stopped".into());
            return Err(UpstreamError::Closed { server, reason, was_sent: false });
        }
        let until = deadline(context, server.config.limits.list);
        let mut stream = Stream::open(server, context, until).await?;
        let endpoint = match tokio::time::timeout_at(until, stream.endpoint(&server.url)).await {
            Ok(endpoint) => endpoint?,
            Err(_) => return Err(server.web.protocol("its stream did not begin with its endpoint")),
        };
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let channel = Channel::new(&server.config.name, outbox);
        let reading = tokio::spawn(stream.read(Arc::clone(&channel)));
        let posting = Poster { server: Arc::clone(server), endpoint, context: context.clone() };
        let writing = tokio::spawn(posting.run(inbox, Arc::clone(&channel)));
        let tasks = Tasks(vec![reading.abort_handle(), writing.abort_handle()]);
        let revision = server.config.revision.filter(|revision| revision.era() == Era::Session);
        let body = handshake::initialize(revision.unwrap_or(Revision::V2024_11_05), capabilities, info);
        let answer = channel.answer(body, handshake::OWN_ID, until).await?;
        let facts = handshake::initialized(&answer).map_err(|reason| server.web.protocol(reason))?;
        channel.send(Bytes::from_static(INITIALIZED), until).await?;
        Ok(SseConnection {
            server: Arc::clone(server),
            facts: Arc::new(facts),
            channel,
            tasks: Mutex::new(Some(tasks)),
        })
    }
}

impl Upstream for SseUpstream {
    fn config(&self) -> &UpstreamConfig {
        &self.server.config
    }

    fn discover(&self, context: CallContext, again: Again) -> BoxFuture<'_, Result<Arc<ServerFacts>, UpstreamError>> {
        Box::pin(async move { self.find_out(&context, again).await })
    }

    fn facts(&self) -> Option<Arc<ServerFacts>> {
        self.probe().map(|probe| Arc::clone(&probe.facts))
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Arc<dyn Connection>, UpstreamError>> {
        Box::pin(async move {
            let info = opening.client_info.as_deref();
            let opened = self.connect(&opening.capabilities, info, &opening.context).await?;
            Ok(Arc::new(opened) as Arc<dyn Connection>)
        })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.is_stopped.store(true, Ordering::Release);
            let probe = self.probe.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(probe) = probe {
                probe.close().await;
            }
        })
    }
}

/// Tasks that end with their owner.
struct Tasks(Vec<tokio::task::AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// A session by HTTP+SSE.
struct SseConnection {
    server: Arc<Server>,
    facts: Arc<ServerFacts>,
    channel: Arc<Channel>,
    tasks: Mutex<Option<Tasks>>,
}

impl Connection for SseConnection {
    fn facts(&self) -> &Arc<ServerFacts> {
        &self.facts
    }

    fn has_own_exchanges(&self) -> bool {
        false
    }

    fn session(&self) -> Option<SessionHandle> {
        None
    }

    fn is_closed(&self) -> bool {
        self.channel.is_ended()
    }

    fn call(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, UpstreamError>> {
        Box::pin(async move {
            let until = deadline(&request.context, self.server.config.limits.call);
            self.channel.call(request, until).await
        })
    }

    fn send(&self, message: Bytes, context: CallContext) -> BoxFuture<'_, Result<(), UpstreamError>> {
        Box::pin(async move { self.channel.send(message, deadline(&context, self.server.config.limits.list)).await })
    }

    fn listen(
        &self,
        _: CallContext,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError>> {
        Box::pin(std::future::ready(self.channel.listen()))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.channel.end("it was closed");
            drop(self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take());
        })
    }
}

/// The stream of events.
struct Stream {
    server: Arc<Server>,
    body: Incoming,
    reader: Reader,
}

impl Stream {
    async fn open(server: &Arc<Server>, context: &CallContext, until: Instant) -> Result<Self, UpstreamError> {
        let mut request = request(server, context, &server.url, Bytes::new(), until).await?;
        *request.method_mut() = Method::GET;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let response = server.web.send(request, until).await?;
        let status = response.status();
        let kind = response.headers().get(http::header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        if !status.is_success() || !kind.starts_with(b"text/event-stream") {
            let status = status.as_u16();
            let body = server.web.fault(response.into_body(), until).await;
            return Err(UpstreamError::Status { server: server.config.name.clone(), status, body });
        }
        let reader = Reader::new(server.config.limits.response_bytes);
        Ok(Self { server: Arc::clone(server), body: response.into_body(), reader })
    }

    async fn next(&mut self) -> Result<Event, UpstreamError> {
        let web = &self.server.web;
        loop {
            if let Some(event) = self.reader.next_event().map_err(|error| web.protocol(error.to_string()))? {
                return Ok(event);
            }
            let frame = self.body.frame().await.ok_or_else(|| web.closed("its stream ended"))?;
            let frame = frame.map_err(|error| web.closed(error.to_string()))?;
            if let Ok(data) = frame.into_data() {
                self.reader.push(&data).map_err(|error| web.protocol(error.to_string()))?;
            }
        }
    }

    /// Where to send messages; it must be at the server itself, which our credentials are for.
    async fn endpoint(&mut self, url: &Uri) -> Result<Uri, UpstreamError> {
        loop {
            let event = self.next().await?;
            if event.event.as_deref() != Some("endpoint") {
                continue;
            }
            let text = String::from_utf8_lossy(&event.data).into_owned();
            let wrong = || self.server.web.protocol(format!("its endpoint {text:?} is not at its own address"));
            let base = url::Url::parse(&url.to_string()).map_err(|_| wrong())?;
            let joined: Uri = base.join(&text).map_err(|_| wrong())?.as_str().parse().map_err(|_| wrong())?;
            return if origin(&joined) == origin(url) { Ok(joined) } else { Err(wrong()) };
        }
    }

    async fn read(mut self, channel: Arc<Channel>) {
        loop {
            match self.next().await {
                Ok(event) if event.event.as_deref().is_none_or(|kind| kind == "message") => {
                    let message = Message::parse(event.data);
                    if let Err(error) = &message {
                        tracing::debug!(server = %self.server.config.name, %error, "an event is no message");
                    }
                    if let Ok(message) = message {
                        channel.receive(message);
                    }
                }
                Ok(_) => {}
                Err(error) => return channel.end(&error.to_string()),
            }
        }
    }
}

/// Sends messages to the endpoint, one after another.
struct Poster {
    server: Arc<Server>,
    endpoint: Uri,
    context: CallContext,
}

impl Poster {
    async fn run(self, mut inbox: mpsc::Receiver<Bytes>, channel: Arc<Channel>) {
        while let Some(body) = inbox.recv().await {
            if let Err(error) = self.post(body.clone()).await {
                let message = Message::parse(body).ok();
                if let Some(id) = message.as_ref().and_then(Message::id) {
                    channel.fail(id, error);
                } else {
                    tracing::debug!(server = %self.server.config.name, %error, "a message did not arrive");
                }
            }
        }
    }

    async fn post(&self, body: Bytes) -> Result<(), UpstreamError> {
        let until = Instant::now() + self.server.config.limits.list.max(Duration::from_secs(1));
        let request = request(&self.server, &self.context, &self.endpoint, body, until).await?;
        let response = self.server.web.send(request, until).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let body = self.server.web.fault(response.into_body(), until).await;
        let server = self.server.config.name.clone();
        Err(match status.as_u16() {
            404 => UpstreamError::SessionGone { server },
            status @ (401 | 403) => UpstreamError::Refused { server, status, challenge: None },
            status => UpstreamError::Status { server, status, body },
        })
    }
}

async fn request(
    server: &Arc<Server>,
    context: &CallContext,
    url: &Uri,
    body: Bytes,
    until: Instant,
) -> Result<Request<Full<Bytes>>, UpstreamError> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.clone();
    request.headers_mut().clone_from(&server.headers);
    if let Some(value) = server.signer.header(&server.web, context, until).await? {
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}
