//! Finds the parts of a message that decide where it goes, in one pass over its bytes.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Kind, Message, Text};
use crate::code::{self, RpcError};

/// A place in the bytes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place as a range.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The place of a part of a text within that text; `None` when it is no part of it.
    pub fn of(part: &str, whole: &[u8]) -> Option<Self> {
        let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        let end = start.checked_add(part.len())?;
        if end > whole.len() {
            return None;
        }
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }
}

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Keeps `null`, which `Option` would swallow: an id of `null` is not the same as none.
fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
    #[serde(borrow, rename = "taskId")]
    task: Option<&'a RawValue>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

/// Finds the parts; the message has no body yet.
pub(super) fn peek(body: &Bytes) -> Result<Message, RpcError> {
    if u32::try_from(body.len()).is_err() {
        return Err(RpcError::new(code::INVALID_REQUEST, "the message is larger than 4 GiB"));
    }
    let outer: Outer<'_> = serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { code::INVALID_REQUEST } else { code::PARSE_ERROR };
        RpcError::new(code, format!("cannot read the message: {error}"))
    })?;
    if outer.jsonrpc.as_deref() != Some("2.0") {
        return Err(RpcError::new(code::INVALID_REQUEST, "the message has no \"jsonrpc\": \"2.0\""));
    }
    let kind = kind_of(&outer)?;
    let span = |raw: Option<&RawValue>| raw.and_then(|raw| Span::of(raw.get(), body));
    let mut message = Message {
        kind,
        id: span(outer.id),
        method: string(outer.method, body)?,
        params: span(outer.params),
        payload: span(outer.result.or(outer.error)),
        name: None,
        meta: None,
        body: Bytes::new(),
    };
    if let Some(params) = outer.params.filter(|params| params.get().starts_with('{')) {
        let inner: Inner<'_> = serde_json::from_str(params.get()).map_err(|error| malformed(&error))?;
        message.name = string(inner.name.or(inner.uri).or(inner.task), body).ok().flatten();
        message.meta = span(inner.meta.filter(|meta| meta.get().starts_with('{')));
    } else if let Some(result) = outer.result.filter(|result| result.get().starts_with('{')) {
        let inner: Outcome<'_> = serde_json::from_str(result.get()).map_err(|error| malformed(&error))?;
        message.meta = span(inner.meta.filter(|meta| meta.get().starts_with('{')));
    }
    Ok(message)
}

fn malformed(error: &serde_json::Error) -> RpcError {
    RpcError::invalid_params(format!("cannot read the parameters: {error}"))
}

fn kind_of(outer: &Outer<'_>) -> Result<Kind, RpcError> {
    let wrong = |text: &str| Err(RpcError::new(code::INVALID_REQUEST, text));
    if let Some(id) = outer.id {
        let first = id.get().as_bytes().first().copied().unwrap_or_default();
        let is_null_of_error = id.get() == "null" && outer.error.is_some();
        if first != b'"' && !matches!(first, b'-' | b'0'..=b'9') && !is_null_of_error {
            return wrong("the id is neither a string nor a number");
        }
    }
    match (outer.method.is_some(), outer.id.is_some(), outer.result.is_some(), outer.error.is_some()) {
        (true, true, false, false) => Ok(Kind::Request),
        (true, false, false, false) => Ok(Kind::Notification),
        (false, true, true, false) => Ok(Kind::Response),
        (false, _, false, true) => Ok(Kind::Error),
        (true, ..) => wrong("the message has both a method and a result"),
        _ => wrong("the message is neither request, notification nor response"),
    }
}

fn string(raw: Option<&RawValue>, body: &[u8]) -> Result<Option<Text>, RpcError> {
    let Some(raw) = raw else { return Ok(None) };
    let text: Cow<'_, str> = super::edit::text(raw.get())
        .ok_or_else(|| RpcError::new(code::INVALID_REQUEST, "the method is not a string"))?;
    Ok(Some(match text {
        Cow::Borrowed(text) => match Span::of(text, body) {
            Some(span) => Text::Plain(span),
            None => Text::Escaped(text.into()),
        },
        Cow::Owned(text) => Text::Escaped(text.into()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Message, RpcError> {
        Message::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_call_is_found_by_its_name() {
        let message = read(
            r#"{"jsonrpc":"2.0","id":"a","method":"tools\/call","params":{"x":1,"name":"f\u0061","_meta":{"k":2}}}"#,
        )
        .unwrap();
        assert_eq!(message.kind(), Kind::Request);
        assert_eq!(message.id(), Some("\"a\""));
        assert_eq!(message.method(), "tools/call");
        assert_eq!(message.name(), Some("fa"));
        assert_eq!(message.meta(), Some(r#"{"k":2}"#));
        assert_eq!(message.param("x"), Some("1"));
    }

    #[test]
    fn kinds_are_told_apart() {
        for (text, kind) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Kind::Request),
            (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, Kind::Notification),
            (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, Kind::Response),
            (r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#, Kind::Error),
            (r#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#, Kind::Error),
        ] {
            assert_eq!(read(text).unwrap().kind(), kind, "{text}");
        }
    }

    #[test]
    fn what_readers_could_disagree_about_is_refused() {
        for (text, code) in [
            ("{", code::PARSE_ERROR),
            ("[]", code::INVALID_REQUEST),
            (r#"{"id":1,"method":"x"}"#, code::INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#, code::INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}"#, code::INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","result":1}"#, code::INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, code::INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"name":"a","name":"b"}}"#, code::INVALID_PARAMS),
        ] {
            assert_eq!(read(text).unwrap_err().code, code, "{text}");
        }
    }
}
