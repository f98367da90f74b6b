//! What an operator says about one server. Secrets are already filled in; times are already times.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::revision::Revision;
use corten_secret::Secret;

/// One server, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamConfig {
    /// Its name: letters, digits, dots, underscores and hyphens.
    pub name: Box<str>,
    /// How it is reached.
    pub target: Target,
    /// How we sign in to it.
    pub credentials: Credentials,
    /// Whether callers share what is open to it.
    pub sharing: Sharing,
    /// The revision to speak; found out when not given.
    pub revision: Option<Revision>,
    /// Bounds.
    pub limits: Limits,
    /// What is offered of it, and under which names.
    pub names: NameRules,
    /// Whether addresses that the server names (by redirect, in metadata or in an OpenAPI document)
    /// may be loopback, private or link-local. An address in the operator's own file may be anywhere.
    pub allow_private: bool,
    /// Whether the server itself was named by somebody other than the operator (over the API): its
    /// own address is then under the rule of `allow_private` too.
    pub is_untrusted: bool,
}

impl UpstreamConfig {
    /// A server with this name and target, and every setting as it is when nothing is said.
    pub fn new(name: impl Into<Box<str>>, target: Target) -> Self {
        Self {
            name: name.into(),
            target,
            credentials: Credentials::None,
            sharing: Sharing::Shared,
            revision: None,
            limits: Limits::default(),
            names: NameRules::default(),
            allow_private: false,
            is_untrusted: false,
        }
    }
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By HTTP.
    Http {
        /// The address of its endpoint.
        url: Box<str>,
        /// Which transport is spoken there.
        transport: Transport,
        /// Headers to send with every request, in lower case.
        headers: BTreeMap<Box<str>, Secret>,
    },
    /// As a child process, over its standard input and output.
    Command(Command),
    /// As an API whose operations become tools.
    OpenApi(OpenApi),
}

/// Which transport is spoken at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Found out: streamable HTTP first, then HTTP+SSE.
    #[default]
    Auto,
    /// Streamable HTTP.
    Streamable,
    /// HTTP+SSE of 2024-11-05.
    Sse,
}

/// A child process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that it gets.
    pub env: BTreeMap<String, Secret>,
    /// Variables of our own environment that it gets too, besides PATH, HOME and a few others.
    pub inherit: Vec<String>,
    /// The folder that it runs in.
    pub folder: Option<PathBuf>,
    /// The most memory that it may use, in bytes.
    pub memory: Option<u64>,
    /// The most processes that it may start.
    pub processes: Option<u64>,
    /// Stop it after so long without a call; it is started again on demand.
    pub idle: Option<Duration>,
}

/// An API that an OpenAPI document describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenApi {
    /// Where the document is: a URL or a path.
    pub document: Box<str>,
    /// Where the API is; the document's own servers when not given.
    pub base: Option<Box<str>>,
    /// Headers to send with every request, in lower case.
    pub headers: BTreeMap<Box<str>, Secret>,
}

/// How we sign in to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all, or by headers of the target.
    #[default]
    None,
    /// With a fixed token.
    Bearer(Secret),
    /// By OAuth client credentials.
    ClientCredentials {
        /// The token endpoint.
        token_url: Box<str>,
        /// The client's id.
        client_id: Box<str>,
        /// The client's secret.
        client_secret: Secret,
        /// The scopes to ask for.
        scopes: Vec<String>,
        /// The resource to ask for; the server's address when not given.
        resource: Option<Box<str>>,
    },
    /// With a token that the caller's is exchanged for (RFC 8693).
    TokenExchange {
        /// The token endpoint.
        token_url: Box<str>,
        /// The client's id.
        client_id: Box<str>,
        /// The client's secret.
        client_secret: Secret,
        /// The audience to ask for.
        audience: Option<Box<str>>,
        /// The scopes to ask for.
        scopes: Vec<String>,
    },
    /// With a token that each user gets in a browser.
    PerUser {
        /// The client's id; found by a metadata document or by registration when not given.
        client_id: Option<Box<str>>,
        /// The client's secret.
        client_secret: Option<Secret>,
        /// The scopes to ask for.
        scopes: Vec<String>,
    },
    /// With the caller's own token.
    Forward,
}

impl Credentials {
    /// Whether what the server sees depends on who calls, so that nothing is shared between callers.
    pub const fn is_per_caller(&self) -> bool {
        matches!(self, Self::TokenExchange { .. } | Self::PerUser { .. } | Self::Forward)
    }
}

/// Whether callers share what is open to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// One child, and for a server without sessions one connection, serves all callers.
    #[default]
    Shared,
    /// Every session gets its own.
    PerSession,
}

/// Bounds for one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For how long a connection may take to come about.
    pub connect: Duration,
    /// For how long to wait for a response; progress does not extend it.
    pub call: Duration,
    /// For how long a list or a probe may take.
    pub list: Duration,
    /// How many calls are under way at once.
    pub concurrency: usize,
    /// How large a response, or one event, may be.
    pub response_bytes: usize,
    /// How many faults in a row open the circuit breaker.
    pub faults: u32,
    /// For how long the circuit breaker stays open before a probe.
    pub rest: Duration,
    /// How often a server that is well is probed.
    pub probe: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_mins(5),
            list: Duration::from_secs(10),
            concurrency: 512,
            response_bytes: 64 << 20,
            faults: 5,
            rest: Duration::from_secs(10),
            probe: Duration::from_secs(30),
        }
    }
}

/// What is offered of a server, and under which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameRules {
    /// What stands before names under the naming `prefix`; the server's name and `_` when not given.
    pub prefix: Option<Box<str>>,
    /// Its place under the naming `priority`: the lower number keeps a name.
    pub priority: u32,
    /// Which tools are offered, by their name on the server.
    pub tools: Listing,
    /// Which prompts are offered, by their name on the server.
    pub prompts: Listing,
    /// Which resources are offered, by URI.
    pub resources: Listing,
    /// Changes to single tools, by their name on the server.
    pub changes: BTreeMap<Box<str>, ToolChange>,
}

/// Which names are offered: patterns in which `*` stands for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those to offer; all when empty.
    pub include: Vec<String>,
    /// Those to leave out, whatever else includes them.
    pub exclude: Vec<String>,
}

/// Changes to one tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolChange {
    /// The name to offer it under.
    pub name: Option<Box<str>>,
    /// The title to show.
    pub title: Option<Box<str>>,
    /// The description to show.
    pub description: Option<Box<str>>,
    /// Annotations to set.
    pub annotations: BTreeMap<String, serde_json::Value>,
}
