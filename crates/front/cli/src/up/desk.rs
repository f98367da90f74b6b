//! Live access to servers for the admin API: the router, asked as a client of 2026-07-28 would ask it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use corten_govern::ports::{BoxFuture, Desk, DeskError, ServerHealth};
use corten_govern::{Principal, Server};
use corten_mcp::Revision;
use corten_route::{Body, Caller, Incoming, Reply, Router};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use super::servers::registered_config;

/// The most pages of a list that are read.
const MOST_PAGES: usize = 1000;

/// A desk over a router.
pub(super) struct RouterDesk {
    router: Router,
    next: AtomicU64,
}

impl RouterDesk {
    pub(super) fn new(router: Router) -> Self {
        Self { router, next: AtomicU64::new(1) }
    }

    async fn ask(
        &self,
        caller: &Arc<Principal>,
        server: &str,
        method: &'static str,
        params: Map<String, Value>,
    ) -> Result<Value, DeskError> {
        if !self.router.has_server(server) {
            return Err(DeskError::NotFound(format!("server {server:?}")));
        }
        let failed = |reason: String| DeskError::Upstream { server: server.to_owned(), reason };
        let incoming = self.incoming(caller, server, method, params);
        let reply = self.router.post(incoming).await;
        if let Some(wait) = reply.retry_after.filter(|_| reply.status == 429) {
            return Err(DeskError::Limited(wait));
        }
        let body = last(reply).await.ok_or_else(|| failed("the answer broke off".to_owned()))?;
        let mut message: Value = serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        if let Some(error) = message.get("error") {
            let text = error.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
            return Err(match error.get("code").and_then(Value::as_i64) {
                Some(corten_mcp::code::INVALID_PARAMS) => DeskError::Invalid(text),
                Some(corten_mcp::code::METHOD_NOT_FOUND) => {
                    DeskError::NotFound(format!("{method} of server {server:?}"))
                }
                _ => failed(text),
            });
        }
        Ok(message.get_mut("result").map(Value::take).unwrap_or_default())
    }

    fn incoming(
        &self,
        caller: &Arc<Principal>,
        server: &str,
        method: &'static str,
        mut params: Map<String, Value>,
    ) -> Incoming {
        let mut headers = HeaderMap::new();
        let revision = Revision::LATEST.as_str();
        headers.insert("mcp-protocol-version", HeaderValue::from_static(revision));
        headers.insert("mcp-method", HeaderValue::from_static(method));
        if let Some(name) = params.get("name").and_then(Value::as_str)
            && let Ok(name) = HeaderValue::from_str(&corten_mcp::header::encode(name))
        {
            headers.insert("mcp-name", name);
        }
        params.insert(
            "_meta".to_owned(),
            json!({
                corten_mcp::meta::PROTOCOL_VERSION: revision,
                corten_mcp::meta::CLIENT_CAPABILITIES: {},
                corten_mcp::meta::CLIENT_INFO: {"name": "corten-api", "version": env!("CARGO_PKG_VERSION")},
            }),
        );
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        let caller = Caller {
            id: caller.id().into(),
            principal: Arc::clone(caller),
            token: None,
            rate: None,
            route: "/api/v1".into(),
        };
        Incoming { server: Some(server.into()), caller, headers, body: Bytes::from(body) }
    }

    async fn tools_of(&self, caller: &Arc<Principal>, server: &str) -> Result<Vec<Map<String, Value>>, DeskError> {
        let mut tools = Vec::new();
        let mut params = Map::new();
        for _ in 0..MOST_PAGES {
            let mut page = self.ask(caller, server, "tools/list", params.clone()).await?;
            if let Some(Value::Array(found)) = page.get_mut("tools").map(Value::take) {
                tools.extend(found.into_iter().filter_map(|tool| match tool {
                    Value::Object(mut tool) => {
                        tool.insert("server".to_owned(), Value::from(server));
                        Some(tool)
                    }
                    _ => None,
                }));
            }
            match page.get_mut("nextCursor").map(Value::take) {
                Some(cursor @ Value::String(_)) => params.insert("cursor".to_owned(), cursor),
                _ => break,
            };
        }
        Ok(tools)
    }
}

/// The last message of an answer: the response.
async fn last(reply: Reply) -> Option<Bytes> {
    match reply.body {
        Body::Empty => None,
        Body::Json(body) => Some(body),
        Body::Events(mut frames) => {
            let mut last = None;
            while let Some(frame) = frames.next().await {
                if !frame.data.is_empty() {
                    last = Some(frame.data);
                }
            }
            last
        }
    }
}

impl Desk for RouterDesk {
    fn check_server(&self, server: &Server) -> Result<(), DeskError> {
        registered_config(server).map(drop).map_err(DeskError::Invalid)
    }

    fn tools<'a>(
        &'a self,
        caller: &'a Arc<Principal>,
        server: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<Map<String, Value>>, DeskError>> {
        Box::pin(async move {
            if let Some(server) = server {
                return self.tools_of(caller, server).await;
            }
            let names: Vec<Box<str>> = self.router.health().into_iter().map(|health| health.name).collect();
            let lists = names.iter().map(|name| self.tools_of(caller, name));
            let lists = futures::future::join_all(lists).await;
            // One server that does not answer hides no other's tools; its health says what is wrong.
            Ok(lists.into_iter().filter_map(Result::ok).flatten().collect())
        })
    }

    fn call<'a>(
        &'a self,
        caller: &'a Arc<Principal>,
        server: &'a str,
        tool: &'a str,
        arguments: Map<String, Value>,
    ) -> BoxFuture<'a, Result<Value, DeskError>> {
        Box::pin(async move {
            let named = [("name", Value::from(tool)), ("arguments", Value::Object(arguments))];
            let params = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            self.ask(caller, server, "tools/call", params).await
        })
    }

    fn health(&self) -> Vec<ServerHealth> {
        let shown = self.router.health().into_iter().map(|health| {
            // One that never answered is failing from its first fault on.
            let is_failing = health.is_resting || (health.facts.is_none() && health.fault.is_some());
            let state = match &health.facts {
                _ if is_failing => "failing",
                Some(_) => "ready",
                None => "idle",
            };
            ServerHealth {
                name: health.name.into(),
                state: state.to_owned(),
                reason: health.fault.filter(|_| is_failing).map(Into::into),
                protocol: health.facts.map(|facts| facts.revision.to_string()),
            }
        });
        shown.collect()
    }
}
