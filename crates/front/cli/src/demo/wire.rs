//! Messages in and out: what a line asks for, and the answer in the shape of the asker's era.

use serde_json::{Map, Value, json};

/// The stateless revision.
const MODERN: &str = "2026-07-28";

/// The revisions that begin with `initialize`, newest first.
const LEGACY: &[&str] = &["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// How long lists may be kept: they never change while the binary is the same.
const FRESH_MS: u64 = 60_000;

/// A request or a notification.
#[derive(Debug)]
pub(super) struct Request {
    /// Null for notifications.
    pub(super) id: Value,
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
}

/// A JSON-RPC error.
#[derive(Debug)]
pub(super) struct Fault {
    code: i64,
    message: String,
}

impl Fault {
    pub(super) fn invalid_params(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }

    pub(super) fn unknown_method(method: &str) -> Self {
        Self { code: -32601, message: format!("method {method} is not known") }
    }
}

impl Request {
    pub(super) fn is_notification(&self) -> bool {
        self.id.is_null()
    }

    /// Calls that report progress run beside the others.
    pub(super) fn is_slow(&self) -> bool {
        self.method == "tools/call" && self.text("name") == Some("countdown")
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    pub(super) fn meta(&self, name: &str) -> Option<&Value> {
        self.params.get("_meta").and_then(|meta| meta.get(name))
    }

    fn is_modern(&self) -> bool {
        self.method == "server/discover" || self.meta("io.modelcontextprotocol/protocolVersion").is_some()
    }
}

/// Reads one line.
pub(super) fn read(line: &str) -> Result<Request, Fault> {
    let message: Value = serde_json::from_str(line)
        .map_err(|error| Fault { code: -32700, message: format!("the line is not JSON: {error}") })?;
    let invalid = |what: &str| Fault { code: -32600, message: format!("the message has no {what}") };
    let Value::Object(mut message) = message else { return Err(invalid("fields")) };
    let Some(Value::String(method)) = message.remove("method") else { return Err(invalid("method")) };
    let params = match message.remove("params") {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    Ok(Request { id: message.remove("id").unwrap_or_default(), method, params })
}

/// The answer to a request, with the fields that results of 2026-07-28 must have.
pub(super) fn answer(request: &Request, outcome: Result<Value, Fault>) -> Value {
    let mut result = match outcome {
        Ok(result) => result,
        Err(fault) => return failure(&request.id, &fault),
    };
    if request.is_modern() {
        result["resultType"] = json!("complete");
        if is_cacheable(&request.method) {
            result["ttlMs"] = json!(FRESH_MS);
            result["cacheScope"] = json!("public");
        }
    }
    json!({"jsonrpc": "2.0", "id": request.id, "result": result})
}

fn is_cacheable(method: &str) -> bool {
    method == "server/discover" || method == "resources/read" || method.ends_with("/list")
}

/// An error under an id.
pub(super) fn failure(id: &Value, fault: &Fault) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": fault.code, "message": fault.message}})
}

/// The result of `initialize`: the asker's revision where it is known, else the newest.
pub(super) fn initialized(request: &Request) -> Value {
    let asked = request.text("protocolVersion").unwrap_or_default();
    let version = LEGACY.iter().find(|known| **known == asked).or(LEGACY.first());
    json!({
        "protocolVersion": version,
        "capabilities": capabilities(),
        "serverInfo": information(),
        "instructions": instructions(),
    })
}

/// The result of `server/discover`.
pub(super) fn discovered() -> Value {
    json!({
        "supportedVersions": [MODERN],
        "capabilities": capabilities(),
        "instructions": instructions(),
        "_meta": {"io.modelcontextprotocol/serverInfo": information()},
    })
}

fn capabilities() -> Value {
    json!({"tools": {}, "resources": {}, "prompts": {}, "completions": {}})
}

fn information() -> Value {
    json!({"name": "corten-demo", "title": "Corten's demo server", "version": env!("CARGO_PKG_VERSION")})
}

fn instructions() -> &'static str {
    "A small server to try a gateway with: call add or echo, read demo://readme, get the prompt review."
}
