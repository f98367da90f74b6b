//! Which era a request is of, and whether its headers say what its body says.

use corten_mcp::meta::RequestMeta;
use corten_mcp::{Era, Kind, Message, Revision, RpcError, code, header, message};
use http::HeaderMap;

/// What a request says about the protocol.
#[derive(Debug)]
pub(crate) enum Speaks {
    /// `initialize`: a session begins.
    Opening,
    /// A message of a session, or of a client that keeps none.
    Session,
    /// A request that stands for itself.
    Stateless,
}

/// Finds out the era of a message, and checks headers against the body.
///
/// The body decides; a header is only ever a hint that has to agree with it.
pub(crate) fn classify(message: &Message, headers: &HeaderMap) -> Result<Speaks, RpcError> {
    let named = text(headers, header::PROTOCOL_VERSION)?;
    let meta = RequestMeta::read(message.meta().unwrap_or("{}"));
    let said = meta.version_text();
    match (message.kind(), &said, named) {
        (Kind::Request, Some(said), named) => {
            match named {
                None => return Err(RpcError::header_mismatch("the MCP-Protocol-Version header is missing")),
                Some(named) if named != said => {
                    return Err(RpcError::header_mismatch(format!(
                        "the MCP-Protocol-Version header says {named:?} and the body says {said:?}"
                    )));
                }
                Some(_) => {}
            }
            if Revision::parse(said).is_none_or(|revision| revision.era() == Era::Session) {
                return Err(RpcError::unsupported_version(said, &Revision::ALL));
            }
            meta.check()?;
            check_standard(message, headers)?;
            Ok(Speaks::Stateless)
        }
        (Kind::Request, None, _) if message.method() == "initialize" => {
            let wanted = message.param_text("protocolVersion");
            match (named, wanted) {
                (Some(named), Some(wanted)) if named != wanted => Err(RpcError::new(
                    code::INVALID_REQUEST,
                    format!("the MCP-Protocol-Version header says {named:?} and the body says {wanted:?}"),
                )),
                _ => Ok(Speaks::Opening),
            }
        }
        (Kind::Request, None, named) => {
            let is_stateless = named.and_then(Revision::parse).is_some_and(|revision| revision.era() == Era::Stateless);
            if is_stateless || message.method() == "server/discover" {
                meta.check()?;
            }
            unknown_version(named)?;
            Ok(Speaks::Session)
        }
        (_, _, named) => {
            unknown_version(named)?;
            let is_stateless = named.and_then(Revision::parse).is_some_and(|revision| revision.era() == Era::Stateless);
            Ok(if is_stateless { Speaks::Stateless } else { Speaks::Session })
        }
    }
}

fn unknown_version(named: Option<&str>) -> Result<(), RpcError> {
    match named {
        Some(named) if Revision::parse(named).is_none() => Err(RpcError::unsupported_version(named, &Revision::ALL)),
        _ => Ok(()),
    }
}

/// `Mcp-Method` and `Mcp-Name` say what the body says.
fn check_standard(message: &Message, headers: &HeaderMap) -> Result<(), RpcError> {
    match text(headers, header::METHOD)? {
        Some(method) if method == message.method() => {}
        Some(method) => {
            return Err(RpcError::header_mismatch(format!(
                "the Mcp-Method header says {method:?} and the body says {:?}",
                message.method()
            )));
        }
        None => return Err(RpcError::header_mismatch("the Mcp-Method header is missing")),
    }
    match (text(headers, header::NAME)?, message.name()) {
        (None, Some(_)) if header::is_named(message.method()) => {
            Err(RpcError::header_mismatch("the Mcp-Name header is missing"))
        }
        (Some(named), Some(name)) => match header::decode(named) {
            Some(named) if named == name => Ok(()),
            Some(named) => {
                Err(RpcError::header_mismatch(format!("the Mcp-Name header says {named:?} and the body says {name:?}")))
            }
            None => Err(RpcError::header_mismatch("the Mcp-Name header is malformed")),
        },
        (Some(named), None) if header::is_named(message.method()) => {
            Err(RpcError::header_mismatch(format!("the Mcp-Name header says {named:?} and the body names nothing")))
        }
        _ => Ok(()),
    }
}

/// A header as text, given at most once.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, RpcError> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RpcError::header_mismatch(format!("the {name} header is given twice")));
    }
    let text = first
        .to_str()
        .map_err(|_| RpcError::header_mismatch(format!("the {name} header has characters that it may not have")))?;
    Ok(Some(text.trim_matches([' ', '\t'])))
}

/// Checks `Mcp-Param-*` against the arguments, by the schema of the tool (JSON text).
pub(crate) fn check_params(schema: &str, arguments: &str, headers: &HeaderMap) -> Result<(), RpcError> {
    if memchr::memmem::find(schema.as_bytes(), b"x-mcp-header").is_none() {
        return Ok(());
    }
    check_object(schema, Some(arguments), headers, 0)
}

fn check_object(schema: &str, object: Option<&str>, headers: &HeaderMap, depth: usize) -> Result<(), RpcError> {
    const DEEPEST: usize = 32;
    let mut outcome = Ok(());
    let Some(properties) = message::edit::member(schema, "properties").filter(|_| depth < DEEPEST) else {
        return Ok(());
    };
    message::edit::each_member(properties, |name, property| {
        if outcome.is_err() {
            return;
        }
        let value = object.and_then(|object| message::edit::member(object, name));
        let annotation = message::edit::member(property, "x-mcp-header").and_then(message::edit::text);
        outcome = match annotation {
            Some(suffix) => check_param(&suffix, value, headers),
            None => check_object(property, value, headers, depth + 1),
        };
    });
    outcome
}

fn check_param(suffix: &str, value: Option<&str>, headers: &HeaderMap) -> Result<(), RpcError> {
    let name = format!("{}{}", header::PARAM_PREFIX, suffix.to_ascii_lowercase());
    let given = text(headers, &name)?;
    let Some(value) = value.filter(|value| *value != "null") else {
        return match given {
            Some(_) => {
                Err(RpcError::header_mismatch(format!("the {name} header mirrors an argument that is not given")))
            }
            None => Ok(()),
        };
    };
    let Some(given) = given else {
        return Err(RpcError::header_mismatch(format!("the {name} header is missing")));
    };
    let Some(given) = header::decode(given) else {
        return Err(RpcError::header_mismatch(format!("the {name} header is malformed")));
    };
    let is_same = match message::edit::text(value) {
        Some(text) => text == given,
        None => given == value || same_number(&given, value),
    };
    if is_same { Ok(()) } else { Err(RpcError::header_mismatch(format!("the {name} header contradicts the body"))) }
}

fn same_number(left: &str, right: &str) -> bool {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => (left - right).abs() < f64::EPSILON,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn message(params: &str) -> Message {
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        Message::parse(Bytes::from(text)).unwrap()
    }

    const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

    #[test]
    fn headers_have_to_say_what_the_body_says() {
        let named = message(&format!(r#"{{"name":"é",{META}}}"#));
        let good =
            [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "=?base64?w6k=?=")];
        assert!(matches!(classify(&named, &headers(&good)), Ok(Speaks::Stateless)));
        for (at, value, code) in [
            (0, "2025-11-25", code::HEADER_MISMATCH),
            (1, "tools/list", code::HEADER_MISMATCH),
            (2, "e", code::HEADER_MISMATCH),
            (2, "=?base64?!?=", code::HEADER_MISMATCH),
        ] {
            let mut wrong = good;
            wrong[at].1 = value;
            assert_eq!(classify(&named, &headers(&wrong)).unwrap_err().code, code, "{value}");
        }
        for at in 0..3 {
            let mut fewer = good.to_vec();
            fewer.remove(at);
            assert_eq!(classify(&named, &headers(&fewer)).unwrap_err().code, code::HEADER_MISMATCH);
        }
    }

    #[test]
    fn what_a_request_lacks_decides_its_era() {
        let bare = message(r#"{"name":"x"}"#);
        assert!(matches!(classify(&bare, &headers(&[])), Ok(Speaks::Session)));
        assert!(matches!(classify(&bare, &headers(&[("mcp-protocol-version", "2025-06-18")])), Ok(Speaks::Session)));
        let error = classify(&bare, &headers(&[("mcp-protocol-version", "2026-07-28")])).unwrap_err();
        assert_eq!(error.code, code::INVALID_PARAMS);
        let error = classify(&bare, &headers(&[("mcp-protocol-version", "v9")])).unwrap_err();
        assert_eq!(error.code, code::UNSUPPORTED_VERSION);
    }

    #[test]
    fn mirrored_arguments_have_to_agree() {
        let schema = r#"{"type":"object","properties":{"r":{"type":"string","x-mcp-header":"Region"},"o":{"properties":{"n":{"type":"integer","x-mcp-header":"N"}}}}}"#;
        let check = |arguments, pairs: &[(&str, &str)]| check_params(schema, arguments, &headers(pairs)).is_ok();
        assert!(check(r#"{"r":"a"}"#, &[("mcp-param-region", "a")]));
        assert!(check(r#"{"r":null}"#, &[]));
        assert!(check(r#"{"o":{"n":42}}"#, &[("mcp-param-n", "42.0")]));
        assert!(!check(r#"{"r":"a"}"#, &[("mcp-param-region", "b")]));
        assert!(!check(r#"{"r":"a"}"#, &[]));
        assert!(!check("{}", &[("mcp-param-region", "a")]));
    }
}
