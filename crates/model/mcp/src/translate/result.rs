//! Results and errors of one era said in the words of the other.

use bytes::Bytes;

use crate::code;
use crate::message::{Kind, Message, edit, quote};
use crate::meta;
use crate::upstream::Caching;

/// What a result of the stateless era says about how long it may be kept.
pub type Hints = Caching;

/// Whether results of a method say how long they may be kept.
pub fn is_cacheable(method: &str) -> bool {
    matches!(
        method,
        "server/discover"
            | "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "resources/read"
    )
}

/// A response of the session era as a stateless one: complete, and with hints where they belong.
pub fn result_to_stateless(response: &Message, method: &str, hints: Hints) -> Bytes {
    let (Some(span), Some(payload)) = (response.payload_span(), response.payload()) else {
        return response.body().clone();
    };
    if response.kind() == Kind::Error {
        return error_to_stateless(response);
    }
    if !payload.starts_with('{') {
        return response.body().clone();
    }
    let mut front = String::from("{");
    if edit::member(payload, "resultType").is_none() {
        front.push_str(r#""resultType":"complete","#);
    }
    if is_cacheable(method) {
        front.push_str(&missing_hints(payload, hints));
    }
    let inner = payload[1..].trim_start();
    if inner.starts_with('}') && front.ends_with(',') {
        front.pop();
    }
    edit::splice(
        response.body(),
        &[(span.range().start..span.range().start + 1 + (payload.len() - 1 - inner.len()), &front)],
    )
}

/// A result object with hints, unless it has them.
pub fn with_hints(result: &str, hints: Hints) -> String {
    let missing = missing_hints(result, hints);
    let inner = result.trim_start().strip_prefix('{').unwrap_or("}").trim_start();
    let missing = if inner.starts_with('}') { missing.trim_end_matches(',') } else { &missing };
    format!("{{{missing}{inner}")
}

fn missing_hints(result: &str, hints: Hints) -> String {
    let mut text = String::new();
    if edit::member(result, "ttlMs").is_none() {
        text.push_str("\"ttlMs\":");
        text.push_str(&hints.ttl_ms.to_string());
        text.push(',');
    }
    if edit::member(result, "cacheScope").is_none() {
        text.push_str(if hints.is_public { r#""cacheScope":"public","# } else { r#""cacheScope":"private","# });
    }
    text
}

/// Since 2026-07-28 an unknown resource is a wrong parameter, and the error names it.
fn error_to_stateless(response: &Message) -> Bytes {
    let Some((span, error)) = response.payload_span().zip(response.payload()) else {
        return response.body().clone();
    };
    let number = edit::member(error, "code").and_then(|code| code.parse::<i64>().ok());
    if number != Some(code::RESOURCE_NOT_FOUND) {
        return response.body().clone();
    }
    let error = edit::with_member(error, "code", &code::INVALID_PARAMS.to_string());
    edit::splice(response.body(), &[(span.range(), &error)])
}

/// A stateless response as one of the session era: without what that era does not know.
pub fn result_to_session(response: &Message, method: &str) -> Bytes {
    let (Some(span), Some(payload)) = (response.payload_span(), response.payload()) else {
        return response.body().clone();
    };
    if response.kind() == Kind::Error {
        return error_to_session(response, method);
    }
    let mut leave_out = vec!["resultType"];
    if is_cacheable(method) {
        leave_out.extend(["ttlMs", "cacheScope"]);
    }
    if !leave_out.iter().any(|name| edit::member(payload, name).is_some()) {
        return response.body().clone();
    }
    edit::splice(response.body(), &[(span.range(), &edit::without_members(payload, &leave_out))])
}

/// Until 2025-11-25 an unknown resource has a code of its own.
fn error_to_session(response: &Message, method: &str) -> Bytes {
    let Some((span, error)) = response.payload_span().zip(response.payload()) else {
        return response.body().clone();
    };
    let number = edit::member(error, "code").and_then(|code| code.parse::<i64>().ok());
    let names_resource = edit::member(error, "data").is_some_and(|data| edit::member(data, "uri").is_some());
    let code = match number {
        Some(code::INVALID_PARAMS) if method == "resources/read" && names_resource => code::RESOURCE_NOT_FOUND,
        // The codes of the stateless era mean nothing to a session: the request cannot be served as it is.
        Some(code::HEADER_MISMATCH | code::MISSING_CLIENT_CAPABILITY | code::UNSUPPORTED_VERSION) => {
            code::INVALID_REQUEST
        }
        _ => return response.body().clone(),
    };
    edit::splice(response.body(), &[(span.range(), &edit::with_member(error, "code", &code.to_string()))])
}

/// Whether a log message (`params` of `notifications/message`) is wanted at a level.
pub fn level_allows(params: &str, wanted: &str) -> bool {
    let rank = |level: &str| meta::LOG_LEVELS.iter().position(|known| quote(known) == level);
    let Some(level) = edit::member(params, "level").and_then(rank) else { return false };
    rank(&quote(wanted)).is_some_and(|wanted| level >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    const HINTS: Hints = Hints { ttl_ms: 5, is_public: false };

    #[test]
    fn results_gain_and_lose_what_only_one_era_has() {
        for (method, session, stateless) in [
            ("tools/call", r#"{"content":[]}"#, r#"{"resultType":"complete","content":[]}"#),
            ("tools/call", "{}", r#"{"resultType":"complete"}"#),
            (
                "tools/list",
                r#"{"tools":[{"x":1}],"nextCursor":"c"}"#,
                r#"{"resultType":"complete","ttlMs":5,"cacheScope":"private","tools":[{"x":1}],"nextCursor":"c"}"#,
            ),
        ] {
            let wrap = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#);
            assert_eq!(result_to_stateless(&message(&wrap(session)), method, HINTS), wrap(stateless));
            assert_eq!(result_to_session(&message(&wrap(stateless)), method), wrap(session));
        }
    }

    #[test]
    fn an_unknown_resource_has_the_code_of_its_era() {
        let wrap = |code: i64| {
            format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"m","data":{{"uri":"a:b"}}}}}}"#)
        };
        assert_eq!(result_to_stateless(&message(&wrap(-32002)), "resources/read", HINTS), wrap(-32602));
        assert_eq!(result_to_session(&message(&wrap(-32602)), "resources/read"), wrap(-32002));
        assert_eq!(result_to_session(&message(&wrap(-32602)), "tools/call"), wrap(-32602));
    }

    #[test]
    fn log_messages_are_wanted_from_a_level_on() {
        assert!(level_allows(r#"{"level":"error","data":1}"#, "info"));
        assert!(!level_allows(r#"{"level":"debug","data":1}"#, "info"));
        assert!(!level_allows("{}", "info"));
    }
}
