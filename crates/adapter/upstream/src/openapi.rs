//! An OpenAPI 3.0 or 3.1 document as a server without sessions: each operation is a tool.
//!
//! The document is read when the server is first asked what it is. Calls become HTTP requests of the API; what the
//! API answers becomes content, and a status of 400 or more a tool error.

mod call;
mod document;
mod operation;
mod schema;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use corten_mcp::message::{self, edit};
use corten_mcp::upstream::{
    Again, CallContext, Connection, Credentials, OpenApi, Opening, Outgoing, Reply, ServerFacts, SessionHandle, Target,
    Upstream, UpstreamConfig, UpstreamError,
};
use corten_mcp::{Message, Revision, RpcError, ServerCapabilities, code};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::header::ACCEPT;
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::exchange::{Web, parse_url};
use crate::outside::Outside;
use crate::signer::Signer;
use crate::streamable::deadline;
use document::Document;
use operation::Operation;

/// For how long clients may keep the list of tools: the document is not expected to change.
const TTL_MS: u64 = 300_000;

/// An API that a document describes.
pub(crate) struct OpenApiUpstream {
    inner: Arc<Inner>,
}

struct Inner {
    config: UpstreamConfig,
    settings: OpenApi,
    outside: Arc<Outside>,
    web: Web,
    permits: Semaphore,
    asking: tokio::sync::Mutex<()>,
    api: Mutex<Option<Arc<Api>>>,
}

/// What the document says.
pub(crate) struct Api {
    facts: Arc<ServerFacts>,
    operations: Vec<Operation>,
    /// The result of `tools/list`.
    listing: String,
    /// Where the API is.
    base: url::Url,
    signer: Signer,
}

impl OpenApiUpstream {
    pub(crate) fn new(config: UpstreamConfig, outside: &Arc<Outside>) -> Result<Self, UpstreamError> {
        let Target::OpenApi(settings) = config.target.clone() else {
            return Err(UpstreamError::Unsupported { server: config.name, what: "OpenAPI".into() });
        };
        let is_remote = is_url(&settings.document);
        if config.is_untrusted && !is_remote {
            return Err(UpstreamError::Forbidden {
                server: config.name,
                reason: "a document in a file can only be named in the operator's own configuration".into(),
            });
        }
        // The address that the operator named is free; the servers in the document are under the address rules.
        let named = settings.base.as_deref().or(is_remote.then_some(&*settings.document));
        let named = named.map(|url| parse_url(&config.name, url)).transpose()?;
        let web = Web::new(&config, named.as_ref())?;
        let permits = Semaphore::new(config.limits.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let (asking, api) = (tokio::sync::Mutex::default(), Mutex::default());
        let outside = Arc::clone(outside);
        Ok(Self { inner: Arc::new(Inner { config, settings, outside, web, permits, asking, api }) })
    }
}

impl Inner {
    fn kept(&self) -> Option<Arc<Api>> {
        self.api.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn api(&self, context: &CallContext, again: Again) -> Result<Arc<Api>, UpstreamError> {
        let _one = self.asking.lock().await;
        if let Some(api) = self.kept()
            && (again == Again::Kept || !is_url(&self.settings.document))
        {
            return Ok(api);
        }
        let text = self.read(deadline(context, self.config.limits.list)).await?;
        let api = Arc::new(self.understand(&text)?);
        *self.api.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&api));
        Ok(api)
    }

    async fn read(&self, until: Instant) -> Result<Bytes, UpstreamError> {
        let place = &*self.settings.document;
        if is_url(place) {
            let mut request = Request::new(Full::default());
            *request.uri_mut() = parse_url(&self.config.name, place)?;
            let accept = "application/vnd.oai.openapi+json, application/json, application/yaml;q=0.9, */*;q=0.5";
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
            let response = self.web.send(request, until).await?;
            let status = response.status();
            if !status.is_success() {
                let body = self.web.fault(response.into_body(), until).await;
                let server = self.config.name.clone();
                return Err(UpstreamError::Status { server, status: status.as_u16(), body });
            }
            return self.web.body(response.into_body(), until).await;
        }
        let limit = self.config.limits.response_bytes;
        let failed = |error: std::io::Error| UpstreamError::Connect {
            server: self.config.name.clone(),
            reason: format!("cannot read {place}: {error}").into(),
        };
        let length = tokio::fs::metadata(place).await.map_err(failed)?.len();
        if usize::try_from(length).is_ok_and(|length| length <= limit) {
            return tokio::fs::read(place).await.map(Bytes::from).map_err(failed);
        }
        Err(UpstreamError::TooLarge { server: self.config.name.clone(), limit })
    }

    fn understand(&self, text: &[u8]) -> Result<Api, UpstreamError> {
        let wrong = |reason: String| self.web.protocol(format!("{}: {reason}", self.settings.document));
        let document = Document::read(text).map_err(wrong)?;
        let operations = operation::operations(&document);
        let base = self.base(&document).map_err(wrong)?;
        let url: Uri = base.as_str().parse().map_err(|_| wrong(format!("{base} is no address of a server")))?;
        let tools: Vec<&Value> = operations.iter().map(|operation| &operation.tool).collect();
        let listing = json!({"resultType": "complete", "tools": tools, "ttlMs": TTL_MS, "cacheScope": "public"});
        let info = &document.root()["info"];
        let name = info["title"].as_str().unwrap_or(&self.config.name);
        let implementation = json!({"name": name, "version": info["version"].as_str().unwrap_or("0")});
        Ok(Api {
            facts: Arc::new(ServerFacts {
                revision: Revision::LATEST,
                supported: vec![Revision::LATEST],
                capabilities: ServerCapabilities::new(r#"{"tools":{}}"#),
                info: Some(implementation.to_string().into()),
                instructions: info["description"].as_str().map(Into::into),
                caching: None,
            }),
            operations,
            listing: listing.to_string(),
            signer: Signer::new(&self.config, &url, &self.outside)?,
            base,
        })
    }

    /// Where the API is: as configured, or as the document's first server says, seen from the document.
    fn base(&self, document: &Document) -> Result<url::Url, String> {
        if let Some(base) = &self.settings.base {
            return url::Url::parse(base).map_err(|error| format!("{base:?} is no address: {error}"));
        }
        let said = document.server();
        let place = url::Url::parse(&self.settings.document).ok().filter(|url| !url.cannot_be_a_base());
        let found = match place {
            Some(place) => place.join(&said),
            None => url::Url::parse(&said),
        };
        match found {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => Err(format!("its server {said:?} is no address: give the server a url")),
        }
    }
}

fn is_url(place: &str) -> bool {
    place.starts_with("http://") || place.starts_with("https://")
}

impl Upstream for OpenApiUpstream {
    fn config(&self) -> &UpstreamConfig {
        &self.inner.config
    }

    fn discover(&self, context: CallContext, again: Again) -> BoxFuture<'_, Result<Arc<ServerFacts>, UpstreamError>> {
        Box::pin(async move { Ok(Arc::clone(&self.inner.api(&context, again).await?.facts)) })
    }

    fn facts(&self) -> Option<Arc<ServerFacts>> {
        self.inner.kept().map(|api| Arc::clone(&api.facts))
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Arc<dyn Connection>, UpstreamError>> {
        Box::pin(async move {
            let api = self.inner.api(&opening.context, Again::Kept).await?;
            let inner = Arc::clone(&self.inner);
            Ok(Arc::new(ApiConnection { inner, api }) as Arc<dyn Connection>)
        })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.inner.permits.close() })
    }
}

/// The way to an API.
struct ApiConnection {
    inner: Arc<Inner>,
    api: Arc<Api>,
}

impl ApiConnection {
    async fn answer(&self, request: Outgoing) -> Result<Bytes, UpstreamError> {
        let id = &*request.id;
        let failed = |error: RpcError| error.to_response(id);
        Ok(match &*request.method {
            "tools/list" => message::response(id, &self.api.listing),
            "ping" => message::response(id, "{}"),
            "server/discover" => message::response(id, &self.discovery()),
            "tools/call" => match self.find(&request) {
                Ok((operation, arguments)) => {
                    let until = deadline(&request.context, self.inner.config.limits.call);
                    let permit = tokio::time::timeout_at(until, self.inner.permits.acquire()).await;
                    match permit {
                        Ok(Ok(_permit)) => self.run(operation, &arguments, &request, until).await?,
                        _ => return Err(self.inner.web.timeout(Instant::now(), false)),
                    }
                }
                Err(error) => failed(error),
            },
            method => failed(RpcError::new(code::METHOD_NOT_FOUND, format!("an API has no method {method}"))),
        })
    }

    fn discovery(&self) -> String {
        let facts = &self.api.facts;
        let info: Value = facts.info.as_deref().and_then(|info| serde_json::from_str(info).ok()).unwrap_or_default();
        json!({
            "resultType": "complete", "supportedVersions": [Revision::LATEST], "capabilities": {"tools": {}},
            "ttlMs": TTL_MS, "cacheScope": "public", "_meta": {corten_mcp::meta::SERVER_INFO: info}
        })
        .to_string()
    }

    fn find(&self, request: &Outgoing) -> Result<(&Operation, Value), RpcError> {
        let message = Message::parse(request.body.clone())?;
        let name = message.name().unwrap_or_default();
        let found = self.api.operations.iter().find(|operation| operation.name == name);
        let operation = found.ok_or_else(|| RpcError::invalid_params(format!("unknown tool: {name}")))?;
        let arguments = message.params().and_then(|params| edit::member(params, "arguments")).unwrap_or("{}");
        let arguments = serde_json::from_str::<Value>(arguments).unwrap_or_default();
        if !arguments.is_object() {
            return Err(RpcError::invalid_params("the arguments are not an object"));
        }
        Ok((operation, arguments))
    }

    async fn run(
        &self,
        operation: &Operation,
        arguments: &Value,
        outgoing: &Outgoing,
        until: Instant,
    ) -> Result<Bytes, UpstreamError> {
        let (inner, api, id) = (&self.inner, &self.api, &*outgoing.id);
        let mut built = match call::request(&api.base, operation, arguments) {
            Ok(built) => built,
            Err(reason) => return Ok(message::response(id, &call::refused(&reason))),
        };
        for (name, value) in &inner.settings.headers {
            call::put_header(&mut built, name, value.expose());
        }
        match (&inner.config.credentials, &operation.placement) {
            (Credentials::Bearer(secret), Some(placement)) => call::place(&mut built, placement, secret.expose()),
            _ => {
                if let Some(value) = api.signer.header(&inner.web, &outgoing.context, until).await? {
                    built.headers_mut().insert(http::header::AUTHORIZATION, value);
                }
            }
        }
        let response = inner.web.send(built, until).await?;
        let status = response.status();
        if matches!(status.as_u16(), 401 | 403) {
            let challenge = response.headers().get(http::header::WWW_AUTHENTICATE);
            let challenge = challenge.and_then(|value| value.to_str().ok()).map(str::to_owned);
            // A new token is for the next call: this one is not sent twice.
            let (code, challenge) = (status.as_u16(), challenge.as_deref());
            api.signer.refused(&inner.web, &outgoing.context, code, challenge, until).await?;
        }
        let kind = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or("application/octet-stream").to_owned();
        let body = inner.web.body(response.into_body(), until).await?;
        Ok(message::response(id, &call::result(status, &kind, &body)))
    }
}

impl Connection for ApiConnection {
    fn facts(&self) -> &Arc<ServerFacts> {
        &self.api.facts
    }

    fn has_own_exchanges(&self) -> bool {
        true
    }

    fn session(&self) -> Option<SessionHandle> {
        None
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn call(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, UpstreamError>> {
        Box::pin(async move { self.answer(request).await.map(Reply::Single) })
    }

    fn send(&self, _: Bytes, _: CallContext) -> BoxFuture<'_, Result<(), UpstreamError>> {
        // An API has nobody to tell.
        Box::pin(std::future::ready(Ok(())))
    }

    fn listen(
        &self,
        _: CallContext,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError>> {
        let server = self.inner.config.name.clone();
        let error = UpstreamError::Unsupported { server, what: "a stream outside of calls".into() };
        Box::pin(std::future::ready(Err(error)))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
