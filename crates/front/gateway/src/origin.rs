//! Which Host and Origin headers are accepted: what keeps pages of a browser from calling us behind
//! their reader's back.

use http::{HeaderMap, HeaderValue, Uri, header};

use crate::settings::HttpSettings;

/// What a request is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The Host header names somebody else.
    Host,
    /// The page that calls may not.
    Origin,
}

/// Checks where a request says that it goes and where it comes from. Gives the origin that may read
/// the answer, if the request comes from a page of another origin that may.
pub(crate) fn check(settings: &HttpSettings, headers: &HeaderMap, uri: &Uri) -> Result<Option<HeaderValue>, Refused> {
    let host = match (headers.get(header::HOST), uri.authority()) {
        (Some(host), _) => host.to_str().map_err(|_| Refused::Host)?,
        (None, Some(authority)) => authority.as_str(),
        (None, None) => return Err(Refused::Host),
    };
    if headers.get_all(header::HOST).iter().count() > 1 || !is_ours(settings, host) {
        return Err(Refused::Host);
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(None) };
    let text = origin.to_str().map_err(|_| Refused::Origin)?;
    if settings.origins.iter().any(|allowed| allowed.trim_end_matches('/') == text || allowed == "*") {
        return Ok(Some(origin.clone()));
    }
    let is_same = text.split_once("://").is_some_and(|(_, authority)| authority == host);
    let is_own = settings.url.as_deref().is_some_and(|url| url == text);
    if is_own || is_same { Ok(None) } else { Err(Refused::Origin) }
}

fn is_ours(settings: &HttpSettings, host: &str) -> bool {
    let name = without_port(host);
    if matches!(name, "localhost" | "[::1]" | "::1") || is_loopback(name) {
        return true;
    }
    let own = settings.url.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
    let own = own.map(|rest| rest.split('/').next().unwrap_or(rest));
    let is_named = |known: &str| known == "*" || known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(name);
    own.is_some_and(|own| own.eq_ignore_ascii_case(host) || without_port(own).eq_ignore_ascii_case(name))
        || settings.hosts.iter().any(|known| is_named(known))
}

fn is_loopback(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(settings: &HttpSettings, host: &'static str, origin: Option<&'static str>) -> Result<bool, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        check(settings, &headers, &Uri::from_static("/mcp")).map(|origin| origin.is_some())
    }

    #[test]
    fn only_known_hosts_and_origins_pass() {
        let settings = HttpSettings {
            url: Some("https://gw.example.com".to_owned()),
            hosts: vec!["inner.example.com".to_owned()],
            origins: vec!["https://app.example.com".to_owned()],
            ..HttpSettings::default()
        };
        for (host, origin, expected) in [
            ("localhost:8080", None, Ok(false)),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080"), Ok(false)),
            ("[::1]:8080", None, Ok(false)),
            ("gw.example.com", None, Ok(false)),
            ("inner.example.com:81", None, Ok(false)),
            ("gw.example.com", Some("https://app.example.com"), Ok(true)),
            ("evil.example.com", None, Err(Refused::Host)),
            ("localhost.evil.com", None, Err(Refused::Host)),
            ("localhost:8080", Some("http://evil.example.com"), Err(Refused::Origin)),
            ("localhost:8080", Some("null"), Err(Refused::Origin)),
            ("localhost:8080", Some("http://localhost:9999"), Err(Refused::Origin)),
        ] {
            assert_eq!(ask(&settings, host, origin), expected, "{host} {origin:?}");
        }
    }
}
