//! How a conversation opens: `server/discover`, `initialize`, and what their answers say.

use bytes::Bytes;
use corten_mcp::message::{self, edit};
use corten_mcp::upstream::{Caching, ServerFacts};
use corten_mcp::{ClientCapabilities, Era, Kind, Message, Revision, ServerCapabilities, meta};

/// The id of our own requests; callers' ids are the gateway's, which look otherwise.
pub(crate) const OWN_ID: &str = "\"corten-own\"";
/// The id of `server/discover`: its answer may come late, and must not be taken for another's.
pub(crate) const DISCOVER_ID: &str = "\"corten-discover\"";
/// Told to servers after `initialize`.
pub(crate) const INITIALIZED: &[u8] = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// What `server/discover` found out.
pub(crate) enum Probe {
    /// A server without sessions.
    Stateless(Box<ServerFacts>),
    /// A server that wants `initialize`, with the newest revision that it may speak.
    Session(Revision),
}

/// What we call ourselves.
pub(crate) fn own_info() -> &'static str {
    concat!(r#"{"name":"corten","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#)
}

/// Asks a server what it is.
pub(crate) fn discover() -> Bytes {
    message::request(DISCOVER_ID, "server/discover", &stateless_params())
}

/// Asks a server whether it is there, in its era; the id of the request comes with it.
pub(crate) fn ping(era: Era) -> (Bytes, &'static str) {
    match era {
        Era::Session => (message::request(OWN_ID, "ping", "{}"), OWN_ID),
        Era::Stateless => (discover(), DISCOVER_ID),
    }
}

fn stateless_params() -> String {
    let (version, latest) = (meta::PROTOCOL_VERSION, Revision::LATEST);
    let (capabilities, info) = (meta::CLIENT_CAPABILITIES, meta::CLIENT_INFO);
    format!(r#"{{"_meta":{{"{version}":"{latest}","{capabilities}":{{}},"{info}":{}}}}}"#, own_info())
}

/// Opens a session.
pub(crate) fn initialize(revision: Revision, capabilities: &ClientCapabilities, info: Option<&str>) -> Bytes {
    let (capabilities, info) = (capabilities.as_json(), info.unwrap_or(own_info()));
    let params = format!(r#"{{"protocolVersion":"{revision}","capabilities":{capabilities},"clientInfo":{info}}}"#);
    message::request(OWN_ID, "initialize", &params)
}

/// Judges the answer to `server/discover`. Any error stands for a server of the session era: those know the method
/// no more than they know the version.
pub(crate) fn judge(answer: &Message) -> Result<Probe, String> {
    if answer.kind() != Kind::Response {
        let supported = answer.payload_member("data").and_then(|data| edit::member(data, "supported"));
        return Ok(Probe::Session(newest_session(supported)));
    }
    let supported = answer.payload_member("supportedVersions");
    let revisions = revisions(supported);
    if !revisions.contains(&Revision::V2026_07_28) {
        return match supported {
            Some(_) => Ok(Probe::Session(newest_session(supported))),
            None => Err("its answer to server/discover names no versions".to_owned()),
        };
    }
    let number = |text: &str| text.parse().ok();
    let caching = answer
        .payload_member("ttlMs")
        .and_then(number)
        .map(|ttl_ms| Caching { ttl_ms, is_public: answer.payload_member("cacheScope") == Some("\"public\"") });
    let named = answer.meta().and_then(|meta| edit::member(meta, meta::SERVER_INFO));
    Ok(Probe::Stateless(Box::new(ServerFacts {
        revision: Revision::V2026_07_28,
        supported: revisions,
        capabilities: ServerCapabilities::new(answer.payload_member("capabilities").unwrap_or("{}")),
        info: named.or_else(|| answer.payload_member("serverInfo")).map(Into::into),
        instructions: instructions(answer),
        caching,
    })))
}

/// Reads the answer to `initialize`.
pub(crate) fn initialized(answer: &Message) -> Result<ServerFacts, String> {
    if answer.kind() != Kind::Response {
        let said = answer.payload_member("message").and_then(edit::text).unwrap_or_default();
        return Err(format!("it refused initialize: {said}"));
    }
    let version = answer.payload_member("protocolVersion").and_then(edit::text).unwrap_or_default();
    let revision = Revision::parse(&version).filter(|revision| revision.era() == Era::Session);
    let revision = revision.ok_or_else(|| format!("it answered initialize with the unknown version {version:?}"))?;
    Ok(ServerFacts {
        revision,
        supported: vec![revision],
        capabilities: ServerCapabilities::new(answer.payload_member("capabilities").unwrap_or("{}")),
        info: answer.payload_member("serverInfo").map(Into::into),
        instructions: instructions(answer),
        caching: None,
    })
}

fn instructions(answer: &Message) -> Option<Box<str>> {
    answer.payload_member("instructions").and_then(edit::text).map(|text| text.into_owned().into())
}

fn revisions(list: Option<&str>) -> Vec<Revision> {
    let texts = list.map(edit::elements).unwrap_or_default();
    texts.into_iter().filter_map(|text| Revision::parse(&edit::text(text)?)).collect()
}

fn newest_session(list: Option<&str>) -> Revision {
    let sessions = revisions(list).into_iter().filter(|revision| revision.era() == Era::Session);
    sessions.max().unwrap_or(Revision::LATEST_SESSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &'static str) -> Message {
        Message::parse(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn the_era_is_in_the_answer() {
        let both = message(
            r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2025-11-25","2026-07-28","2030-01-01"],"ttlMs":5,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"x"}}}}"#,
        );
        let Ok(Probe::Stateless(facts)) = judge(&both) else { panic!("a stateless server") };
        assert_eq!(facts.supported, [Revision::V2025_11_25, Revision::V2026_07_28]);
        assert_eq!(facts.caching, Some(Caching { ttl_ms: 5, is_public: true }));
        assert_eq!(facts.info.as_deref(), Some(r#"{"name":"x"}"#));
        for (body, revision) in [
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}"#, Revision::V2025_11_25),
            (
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"?","data":{"supported":["2024-11-05","2025-03-26"]}}}"#,
                Revision::V2025_03_26,
            ),
            (r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2025-06-18"]}}"#, Revision::V2025_06_18),
        ] {
            assert!(matches!(judge(&message(body)), Ok(Probe::Session(found)) if found == revision), "{body}");
        }
        assert!(judge(&message(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)).is_err());
    }
}
