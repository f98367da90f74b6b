//! Which paths lead where.

/// What a path of the gateway stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The server, or none for all.
    pub(crate) server: Option<Box<str>>,
    /// What is spoken there.
    pub(crate) kind: Kind,
    /// The path without what the transport adds: the resource that tokens are for.
    pub(crate) resource: Box<str>,
}

/// What is spoken at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Streamable HTTP.
    Streamable,
    /// The stream of HTTP+SSE.
    Stream,
    /// Where messages of HTTP+SSE go.
    Messages,
}

/// Before the path of the metadata of protected resources (RFC 9728).
pub(crate) const METADATA: &str = "/.well-known/oauth-protected-resource";

/// What a path stands for; none for paths that are not the gateway's.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let made = |server: Option<&str>, kind, resource: &str| Endpoint {
        server: server.map(Into::into),
        kind,
        resource: resource.into(),
    };
    match path {
        "/mcp" => return Some(made(None, Kind::Streamable, "/mcp")),
        "/sse" => return Some(made(None, Kind::Stream, "/mcp")),
        "/messages" => return Some(made(None, Kind::Messages, "/mcp")),
        _ => {}
    }
    let rest = path.strip_prefix("/mcp/").or_else(|| path.strip_prefix("/mcp-gateway/"))?;
    let (server, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let kind = match tail {
        "" | "mcp" => Kind::Streamable,
        "sse" => Kind::Stream,
        "messages" | "message" => Kind::Messages,
        _ => return None,
    };
    let resource = if tail.is_empty() { path } else { &path[..path.len() - tail.len() - 1] };
    (!server.is_empty()).then(|| made(Some(server), kind, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_server_and_a_transport() {
        for (path, server, kind, resource) in [
            ("/mcp", None, Kind::Streamable, "/mcp"),
            ("/mcp/", None, Kind::Streamable, "/mcp"),
            ("/sse", None, Kind::Stream, "/mcp"),
            ("/mcp/files", Some("files"), Kind::Streamable, "/mcp/files"),
            ("/mcp/files/sse", Some("files"), Kind::Stream, "/mcp/files"),
            ("/mcp-gateway/files/mcp", Some("files"), Kind::Streamable, "/mcp-gateway/files"),
            ("/mcp-gateway/files/messages", Some("files"), Kind::Messages, "/mcp-gateway/files"),
        ] {
            let found = endpoint(path).unwrap();
            assert_eq!((found.server.as_deref(), found.kind, &*found.resource), (server, kind, resource), "{path}");
        }
        for path in ["/", "/mcpx", "/mcp/a/b", "/api/v1/servers"] {
            assert_eq!(endpoint(path), None, "{path}");
        }
    }
}
