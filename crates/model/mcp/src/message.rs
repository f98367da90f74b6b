//! A JSON-RPC message as it came: the bytes, and where its parts are in them.
//!
//! Only the outermost members and those of `params` that decide where a message goes are looked
//! at; everything else passes as it is, unknown fields and the order of members included. A message
//! in which a member that we look at occurs twice is refused: two readers could disagree about it.

pub mod edit;
mod peek;

use std::borrow::Cow;

use bytes::Bytes;

use crate::code::{self, RpcError};
pub use peek::Span;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Wants a response.
    Request,
    /// Wants none.
    Notification,
    /// The result of a request.
    Response,
    /// The error of a request.
    Error,
}

/// A message: its bytes, and the places of the parts that decide where it goes.
#[derive(Clone, Debug)]
pub struct Message {
    body: Bytes,
    kind: Kind,
    id: Option<Span>,
    /// The text inside the quotes when it has no escapes, else the whole literal.
    method: Option<Text>,
    params: Option<Span>,
    payload: Option<Span>,
    name: Option<Text>,
    meta: Option<Span>,
}

/// A string of the message, by place; unescaped only when it must be.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Plain(Span),
    Escaped(Box<str>),
}

impl Message {
    /// Reads a message. The error is ready to be answered with.
    pub fn parse(body: Bytes) -> Result<Self, RpcError> {
        let message = peek::peek(&body)?;
        Ok(Self { body, ..message })
    }

    /// The bytes of the message.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Gives the bytes back.
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// What the message is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is a result or an error.
    pub const fn is_response(&self) -> bool {
        matches!(self.kind, Kind::Response | Kind::Error)
    }

    /// The id, as JSON text.
    pub fn id(&self) -> Option<&str> {
        self.id.map(|span| self.text(span))
    }

    /// The method; empty for a response.
    pub fn method(&self) -> &str {
        self.method.as_ref().map_or("", |text| self.string(text))
    }

    /// `params`, as JSON text.
    pub fn params(&self) -> Option<&str> {
        self.params.map(|span| self.text(span))
    }

    /// The place of `params`.
    pub fn params_span(&self) -> Option<Span> {
        self.params
    }

    /// `result` or `error`, as JSON text.
    pub fn payload(&self) -> Option<&str> {
        self.payload.map(|span| self.text(span))
    }

    /// The place of `result` or `error`.
    pub fn payload_span(&self) -> Option<Span> {
        self.payload
    }

    /// What a request is about: `params.name`, or `params.uri`, or `params.taskId`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|text| self.string(text))
    }

    /// `params._meta` of a request or notification, `result._meta` of a response, as JSON text.
    pub fn meta(&self) -> Option<&str> {
        self.meta.map(|span| self.text(span))
    }

    /// The place of [`Message::meta`].
    pub fn meta_span(&self) -> Option<Span> {
        self.meta
    }

    /// The place of the id.
    pub fn id_span(&self) -> Option<Span> {
        self.id
    }

    /// One member of `params`, as JSON text.
    pub fn param(&self, name: &str) -> Option<&str> {
        edit::member(self.params()?, name)
    }

    /// A string member of `params`.
    pub fn param_text(&self, name: &str) -> Option<Cow<'_, str>> {
        edit::text(self.param(name)?)
    }

    /// One member of `result` or `error`, as JSON text.
    pub fn payload_member(&self, name: &str) -> Option<&str> {
        edit::member(self.payload()?, name)
    }

    fn text(&self, span: Span) -> &str {
        // The span was taken from a `str` within these bytes.
        std::str::from_utf8(&self.body[span.range()]).unwrap_or_default()
    }

    fn string<'a>(&'a self, text: &'a Text) -> &'a str {
        match text {
            Text::Plain(span) => self.text(*span),
            Text::Escaped(text) => text,
        }
    }
}

/// A response with this result (JSON text) to the request with this id (JSON text).
pub fn response(id: &str, result: &str) -> Bytes {
    let mut body = String::with_capacity(id.len() + result.len() + 34);
    body.push_str(r#"{"jsonrpc":"2.0","id":"#);
    body.push_str(id);
    body.push_str(r#","result":"#);
    body.push_str(result);
    body.push('}');
    Bytes::from(body)
}

/// A request with this id and these parameters, both JSON text.
pub fn request(id: &str, method: &str, params: &str) -> Bytes {
    Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#))
}

/// A notification with these parameters, as JSON text.
pub fn notification(method: &str, params: &str) -> Bytes {
    Bytes::from(format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#))
}

/// A JSON string of a text.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Splits a body into its messages: an array is a batch of 2025-03-26, anything else one message.
pub fn split_batch(body: &Bytes) -> Result<Option<Vec<Bytes>>, RpcError> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        return Ok(None);
    }
    let parts: Vec<&serde_json::value::RawValue> = serde_json::from_slice(body)
        .map_err(|error| RpcError::new(code::PARSE_ERROR, format!("cannot read the body as JSON: {error}")))?;
    if parts.is_empty() {
        return Err(RpcError::new(code::INVALID_REQUEST, "the batch is empty"));
    }
    Ok(Some(parts.iter().map(|part| body.slice_ref(part.get().as_bytes())).collect()))
}

/// The deepest nesting of arrays and objects in a body; cheap, and safe on what is no JSON.
pub fn depth(body: &[u8]) -> usize {
    let (mut deepest, mut open, mut at) = (0_usize, 0_usize, 0);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(&inner) = body.get(at) {
                    match inner {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
            }
            b'{' | b'[' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_without_copying() {
        let body = Bytes::from_static(br#" [ {"a":[1]} , {"b":2} ]"#);
        let parts = split_batch(&body).unwrap().unwrap();
        assert_eq!(parts, [&br#"{"a":[1]}"#[..], br#"{"b":2}"#]);
        assert!(split_batch(&Bytes::from_static(b"{}")).unwrap().is_none());
        assert_eq!(split_batch(&Bytes::from_static(b"[]")).unwrap_err().code, code::INVALID_REQUEST);
    }

    #[test]
    fn depth_does_not_count_inside_strings() {
        assert_eq!(depth(br#"{"a":["[[[[\"{{",{"b":[]}]}"#), 4);
        assert_eq!(depth(b"]]]["), 1);
    }
}
