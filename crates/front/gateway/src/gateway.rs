//! One HTTP request: checked, authenticated, routed, answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use corten_govern::oauth::{Challenge, ProtectedResource, challenge};
use corten_mcp::{RpcError, code, header, message};
use corten_route::{Body, Caller, Incoming as Asked, Reply, Router};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::authenticate::{Authenticator, Refused};
use crate::body::{Outgoing, Unread, read};
use crate::legacy::Streams;
use crate::origin;
use crate::path::{self, Endpoint, Kind};
use crate::settings::HttpSettings;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const EXPOSED: HeaderValue = HeaderValue::from_static("mcp-session-id, mcp-protocol-version, www-authenticate");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE, OPTIONS");

/// The HTTP side of the gateway.
pub struct Gateway {
    /// Takes requests to servers.
    pub router: Router,
    doors: RwLock<Arc<Doors>>,
    is_draining: AtomicBool,
    pub(crate) streams: Streams,
}

/// What decides how requests come in: all of it may be replaced while the gateway serves.
pub struct Doors {
    /// Finds out who calls.
    pub authenticator: Authenticator,
    /// The settings.
    pub settings: HttpSettings,
    /// Everything that is not MCP: the administrative API.
    pub others: Option<axum::Router>,
    places: Arc<Semaphore>,
}

impl Doors {
    /// Doors.
    pub fn new(authenticator: Authenticator, settings: HttpSettings, others: Option<axum::Router>) -> Self {
        let places = Arc::new(Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)));
        Self { authenticator, settings, others, places }
    }
}

/// A response of ours.
pub(crate) type Answer = Response<Outgoing>;

impl Gateway {
    /// A gateway.
    pub fn new(router: Router, doors: Doors) -> Self {
        Self {
            router,
            doors: RwLock::new(Arc::new(doors)),
            is_draining: AtomicBool::new(false),
            streams: Streams::default(),
        }
    }

    /// Takes other doors for requests from now on; those under way go on.
    pub fn replace(&self, doors: Doors) {
        *self.doors.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(doors);
    }

    pub(crate) fn doors(&self) -> Arc<Doors> {
        Arc::clone(&self.doors.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says that it is not ready any more, and ends open streams.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
        self.router.drain();
        self.streams.end();
    }

    /// Serves a request.
    pub(crate) async fn serve(self: &Arc<Self>, request: Request<Incoming>) -> Answer {
        let path = request.uri().path();
        match path {
            // Probes name whatever host they like. Who has an API tells more than that it is there.
            "/health" | "/healthz" if self.doors().others.is_some() => return self.other(request).await,
            "/health" | "/healthz" => return text(StatusCode::OK, "ok\n"),
            "/readyz" if self.is_draining.load(Ordering::Relaxed) => {
                return text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
            }
            "/readyz" => return text(StatusCode::OK, "ready\n"),
            _ => {}
        }
        let allowed = match origin::check(&self.doors().settings, request.headers(), request.uri()) {
            Ok(allowed) => allowed,
            Err(why) => return refused(why),
        };
        let mut answer = if request.method() == Method::OPTIONS && request.headers().contains_key(ORIGIN) {
            preflight(request.headers(), allowed.is_some())
        } else if let Some(endpoint) = path::endpoint(path) {
            self.mcp(request, endpoint).await
        } else if let Some(resource) = path.strip_prefix(path::METADATA) {
            self.metadata(request.headers(), resource)
        } else {
            self.other(request).await
        };
        if let Some(origin) = allowed {
            let headers = answer.headers_mut();
            headers.insert(http::header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(http::header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        answer
    }

    async fn mcp(self: &Arc<Self>, request: Request<Incoming>, endpoint: Endpoint) -> Answer {
        if endpoint.server.as_deref().is_some_and(|server| !self.router.has_server(server)) {
            return rpc(StatusCode::NOT_FOUND, &RpcError::new(code::INVALID_REQUEST, "there is no such server"));
        }
        let url = || self.url(request.headers(), &endpoint.resource);
        let (route, doors) = (Arc::from(&*endpoint.resource), self.doors());
        let caller = match doors.authenticator.caller(request.headers(), url, route).await {
            Ok(caller) => caller,
            Err(refused) => return self.challenged(request.headers(), &endpoint, refused),
        };
        let Ok(_place) = Arc::clone(&doors.places).try_acquire_owned() else {
            let mut answer =
                rpc(StatusCode::SERVICE_UNAVAILABLE, &RpcError::new(code::INTERNAL_ERROR, "too many requests at once"));
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return answer;
        };
        match endpoint.kind {
            Kind::Streamable => self.streamable(request, endpoint, caller).await,
            Kind::Stream => self.stream(&request, &endpoint, caller),
            Kind::Messages => self.messages(request, &endpoint, caller).await,
        }
    }

    async fn streamable(self: &Arc<Self>, request: Request<Incoming>, endpoint: Endpoint, caller: Caller) -> Answer {
        let (parts, body) = request.into_parts();
        let reply = match parts.method {
            Method::POST => {
                if let Err(answer) = check_types(&parts.headers) {
                    return *answer;
                }
                let body = match self.read(body).await {
                    Ok(body) => body,
                    Err(answer) => return *answer,
                };
                let asked = Asked { server: endpoint.server, caller, headers: parts.headers.clone(), body };
                self.router.post(asked).await
            }
            Method::GET => {
                let asked = asked(endpoint.server, caller, parts.headers.clone());
                self.router.get(&asked).await
            }
            Method::DELETE => self.router.delete(&asked(endpoint.server, caller, parts.headers.clone())).await,
            _ => return not_allowed(),
        };
        self.answer(reply, &parts.headers, &endpoint.resource)
    }

    /// Reads the body of a message, within its limits.
    pub(crate) async fn read(&self, body: Incoming) -> Result<bytes::Bytes, Box<Answer>> {
        let doors = self.doors();
        let body = read(body, doors.settings.body, doors.settings.read).await.map_err(|unread| {
            let (status, text) = match unread {
                Unread::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
                Unread::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
                Unread::Broken => (StatusCode::BAD_REQUEST, "the body broke off"),
            };
            Box::new(rpc(status, &RpcError::new(code::INVALID_REQUEST, text)))
        })?;
        if message::depth(&body) > doors.settings.depth {
            let error = RpcError::new(code::INVALID_REQUEST, "the body is nested too deeply");
            return Err(Box::new(rpc(StatusCode::BAD_REQUEST, &error)));
        }
        Ok(body)
    }

    pub(crate) fn answer(&self, reply: Reply, headers: &HeaderMap, resource: &str) -> Answer {
        let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (body, kind) = match reply.body {
            Body::Empty => (Outgoing::Whole(None), None),
            Body::Json(bytes) => (Outgoing::whole(bytes), Some(JSON)),
            Body::Events(messages) => (Outgoing::events(messages, self.doors().settings.keep_alive), Some(EVENTS)),
        };
        let is_stream = matches!(body, Outgoing::Events(_));
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        let out = answer.headers_mut();
        if let Some(kind) = kind {
            out.insert(CONTENT_TYPE, kind);
        }
        if is_stream {
            out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
            out.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        }
        if let Some(id) = reply.session.and_then(|id| HeaderValue::from_str(&id).ok()) {
            out.insert(HeaderName::from_static(header::SESSION_ID), id);
        }
        if let Some(wait) = reply.retry_after {
            out.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            out.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        if status == StatusCode::FORBIDDEN && !reply.scopes.is_empty() {
            let scopes: Vec<String> = reply.scopes.iter().map(ToString::to_string).collect();
            let value = challenge(&self.metadata_url(headers, resource), &scopes, &Challenge::InsufficientScope);
            if let Ok(value) = HeaderValue::from_str(&value) {
                out.insert(WWW_AUTHENTICATE, value);
            }
        }
        answer
    }

    fn challenged(&self, headers: &HeaderMap, endpoint: &Endpoint, refused: Refused) -> Answer {
        let needed = "a key or token is needed: send X-API-Key or Authorization";
        let (status, why, text) = match refused {
            Refused::Missing => (StatusCode::UNAUTHORIZED, Challenge::Missing, needed),
            Refused::Invalid(reason) => (StatusCode::UNAUTHORIZED, Challenge::InvalidToken(reason), needed),
            Refused::Scope => (StatusCode::FORBIDDEN, Challenge::InsufficientScope, "the token lacks a scope"),
        };
        let value = challenge(&self.metadata_url(headers, &endpoint.resource), &self.doors().settings.scopes, &why);
        let mut answer = rpc(status, &RpcError::new(code::INVALID_REQUEST, text));
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        answer
    }

    /// The address of a path, as clients know it.
    fn url(&self, headers: &HeaderMap, path: &str) -> String {
        if let Some(url) = &self.doors().settings.url {
            return format!("{}{path}", url.trim_end_matches('/'));
        }
        let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}{path}")
    }

    fn metadata_url(&self, headers: &HeaderMap, resource: &str) -> String {
        self.url(headers, &format!("{}{resource}", path::METADATA))
    }

    fn metadata(&self, headers: &HeaderMap, resource: &str) -> Answer {
        let resource = if resource.is_empty() { "/mcp" } else { resource };
        let known = path::endpoint(resource)
            .is_some_and(|endpoint| endpoint.server.is_none_or(|server| self.router.has_server(&server)));
        if !known {
            return text(StatusCode::NOT_FOUND, "not found\n");
        }
        let doors = self.doors();
        let (issuers, scopes) = (doors.settings.issuers.clone(), doors.settings.scopes.clone());
        let metadata = ProtectedResource::new(self.url(headers, resource), issuers, scopes);
        let mut answer = Response::new(Outgoing::whole(serde_json::to_vec(&metadata).unwrap_or_default()));
        answer.headers_mut().insert(CONTENT_TYPE, JSON);
        answer
    }

    async fn other(&self, request: Request<Incoming>) -> Answer {
        let doors = self.doors();
        let Some(others) = &doors.others else { return text(StatusCode::NOT_FOUND, "not found\n") };
        let Ok(response) = others.clone().oneshot(request.map(axum::body::Body::new)).await;
        response.map(Outgoing::Other)
    }
}

fn refused(why: origin::Refused) -> Answer {
    let text = match why {
        origin::Refused::Host => "the Host header names nobody here",
        origin::Refused::Origin => "pages of this origin may not call",
    };
    tracing::debug!(?why, "a request is refused");
    rpc(StatusCode::FORBIDDEN, &RpcError::new(code::INVALID_REQUEST, text))
}

pub(crate) fn asked(server: Option<Box<str>>, caller: Caller, headers: HeaderMap) -> Asked {
    Asked { server, caller, headers, body: bytes::Bytes::new() }
}

/// A message is JSON, and its sender takes JSON and events.
fn check_types(headers: &HeaderMap) -> Result<(), Box<Answer>> {
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        let error = RpcError::new(code::INVALID_REQUEST, "the body has to be application/json");
        return Err(Box::new(rpc(StatusCode::UNSUPPORTED_MEDIA_TYPE, &error)));
    }
    let Some(accept) = headers.get(http::header::ACCEPT) else { return Ok(()) };
    let accept = accept.to_str().unwrap_or_default().to_ascii_lowercase();
    let takes = |kind: &str| accept.contains(kind) || accept.contains("*/*");
    if takes("application/json") || takes("text/event-stream") {
        return Ok(());
    }
    let error = RpcError::new(code::INVALID_REQUEST, "accept has to allow application/json and text/event-stream");
    Err(Box::new(rpc(StatusCode::NOT_ACCEPTABLE, &error)))
}

fn preflight(headers: &HeaderMap, is_allowed: bool) -> Answer {
    let mut answer = Response::new(Outgoing::Whole(None));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    if is_allowed {
        let out = answer.headers_mut();
        out.insert(http::header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        if let Some(wanted) = headers.get(http::header::ACCESS_CONTROL_REQUEST_HEADERS) {
            out.insert(http::header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        out.insert(http::header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    answer
}

pub(crate) fn rpc(status: StatusCode, error: &RpcError) -> Answer {
    let mut answer = Response::new(Outgoing::whole(error.to_response("null")));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

pub(crate) fn text(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Outgoing::whole(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

pub(crate) fn not_allowed() -> Answer {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, GET, DELETE"));
    answer
}
