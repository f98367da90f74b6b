//! The HTTP headers of the protocol, and how a body's values are written into them.

use std::borrow::Cow;

use data_encoding::BASE64;

/// The revision of a request.
pub const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// The session of a request, until 2025-11-25.
pub const SESSION_ID: &str = "mcp-session-id";
/// The method of a request, since 2026-07-28.
pub const METHOD: &str = "mcp-method";
/// What a request is about, since 2026-07-28.
pub const NAME: &str = "mcp-name";
/// Before the name of a header that mirrors an argument of a tool.
pub const PARAM_PREFIX: &str = "mcp-param-";
/// The last event that a client has seen, until 2025-11-25.
pub const LAST_EVENT_ID: &str = "last-event-id";

const OPEN: &str = "=?base64?";
const CLOSE: &str = "?=";

/// Writes a value so that it can stand in a header.
pub fn encode(value: &str) -> Cow<'_, str> {
    if is_plain(value) && !(value.starts_with(OPEN) && value.ends_with(CLOSE)) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("{OPEN}{}{CLOSE}", BASE64.encode(value.as_bytes())))
}

/// Reads a value from a header; `None` when it is malformed.
pub fn decode(value: &str) -> Option<Cow<'_, str>> {
    let Some(inner) = value.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)) else {
        return is_plain(value).then_some(Cow::Borrowed(value));
    };
    String::from_utf8(BASE64.decode(inner.as_bytes()).ok()?).ok().map(Cow::Owned)
}

fn is_plain(value: &str) -> bool {
    let trims = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    !trims && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e | b'\t'))
}

/// Whether requests by this method name what they are about in [`NAME`].
pub fn is_named(method: &str) -> bool {
    matches!(method, "tools/call" | "resources/read" | "prompts/get" | "tasks/get" | "tasks/update" | "tasks/cancel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_headers() {
        for (value, header) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("", ""),
        ] {
            assert_eq!(encode(value), header);
            assert_eq!(decode(header).as_deref(), Some(value));
        }
        assert_eq!(decode("=?base64?%%%?="), None);
        assert_eq!(decode("caf\u{e9}"), None);
    }
}
