//! The sections of the configuration, servers apart.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::place::Wrong;
use super::server::Server;
use super::units::{Bytes, Period};

/// The configuration of a gateway. Every field may be left out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    /// The address to serve on.
    pub(crate) listen: String,
    /// The address that clients reach the gateway by, when it is not the one it listens on.
    pub(crate) url: Option<String>,
    /// Values of the Host header to accept, besides the addresses above.
    pub(crate) hosts: Vec<String>,
    /// The folder for the store, keys and the audit spool; starts from the folder of this file.
    pub(crate) data: Option<String>,
    /// Serve over TLS.
    pub(crate) tls: Option<Tls>,
    /// Which pages of a browser may call.
    pub(crate) cors: Cors,
    /// Metrics for Prometheus.
    pub(crate) metrics: Metrics,
    /// Who may call.
    pub(crate) auth: Auth,
    /// Roles, by name. A caller has the roles of its key or token.
    pub(crate) roles: BTreeMap<String, Role>,
    /// Cedar policies, besides what roles allow.
    pub(crate) policies: Vec<Policy>,
    /// How much a caller may do.
    pub(crate) limits: Limits,
    /// Another database than SQLite in the data folder: a `postgres://`, `mysql://` or `sqlite:` URL. Gateways that
    /// share one serve each other's sessions.
    pub(crate) store: Option<String>,
    /// Redis for limits and sessions that several gateways share: a `redis://` URL, or `rediss://` over TLS by a
    /// certificate that the system trusts (`$SSL_CERT_FILE` names others).
    pub(crate) redis: Option<String>,
    /// The keys that seal session ids and stored tokens, newest first: 32 bytes in base64 each, the same for all
    /// gateways that share a store. Made in the data folder when there are none.
    pub(crate) seal_keys: Vec<String>,
    /// The record of calls and changes.
    pub(crate) audit: Audit,
    /// How names of several servers are kept apart under /mcp.
    pub(crate) names: Names,
    /// How lists of several servers are put together.
    pub(crate) lists: Lists,
    /// What is logged.
    pub(crate) log: Log,
    /// Where traces go.
    pub(crate) traces: Traces,
    /// The MCP servers, by name.
    #[serde(alias = "mcpServers")]
    pub(crate) servers: BTreeMap<String, Server>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            url: None,
            hosts: Vec::new(),
            data: None,
            tls: None,
            cors: Cors::default(),
            metrics: Metrics::default(),
            auth: Auth::default(),
            roles: BTreeMap::new(),
            policies: Vec::new(),
            limits: Limits::default(),
            store: None,
            redis: None,
            seal_keys: Vec::new(),
            audit: Audit::default(),
            names: Names::default(),
            lists: Lists::default(),
            log: Log::default(),
            traces: Traces::default(),
            servers: BTreeMap::new(),
        }
    }
}

/// A certificate and its key, read again when they change.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The file of the certificate chain, PEM.
    pub(crate) certificate: String,
    /// The file of the private key, PEM.
    pub(crate) key: String,
}

/// Which pages of a browser may call.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cors {
    /// Origins that may call, such as `https://inspector.example.com`; none when empty.
    pub(crate) origins: Vec<String>,
}

/// Metrics for Prometheus.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metrics {
    /// The address to serve /metrics on; `off` for none.
    pub(crate) listen: String,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9090".to_owned() }
    }
}

/// Who may call.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Auth {
    /// Whether callers without key or token are served: `true` on a loopback address only, `anywhere` on any.
    pub(crate) anonymous: Anonymous,
    /// Roles of callers without key or token; all that is not forbidden when empty.
    pub(crate) anonymous_roles: Vec<String>,
    /// Issuers whose tokens are accepted.
    pub(crate) tokens: Vec<Token>,
}

/// Whether callers without key or token are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Anonymous {
    /// They are refused.
    #[default]
    Refused,
    /// They are served on a loopback address.
    Loopback,
    /// They are served on any address.
    Anywhere,
}

impl Anonymous {
    pub(crate) fn is_allowed(self) -> bool {
        self != Self::Refused
    }
}

impl<'de> Deserialize<'de> for Anonymous {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Anonymous;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("true, false or anywhere")
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Anonymous, E> {
                Ok(if value { Anonymous::Loopback } else { Anonymous::Refused })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Anonymous, E> {
                match text {
                    "true" => Ok(Anonymous::Loopback),
                    "false" => Ok(Anonymous::Refused),
                    "anywhere" => Ok(Anonymous::Anywhere),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Anonymous {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Anonymous".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"enum": [true, false, "anywhere"]})
    }
}

/// An issuer of tokens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    /// The issuer, as the tokens name it.
    pub(crate) issuer: String,
    /// The audience that tokens must name; the gateway's address when not given.
    pub(crate) audience: Option<String>,
    /// Where the issuer's keys are; found by its metadata when not given.
    pub(crate) jwks: Option<String>,
    /// The algorithms to accept.
    #[serde(default = "algorithms")]
    pub(crate) algorithms: Vec<String>,
    /// The claim that holds the caller's roles.
    #[serde(default = "roles_claim")]
    pub(crate) roles_claim: String,
    /// Scopes that a token must have to be accepted at all.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
}

fn algorithms() -> Vec<String> {
    vec!["RS256".to_owned(), "ES256".to_owned()]
}

fn roles_claim() -> String {
    "roles".to_owned()
}

/// What a role may do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Role {
    /// What it allows.
    pub(crate) allow: Vec<Rule>,
    /// What it forbids, whatever else allows it.
    pub(crate) deny: Vec<Rule>,
}

/// A set of tools, resources and prompts. Patterns may hold `*`; an empty list stands for all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rule {
    /// Names of servers.
    pub(crate) servers: Vec<String>,
    /// Names of tools, as their server calls them.
    pub(crate) tools: Vec<String>,
    /// URIs of resources.
    pub(crate) resources: Vec<String>,
    /// Names of prompts.
    pub(crate) prompts: Vec<String>,
}

/// Cedar policies: as text, or from a file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The name that decisions give.
    pub(crate) name: String,
    /// The policies.
    #[serde(default)]
    pub(crate) cedar: Option<String>,
    /// The file that holds them.
    #[serde(default)]
    pub(crate) file: Option<String>,
}

/// How much a caller may do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Calls of one caller in a minute.
    pub(crate) per_caller: u32,
    /// Calls in a minute, by pattern of tools.
    pub(crate) per_tool: BTreeMap<String, u32>,
    /// Calls in a minute, by path.
    pub(crate) per_route: BTreeMap<String, u32>,
    /// The largest body of a request.
    pub(crate) body: Bytes,
    /// The deepest nesting of JSON.
    pub(crate) depth: u32,
    /// Requests under way at once.
    pub(crate) concurrency: u32,
    /// The longest time that a stream stays open.
    pub(crate) stream: Period,
    /// For how long a session that nobody uses is held in memory; it is built anew from its id when it is used again.
    pub(crate) idle: Period,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_caller: 1000,
            per_tool: BTreeMap::new(),
            per_route: BTreeMap::new(),
            body: Bytes(4 << 20),
            depth: 64,
            concurrency: 1024,
            stream: Period::seconds(3600),
            idle: Period::seconds(300),
        }
    }
}

/// The record of calls and changes.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Audit {
    /// When records reach the disk for good.
    pub(crate) sync: Syncing,
    /// For how long records are kept at least, such as `90d`; older ones are removed every hour, and a signed
    /// checkpoint says which. `0s` keeps them for ever.
    pub(crate) keep: Period,
}

impl Default for Audit {
    fn default() -> Self {
        Self { sync: Syncing::default(), keep: Period::seconds(365 * 24 * 60 * 60) }
    }
}

/// When records reach the disk for good.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Syncing {
    /// In groups, within 50 ms.
    #[default]
    Grouped,
    /// Before each answer.
    Always,
}

/// How names of several servers are kept apart.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Names {
    /// Names stay as they are; of two that are equal the first server's is kept.
    None,
    /// The server's name and an underscore stand before each name.
    #[default]
    Prefix,
    /// Names stay as they are; the server with the lower priority number keeps a name.
    Priority,
    /// Only names that the configuration gives are offered.
    Manual,
}

/// How lists of several servers are put together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lists {
    /// Fail when one server does not answer, instead of leaving it out with a warning.
    pub(crate) strict: bool,
    /// How long to wait for a server.
    pub(crate) timeout: Period,
    /// How many entries a page has.
    pub(crate) page: u32,
}

impl Default for Lists {
    fn default() -> Self {
        Self { strict: false, timeout: Period::seconds(10), page: 1000 }
    }
}

/// What is logged.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// The lowest level: error, warn, info, debug or trace.
    pub(crate) level: String,
    /// How lines look.
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Where traces go.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Traces {
    /// The collector that takes OTLP over HTTP, such as `http://localhost:4318`; without one the variables of
    /// OpenTelemetry are looked at (`OTEL_EXPORTER_OTLP_ENDPOINT`), and without them nothing is sent.
    pub(crate) endpoint: Option<String>,
    /// The share of traces that begin here which are recorded, from 0 to 1; others are as their clients say.
    pub(crate) ratio: f64,
}

impl Default for Traces {
    fn default() -> Self {
        Self { endpoint: None, ratio: 1.0 }
    }
}

impl Configuration {
    /// Checks what no type can say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        for (name, server) in &self.servers {
            if !is_server_name(name) {
                let text = format!(
                    "server name {name:?} cannot stand in a path: use letters, digits, dots, underscores and hyphens"
                );
                return Err(Wrong::at(&["servers", name], text));
            }
            server.check(name).map_err(|text| Wrong::at(&["servers", name], text))?;
        }
        if !(0.0..=1.0).contains(&self.traces.ratio) {
            let text = format!("traces.ratio is {}: it must be from 0 to 1", self.traces.ratio);
            return Err(Wrong::at(&["traces", "ratio"], text));
        }
        for (number, policy) in self.policies.iter().enumerate() {
            if policy.cedar.is_some() == policy.file.is_some() {
                let text = format!("policy {} needs either cedar or file", policy.name);
                return Err(Wrong::at(&["policies", &number.to_string()], text));
            }
        }
        Ok(())
    }
}

/// Whether a name can be a segment of a path and the prefix of a tool.
pub(super) fn is_server_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    !name.is_empty() && name.len() <= 64 && name.chars().all(is_letter) && !matches!(name, "." | "..")
}
