//! What can go wrong on the way to a server.

use bytes::Bytes;

/// Why a server gave no response. The texts name no secrets.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No connection came about.
    #[error("cannot connect to server {server}: {reason}")]
    Connect {
        /// The server's name.
        server: Box<str>,
        /// What went wrong.
        reason: Box<str>,
    },
    /// No response within the time given.
    #[error("server {server} did not answer within {waited_ms} ms")]
    Timeout {
        /// The server's name.
        server: Box<str>,
        /// How long was waited.
        waited_ms: u64,
        /// Whether the request went out.
        was_sent: bool,
    },
    /// The server answered with a status that is no answer.
    #[error("server {server} answered with HTTP status {status}")]
    Status {
        /// The server's name.
        server: Box<str>,
        /// The status.
        status: u16,
        /// The start of the body, for our own log.
        body: Bytes,
    },
    /// The server wants credentials that the caller has not given yet.
    #[error("server {server} wants the caller to sign in")]
    SignIn {
        /// The server's name.
        server: Box<str>,
        /// Where to sign in, if that is known: to be shown by elicitation of a URL.
        url: Option<Box<str>>,
    },
    /// The server refused our credentials.
    #[error("server {server} refused our credentials with HTTP status {status}")]
    Refused {
        /// The server's name.
        server: Box<str>,
        /// 401 or 403.
        status: u16,
        /// The `WWW-Authenticate` header.
        challenge: Option<Box<str>>,
    },
    /// The session is not known to the server any more.
    #[error("server {server} has ended the session")]
    SessionGone {
        /// The server's name.
        server: Box<str>,
    },
    /// The connection ended before the response.
    #[error("the connection to server {server} ended: {reason}")]
    Closed {
        /// The server's name.
        server: Box<str>,
        /// What went wrong.
        reason: Box<str>,
        /// Whether the request went out.
        was_sent: bool,
    },
    /// The server does not keep to the protocol.
    #[error("server {server} does not keep to the protocol: {reason}")]
    Protocol {
        /// The server's name.
        server: Box<str>,
        /// What is wrong.
        reason: Box<str>,
    },
    /// Something is larger than the configuration allows.
    #[error("the answer of server {server} is larger than {limit} bytes")]
    TooLarge {
        /// The server's name.
        server: Box<str>,
        /// The limit.
        limit: usize,
    },
    /// The address may not be reached.
    #[error("server {server} may not be reached: {reason}")]
    Forbidden {
        /// The server's name.
        server: Box<str>,
        /// Which rule says so.
        reason: Box<str>,
    },
    /// The server does not have what was asked of the connection.
    #[error("server {server} does not offer {what}")]
    Unsupported {
        /// The server's name.
        server: Box<str>,
        /// What was asked for.
        what: Box<str>,
    },
}

impl UpstreamError {
    /// Whether the server may have run the request: such a request is not sent again.
    pub const fn was_sent(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::SignIn { .. } | Self::Forbidden { .. } | Self::Unsupported { .. } => false,
            Self::SessionGone { .. } | Self::Refused { .. } => false,
            Self::Timeout { was_sent, .. } | Self::Closed { was_sent, .. } => *was_sent,
            Self::Status { .. } | Self::Protocol { .. } | Self::TooLarge { .. } => true,
        }
    }

    /// Whether the error speaks against the server's health, so that the circuit breaker counts it.
    pub const fn is_fault(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::Closed { .. } | Self::Protocol { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether the session has to be opened anew.
    pub const fn is_session_gone(&self) -> bool {
        matches!(self, Self::SessionGone { .. })
    }
}
