//! What an operator says about the HTTP side of the gateway.

use std::time::Duration;

/// Settings of the HTTP side.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The address that clients reach the gateway by, without a slash at the end.
    pub url: Option<String>,
    /// Values of the Host header to accept besides loopback names and the address above; with `*` any.
    pub hosts: Vec<String>,
    /// Origins of pages that may call, such as `https://inspector.example.com`; they get CORS headers.
    pub origins: Vec<String>,
    /// Who issues tokens for us, for the metadata of protected resources.
    pub issuers: Vec<String>,
    /// Scopes without which a token is not enough, for challenges and metadata.
    pub scopes: Vec<String>,
    /// The largest body of a request.
    pub body: usize,
    /// The deepest nesting of JSON.
    pub depth: usize,
    /// How many requests are under way at once.
    pub concurrency: usize,
    /// How many connections are open at once.
    pub connections: usize,
    /// For how long a client may take to send its headers, and its body.
    pub read: Duration,
    /// How often a stream with nothing to say shows that it is there.
    pub keep_alive: Duration,
    /// For how long calls that are under way may go on when the gateway stops.
    pub drain: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            url: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            issuers: Vec::new(),
            scopes: Vec::new(),
            body: 4 << 20,
            depth: 64,
            concurrency: 1024,
            connections: 10_000,
            read: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            drain: Duration::from_secs(30),
        }
    }
}
