//! The way of a request to a server, and of what comes back.
//!
//! Where several callers share a connection, ids and progress tokens are made unique on the way and
//! are what the client chose again on the way back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::message::{edit, quote};
use corten_mcp::meta;
use corten_mcp::upstream::{CallContext, Outgoing, Reply, UpstreamError};
use corten_mcp::{Kind, Message};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;

use super::parsed;
use crate::server::{Link, Presence, Server};

/// For how long a call waits for its turn at a server that is busy.
const TURN: Duration = Duration::from_secs(30);

/// A request that is on its way. Dropping it calls it off.
pub(crate) struct Flow {
    pub(crate) server: Arc<Server>,
    pub(crate) link: Link,
    ids: Ids,
    waiting: Option<BoxFuture<'static, Result<Reply, UpstreamError>>>,
    stream: Option<BoxStream<'static, Result<Message, UpstreamError>>>,
    single: Option<Bytes>,
    asked: Option<(Presence, mpsc::Receiver<Message>)>,
    _turn: tokio::sync::OwnedSemaphorePermit,
}

/// What was put in place of what the client chose.
#[derive(Clone, Default)]
struct Ids {
    client_id: Option<Box<str>>,
    client_token: Option<Box<str>>,
    token: Option<Box<str>>,
}

impl Flow {
    /// Sends a request. The message is what goes out; `name` is what it is about at the server.
    pub(crate) async fn send(
        server: &Arc<Server>,
        link: Link,
        message: &Message,
        context: CallContext,
        is_again: bool,
    ) -> Result<Self, UpstreamError> {
        let turn = server.turn(TURN).await?;
        let (outgoing, ids, number) = outgoing(server, &link, message, context, is_again);
        let mut flow = Self {
            server: Arc::clone(server),
            link,
            ids,
            waiting: None,
            stream: None,
            single: None,
            asked: None,
            _turn: turn,
        };
        if flow.link.is_channel {
            // A question may come before anything that belongs to the call: both are waited for.
            flow.asked = Some(server.enter(number));
            let connection = Arc::clone(&flow.link.connection);
            flow.waiting = Some(async move { connection.call(outgoing).await }.boxed());
            return Ok(flow);
        }
        let reply = flow.link.connection.call(outgoing).await;
        flow.take(reply)?;
        Ok(flow)
    }

    /// The next message: what belongs to the request, or a question.
    pub(crate) async fn next(&mut self) -> Result<Message, UpstreamError> {
        loop {
            if let Some(body) = self.single.take() {
                return parsed(body, self.server.name());
            }
            if let Some(waiting) = &mut self.waiting {
                let reply = tokio::select! {
                    Some(question) = next_question(&mut self.asked) => return Ok(question),
                    reply = waiting => reply,
                };
                self.waiting = None;
                self.take(reply)?;
                continue;
            }
            let message = match &mut self.stream {
                Some(stream) => tokio::select! {
                    Some(question) = next_question(&mut self.asked) => return Ok(question),
                    message = stream.next() => message,
                },
                None => None,
            };
            return match message {
                Some(message) => self.server.noted(message),
                None => Err(self.ended()),
            };
        }
    }

    fn take(&mut self, reply: Result<Reply, UpstreamError>) -> Result<(), UpstreamError> {
        if reply.as_ref().is_err_and(UpstreamError::is_session_gone) {
            self.server.forget(&self.link.connection);
        }
        match self.server.noted(reply)? {
            Reply::Single(body) => self.single = Some(body),
            Reply::Stream(stream) => self.stream = Some(stream),
        }
        Ok(())
    }

    fn ended(&self) -> UpstreamError {
        UpstreamError::Closed {
            server: self.server.name().into(),
            reason: "the stream ended without a response".into(),
            was_sent: true,
        }
    }

    /// A message as the client is to see it: with its own id and progress token.
    pub(crate) fn restored(&self, message: Message) -> Message {
        let replaced = match message.kind() {
            Kind::Response | Kind::Error => message.id_span().zip(self.ids.client_id.as_deref()),
            Kind::Notification if message.method() == "notifications/progress" => {
                let token = message.param(meta::PROGRESS_TOKEN);
                token
                    .filter(|token| self.ids.token.as_deref() == Some(token))
                    .and_then(|token| corten_mcp::message::Span::of(token, message.body()))
                    .zip(self.ids.client_token.as_deref())
            }
            _ => None,
        };
        let Some((span, text)) = replaced else { return message };
        let body = edit::splice(message.body(), &[(span.range(), text)]);
        Message::parse(body).unwrap_or(message)
    }

    /// Answers a question of the server.
    pub(crate) async fn answer(&mut self, body: Bytes, context: CallContext) -> Result<(), UpstreamError> {
        self.link.connection.send(body, context).await
    }
}

async fn next_question(asked: &mut Option<(Presence, mpsc::Receiver<Message>)>) -> Option<Message> {
    match asked {
        Some((_, questions)) => questions.recv().await,
        None => std::future::pending().await,
    }
}

fn outgoing(
    server: &Server,
    link: &Link,
    message: &Message,
    context: CallContext,
    is_again: bool,
) -> (Outgoing, Ids, u64) {
    let id = message.id().unwrap_or("null");
    let token = message.meta().and_then(|meta| {
        memchr::memmem::find(meta.as_bytes(), meta::PROGRESS_TOKEN.as_bytes())
            .and_then(|_| edit::member(meta, meta::PROGRESS_TOKEN))
    });
    let mut outgoing = Outgoing {
        body: message.body().clone(),
        id: id.into(),
        method: message.method().into(),
        name: message.name().map(Into::into),
        progress_token: token.map(Into::into),
        context,
    };
    if !link.is_shared && !is_again {
        return (outgoing, Ids::default(), 0);
    }
    let number = server.number();
    let own = quote(&format!("c-{number}"));
    let mut edits: Vec<(std::ops::Range<usize>, &str)> =
        message.id_span().map(|span| (span.range(), own.as_str())).into_iter().collect();
    let mut ids = Ids { client_id: Some(id.into()), ..Ids::default() };
    if let Some(token) = token.filter(|_| link.is_shared)
        && let Some(span) = corten_mcp::message::Span::of(token, message.body())
    {
        edits.push((span.range(), &own));
        ids.client_token = Some(token.into());
        ids.token = Some(own.as_str().into());
        outgoing.progress_token = Some(own.as_str().into());
    }
    edits.sort_by_key(|(range, _)| range.start);
    outgoing.body = edit::splice(message.body(), &edits);
    outgoing.id = own.as_str().into();
    (outgoing, ids, number)
}

/// A request under another name: `params.name` or `params.uri` is replaced, nothing else.
pub(crate) fn renamed(message: &Message, key: &str) -> Message {
    if message.name() == Some(key) {
        return message.clone();
    }
    let member = if message.param("name").is_some() { "name" } else { "uri" };
    let Some(span) = message.param(member).and_then(|old| corten_mcp::message::Span::of(old, message.body())) else {
        return message.clone();
    };
    let body = edit::splice(message.body(), &[(span.range(), &quote(key))]);
    Message::parse(body).unwrap_or_else(|_| message.clone())
}
