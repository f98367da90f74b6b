//! The messages of a stream that answers one request, taken up again where a server cuts it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::sse::Reader;
use corten_mcp::upstream::{CallContext, UpstreamError};
use corten_mcp::{Message, RpcError};
use http::header::HeaderName;
use http::{HeaderValue, Method};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Server;
use super::connection::Session;
use super::post::{Answered, Post, with_id};
use crate::exchange::header;

/// How long to wait before a stream is taken up again when the server does not say.
const RETRY: Duration = Duration::from_secs(1);
/// The longest time that a server may make us wait.
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// How many times in a row a stream is taken up without a single event.
const BARREN: u32 = 5;

/// A stream that answers one request.
pub(crate) struct Answers {
    server: Arc<Server>,
    body: Option<Incoming>,
    reader: Reader,
    id: Box<str>,
    deadline: Instant,
    started: Instant,
    /// What it takes to go on after a cut, for a server with sessions.
    resumable: Option<(Arc<Session>, CallContext)>,
    last_event: Option<HeaderValue>,
    retry: Duration,
    barren: u32,
    /// Whether the response came or nothing can come any more.
    is_done: bool,
    /// The place among the calls under way, given back at the end.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

impl Answers {
    pub(crate) fn new(server: &Arc<Server>, body: Incoming, id: &str, deadline: Instant) -> Self {
        Self {
            server: Arc::clone(server),
            body: Some(body),
            reader: Reader::new(server.config.limits.response_bytes),
            id: id.into(),
            deadline,
            started: Instant::now(),
            resumable: None,
            last_event: None,
            retry: RETRY,
            barren: 0,
            is_done: false,
            permit: None,
        }
    }

    /// Goes on after a cut, and tells the server when nobody waits any more.
    pub(crate) fn of_session(mut self, session: &Arc<Session>, context: &CallContext) -> Self {
        self.resumable = Some((Arc::clone(session), context.clone()));
        self
    }

    /// The next message; the response is the last.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, UpstreamError>> {
        if self.is_done {
            return None;
        }
        let next = self.read().await;
        match &next {
            Ok(message) if message.is_response() => self.is_done = true,
            Ok(_) => {}
            // After a timeout the server is told, by `drop`, that nobody waits.
            Err(UpstreamError::Timeout { .. }) => {
                self.cancel();
                self.is_done = true;
            }
            Err(_) => self.is_done = true,
        }
        if self.is_done {
            self.permit = None;
            self.body = None;
        }
        Some(next)
    }

    async fn read(&mut self) -> Result<Message, UpstreamError> {
        loop {
            if let Some(event) = self.event()? {
                if let Some(message) = self.message(event)? {
                    return Ok(message);
                }
                continue;
            }
            let Some(body) = &mut self.body else {
                self.resume().await?;
                continue;
            };
            let frame = tokio::time::timeout_at(self.deadline, body.frame()).await;
            let frame = frame.map_err(|_| self.server.web.timeout(self.started, true))?;
            match frame {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.reader.push(&data).map_err(|_| too_large(&self.server))?;
                    }
                }
                Some(Err(error)) if self.can_resume() => {
                    tracing::debug!(server = %self.server.config.name, %error, "a stream was cut");
                    self.body = None;
                }
                Some(Err(error)) => return Err(self.server.web.closed(error.to_string())),
                None => self.body = None,
            }
        }
    }

    /// The next event with a message in it; notes what it takes to go on.
    fn event(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        while let Some(event) = self.reader.next_event().map_err(|_| too_large(&self.server))? {
            if let Some(id) = event.id.as_deref() {
                self.last_event = header(id).filter(|id| !id.is_empty());
            }
            if let Some(milliseconds) = event.retry {
                self.retry = Duration::from_millis(milliseconds).min(LONGEST_RETRY);
            }
            if !event.data.is_empty() && event.event.as_deref().is_none_or(|kind| kind == "message") {
                self.barren = 0;
                return Ok(Some(event.data));
            }
        }
        Ok(None)
    }

    fn message(&self, data: Bytes) -> Result<Option<Message>, UpstreamError> {
        let malformed = |error: RpcError| self.server.web.protocol(error.message);
        let message = Message::parse(data).map_err(malformed)?;
        if !message.is_response() || message.id() == Some(&*self.id) {
            return Ok(Some(message));
        }
        if message.id().is_none_or(|id| id == "null") {
            let filled = with_id(message.into_body(), &self.id);
            return Message::parse(filled).map(Some).map_err(malformed);
        }
        // Nobody waits for the response to another request here.
        tracing::debug!(server = %self.server.config.name, "a response to another request was left out");
        Ok(None)
    }

    fn can_resume(&self) -> bool {
        self.resumable.is_some() && self.last_event.is_some() && self.barren < BARREN
    }

    /// Takes the stream up where it was cut (2025-11-25: a server may close it before the response).
    async fn resume(&mut self) -> Result<(), UpstreamError> {
        let resumable = self.resumable.clone().filter(|_| self.can_resume());
        let (Some((session, mut context)), Some(last)) = (resumable, self.last_event.clone()) else {
            return Err(self.server.web.closed("its stream ended without a response"));
        };
        self.barren += 1;
        let again = Instant::now() + self.retry;
        if again >= self.deadline {
            tokio::time::sleep_until(self.deadline).await;
            return Err(self.server.web.timeout(self.started, true));
        }
        tokio::time::sleep_until(again).await;
        context.timeout = Some(self.deadline.saturating_duration_since(Instant::now()));
        let mut post = Post::new(&self.server, &context, self.server.config.limits.call);
        post.revision(session.revision);
        post.session(session.id.as_ref());
        post.header(HeaderName::from_static(corten_mcp::header::LAST_EVENT_ID), last);
        match post.send(Method::GET, Bytes::new()).await {
            Ok(Answered::Stream(body, _)) => {
                self.reader = Reader::new(self.server.config.limits.response_bytes);
                self.body = Some(body);
                Ok(())
            }
            Ok(_) => Err(self.server.web.closed("it cannot go on with a stream that it cut")),
            // The server may be restarting: the deadline and the count bound this.
            Err(UpstreamError::Connect { .. } | UpstreamError::Closed { .. }) if self.barren < BARREN => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tells a server with sessions that nobody waits: to close the stream is no cancellation there.
    fn cancel(&mut self) {
        if let Some((session, context)) = self.resumable.take() {
            session.cancel(&self.server, &self.id, context);
        }
    }
}

fn too_large(server: &Server) -> UpstreamError {
    UpstreamError::TooLarge { server: server.config.name.clone(), limit: server.config.limits.response_bytes }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if !self.is_done {
            self.cancel();
        }
    }
}
