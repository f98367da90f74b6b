//! What the handlers stand on, and how one request runs through them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use corten_govern::audit::{Event, EventKind, Outcome};
use corten_govern::metrics::{EndpointLabels, HttpLabels};
use corten_govern::ports::{AuditSink as _, Clock, Desk, Limiter as _, TokenVerifier};
use corten_govern::{Access, Bucket, Charge, LocalLimits, Principal, Rate, Timestamp};
use corten_store::{Store, SystemClock};
use http::{HeaderMap, header};
use serde_json::Value;

use crate::authenticate::{Caller, authenticate};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::route::{Area, Route};

/// The largest body that a request may have.
const MAX_BODY: usize = 1024 * 1024;

/// What the API is made of.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) store: Arc<Store>,
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) tokens: Option<Arc<dyn TokenVerifier>>,
    pub(crate) anonymous: Option<Arc<Principal>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) version: &'static str,
    /// Refused credentials that are still recorded: a flood of them must not fill the disk.
    refusals: Arc<LocalLimits>,
}

/// Refused credentials that are recorded; the metric counts all of them.
const RECORDED_REFUSALS: Rate = Rate::per_minute(300);

impl std::fmt::Debug for ApiState {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ApiState").field("version", &self.version).finish_non_exhaustive()
    }
}

impl ApiState {
    /// An API over a store, with live access to servers.
    pub fn new(store: Arc<Store>, desk: Arc<dyn Desk>) -> Self {
        Self {
            store,
            desk,
            tokens: None,
            anonymous: None,
            clock: Arc::new(SystemClock),
            version: env!("CARGO_PKG_VERSION"),
            refusals: Arc::default(),
        }
    }

    /// Accepts tokens of identity providers too.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn TokenVerifier>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Takes requests without a credential as a caller's; its roles decide what it may do.
    #[must_use]
    pub fn with_anonymous(mut self, caller: Principal) -> Self {
        self.anonymous = Some(Arc::new(caller));
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// One request on its way to a handler: authenticated, allowed, read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// What the audit entry will say it was done with.
    pub(crate) detail: std::sync::Mutex<Option<String>>,
}

impl Call {
    /// A parameter of the path, which the route table declares.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Adds to the audit entry.
    pub(crate) fn note(&self, detail: impl Into<String>) {
        *self.detail.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(detail.into());
    }
}

/// Serves one request to a route.
pub(crate) async fn serve(
    state: ApiState,
    route: &'static Route,
    parameters: Result<RawPathParams, Problem>,
    request: Request,
) -> Response {
    let started = Instant::now();
    let time = state.now();
    let (parts, body) = request.into_parts();
    let caller = authenticate(&state, &parts.headers, time).await;
    let incoming = Incoming { parts, body, parameters };
    let mut record = Record::new(route, time);
    let result = match caller {
        Ok(caller) => {
            record.caller = caller.principal.id();
            handle(&state, route, caller, incoming, &mut record).await
        }
        Err(problem) if route.area == Area::Public => {
            // Who is refused elsewhere may still read what everybody may.
            drop(problem);
            let nobody = Caller { principal: Arc::new(Principal::anonymous(Vec::new())), rate: None };
            handle(&state, route, nobody, incoming, &mut record).await
        }
        Err(problem) => {
            record.kind = EventKind::Authentication;
            Err(problem)
        }
    };
    let result = record.write(&state, result, started).await;
    let response = match result {
        Ok(reply) => reply.into_response(),
        Err(problem) => problem.into_response(),
    };
    let metrics = state.store.metrics();
    let labels = HttpLabels { engine: "api", endpoint: route.path, status: response.status().as_u16() };
    metrics.http_requests.get_or_create(&labels).inc();
    let labels = EndpointLabels { engine: "api", endpoint: route.path };
    metrics.http_durations.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
    response
}

/// A request, not read yet.
struct Incoming {
    parts: http::request::Parts,
    body: Body,
    parameters: Result<RawPathParams, Problem>,
}

async fn handle(
    state: &ApiState,
    route: &'static Route,
    caller: Caller,
    incoming: Incoming,
    record: &mut Record,
) -> Result<Reply, Problem> {
    let Incoming { parts, body, parameters } = incoming;
    let snapshot = state.store.live().load();
    if route.area != Area::Public {
        limit(state, route, &caller).await?;
        if let Some(area) = route.area.word()
            && !snapshot.may_administer(&caller.principal, area, route.access)
        {
            record.is_denied = true;
            return Err(Problem::forbidden(area, route.access));
        }
    }
    if route.access == Access::Write && !state.store.is_recording() {
        return Err(Problem::unrecordable());
    }
    let parameters: BTreeMap<String, String> =
        parameters?.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut checked = parameters.values();
    if checked.any(|value| value.chars().any(char::is_control)) {
        return Err(Problem::invalid_request("the path holds a control character"));
    }
    record.name = parameters.values().last().cloned();
    let query = crate::query::parse(parts.uri.query().unwrap_or_default(), route)?;
    let body = match route.body {
        Some(_) => read_body(&parts.headers, body).await?,
        None => Value::Null,
    };
    let call = Call { caller, parameters, query, headers: parts.headers, body, detail: std::sync::Mutex::default() };
    let result = (route.handler)(state, &call).await;
    record.detail = call.detail.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    result
}

/// Asks the limiter for the caller's share.
async fn limit(state: &ApiState, route: &'static Route, caller: &Caller) -> Result<(), Problem> {
    let id = caller.principal.id();
    let charge = Charge { caller: &id, own: caller.rate, tool: "", route: route.path };
    let buckets = state.store.live().load().limits.buckets(&charge);
    let checked = state.store.limits().take(buckets, state.now());
    match checked.verdict().await.retry_after() {
        Some(seconds) => {
            state.store.metrics().limited.inc();
            Err(Problem::limited(seconds))
        }
        None => Ok(()),
    }
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::unsupported_media());
    }
    let bytes = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| Problem::too_large(MAX_BODY))?;
    serde_json::from_slice(&bytes).map_err(|error| Problem::invalid_request(format!("the body is not JSON: {error}")))
}

/// The audit entry of a request.
#[derive(Debug)]
struct Record {
    route: &'static Route,
    time: Timestamp,
    kind: EventKind,
    caller: String,
    name: Option<String>,
    is_denied: bool,
    detail: Option<String>,
}

impl Record {
    fn new(route: &'static Route, time: Timestamp) -> Self {
        Self { route, time, kind: route.kind, caller: "unknown".to_owned(), name: None, is_denied: false, detail: None }
    }

    /// Records changes, decisions and everything that was refused, before the answer leaves. What
    /// was done but cannot be recorded is answered as a failure.
    async fn write(self, state: &ApiState, result: Result<Reply, Problem>, started: Instant) -> Result<Reply, Problem> {
        let is_refused = self.is_denied || self.kind == EventKind::Authentication;
        if self.route.access != Access::Write && !is_refused {
            return result;
        }
        if self.kind == EventKind::Authentication && is_refused {
            let bucket = Bucket { key: "refused credentials".to_owned(), rate: RECORDED_REFUSALS };
            if state.refusals.take(&[bucket], self.time).retry_after().is_some() {
                return result;
            }
        }
        let mut event = Event::new(
            self.time,
            self.kind,
            self.caller,
            format!("{} {}", self.route.method.as_str(), self.route.path),
        );
        event.name = self.name;
        event.allowed = Some(!is_refused);
        event.outcome = match &result {
            Ok(_) => Outcome::Ok,
            Err(_) if is_refused => Outcome::Denied,
            Err(problem) if problem.status == http::StatusCode::TOO_MANY_REQUESTS => Outcome::Limited,
            Err(problem) if problem.status.is_server_error() => Outcome::Failed,
            Err(_) => Outcome::Error,
        };
        event.detail = match (&result, self.detail) {
            (_, Some(detail)) => Some(detail),
            (Err(problem), None) => Some(problem.detail.clone()),
            (Ok(_), None) => None,
        };
        event.latency_us = u64::try_from(started.elapsed().as_micros()).ok();
        let recorded = match state.store.audit().record(&event) {
            Ok(recorded) => recorded.settled().await,
            Err(error) => Err(error),
        };
        match recorded {
            Ok(()) => result,
            Err(_) => Err(Problem::unrecordable()),
        }
    }
}
