//! One POST to a server: headers of its era, signing, and what its status means.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::message::edit;
use corten_mcp::upstream::{CallContext, UpstreamError};
use corten_mcp::{Era, Message, Revision, header as names};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{Server, deadline};
use crate::exchange::header;
use crate::streamable::answers::Answers;

const SESSION: HeaderName = HeaderName::from_static(names::SESSION_ID);
const VERSION: HeaderName = HeaderName::from_static(names::PROTOCOL_VERSION);
const METHOD: HeaderName = HeaderName::from_static(names::METHOD);
const NAME: HeaderName = HeaderName::from_static(names::NAME);

/// A request on its way.
pub(crate) struct Post<'a> {
    server: &'a Arc<Server>,
    context: &'a CallContext,
    headers: HeaderMap,
    /// When the wait ends.
    pub(crate) deadline: Instant,
    /// Whether the request is of a session, which may be gone.
    has_session: bool,
}

/// What a request got.
pub(crate) enum Answered {
    /// A body that is one message, or a batch.
    Body(Bytes, Option<HeaderValue>),
    /// A stream of messages.
    Stream(Incoming, Option<HeaderValue>),
    /// Nothing, as for a notification.
    Empty,
}

impl<'a> Post<'a> {
    pub(crate) fn new(server: &'a Arc<Server>, context: &'a CallContext, otherwise: Duration) -> Self {
        let mut headers = server.headers.clone();
        for (name, value) in context.headers.iter() {
            if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), header(value)) {
                headers.append(name, value);
            }
        }
        Self { server, context, headers, deadline: deadline(context, otherwise), has_session: false }
    }

    /// Says the revision; the first session revision has no header for it.
    pub(crate) fn revision(&mut self, revision: Revision) {
        if revision > Revision::V2025_03_26 {
            self.headers.insert(VERSION, HeaderValue::from_static(revision.as_str()));
        }
    }

    /// Says what a request without a session is about.
    pub(crate) fn method(&mut self, method: &str, name: Option<&str>) {
        if let Some(method) = header(method) {
            self.headers.insert(METHOD, method);
        }
        if let Some(name) = name.filter(|_| names::is_named(method)).and_then(|name| header(&names::encode(name))) {
            self.headers.insert(NAME, name);
        }
    }

    /// Says the session.
    pub(crate) fn session(&mut self, id: Option<&HeaderValue>) {
        if let Some(id) = id {
            self.headers.insert(SESSION, id.clone());
            self.has_session = true;
        }
    }

    /// Adds a header.
    pub(crate) fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Sends a body and judges the head of the answer.
    pub(crate) async fn send(&self, method: Method, body: Bytes) -> Result<Answered, UpstreamError> {
        let server = &self.server;
        let mut is_second = false;
        loop {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = server.url.clone();
            request.headers_mut().clone_from(&self.headers);
            if let Some(value) = server.signer.header(&server.web, self.context, self.deadline).await? {
                request.headers_mut().insert(AUTHORIZATION, value);
            }
            let response = server.web.send(request, self.deadline).await?;
            let status = response.status();
            if status.is_success() {
                return self.accepted(response).await;
            }
            if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                let error = self.refused(&response);
                let UpstreamError::Refused { challenge, .. } = &error else { return Err(error) };
                let (code, challenge) = (status.as_u16(), challenge.as_deref());
                let signer = &server.signer;
                if !is_second && signer.refused(&server.web, self.context, code, challenge, self.deadline).await? {
                    is_second = true;
                    continue;
                }
                // Without a challenge it is not our credentials but what was asked for; the answer says so.
                let is_answered = status == StatusCode::FORBIDDEN && challenge.is_none();
                return if is_answered { self.failed(response).await.map_err(|_| error) } else { Err(error) };
            }
            return self.failed(response).await;
        }
    }

    async fn accepted(&self, response: Response<Incoming>) -> Result<Answered, UpstreamError> {
        let kind = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let (is_stream, is_json) = (is_type(kind, b"text/event-stream"), is_type(kind, b"application/json"));
        let session = response.headers().get(SESSION).and_then(owned);
        if is_stream {
            return Ok(Answered::Stream(response.into_body(), session));
        }
        if !is_json {
            return Ok(Answered::Empty);
        }
        let body = self.server.web.body(response.into_body(), self.deadline).await?;
        Ok(if body.is_empty() { Answered::Empty } else { Answered::Body(body, session) })
    }

    fn refused(&self, response: &Response<Incoming>) -> UpstreamError {
        let challenge = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        UpstreamError::Refused {
            server: self.server.config.name.clone(),
            status: response.status().as_u16(),
            challenge: challenge.map(Into::into),
        }
    }

    /// Errors of JSON-RPC are answers, whatever the status; what remains speaks for itself.
    async fn failed(&self, response: Response<Incoming>) -> Result<Answered, UpstreamError> {
        let status = response.status();
        let body = self.server.web.fault(response.into_body(), self.deadline).await;
        let name = self.server.config.name.clone();
        if self.has_session && status == StatusCode::NOT_FOUND {
            return Err(UpstreamError::SessionGone { server: name });
        }
        let message = Message::parse(body.clone()).ok().filter(Message::is_response);
        if let Some(message) = message {
            // Many servers say 400 where the protocol has 404 for a session that they do not know.
            let said = message.payload_member("message").and_then(edit::text).unwrap_or_default();
            if self.has_session && status == StatusCode::BAD_REQUEST && said.to_ascii_lowercase().contains("session") {
                return Err(UpstreamError::SessionGone { server: name });
            }
            return Ok(Answered::Body(body, None));
        }
        Err(UpstreamError::Status { server: name, status: status.as_u16(), body })
    }

    /// Sends a request of our own and waits for its response; gives the session that came with it.
    pub(crate) async fn answer(&self, body: Bytes, id: &str) -> Result<(Message, Option<HeaderValue>), UpstreamError> {
        let malformed = |error: corten_mcp::RpcError| self.server.web.protocol(error.message);
        match self.send(Method::POST, body).await? {
            Answered::Body(body, session) => Ok((Message::parse(body).map_err(malformed)?, session)),
            Answered::Empty => Err(self.server.web.protocol("it answered a request with nothing")),
            Answered::Stream(body, session) => {
                let mut answers = Answers::new(self.server, body, id, self.deadline);
                while let Some(message) = answers.next().await {
                    let message = message?;
                    if message.is_response() {
                        return Ok((message, session));
                    }
                }
                Err(self.server.web.closed("its stream ended without a response"))
            }
        }
    }
}

/// A value of its own: one that was received is a part of all that was read with it, and keeps that.
fn owned(value: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(value.as_bytes()).ok()
}

/// Whether a content type is this one, with or without parameters.
pub(crate) fn is_type(given: &[u8], wanted: &[u8]) -> bool {
    let bare = given.split(|byte| *byte == b';').next().unwrap_or_default();
    bare.trim_ascii().eq_ignore_ascii_case(wanted)
}

/// The response that a request waits for: the id of an error that could not be told is filled in.
pub(crate) fn with_id(message: Bytes, id: &str) -> Bytes {
    // Only errors come without the id of their request, and those are short.
    if message.len() > crate::exchange::FAULT_BYTES || memchr::memmem::find(&message, b"\"result\"").is_some() {
        return message;
    }
    let is_lost = Message::parse(message.clone())
        .is_ok_and(|parsed| parsed.is_response() && parsed.id().is_none_or(|found| found == "null"));
    match std::str::from_utf8(&message) {
        Ok(text) if is_lost => Bytes::from(edit::with_member(text, "id", id)),
        _ => message,
    }
}

/// Whether requests of the era say their method in a header.
pub(crate) fn names_method(era: Era) -> bool {
    era == Era::Stateless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_does_not_keep_what_was_read_with_it() {
        let read = Bytes::from(vec![b'a'; 8192]);
        let received = HeaderValue::from_maybe_shared(read.slice(100..132)).unwrap();
        let own = owned(&received).unwrap();
        drop(received);
        assert_eq!(own.as_bytes(), &read[100..132]);
        assert!(read.is_unique(), "nobody else holds it");
    }
}
