//! Calls of stateless clients.
//!
//! A stateless server gets them as they are; what it wants back with answers is sealed on the way to
//! the client, so that nobody else can send it. A server of the session era gets them within a session
//! that the client never sees; when it asks something the call is parked, the client gets a result that
//! asks for input, and the request that brings the answers goes on where the first one stopped.

use bytes::Bytes;
use corten_mcp::message::{edit, quote, response};
use corten_mcp::translate::{self, Hints, questions};
use corten_mcp::{Era, Kind, Message, RpcError, code};
use futures::StreamExt as _;

use super::flow::{Flow, renamed};
use super::session::forward;
use super::{Call, Gone, Outlet, Stateless, outcome_of, parsed};
use crate::catalogue::Resolved;
use crate::governor::Outcome;
use crate::park::{Parked, Returned, State};

/// How long results of servers that say nothing about it may be kept: not at all, by nobody else.
const NO_HINTS: Hints = Hints { ttl_ms: 0, is_public: false };

pub(super) async fn exchange(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    match returned_state(call, found)? {
        Some(State::Parked { token }) => resume(call, client, found, &token, outlet).await,
        Some(State::Visited) => begin(&visited(call)?, client, found, None, outlet).await,
        Some(State::Server { state }) => begin(call, client, found, Some(state), outlet).await,
        None => begin(call, client, found, None, outlet).await,
    }
}

/// Sends the request, with the state that the server wants back.
async fn begin(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    state: Option<String>,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let facts = found.server.facts(&call.context).await?;
    match facts.revision.era() {
        Era::Stateless => with_stateless_server(call, client, found, state, outlet).await,
        Era::Session => {
            let link = found.server.link(&client.capabilities, client.info.as_deref(), &call.context).await?;
            let message = renamed(&call.message, &found.key);
            let message = parsed(translate::request_to_session(&message), found.server.name())?;
            let flow = Flow::send(&found.server, link, &message, call.context.clone(), false).await?;
            go_on(call, client, found, flow, outlet).await
        }
    }
}

/// What the client sent back, if anything; what we did not seal for this caller and request is refused.
fn returned_state(call: &Call, found: &Resolved) -> Result<Option<State>, RpcError> {
    let Some(sealed) = call.message.param("requestState").filter(|state| *state != "null") else { return Ok(None) };
    let refused = || RpcError::invalid_params("requestState is not one that was given for this request");
    let sealed = edit::text(sealed).ok_or_else(refused)?;
    let about = about(call, found);
    State::open(&call.core.sealer, &sealed, &call.caller.id, &about).map(Some).ok_or_else(refused)
}

/// The request as it was sent first, if its user did what was asked.
fn visited(call: &Call) -> Result<Call, RpcError> {
    let answers = questions::answers(call.message.params().unwrap_or("{}"));
    let is_done = |answer: &String| edit::member(answer, "action") == Some("\"accept\"");
    if answers.is_empty() || !answers.values().all(is_done) {
        return Err(RpcError::new(code::INVALID_REQUEST, "the user did not visit what the server asked for"));
    }
    Ok(Call { message: Message::parse(questions::without_answers(&call.message))?, ..call.again() })
}

/// Asks the client to let its user visit URLs and to send the request again.
pub(super) fn ask_to_visit(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    asked: std::collections::BTreeMap<String, (String, String)>,
) -> Result<(Bytes, Outcome), Gone> {
    if !client.capabilities.opens_urls() {
        let error = RpcError::new(code::MISSING_CLIENT_CAPABILITY, "the client lacks elicitation of URLs");
        let needed = serde_json::json!({ "requiredCapabilities": { "elicitation": { "url": {} } } });
        return Err(error.with_data(&needed).into());
    }
    let sealed = seal(call, &State::Visited, &about(call, found))?;
    let result = questions::InputRequired { questions: asked, state: Some(sealed) }.to_result();
    Ok((response(call.id(), &result), Outcome::Asked))
}

/// What a state is good for.
fn about(call: &Call, found: &Resolved) -> String {
    format!("{} {} {}", call.message.method(), found.server.name(), found.key)
}

async fn with_stateless_server(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    state: Option<String>,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let mut message = renamed(&call.message, &found.key);
    if let Some(state) = state
        && let Some(old) = message.param("requestState")
        && let Some(span) = corten_mcp::message::Span::of(old, message.body())
    {
        message = parsed(edit::splice(message.body(), &[(span.range(), &quote(&state))]), found.server.name())?;
    }
    let link = found.server.link(&client.capabilities, client.info.as_deref(), &call.context).await?;
    let mut flow = Flow::send(&found.server, link, &message, call.context.clone(), false).await?;
    loop {
        let message = flow.next().await?;
        match message.kind() {
            Kind::Notification => forward(outlet, flow.restored(message).into_body()).await?,
            Kind::Request => {}
            Kind::Response | Kind::Error => {
                let message = flow.restored(message);
                return sealed_response(call, found, message);
            }
        }
    }
}

/// Seals what the server wants back.
fn sealed_response(call: &Call, found: &Resolved, message: Message) -> Result<(Bytes, Outcome), Gone> {
    let outcome = outcome_of(&message);
    if questions::InputRequired::read(&message).is_none() {
        return Ok((message.into_body(), outcome));
    }
    let Some(old) = message.payload_member("requestState") else { return Ok((message.into_body(), Outcome::Asked)) };
    let (Some(span), Some(state)) = (corten_mcp::message::Span::of(old, message.body()), edit::text(old)) else {
        return Ok((message.into_body(), Outcome::Asked));
    };
    let state = State::Server { state: state.into_owned() };
    let sealed = seal(call, &state, &about(call, found))?;
    Ok((edit::splice(message.body(), &[(span.range(), &quote(&sealed))]), Outcome::Asked))
}

fn seal(call: &Call, state: &State, about: &str) -> Result<String, Gone> {
    let keep = call.core.settings().answer_wait;
    state
        .seal(&call.core.sealer, &call.caller.id, about, keep)
        .map_err(|error| RpcError::new(code::INTERNAL_ERROR, error.to_string()).into())
}

/// Passes on what a server of the session era sends, until its response or a question.
pub(crate) async fn go_on(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    mut flow: Flow,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    loop {
        let message = flow.next().await?;
        match message.kind() {
            Kind::Notification => {
                let is_log = message.method() == "notifications/message";
                let wanted = client.log_level.as_deref();
                let params = message.params().unwrap_or("{}");
                if !is_log || wanted.is_some_and(|wanted| translate::level_allows(params, wanted)) {
                    forward(outlet, flow.restored(message).into_body()).await?;
                }
            }
            Kind::Response | Kind::Error => {
                let message = flow.restored(message);
                if let Some(asked) = questions::visits(&message) {
                    return ask_to_visit(call, client, found, asked);
                }
                let outcome = outcome_of(&message);
                let body = translate::result_to_stateless(&message, call.message.method(), NO_HINTS);
                return Ok((with_own_id(call, body), outcome));
            }
            Kind::Request if message.method() == "ping" => {
                let id = message.id().unwrap_or("null").to_owned();
                flow.answer(response(&id, "{}"), call.context.clone()).await?;
            }
            Kind::Request => {
                if !questions::METHODS.contains(&message.method()) {
                    let id = message.id().unwrap_or("null").to_owned();
                    let error = RpcError::new(code::METHOD_NOT_FOUND, "Method not found");
                    flow.answer(error.to_response(&id), call.context.clone()).await?;
                    continue;
                }
                if let Some(capability) = corten_mcp::capability::capability_of(message.method())
                    && !client.capabilities.allows(message.method())
                {
                    // Dropping the flow calls the call off at the server.
                    let error =
                        RpcError::new(code::MISSING_CLIENT_CAPABILITY, format!("the client lacks {capability}"));
                    let needed = serde_json::json!({ "requiredCapabilities": { capability: {} } });
                    return Err(error.with_data(&needed).into());
                }
                return park(call, found, flow, message).await;
            }
        }
    }
}

/// Leaves a call where it is, and asks the client.
async fn park(call: &Call, found: &Resolved, flow: Flow, question: Message) -> Result<(Bytes, Outcome), Gone> {
    let asked = questions_of(&question);
    let token = Parked::put(call, found, flow, question).await?;
    let sealed = seal(call, &State::Parked { token }, &about(call, found))?;
    let result = questions::InputRequired { questions: asked, state: Some(sealed) }.to_result();
    Ok((response(call.id(), &result), Outcome::Asked))
}

fn questions_of(question: &Message) -> std::collections::BTreeMap<String, (String, String)> {
    let params = question.params().unwrap_or("{}").to_owned();
    [(questions::key_of(question), (question.method().to_owned(), params))].into()
}

/// Goes on with a call that waits, here or at another gateway.
async fn resume(
    call: &Call,
    client: &Stateless,
    found: &Resolved,
    token: &str,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let answers = questions::answers(call.message.params().unwrap_or("{}"));
    match Parked::take(call, token, &answers).await? {
        Returned::Here(flow) => go_on(call, client, found, *flow, outlet).await,
        Returned::Incomplete(question) => {
            let state = call.message.param("requestState").and_then(edit::text).map(std::borrow::Cow::into_owned);
            let result = questions::InputRequired { questions: questions_of(&question), state }.to_result();
            Ok((response(call.id(), &result), Outcome::Asked))
        }
        Returned::Elsewhere(mut messages) => {
            while let Some(message) = messages.next().await {
                let message = parsed(message, found.server.name())?;
                if message.is_response() {
                    let outcome = outcome_of(&message);
                    return Ok((with_own_id(call, message.into_body()), outcome));
                }
                forward(outlet, message.into_body()).await?;
            }
            Err(RpcError::new(code::INTERNAL_ERROR, "the gateway that held the call is gone: try again").into())
        }
    }
}

/// A response under the id of the request that it answers now: a parked call began under another.
fn with_own_id(call: &Call, body: Bytes) -> Bytes {
    let Ok(message) = Message::parse(body.clone()) else { return body };
    match message.id_span() {
        Some(span) if message.id() != call.message.id() => edit::splice(&body, &[(span.range(), call.id())]),
        _ => body,
    }
}
