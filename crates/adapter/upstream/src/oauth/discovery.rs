//! Finds the authorization server of an MCP server: protected-resource metadata (RFC 9728), then the authorization
//! server's own (RFC 8414, or OpenID Connect Discovery).
//!
//! Every address found here was named by somebody else, so it is fetched under the address rules, and an answer must
//! name itself as what was asked for.

use corten_mcp::upstream::UpstreamError;
use http::header::ACCEPT;
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::exchange::Web;

/// What the MCP server says of itself.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "resource")]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) authorization_servers: Vec<String>,
    #[serde(default)]
    pub(crate) scopes_supported: Vec<String>,
}

/// What the authorization server says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Issuer {
    #[serde(rename = "issuer")]
    pub(crate) url: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) registration_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    pub(crate) client_id_metadata_document_supported: bool,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// Finds what protects a server. `challenge` is the `WWW-Authenticate` header of its refusal.
pub(crate) async fn find(
    web: &Web,
    server: &Uri,
    challenge: Option<&str>,
    deadline: Instant,
) -> Result<(Resource, Issuer), UpstreamError> {
    let resource = resource(web, server, challenge, deadline).await?;
    let base = match resource.authorization_servers.first() {
        Some(server) => server.clone(),
        // Until 2025-03-26 the MCP server was its own authorization server.
        None => root(server),
    };
    let issuer = issuer(web, &base, deadline).await?;
    if !issuer.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(web.protocol(format!("its authorization server {base} does not offer PKCE with S256")));
    }
    Ok((resource, issuer))
}

async fn resource(
    web: &Web,
    server: &Uri,
    challenge: Option<&str>,
    deadline: Instant,
) -> Result<Resource, UpstreamError> {
    let named = challenge.and_then(|challenge| parameter(challenge, "resource_metadata"));
    let (root, path) = (root(server), server.path().trim_end_matches('/'));
    let known = "/.well-known/oauth-protected-resource";
    let mut places: Vec<String> = named.into_iter().collect();
    if places.is_empty() {
        places.push(format!("{root}{known}{path}"));
        places.push(format!("{root}{known}"));
    }
    for place in places {
        let Some(found) = get::<Resource>(web, &place, deadline).await? else { continue };
        if found.url.as_deref().is_some_and(|resource| covers(resource, server)) {
            return Ok(found);
        }
        let said = found.url.unwrap_or_default();
        return Err(web.protocol(format!("its metadata at {place} is for another resource: {said:?}")));
    }
    Ok(Resource::default())
}

/// Whether metadata for `resource` speaks for the server: its own address, or one above it.
fn covers(resource: &str, server: &Uri) -> bool {
    let (Ok(resource), Ok(server)) = (url::Url::parse(resource), url::Url::parse(&server.to_string())) else {
        return false;
    };
    let prefix = resource.path().trim_end_matches('/');
    let rest = server.path().strip_prefix(prefix);
    resource.origin() == server.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn issuer(web: &Web, base: &str, deadline: Instant) -> Result<Issuer, UpstreamError> {
    let wrong = || web.protocol(format!("{base:?} is no address of an authorization server"));
    let url: Uri = base.parse().map_err(|_| wrong())?;
    let (root, path) = (root(&url), url.path().trim_end_matches('/'));
    let mut places = vec![
        format!("{root}/.well-known/oauth-authorization-server{path}"),
        format!("{root}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{root}{path}/.well-known/openid-configuration"));
    }
    for place in places {
        let Some(found) = get::<Issuer>(web, &place, deadline).await? else { continue };
        // RFC 8414 §3.3: metadata for another issuer must not be used.
        if found.url.trim_end_matches('/') == base.trim_end_matches('/') {
            return Ok(found);
        }
        return Err(web.protocol(format!("the metadata at {place} is for another issuer: {:?}", found.url)));
    }
    Err(web.protocol(format!("its authorization server {base} has no metadata")))
}

/// Fetches a document; `None` when there is none.
async fn get<T: DeserializeOwned>(web: &Web, url: &str, deadline: Instant) -> Result<Option<T>, UpstreamError> {
    let uri: Uri = url.parse().map_err(|_| web.protocol(format!("{url:?} is no address")))?;
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let response = web.send(request, deadline).await?;
    if !response.status().is_success() {
        return Ok(None);
    }
    let body = web.fault(response.into_body(), deadline).await;
    Ok(serde_json::from_slice(&body).ok())
}

/// Scheme, host and port as they are written.
fn root(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    format!("{scheme}://{}", url.authority().map_or("", http::uri::Authority::as_str))
}

/// One parameter of a `WWW-Authenticate: Bearer` header.
pub(crate) fn parameter(challenge: &str, name: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(name) {
        let at = from + found;
        let is_start = at == 0 || matches!(lower.as_bytes()[at - 1], b' ' | b',' | b'\t');
        let rest = challenge[at + name.len()..].trim_start();
        if let Some(value) = rest.strip_prefix('=').filter(|_| is_start) {
            let value = value.trim_start();
            return Some(match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
                None => value.split([',', ' ']).next().unwrap_or_default().to_owned(),
            });
        }
        from = at + name.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let challenge =
            r#"Bearer error="insufficient_scope", scope="a b", resource_metadata="https://x/.well-known/y""#;
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("a b"));
        assert_eq!(parameter(challenge, "resource_metadata").as_deref(), Some("https://x/.well-known/y"));
        assert_eq!(parameter("Bearer realm=x, scope=one", "scope").as_deref(), Some("one"));
        assert_eq!(parameter(challenge, "realm"), None);
    }

    #[test]
    fn metadata_speaks_for_what_is_below_it() {
        let server = "https://example.com/a/mcp".parse().unwrap();
        for (resource, expected) in [
            ("https://example.com", true),
            ("https://example.com/a/mcp", true),
            ("https://example.com/a/", true),
            ("https://example.com/a/mc", false),
            ("https://example.com:444/", false),
            ("https://evil.example/a/mcp", false),
        ] {
            assert_eq!(covers(resource, &server), expected, "{resource}");
        }
    }
}
