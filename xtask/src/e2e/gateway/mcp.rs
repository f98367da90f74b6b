//! Clients of both eras, as small as they can be.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::http::{self, Answer, Open};

/// How long a client waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const JSON: (&str, &str) = ("Content-Type", "application/json");
const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");

/// A client with a session (2025-11-25).
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) session: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) revision: String,
    next: u64,
}

impl Client {
    /// Opens a session; the client can elicit and sample.
    pub(crate) fn open(url: &str) -> anyhow::Result<Self> {
        Self::open_as(url, "2025-11-25", &[])
    }

    /// Opens a session of a revision, with headers for every request.
    pub(crate) fn open_as(url: &str, revision: &str, headers: &[(&str, &str)]) -> anyhow::Result<Self> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut client = Self { url: url.to_owned(), session: None, headers, revision: revision.to_owned(), next: 0 };
        let params = json!({
            "protocolVersion": revision, "capabilities": {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}},
            "clientInfo": {"name": "e2e", "version": "0"}
        });
        let answer = client.post(&client.message("initialize", &params))?.finish()?;
        if answer.status != 200 {
            bail!("initialize was answered with {} {}", answer.status, answer.text());
        }
        client.session = answer.header("mcp-session-id").map(str::to_owned);
        let response = answer.response()?;
        let agreed = response["result"]["protocolVersion"].as_str();
        agreed.with_context(|| format!("initialize failed: {response}"))?.clone_into(&mut client.revision);
        let told = client.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?.finish()?;
        if told.status >= 300 {
            bail!("notifications/initialized was answered with {}", told.status);
        }
        Ok(client)
    }

    /// A request with the next id.
    pub(crate) fn message(&self, method: &str, params: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params})
    }

    /// Posts a message.
    pub(crate) fn post(&self, message: &Value) -> anyhow::Result<Open> {
        self.send("POST", message.to_string().as_bytes(), &[])
    }

    /// Sends a request of HTTP with the session's headers and some more.
    pub(crate) fn send(&self, method: &str, body: &[u8], more: &[(&str, &str)]) -> anyhow::Result<Open> {
        let mut headers = vec![JSON, ACCEPT];
        if let Some(session) = &self.session {
            headers.push(("Mcp-Session-Id", session));
            headers.push(("MCP-Protocol-Version", &self.revision));
        }
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        headers.extend_from_slice(more);
        http::open(method, &self.url, &headers, body, PATIENCE)
    }

    /// Asks and waits for the result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> anyhow::Result<Value> {
        self.ask_with(method, params, |question| bail!("nobody expected to be asked {question}"))
    }

    /// Asks, answers what the server asks meanwhile, and waits for the result.
    pub(crate) fn ask_with(
        &mut self,
        method: &str,
        params: &Value,
        mut answer: impl FnMut(&Value) -> anyhow::Result<Value>,
    ) -> anyhow::Result<Value> {
        self.next += 1;
        let open = self.post(&self.message(method, params))?;
        if !open.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return result(&open.finish()?.response()?);
        }
        let mut events = open.events();
        loop {
            let message = events.next_message()?;
            if message["method"].is_null() {
                return result(&message);
            }
            if !message["id"].is_null() {
                let told = json!({"jsonrpc": "2.0", "id": message["id"], "result": answer(&message)?});
                let told = self.post(&told)?.finish()?;
                if told.status >= 300 {
                    bail!("an answer was answered with {} {}", told.status, told.text());
                }
            }
        }
    }

    /// Calls a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
        self.ask("tools/call", &json!({"name": tool, "arguments": arguments}))
    }
}

/// The result of a response, or its error.
pub(crate) fn result(response: &Value) -> anyhow::Result<Value> {
    match response.get("result") {
        Some(result) => Ok(result.clone()),
        None => bail!("{}", response["error"]),
    }
}

/// The text of the first block of a result.
pub(crate) fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_default()
}

/// A request of 2026-07-28 as it should be.
pub(crate) fn stateless(id: &Value, method: &str, params: &Value) -> Value {
    let mut params = params.clone();
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}});
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "e2e", "version": "0"});
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// Sends a request of 2026-07-28, with the headers that belong to it and some more.
pub(crate) fn ask(url: &str, message: &Value, more: &[(&str, &str)]) -> anyhow::Result<Answer> {
    ask_open(url, message, more, PATIENCE)?.finish()
}

/// Sends a request of 2026-07-28 and leaves the answer open.
pub(crate) fn ask_open(url: &str, message: &Value, more: &[(&str, &str)], patience: Duration) -> anyhow::Result<Open> {
    let method = message["method"].as_str().unwrap_or_default();
    let params = &message["params"];
    let name = params["name"].as_str().or(params["uri"].as_str());
    let mut headers = vec![JSON, ACCEPT, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method)];
    if let Some(name) = name.filter(|_| matches!(method, "tools/call" | "resources/read" | "prompts/get")) {
        headers.push(("Mcp-Name", name));
    }
    headers.retain(|(name, _)| !more.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
    headers.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    http::open("POST", url, &headers, message.to_string().as_bytes(), patience)
}

/// Calls a tool without a session.
pub(crate) fn call(url: &str, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
    let message = stateless(&json!(1), "tools/call", &json!({"name": tool, "arguments": arguments}));
    result(&ask(url, &message, &[])?.response()?)
}
