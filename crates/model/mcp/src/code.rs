//! Error codes of JSON-RPC and of the protocol, and the errors that we answer with.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::revision::{Era, Revision};

/// The body is no JSON.
pub const PARSE_ERROR: i64 = -32700;
/// The body is no request.
pub const INVALID_REQUEST: i64 = -32600;
/// The method is not known, or not offered.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// The parameters are wrong; also an unknown tool, prompt or (since 2026-07-28) resource.
pub const INVALID_PARAMS: i64 = -32602;
/// Something failed on our side or behind us.
pub const INTERNAL_ERROR: i64 = -32603;
/// A resource is not known, until 2025-11-25.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
/// A user must visit a URL first, 2025-11-25 only.
pub const URL_ELICITATION_REQUIRED: i64 = -32042;
/// Headers contradict the body, or are missing.
pub const HEADER_MISMATCH: i64 = -32020;
/// The client lacks a capability that the request needs.
pub const MISSING_CLIENT_CAPABILITY: i64 = -32021;
/// The revision is not spoken here.
pub const UNSUPPORTED_VERSION: i64 = -32022;

/// An error of JSON-RPC that we answer with.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// The code, one of this module's.
    pub code: i64,
    /// What is wrong, for people.
    pub message: String,
    /// More, as JSON.
    pub data: Option<Box<RawValue>>,
}

impl RpcError {
    /// An error without data.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// Adds data, as JSON.
    #[must_use]
    pub fn with_data(mut self, data: &serde_json::Value) -> Self {
        self.data = serde_json::value::to_raw_value(data).ok();
        self
    }

    /// The parameters are wrong.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// A header contradicts the body.
    pub fn header_mismatch(message: impl Into<String>) -> Self {
        Self::new(HEADER_MISMATCH, message)
    }

    /// The revision is not spoken; says which are.
    pub fn unsupported_version(requested: &str, supported: &[Revision]) -> Self {
        let supported: Vec<&str> = supported.iter().map(|revision| revision.as_str()).collect();
        Self::new(UNSUPPORTED_VERSION, format!("unsupported protocol version {requested:?}"))
            .with_data(&serde_json::json!({"requested": requested, "supported": supported}))
    }

    /// The HTTP status that the transport of an era gives the error.
    ///
    /// Until 2025-11-25 errors of methods travel with 200; 2026-07-28 names a status for some.
    pub fn status(&self, era: Era) -> u16 {
        status_of(self.code, era)
    }

    /// The whole response, for the request with this id (`null` when it could not be read).
    pub fn to_response(&self, id: &str) -> Bytes {
        let message = serde_json::Value::from(self.message.as_str());
        let data = self.data.as_deref().map(|data| format!(r#","data":{}"#, data.get())).unwrap_or_default();
        let code = self.code;
        Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":{message}{data}}}}}"#))
    }
}

/// The HTTP status that the transport of an era gives an error code.
pub const fn status_of(code: i64, era: Era) -> u16 {
    match (era, code) {
        (_, PARSE_ERROR | INVALID_REQUEST) => 400,
        (_, HEADER_MISMATCH | MISSING_CLIENT_CAPABILITY | UNSUPPORTED_VERSION) => 400,
        (Era::Stateless, METHOD_NOT_FOUND) => 404,
        _ => 200,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unsupported_version_names_those_that_are() {
        let error = RpcError::unsupported_version("1999-01-01", &[Revision::V2026_07_28]);
        assert_eq!(
            error.to_response("7"),
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32022,"message":"unsupported protocol version \"1999-01-01\"","data":{"requested":"1999-01-01","supported":["2026-07-28"]}}}"#
        );
        assert_eq!(error.status(Era::Stateless), 400);
    }
}
