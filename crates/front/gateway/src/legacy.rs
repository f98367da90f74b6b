//! HTTP+SSE of 2024-11-05: one stream for all that comes back, and a path that messages are sent to.
//!
//! Everything else is as with streamable HTTP: what the stream stands for is a session like any other,
//! and the router serves it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use corten_mcp::{RpcError, code, header};
use corten_route::{Body, Caller, Frame, Incoming as Asked, Posted, Reply};
use futures::StreamExt as _;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::{Notify, mpsc};

use crate::body::Outgoing;
use crate::gateway::{Answer, Gateway, asked, not_allowed, rpc};
use crate::path::Endpoint;

const BACKLOG: usize = 64;

/// The streams that are open.
#[derive(Default)]
pub(crate) struct Streams {
    open: Mutex<BTreeMap<String, Arc<Stream>>>,
}

struct Stream {
    out: mpsc::Sender<Bytes>,
    caller: Arc<str>,
    server: Option<Box<str>>,
    session: Mutex<Option<Arc<str>>>,
    /// Told when the gateway stops: whoever reads holds the sending end too.
    ended: Notify,
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Stream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all streams.
    pub(crate) fn end(&self) {
        for stream in std::mem::take(&mut *self.lock()).values() {
            stream.ended.notify_one();
        }
    }
}

/// A stream that ends its session when the client leaves.
struct Closing {
    gateway: Arc<Gateway>,
    token: String,
    caller: Caller,
    stream: Arc<Stream>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.gateway.streams.lock().remove(&self.token);
        let session = self.stream.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(session) = session.and_then(|id| HeaderValue::from_str(&id).ok()) else { return };
        let mut headers = HeaderMap::new();
        headers.insert(header::SESSION_ID, session);
        let gateway = Arc::clone(&self.gateway);
        let end = asked(self.stream.server.clone(), self.caller.clone(), headers);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { drop(gateway.router.delete(&end).await) });
        }
    }
}

impl Gateway {
    /// Opens a stream: the first event says where messages go.
    pub(crate) fn stream(self: &Arc<Self>, request: &Request<Incoming>, endpoint: &Endpoint, caller: Caller) -> Answer {
        if request.method() != Method::GET {
            return not_allowed();
        }
        let Ok(token) = self.router.stream_name() else {
            return rpc(StatusCode::INTERNAL_SERVER_ERROR, &RpcError::new(code::INTERNAL_ERROR, "no random bytes"));
        };
        let path = request.uri().path().trim_end_matches('/');
        let base = path.strip_suffix("/sse").unwrap_or_default();
        let (out, receiver) = mpsc::channel(BACKLOG);
        let stream = Arc::new(Stream {
            out,
            caller: Arc::clone(&caller.id),
            server: endpoint.server.clone(),
            session: Mutex::default(),
            ended: Notify::new(),
        });
        self.streams.lock().insert(token.clone(), Arc::clone(&stream));
        let first = format!("event: endpoint\ndata: {base}/messages?sessionId={token}\n\n");
        let closing = Closing { gateway: Arc::clone(self), token, caller, stream };
        let messages = futures::stream::unfold((receiver, closing), |(mut receiver, closing)| async move {
            let message = tokio::select! {
                message = receiver.recv() => message,
                () = closing.stream.ended.notified() => None,
            };
            message.map(|message| (Frame::new(message), (receiver, closing)))
        });
        let events = Outgoing::events_after(first.into(), messages.boxed(), self.doors().settings.keep_alive);
        let mut answer = Response::new(events);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        answer
    }

    /// Takes a message; what comes back goes to the stream.
    pub(crate) async fn messages(
        self: &Arc<Self>,
        request: Request<Incoming>,
        endpoint: &Endpoint,
        caller: Caller,
    ) -> Answer {
        if request.method() != Method::POST {
            return not_allowed();
        }
        let token: Option<Box<str>> = request.uri().query().and_then(|query| {
            let find = |pair: &str| {
                let value = pair.strip_prefix("sessionId=").or_else(|| pair.strip_prefix("session_id="));
                value.map(Into::into)
            };
            query.split('&').find_map(find)
        });
        let body = match self.read(request.into_body()).await {
            Ok(body) => body,
            Err(answer) => return *answer,
        };
        let server = endpoint.server.clone();
        let posted = token.map(|token| Posted { stream: token, server, caller, body });
        // A stream that is not here may be at another gateway of the group.
        let is_taken = match posted.map(|posted| self.take(posted)) {
            Some(None) => true,
            Some(Some(posted)) => self.router.hand_over(posted).await,
            None => false,
        };
        if !is_taken {
            let error = RpcError::new(code::INVALID_REQUEST, "there is no such stream: open one first");
            return rpc(StatusCode::NOT_FOUND, &error);
        }
        let mut answer = Response::new(Outgoing::whole("Accepted"));
        *answer.status_mut() = StatusCode::ACCEPTED;
        answer
    }

    /// Takes a message for a stream that is open here; gives back what is for none.
    fn take(self: &Arc<Self>, posted: Posted) -> Option<Posted> {
        let stream = self.streams.lock().get(&*posted.stream).map(Arc::clone);
        let is_own = |stream: &Arc<Stream>| stream.caller == posted.caller.id && stream.server == posted.server;
        let Some(stream) = stream.filter(is_own) else { return Some(posted) };
        let mut headers = HeaderMap::new();
        let session = stream.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(session) = session.and_then(|id| HeaderValue::from_str(&id).ok()) {
            headers.insert(header::SESSION_ID, session);
        }
        let asked = Asked { server: posted.server, caller: posted.caller, headers, body: posted.body };
        tokio::spawn(Arc::clone(self).deliver(stream, asked));
        None
    }

    /// Takes what clients sent to other gateways for streams that are open here.
    pub(crate) async fn take_posted(self: Arc<Self>) {
        let Some(mut all) = self.router.posted() else { return };
        while let Some(posted) = all.recv().await {
            if self.take(posted).is_some() {
                tracing::debug!("a message came for a stream that is gone");
            }
        }
    }

    async fn deliver(self: Arc<Self>, stream: Arc<Stream>, asked: Asked) {
        let (server, caller) = (asked.server.clone(), asked.caller.clone());
        let reply = self.router.post(asked).await;
        let session = reply.session.clone();
        if let Some(session) = &session {
            *stream.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(session));
        }
        send(&stream, reply).await;
        // What servers tell outside of any call goes to the same stream.
        let Some(session) = session.and_then(|id| HeaderValue::from_str(&id).ok()) else { return };
        let mut headers = HeaderMap::new();
        headers.insert(header::SESSION_ID, session);
        let told = self.router.get(&crate::gateway::asked(server, caller, headers)).await;
        let closed = stream.out.clone();
        tokio::select! {
            () = send(&stream, told) => {}
            () = closed.closed() => {}
        }
    }
}

async fn send(stream: &Stream, reply: Reply) {
    match reply.body {
        Body::Empty => {}
        Body::Json(body) => drop(stream.out.send(body).await),
        Body::Events(mut messages) => {
            while let Some(message) = messages.next().await {
                if !message.data.is_empty() && stream.out.send(message.data).await.is_err() {
                    return;
                }
            }
        }
    }
}
