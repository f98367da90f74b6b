//! Splits a URL: `url.Parse`.

use super::escape::{Part, escape, unescape};
use super::{Url, UrlError, UserInfo, ip};
use crate::strconv;

/// Go: `url.Parse`.
pub(super) fn parse(text: &[u8]) -> Result<Url, UrlError> {
    let wrap = |url: &[u8], error: UrlError| UrlError(format!("parse {}: {}", strconv::quote(url), error.0));
    let (before, fragment) = cut(text, b'#');
    let mut url = without_fragment(before).map_err(|error| wrap(before, error))?;
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        url.fragment = unescape(fragment, Part::Fragment).map_err(|error| wrap(text, error))?;
        if escape(&url.fragment, Part::Fragment) != fragment {
            url.raw_fragment = fragment.to_vec();
        }
    }
    Ok(url)
}

fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == separator) {
        Some(position) => (&text[..position], Some(&text[position + 1..])),
        None => (text, None),
    }
}

fn error<T>(text: &str) -> Result<T, UrlError> {
    Err(UrlError(text.to_owned()))
}

fn without_fragment(text: &[u8]) -> Result<Url, UrlError> {
    if text.iter().any(u8::is_ascii_control) {
        return error("net/url: invalid control character in URL");
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = text.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    match query {
        Some(b"") => url.force_query = true,
        Some(query) => url.raw_query = query.to_vec(),
        None => {}
    }
    if rest.first() != Some(&b'/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return error("first path segment in URL cannot contain colon");
        }
    }
    if rest.starts_with(b"//") && (!url.scheme.is_empty() || !rest.starts_with(b"///")) {
        let authority = &rest[2..];
        let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
        rest = &authority[end..];
        parse_authority(&mut url, &authority[..end])?;
    } else if !url.scheme.is_empty() && rest.starts_with(b"/") {
        url.omit_host = true;
    }
    url.path = unescape(rest, Part::Path)?;
    if escape(&url.path, Part::Path) != rest {
        url.raw_path = rest.to_vec();
    }
    Ok(url)
}

/// Go: `getScheme`.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), UrlError> {
    for (position, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if position > 0 => {}
            b':' if position == 0 => return error("missing protocol scheme"),
            b':' => return Ok((&text[..position], &text[position + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn parse_authority(url: &mut Url, authority: &[u8]) -> Result<(), UrlError> {
    let at = authority.iter().rposition(|byte| *byte == b'@');
    url.host = parse_host(&url.scheme, &authority[at.map_or(0, |at| at + 1)..])?;
    let Some(at) = at else { return Ok(()) };
    let info = &authority[..at];
    let is_valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !info.iter().all(is_valid) {
        return error("net/url: invalid userinfo");
    }
    let (username, password) = cut(info, b':');
    url.user = Some(UserInfo {
        username: unescape(username, Part::UserPassword)?,
        password: password.map(|password| unescape(password, Part::UserPassword)).transpose()?,
    });
    Ok(())
}

/// Go: `validOptionalPort`.
pub(super) fn is_optional_port(port: &[u8]) -> bool {
    port.is_empty() || (port[0] == b':' && port[1..].iter().all(u8::is_ascii_digit))
}

fn check_port(port: &[u8]) -> Result<(), UrlError> {
    if is_optional_port(port) {
        return Ok(());
    }
    Err(UrlError(format!("invalid port {} after host", strconv::quote(port))))
}

/// Go: `parseHost`.
fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, UrlError> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_literal(host),
        Some(_) => return error("invalid IP-literal"),
        None => {}
    }
    if let Some(first) = host.iter().position(|byte| *byte == b':') {
        let last = host.iter().rposition(|byte| *byte == b':').unwrap_or(first);
        // Go 1.26: several colons are refused for http and https only.
        let is_strict = matches!(scheme, b"http" | b"https");
        check_port(&host[if is_strict { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

/// An address in brackets.
fn parse_literal(host: &[u8]) -> Result<Vec<u8>, UrlError> {
    let Some(close) = host.iter().rposition(|byte| *byte == b']') else { return error("missing ']' in host") };
    let port = &host[close + 1..];
    check_port(port)?;
    let port = unescape(port, Part::Host)?;
    let name = &host[1..close];
    let zone = name.windows(3).position(|window| window == b"%25").unwrap_or(name.len());
    let mut address = unescape(&name[..zone], Part::Host)?;
    address.extend_from_slice(&unescape(&name[zone..], Part::Zone)?);
    if ip::check(&address).map_err(|error| UrlError(format!("invalid host: {error}")))? == ip::Family::V4 {
        return error("invalid IP-literal");
    }
    Ok([b"[", &address[..], b"]", &port[..]].concat())
}
