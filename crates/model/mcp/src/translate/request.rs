//! Requests and notifications of one era said in the words of the other.

use bytes::Bytes;

use crate::message::{Message, edit, quote};
use crate::meta;
use crate::revision::Revision;

/// Who sends a request, for an era in which every request says so.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The revision to speak.
    pub revision: Revision,
    /// What the client is called, as JSON text.
    pub client_info: Option<&'a str>,
    /// What the client can be asked for, as JSON text.
    pub capabilities: &'a str,
    /// The lowest level of log messages that the client wants.
    pub log_level: Option<&'a str>,
}

/// A request of the session era as a stateless one: it says who sends it.
pub fn request_to_stateless(message: &Message, sender: &Sender<'_>) -> Bytes {
    let mut own = vec![
        (meta::PROTOCOL_VERSION, quote(sender.revision.as_str())),
        (meta::CLIENT_CAPABILITIES, sender.capabilities.to_owned()),
    ];
    own.extend(sender.client_info.map(|info| (meta::CLIENT_INFO, info.to_owned())));
    own.extend(sender.log_level.map(|level| (meta::LOG_LEVEL, quote(level))));
    let stamps: Vec<String> = own.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    let stamps = stamps.join(",");
    let keys: Vec<&str> = own.iter().map(|(key, _)| *key).collect();
    if let Some(span) = message.meta_span() {
        // What the client says under reserved keys does not count: the session says it.
        let kept = edit::without_members(message.meta().unwrap_or("{}"), &keys);
        let inner = kept.trim_start_matches('{');
        let comma = if inner == "}" { "" } else { "," };
        return edit::splice(message.body(), &[(span.range(), &format!("{{{stamps}{comma}{inner}"))]);
    }
    let meta = format!("{{{stamps}}}");
    if let Some(span) = message.params_span() {
        let params = edit::with_member(message.params().unwrap_or("{}"), "_meta", &meta);
        return edit::splice(message.body(), &[(span.range(), &params)]);
    }
    let body = std::str::from_utf8(message.body()).unwrap_or_default();
    Bytes::from(edit::with_member(body, "params", &format!("{{\"_meta\":{meta}}}")))
}

/// A stateless request as one of the session era: the session already said who sends it.
pub fn request_to_session(message: &Message) -> Bytes {
    const STAMPS: [&str; 4] = [meta::PROTOCOL_VERSION, meta::CLIENT_CAPABILITIES, meta::CLIENT_INFO, meta::LOG_LEVEL];
    let (Some(span), Some(params)) = (message.params_span(), message.params()) else {
        return message.body().clone();
    };
    let mut kept = edit::without_members(params, &["inputResponses", "requestState"]);
    if let Some(own) = edit::member(params, "_meta") {
        let own = edit::without_members(own, &STAMPS);
        kept = if own == "{}" {
            edit::without_members(&kept, &["_meta"])
        } else {
            edit::with_member(&kept, "_meta", &own)
        };
    }
    edit::splice(message.body(), &[(span.range(), &kept)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    const SENDER: Sender<'_> =
        Sender { revision: Revision::V2026_07_28, client_info: None, capabilities: "{}", log_level: Some("info") };

    #[test]
    fn a_request_says_who_sends_it_and_loses_nothing_else() {
        let stamps = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info""#;
        for (session, stateless) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#,
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"_meta":{{{stamps}}}}}}}"#),
            ),
            (
                r#"{"id":1,"params":{"a":1.0},"method":"m","jsonrpc":"2.0"}"#,
                format!(r#"{{"id":1,"params":{{"a":1.0,"_meta":{{{stamps}}}}},"method":"m","jsonrpc":"2.0"}}"#),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"x/y":[1]},"a":1}}"#,
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"_meta":{{{stamps},"x/y":[1]}},"a":1}}}}"#),
            ),
        ] {
            assert_eq!(request_to_stateless(&message(session), &SENDER), stateless);
        }
    }

    #[test]
    fn the_way_back_leaves_out_what_the_session_knows() {
        let stateless = message(
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"requestState":"s","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7}}}"#,
        );
        assert_eq!(
            request_to_session(&stateless),
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"_meta":{"progressToken":7}}}"#
        );
    }
}
