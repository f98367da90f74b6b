//! What goes back to a client, before it is put into HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::{Era, RpcError, code};
use futures::stream::BoxStream;

/// What goes back for one request of a client.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The session that began.
    pub session: Option<Arc<str>>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The scopes that the caller lacks, for the challenge.
    pub scopes: Box<[Box<str>]>,
    /// What is sent.
    pub body: Body,
}

/// What is sent back.
pub enum Body {
    /// Nothing.
    Empty,
    /// One message, or a batch.
    Json(Bytes),
    /// Messages as they come. Dropping the stream calls off what they belong to.
    Events(BoxStream<'static, Frame>),
}

/// One message of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its id, where the client may come back to it.
    pub id: Option<Box<str>>,
    /// The message; empty for an event that only gives an id.
    pub data: Bytes,
}

impl Frame {
    /// A message that cannot be come back to.
    pub fn new(data: Bytes) -> Self {
        Self { id: None, data }
    }
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, session: None, retry_after: None, scopes: Box::default(), body: Body::Empty }
    }

    pub(crate) fn json(status: u16, body: Bytes) -> Self {
        Self { body: Body::Json(body), ..Self::empty(status) }
    }

    pub(crate) fn error(error: &RpcError, id: Option<&str>, era: Era) -> Self {
        let status = match (era, error.code) {
            // What has to be there in every stateless request is checked before anything else.
            (Era::Stateless, code::INVALID_PARAMS) if id.is_none() => 400,
            _ => error.status(era),
        };
        Self::json(status, error.to_response(id.unwrap_or("null")))
    }
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error to answer with.
    Rpc(RpcError),
    /// No more calls for now.
    Limited(Duration),
    /// The caller may not, and lacks these scopes.
    Denied(RpcError, Box<[Box<str>]>),
    /// The record cannot be written.
    Unrecorded(Box<str>),
    /// The session is gone, and the client has to open another.
    SessionGone,
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

impl Failure {
    /// The answer to a request with this id.
    pub(crate) fn reply(&self, id: &str, era: Era) -> Reply {
        match self {
            Self::Rpc(error) => Reply::error(error, Some(id), era),
            Self::Limited(wait) => {
                let error = RpcError::new(429, format!("too many calls: try again in {} s", wait.as_secs().max(1)));
                Reply { retry_after: Some(*wait), ..Reply::json(429, error.to_response(id)) }
            }
            Self::Denied(error, scopes) => Reply { scopes: scopes.clone(), ..Reply::json(403, error.to_response(id)) },
            Self::Unrecorded(reason) => {
                let text = format!("calls are refused while they cannot be recorded: {reason}");
                Reply::json(503, RpcError::new(code::INTERNAL_ERROR, text).to_response(id))
            }
            Self::SessionGone => {
                let error = RpcError::new(code::INVALID_REQUEST, "the session is not known: initialize again");
                Reply::json(404, error.to_response(id))
            }
        }
    }
}
