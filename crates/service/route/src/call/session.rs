//! Calls of clients of the session era.
//!
//! To a server of the same era nothing is translated; its questions go to the client under ids that
//! lead back. A stateless server gets requests that say who asks; when it asks for input the client is
//! asked, and the request is sent again with the answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::message::{edit, response};
use corten_mcp::translate::{self, Sender, questions};
use corten_mcp::{Era, Kind, Message, Revision, RpcError, code};

use super::flow::{Flow, renamed};
use super::{Call, Gone, Outlet, outcome_of, parsed};
use crate::ask;
use crate::catalogue::Resolved;
use crate::governor::Outcome;
use crate::session::Session;

/// How often a server may ask for input during one request.
const ROUNDS: usize = 16;
/// The level of log messages for a client that named none.
const LOG_LEVEL: &str = "info";

pub(super) async fn exchange(
    call: &Call,
    session: &Arc<Session>,
    found: &Resolved,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let facts = found.server.facts(&call.context).await?;
    match facts.revision.era() {
        Era::Session => with_session_server(call, session, found, outlet).await,
        Era::Stateless => with_stateless_server(call, session, found, outlet).await,
    }
}

async fn with_session_server(
    call: &Call,
    session: &Arc<Session>,
    found: &Resolved,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let message = renamed(&call.message, &found.key);
    let core = &call.core;
    let mut is_retry = false;
    let mut flow = loop {
        let link = session.link(&found.server, &call.context, &*core.shared, &core.sealer).await?;
        let connection = Arc::clone(&link.connection);
        match Flow::send(&found.server, link, &message, call.context.clone(), false).await {
            Ok(flow) => break flow,
            // The server restarted: with several servers behind one session the client cannot help.
            Err(error) if error.is_session_gone() => {
                session.forget(found.server.name(), &connection);
                if is_retry || call.view.plain().is_some() {
                    return Err(error.into());
                }
                is_retry = true;
            }
            Err(error) => return Err(error.into()),
        }
    };
    loop {
        let message = flow.next().await?;
        match message.kind() {
            Kind::Response | Kind::Error => {
                let message = flow.restored(message);
                let outcome = outcome_of(&message);
                return Ok((message.into_body(), outcome));
            }
            Kind::Notification => forward(outlet, flow.restored(message).into_body()).await?,
            Kind::Request => question(call, session, &mut flow, message, outlet).await?,
        }
    }
}

/// Passes a question of a server of the session era on.
async fn question(
    call: &Call,
    session: &Arc<Session>,
    flow: &mut Flow,
    question: Message,
    outlet: &Outlet,
) -> Result<(), Gone> {
    let id = question.id().unwrap_or("null").to_owned();
    let context = call.context.clone();
    if question.method() == "ping" {
        return Ok(flow.answer(response(&id, "{}"), context).await?);
    }
    if !session.capabilities.allows(question.method()) {
        let error = RpcError::new(code::METHOD_NOT_FOUND, format!("the client does not offer {}", question.method()));
        return Ok(flow.answer(error.to_response(&id), context).await?);
    }
    if !flow.link.is_shared {
        // The connection is the session's own: the id alone leads back, on any gateway.
        let outward = ask::outward_id(flow.server.name(), &id);
        let Some(span) = question.id_span() else { return Ok(()) };
        return forward(outlet, edit::splice(question.body(), &[(span.range(), &outward)])).await;
    }
    let params = question.params().unwrap_or("{}").to_owned();
    let answer = ask::ask(&call.core, session, question.method(), &params, outlet).await?;
    let Some(span) = answer.id_span() else { return Ok(()) };
    Ok(flow.answer(edit::splice(answer.body(), &[(span.range(), &id)]), context).await?)
}

async fn with_stateless_server(
    call: &Call,
    session: &Arc<Session>,
    found: &Resolved,
    outlet: &Outlet,
) -> Result<(Bytes, Outcome), Gone> {
    let settings = session.settings(&*call.core.shared, &call.core.sealer).await;
    let capabilities = translate::client_to_stateless(&session.capabilities);
    let sender = Sender {
        revision: Revision::LATEST,
        client_info: session.sealed.client_info.as_deref(),
        capabilities: capabilities.as_json(),
        log_level: Some(settings.log_level.as_deref().unwrap_or(LOG_LEVEL)),
    };
    let message = renamed(&call.message, &found.key);
    let mut body = translate::request_to_stateless(&message, &sender);
    for round in 0..ROUNDS {
        let link = session.link(&found.server, &call.context, &*call.core.shared, &call.core.sealer).await?;
        let request = parsed(body.clone(), found.server.name())?;
        let mut flow = Flow::send(&found.server, link, &request, call.context.clone(), round > 0).await?;
        let response = loop {
            let message = flow.next().await?;
            match message.kind() {
                Kind::Response | Kind::Error => break flow.restored(message),
                Kind::Notification => forward(outlet, flow.restored(message).into_body()).await?,
                // A stateless server asks nothing this way.
                Kind::Request => {}
            }
        };
        let Some(required) = questions::InputRequired::read(&response) else {
            let outcome = outcome_of(&response);
            return Ok((translate::result_to_session(&response, call.message.method()), outcome));
        };
        drop(flow);
        let answers = match ask_all(call, session, &required, outlet).await? {
            Ok(answers) => answers,
            Err(refusal) => return Ok((refusal, Outcome::Failed)),
        };
        body = questions::with_answers(&body, &answers, required.state.as_deref())?;
    }
    let text = format!("server {} asks for input again and again", found.server.name());
    Err(RpcError::new(code::INTERNAL_ERROR, text).into())
}

/// Asks the client everything at once. A refusal of the client ends the call.
async fn ask_all(
    call: &Call,
    session: &Arc<Session>,
    required: &questions::InputRequired,
    outlet: &Outlet,
) -> Result<Result<BTreeMap<String, String>, Bytes>, Gone> {
    for (method, _) in required.questions.values() {
        if !questions::METHODS.contains(&method.as_str()) || !session.capabilities.allows(method) {
            let error = RpcError::new(code::INVALID_REQUEST, format!("the client cannot be asked for {method}"));
            return Err(error.into());
        }
    }
    let asked = required.questions.iter().map(|(key, (method, params))| async move {
        ask::ask(&call.core, session, method, params, outlet).await.map(|answer| (key.clone(), answer))
    });
    let mut answers = BTreeMap::new();
    for answer in futures::future::join_all(asked).await {
        let (key, answer) = answer?;
        if let (Kind::Response, Some(result)) = (answer.kind(), answer.payload()) {
            answers.insert(key, result.to_owned());
            continue;
        }
        let span = answer.id_span().map(corten_mcp::message::Span::range);
        let refusal = span.map_or_else(
            || RpcError::new(code::INTERNAL_ERROR, "the client refused").to_response(call.id()),
            |range| edit::splice(answer.body(), &[(range, call.id())]),
        );
        return Ok(Err(refusal));
    }
    Ok(Ok(answers))
}

pub(super) async fn forward(outlet: &Outlet, message: Bytes) -> Result<(), Gone> {
    outlet.send(message).await.map_err(|_| {
        Gone::Failure(crate::reply::Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, "the client went away")))
    })
}
