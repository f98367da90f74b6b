//! The audit log over HTTP.

use corten_govern::Timestamp;
use corten_govern::audit::{Entry, Event, EventKind, Outcome};
use corten_govern::ports::{AuditLog as _, AuditQuery, AuditSink as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::query;
use crate::records::read;
use crate::reply::Reply;
use crate::route::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogBody {
    event: ExternalEvent,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExternalEvent {
    action: String,
    #[serde(default)]
    server: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    detail: Option<String>,
}

pub(crate) fn find<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let (entries, next) = found(state, call).await?;
        Ok(Reply::ok(json!({ "items": entries, "next": next })))
    })
}

pub(crate) fn query<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let (entries, next) = found(state, call).await?;
        Ok(Reply::ok(json!({ "logs": entries, "next": next })))
    })
}

pub(crate) fn log<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let LogBody { event: body } = read(call.body.clone())?;
        let texts = [Some(&body.action), body.server.as_ref(), body.name.as_ref(), body.detail.as_ref()];
        if body.action.is_empty() || texts.into_iter().flatten().any(|text| text.chars().count() > 4_096) {
            return Err(Problem::unprocessable(
                "texts of an event have at most 4096 characters, and action at least one",
            ));
        }
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|_| Problem::unavailable("the system gives no random numbers"))?;
        let id = format!("log-{}", data_encoding::HEXLOWER.encode(&id));
        let mut event = Event::new(state.now(), EventKind::External, call.caller.principal.id(), body.action);
        event.server = body.server;
        event.name = body.name;
        event.detail = body.detail;
        event.outcome = body.outcome.unwrap_or(Outcome::Ok);
        event.trace = Some(id.clone());
        let recorded = state.store.audit().record(&event).map_err(|_| Problem::unrecordable())?;
        recorded.settled().await.map_err(|_| Problem::unrecordable())?;
        Ok(Reply::status(http::StatusCode::CREATED, json!({ "log_id": id })))
    })
}

async fn found(state: &ApiState, call: &Call) -> Result<(Vec<Value>, Option<String>), Problem> {
    let text = |name: &str| call.query.get(name).cloned();
    let asked = AuditQuery {
        from: time(call, "start_time")?,
        until: time(call, "end_time")?,
        caller: text("caller"),
        server: text("server"),
        name: text("name"),
        kind: word(call, "kind")?,
        outcome: word(call, "outcome")?,
        cursor: text("cursor"),
        limit: u32::try_from(query::limit(&call.query)?).unwrap_or(u32::MAX),
    };
    let page = state.store.find(asked).await.map_err(|error| match error {
        corten_govern::ports::StoreError::Invalid(detail) => Problem::invalid_request(detail),
        other => other.into(),
    })?;
    Ok((page.entries.iter().map(view).collect(), page.next))
}

/// An entry with its hash; the body exactly as it was hashed is in the export.
fn view(entry: &Entry) -> Value {
    let mut view: Value = serde_json::from_str(entry.body.get()).unwrap_or_default();
    view["hash"] = entry.hash.clone().into();
    view
}

fn time(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = call.query.get(name) else { return Ok(None) };
    Timestamp::parse(text)
        .map(Some)
        .ok_or_else(|| Problem::invalid_request(format!("{name} must be a time such as 2026-01-31T12:00:00Z")))
}

fn word<T: DeserializeOwned>(call: &Call, name: &str) -> Result<Option<T>, Problem> {
    let Some(text) = call.query.get(name) else { return Ok(None) };
    serde_json::from_value(json!(text))
        .map(Some)
        .map_err(|_| Problem::invalid_request(format!("{name} is not one of the words that the documentation lists")))
}
