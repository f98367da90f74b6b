//! What this program says of itself as an OAuth 2.1 resource server.

use std::fmt::Write as _;

use serde::Serialize;

/// RFC 9728 metadata of one protected route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProtectedResource {
    /// The route's address, which is also the audience of its tokens.
    pub resource: String,
    /// Who issues tokens for it.
    pub authorization_servers: Vec<String>,
    /// The scopes that may be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// How tokens are sent: in the header only.
    pub bearer_methods_supported: [&'static str; 1],
    /// What people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
}

impl ProtectedResource {
    /// The metadata of a route.
    pub fn new(resource: String, authorization_servers: Vec<String>, scopes_supported: Vec<String>) -> Self {
        Self {
            resource,
            authorization_servers,
            scopes_supported,
            bearer_methods_supported: ["header"],
            resource_name: Some("Corten MCP gateway".to_owned()),
        }
    }
}

/// RFC 9728 §3.1: the metadata's path, which goes between the host and the resource's own path.
pub fn metadata_path(resource_path: &str) -> String {
    let path = resource_path.trim_end_matches('/');
    format!("/.well-known/oauth-protected-resource{path}")
}

/// Why a request is challenged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge<'a> {
    /// No credential came.
    Missing,
    /// The one that came is not accepted.
    InvalidToken(&'a str),
    /// It is accepted and does not suffice for this.
    InsufficientScope,
}

/// The value of a `WWW-Authenticate` header (RFC 6750 §3, RFC 9728 §5.1).
pub fn challenge(metadata_url: &str, scopes: &[String], why: &Challenge<'_>) -> String {
    let mut value = format!("Bearer resource_metadata=\"{}\"", quoted(metadata_url));
    match why {
        Challenge::Missing => {}
        Challenge::InvalidToken(reason) => {
            let _ = write!(value, ", error=\"invalid_token\", error_description=\"{}\"", quoted(reason));
        }
        Challenge::InsufficientScope => value.push_str(", error=\"insufficient_scope\""),
    }
    if !scopes.is_empty() {
        let _ = write!(value, ", scope=\"{}\"", quoted(&scopes.join(" ")));
    }
    value
}

/// RFC 6750 §3: printable ASCII without quotes and backslashes.
fn quoted(text: &str) -> String {
    text.chars().filter(|&c| matches!(c, ' '..='~') && c != '"' && c != '\\').collect()
}

#[cfg(test)]
mod tests {
    use super::{Challenge, challenge, metadata_path};

    #[test]
    fn challenges_name_the_metadata_and_the_scopes() {
        let url = "https://gw.example/.well-known/oauth-protected-resource/mcp";
        assert_eq!(challenge(url, &[], &Challenge::Missing), format!("Bearer resource_metadata=\"{url}\""));
        let scopes = ["a".to_owned(), "b\"\r\n".to_owned()];
        assert_eq!(
            challenge(url, &scopes, &Challenge::InsufficientScope),
            format!("Bearer resource_metadata=\"{url}\", error=\"insufficient_scope\", scope=\"a b\"")
        );
    }

    #[test]
    fn each_route_has_its_own_metadata() {
        assert_eq!(metadata_path("/mcp/files"), "/.well-known/oauth-protected-resource/mcp/files");
        assert_eq!(metadata_path("/"), "/.well-known/oauth-protected-resource");
    }
}
