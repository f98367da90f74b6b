//! A client for any MCP server, for the commands `mcp list|call|get|read`.
//!
//! It reaches servers by the same adapter as the gateway, so that transports, eras and credentials are found
//! out in one place. A question that the server asks back is declined: nobody sits behind a command line.

mod print;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use corten_mcp::upstream::{Again, CallContext, Connection, Opening, Outgoing, Reply, Upstream, UpstreamConfig};
use corten_mcp::{ClientCapabilities, Era, Kind, Message, Revision, RpcError, message, meta};
use corten_upstream::Outside;
use futures::StreamExt as _;
use serde_json::{Map, Value, json};

pub(crate) use print::{called, got, listed, read};

/// The token under which our only call under way reports its progress.
const PROGRESS: &str = "\"corten\"";

/// The most pages of a list that are read; a server that never ends its list is stopped here.
const MOST_PAGES: usize = 1000;

/// An open connection to a server.
pub(crate) struct Client {
    upstream: Arc<dyn Upstream>,
    connection: Arc<dyn Connection>,
    context: CallContext,
    next: u64,
    /// Servers that lists of a gateway leave out, and why.
    left_out: BTreeMap<String, String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The server could not be reached, or did not speak as it should.
    Unreachable(String),
    /// The server answered with an error.
    Refused { code: i64, message: String },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(text) => out.write_str(text),
            Self::Refused { code, message } => write!(out, "the server refuses: {message} (code {code})"),
        }
    }
}

impl Client {
    /// Finds out what the server is and opens a connection to it.
    pub(crate) async fn open(config: UpstreamConfig, timeout: Duration) -> Result<Self, Fault> {
        let unreachable = |error: &dyn std::fmt::Display| Fault::Unreachable(error.to_string());
        let outside = Arc::new(Outside::plain());
        let upstream = corten_upstream::connect(config, &outside).map_err(|error| unreachable(&error))?;
        let context = CallContext { timeout: Some(timeout), ..CallContext::own() };
        upstream.discover(context.clone(), Again::Kept).await.map_err(|error| unreachable(&error))?;
        let opening = Opening {
            capabilities: ClientCapabilities::new("{}"),
            client_info: Some(information().to_string().into()),
            resume: None,
            context: context.clone(),
        };
        let connection = upstream.open(opening).await.map_err(|error| unreachable(&error))?;
        Ok(Self { upstream, connection, context, next: 0, left_out: BTreeMap::new() })
    }

    /// Sends a request and waits for its result; `notice` gets what the server says meanwhile.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        name: Option<&str>,
        params: Map<String, Value>,
        notice: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Value, Fault> {
        self.next += 1;
        let id = self.next.to_string();
        let params = Value::Object(self.with_meta(params)).to_string();
        let outgoing = Outgoing {
            body: message::request(&id, method, &params),
            id: id.into(),
            method: method.into(),
            name: name.map(Into::into),
            progress_token: Some(PROGRESS.into()),
            context: self.context.clone(),
        };
        let failed = |error: &dyn std::fmt::Display| Fault::Unreachable(error.to_string());
        let mut stream = match self.connection.call(outgoing).await.map_err(|error| failed(&error))? {
            Reply::Single(body) => return result(&body),
            Reply::Stream(stream) => stream,
        };
        while let Some(message) = stream.next().await {
            let message = message.map_err(|error| failed(&error))?;
            match message.kind() {
                Kind::Notification => notice(&said(&message)),
                Kind::Request => self.decline(&message).await,
                _ => return result(message.body()),
            }
        }
        Err(Fault::Unreachable(format!("the server ended its answer to {method} early")))
    }

    /// All pages of a list.
    pub(crate) async fn list(&mut self, kind: Listed) -> Result<Vec<Value>, Fault> {
        let mut entries = Vec::new();
        let mut params = Map::new();
        for _ in 0..MOST_PAGES {
            let mut page = self.ask(kind.method(), None, params.clone(), &mut |_| {}).await?;
            if let Some(Value::Array(found)) = page.get_mut(kind.member()).map(Value::take) {
                entries.extend(found);
            }
            if let Some(Value::Object(missing)) = page.pointer_mut("/_meta").and_then(|own| own.get_mut(meta::LEFT_OUT))
            {
                let reason = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                self.left_out.extend(missing.iter().map(|(server, value)| (server.clone(), reason(value))));
            }
            match page.get_mut("nextCursor").map(Value::take) {
                Some(Value::String(cursor)) => params.insert("cursor".to_owned(), Value::String(cursor)),
                _ => return Ok(entries),
            };
        }
        Err(Fault::Unreachable(format!("{} has more than {MOST_PAGES} pages", kind.method())))
    }

    /// Whether the server says that it has such things at all.
    pub(crate) fn offers(&self, kind: Listed) -> bool {
        self.connection.facts().capabilities.offers(kind.capability())
    }

    /// Servers that the lists so far leave out, and why.
    pub(crate) fn left_out(&self) -> BTreeMap<String, String> {
        self.left_out.clone()
    }

    /// Ends the connection and what it started.
    pub(crate) async fn close(self) {
        self.connection.close().await;
        self.upstream.stop().await;
    }

    fn with_meta(&self, mut params: Map<String, Value>) -> Map<String, Value> {
        let revision = self.connection.facts().revision;
        let mut own = json!({meta::PROGRESS_TOKEN: "corten"});
        if revision.era() == Era::Stateless {
            own[meta::PROTOCOL_VERSION] = json!(Revision::as_str(revision));
            own[meta::CLIENT_CAPABILITIES] = json!({});
            own[meta::CLIENT_INFO] = information();
        }
        params.insert("_meta".to_owned(), own);
        params
    }

    async fn decline(&self, request: &Message) {
        let method = request.method();
        let error = RpcError::new(corten_mcp::code::METHOD_NOT_FOUND, format!("this client cannot answer {method}"));
        let answer = error.to_response(request.id().unwrap_or("null"));
        // What the server makes of it shows in its answer to our call.
        drop(self.connection.send(answer, self.context.clone()).await);
    }
}

/// What we are called.
fn information() -> Value {
    json!({"name": "corten", "version": env!("CARGO_PKG_VERSION")})
}

/// The result inside a response.
fn result(body: &[u8]) -> Result<Value, Fault> {
    let mut response: Value = serde_json::from_slice(body)
        .map_err(|error| Fault::Unreachable(format!("the server's answer is not JSON: {error}")))?;
    if let Some(error) = response.get("error") {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
        return Err(Fault::Refused { code: error.get("code").and_then(Value::as_i64).unwrap_or_default(), message });
    }
    Ok(response.get_mut("result").map(Value::take).unwrap_or_default())
}

/// A notification in words.
fn said(notification: &Message) -> String {
    let params: Value = notification.params().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match notification.method() {
        "notifications/progress" => {
            let number = |name: &str| params.get(name).filter(|value| value.is_number()).map(ToString::to_string);
            let done = match (number("progress"), number("total")) {
                (Some(done), Some(total)) => format!("{done} of {total}"),
                (Some(done), None) => done,
                _ => String::new(),
            };
            let text = params.get("message").and_then(Value::as_str).unwrap_or_default();
            format!("{done} {text}").trim().to_owned()
        }
        "notifications/message" => match params.get("data") {
            Some(Value::String(text)) => text.clone(),
            Some(data) => data.to_string(),
            None => String::new(),
        },
        other => other.to_owned(),
    }
}

/// What a server can be asked to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Tools,
    Resources,
    Templates,
    Prompts,
}

impl Listed {
    pub(crate) const ALL: [Self; 4] = [Self::Tools, Self::Resources, Self::Templates, Self::Prompts];

    /// The word of the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Templates => "templates",
            Self::Prompts => "prompts",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
            Self::Prompts => "prompts/list",
        }
    }

    pub(crate) const fn member(self) -> &'static str {
        match self {
            Self::Templates => "resourceTemplates",
            _ => self.word(),
        }
    }

    const fn capability(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources | Self::Templates => "resources",
            Self::Prompts => "prompts",
        }
    }
}
