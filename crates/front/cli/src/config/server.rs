//! One MCP server in the configuration.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::units::{Bytes, Period};

/// One MCP server: a command to run, a URL to reach, or an OpenAPI document to offer as tools.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// The program to run; it speaks MCP on its standard input and output.
    pub(crate) command: Option<String>,
    /// The arguments of the program.
    pub(crate) args: Vec<String>,
    /// Variables of the program's environment, besides PATH, HOME and a few others that it always gets.
    pub(crate) env: BTreeMap<String, String>,
    /// Variables of our own environment that the program gets too.
    pub(crate) inherit: Vec<String>,
    /// The folder that the program runs in; starts from the folder of this file.
    pub(crate) cwd: Option<String>,
    /// The most memory that the program may use.
    pub(crate) memory: Option<Bytes>,
    /// The most processes that the program may start.
    pub(crate) processes: Option<u64>,
    /// Stop the program after so long without a call; it is started again on demand.
    pub(crate) idle: Option<Period>,
    /// The address of the server.
    pub(crate) url: Option<String>,
    /// How to speak to the address; found out when not given.
    #[serde(alias = "type")]
    pub(crate) transport: Transport,
    /// The URL or path of an OpenAPI document whose operations become tools.
    pub(crate) openapi: Option<String>,
    /// Headers to send with every request.
    pub(crate) headers: BTreeMap<String, String>,
    /// How to sign in to the server.
    pub(crate) auth: Option<Credentials>,
    /// The longest time to wait for an answer.
    pub(crate) timeout: Option<Period>,
    /// The protocol revision to speak; found out when not given.
    pub(crate) revision: Option<String>,
    /// The prefix of names under the naming `prefix`; the server's name when not given.
    pub(crate) prefix: Option<String>,
    /// Its place under the naming `priority`: the lower number keeps a name that two servers have.
    pub(crate) priority: Option<u32>,
    /// Which tools are offered, and how they are shown.
    pub(crate) tools: Tools,
    /// Which resources are offered, by URI.
    pub(crate) resources: ListOf,
    /// Which prompts are offered, by name.
    pub(crate) prompts: ListOf,
    /// Leave the server out.
    pub(crate) disabled: bool,
    /// Allow the server to name loopback, private and link-local addresses.
    pub(crate) allow_private: Option<bool>,
}

/// How to speak to an address.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transport {
    /// Find out.
    #[default]
    Auto,
    /// Streamable HTTP.
    #[serde(alias = "streamable-http", alias = "streamableHttp")]
    Http,
    /// HTTP+SSE of 2024-11-05.
    Sse,
    /// Standard input and output of a command.
    Stdio,
}

/// Which tools of a server are offered, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tools {
    /// Patterns of names to offer (`*` stands for any text); all when empty.
    pub(crate) include: Vec<String>,
    /// Patterns of names to leave out.
    pub(crate) exclude: Vec<String>,
    /// Changes to single tools, by their name on the server.
    pub(crate) change: BTreeMap<String, Tool>,
}

/// Changes to one tool.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tool {
    /// The name to offer it under.
    pub(crate) name: Option<String>,
    /// The title to show.
    pub(crate) title: Option<String>,
    /// The description to show.
    pub(crate) description: Option<String>,
    /// Annotations to set, such as `readOnlyHint: true`.
    pub(crate) annotations: BTreeMap<String, serde_json::Value>,
}

/// Which names are offered.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ListOf {
    /// Patterns to offer (`*` stands for any text); all when empty.
    pub(crate) include: Vec<String>,
    /// Patterns to leave out.
    pub(crate) exclude: Vec<String>,
}

/// How to sign in to a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub(crate) enum Credentials {
    /// A fixed token.
    Bearer {
        /// The token, such as `${env:TOKEN}`.
        token: String,
    },
    /// OAuth client credentials.
    #[serde(rename = "client-credentials")]
    Client {
        /// The token endpoint.
        token_url: String,
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: String,
        /// The scopes to ask for.
        #[serde(default)]
        scopes: Vec<String>,
        /// The resource to ask for; the server's address when not given.
        resource: Option<String>,
    },
    /// The caller's token exchanged for one of the server (RFC 8693).
    TokenExchange {
        /// The token endpoint.
        token_url: String,
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: String,
        /// The audience to ask for.
        audience: Option<String>,
        /// The scopes to ask for.
        #[serde(default)]
        scopes: Vec<String>,
    },
    /// Each user signs in to the server in a browser.
    User {
        /// The client's id; found by a metadata document or by registration when not given.
        client_id: Option<String>,
        /// The client's secret.
        client_secret: Option<String>,
        /// The scopes to ask for.
        #[serde(default)]
        scopes: Vec<String>,
    },
    /// The caller's own token is passed on.
    Forward,
}

impl Server {
    /// Checks what no type can say.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        let given =
            [("command", self.command.is_some()), ("url", self.url.is_some()), ("openapi", self.openapi.is_some())];
        let given: Vec<&str> = given.iter().filter(|(_, is_given)| *is_given).map(|(field, _)| *field).collect();
        match given.as_slice() {
            [] => Err(format!("server {name} has none of command, url and openapi: give one of them")),
            // An OpenAPI document may be served somewhere else than it is kept.
            [_] | ["url", "openapi"] => Ok(()),
            [first, second, ..] => {
                Err(format!("server {name} has both {first} and {second}: give one of command, url and openapi"))
            }
        }
    }
}
