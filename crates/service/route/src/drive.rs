//! Runs a request to its end, as one answer or as a stream.
//!
//! A request that has its response before anything else is answered in one piece. As soon as something
//! comes before it, what there is becomes a stream: run by whoever reads it for a stateless client,
//! whose leaving calls it off; by a task of its own for a client of the session era, which may come back.

use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::{Era, Message, Revision, code};
use futures::future::{AbortHandle, Abortable, BoxFuture};
use futures::stream::BoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _};
use tokio::sync::mpsc;

use crate::call::Call;
use crate::dispatch::dispatch;
use crate::office::Office;
use crate::reply::{Body, Frame, Reply};
use crate::router::Core;
use crate::session::Session;

/// How many messages wait for a client that reads slowly before the server has to wait.
const BACKLOG: usize = 32;

/// A request that runs: its messages, then its answer.
struct Running {
    run: Option<BoxFuture<'static, Option<Reply>>>,
    messages: mpsc::Receiver<Bytes>,
    first: Option<Bytes>,
    last: Option<Bytes>,
}

enum Begun {
    Answered(Option<Reply>),
    Streaming(Running),
}

/// Runs a request of a stateless client.
pub(crate) async fn stateless(call: Call) -> Reply {
    let prefers_events = call.prefers_events;
    let (outlet, messages) = mpsc::channel(BACKLOG);
    let run = async move {
        Some(match dispatch(&call, &outlet).await {
            Ok(body) => Reply::json(status(&body, call.id(), Era::Stateless), body),
            Err(failure) => failure.reply(call.id(), Era::Stateless),
        })
    };
    match begin(run.boxed(), messages).await {
        Begun::Answered(Some(reply)) if prefers_events && reply.status == 200 => {
            let frames = futures::stream::iter(reply.into_json()).map(Frame::new).boxed();
            Reply { body: Body::Events(frames), ..Reply::empty(200) }
        }
        Begun::Answered(reply) => reply.unwrap_or_else(|| Reply::empty(202)),
        Begun::Streaming(running) => {
            let frames = running.stream().map(Frame::new).boxed();
            Reply { body: Body::Events(frames), ..Reply::empty(200) }
        }
    }
}

/// Runs a request within a session.
pub(crate) async fn session(call: Call, session: Arc<Session>) -> Reply {
    let (outlet, messages) = mpsc::channel(BACKLOG);
    let (handle, registration) = AbortHandle::new_pair();
    let under_way = session.enter(call.id(), handle);
    let prefers_events = call.prefers_events;
    let core = Arc::clone(&call.core);
    let run = async move {
        let run = async {
            match dispatch(&call, &outlet).await {
                Ok(body) => Reply::json(200, body),
                Err(failure) => failure.reply(call.id(), Era::Session),
            }
        };
        let reply = Abortable::new(run, registration).await.ok();
        drop(under_way);
        reply
    };
    match begin(run.boxed(), messages).await {
        Begun::Answered(Some(reply)) if prefers_events && reply.status == 200 => {
            streamed(&core, &session, futures::stream::iter(reply.into_json()))
        }
        Begun::Answered(Some(reply)) => reply,
        // Called off: nobody waits for an answer any more.
        Begun::Answered(None) => Reply { body: Body::Events(futures::stream::empty().boxed()), ..Reply::empty(200) },
        Begun::Streaming(running) => streamed(&core, &session, running.stream()),
    }
}

/// A stream of a session; one that its client may come back to where the revision has that.
fn streamed(core: &Arc<Core>, session: &Session, messages: impl Stream<Item = Bytes> + Send + 'static) -> Reply {
    let can_return = session.sealed.revision >= Revision::V2025_11_25;
    let name = can_return.then(|| Office::new_name(core).ok()).flatten();
    let frames: BoxStream<'static, Frame> = match name {
        Some(name) => session.replays.record(name, messages, core.settings().resume_wait),
        None => messages.map(Frame::new).boxed(),
    };
    Reply { body: Body::Events(frames), ..Reply::empty(200) }
}

/// Runs until the first message or the answer.
async fn begin(mut run: BoxFuture<'static, Option<Reply>>, mut messages: mpsc::Receiver<Bytes>) -> Begun {
    let answered = tokio::select! {
        biased;
        reply = &mut run => Ok(reply),
        Some(message) = messages.recv() => Err(message),
    };
    match answered {
        Err(first) => Begun::Streaming(Running { run: Some(run), messages, first: Some(first), last: None }),
        Ok(reply) => match messages.try_recv() {
            Err(_) => Begun::Answered(reply),
            Ok(first) => {
                let last = reply.and_then(Reply::into_json);
                Begun::Streaming(Running { run: None, messages, first: Some(first), last })
            }
        },
    }
}

impl Running {
    /// The messages and then the answer.
    fn stream(self) -> impl Stream<Item = Bytes> + Send + 'static {
        futures::stream::unfold(self, |mut running| async move {
            if let Some(first) = running.first.take() {
                return Some((first, running));
            }
            if let Some(run) = &mut running.run {
                tokio::select! {
                    biased;
                    Some(message) = running.messages.recv() => return Some((message, running)),
                    reply = run => {
                        running.run = None;
                        running.last = reply.and_then(Reply::into_json);
                    }
                }
            }
            if let Ok(message) = running.messages.try_recv() {
                return Some((message, running));
            }
            let last = running.last.take()?;
            Some((last, running))
        })
    }
}

impl Reply {
    fn into_json(self) -> Option<Bytes> {
        match self.body {
            Body::Json(body) => Some(body),
            _ => None,
        }
    }
}

/// The HTTP status of a response, by its error code.
fn status(body: &Bytes, id: &str, era: Era) -> u16 {
    // Most results begin as ours do; the word may stand anywhere in a long one.
    let rest = body.strip_prefix(br#"{"jsonrpc":"2.0","id":"#).and_then(|rest| rest.strip_prefix(id.as_bytes()));
    let is_result = rest.is_some_and(|rest| rest.starts_with(br#","result":"#));
    if is_result || memchr::memmem::find(body, b"\"error\"").is_none() {
        return 200;
    }
    let code = Message::parse(body.clone())
        .ok()
        .and_then(|message| message.payload_member("code").and_then(|code| code.parse::<i64>().ok()));
    code.map_or(200, |code| code::status_of(code, era))
}

/// The answers to a batch as one.
pub(crate) fn joined(replies: Vec<Reply>) -> Reply {
    let mut bodies = Vec::new();
    let mut streams = Vec::new();
    for reply in replies {
        match reply.body {
            Body::Empty => {}
            Body::Json(body) => bodies.push(body),
            Body::Events(stream) => streams.push(stream),
        }
    }
    if !streams.is_empty() {
        let answered = futures::stream::iter(bodies).map(Frame::new).boxed();
        streams.push(answered);
        return Reply { body: Body::Events(futures::stream::select_all(streams).boxed()), ..Reply::empty(200) };
    }
    if bodies.is_empty() {
        return Reply::empty(202);
    }
    let mut array = vec![b'['];
    for (at, body) in bodies.iter().enumerate() {
        if at > 0 {
            array.push(b',');
        }
        array.extend_from_slice(body);
    }
    array.push(b']');
    Reply::json(200, array.into())
}
