//! What each method of a client does.

use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::message::{edit, response};
use corten_mcp::{Era, RpcError, code};

use crate::call::{Call, Client, Outlet, unknown};
use crate::catalogue::{ListKind, Resolved};
use crate::governor::{Act, Subject};
use crate::listen;
use crate::lists;
use crate::opening;
use crate::reply::Failure;
use crate::session::Session;
use crate::tasks;

/// Methods that only clients with a session have.
const SESSION_ONLY: [&str; 7] = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/result",
    "tasks/list",
];

/// Serves a request.
pub(crate) async fn dispatch(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    let method = call.message.method();
    if let Some(kind) = ListKind::of_method(method) {
        count(call, method).await?;
        return lists::list(call, kind, outlet).await;
    }
    match method {
        "tools/call" => named(call, ListKind::Tools, outlet).await,
        "prompts/get" => named(call, ListKind::Prompts, outlet).await,
        "resources/read" => read(call, outlet).await,
        "completion/complete" => complete(call, outlet).await,
        _ => match &call.client {
            Client::Session(session) => session_method(call, session, method, outlet).await,
            Client::Stateless(_) => stateless_method(call, method, outlet).await,
        },
    }
}

async fn session_method(call: &Call, session: &Session, method: &str, outlet: &Outlet) -> Result<Bytes, Failure> {
    match method {
        "ping" => Ok(response(call.id(), "{}")),
        "logging/setLevel" => set_level(call, session, outlet).await,
        "resources/subscribe" => subscribe(call, session, true, outlet).await,
        "resources/unsubscribe" => subscribe(call, session, false, outlet).await,
        "initialize" | "server/discover" | "subscriptions/listen" => Err(method_not_found()),
        _ if is_shared_task(call) => tasks::serve(call, outlet).await,
        _ => other(call, outlet).await,
    }
}

async fn stateless_method(call: &Call, method: &str, outlet: &Outlet) -> Result<Bytes, Failure> {
    match method {
        "server/discover" => Ok(opening::discover(&call.core, &call.view, &call.message, &call.context).await?),
        "subscriptions/listen" => {
            count(call, method).await?;
            listen::listen(call, outlet).await
        }
        _ if SESSION_ONLY.contains(&method) => Err(method_not_found()),
        _ if is_shared_task(call) => tasks::serve(call, outlet).await,
        _ => other(call, outlet).await,
    }
}

/// Whether a request is about tasks where several servers may have them.
fn is_shared_task(call: &Call) -> bool {
    call.view.servers.len() > 1 && tasks::is_task_method(call.message.method())
}

fn method_not_found() -> Failure {
    Failure::Rpc(RpcError::new(code::METHOD_NOT_FOUND, "Method not found"))
}

/// Counts a request that uses nothing in particular.
async fn count(call: &Call, method: &str) -> Result<(), Failure> {
    let act = Act { server: "", subject: Subject::Server, name: method, method, arguments: None, annotations: None };
    match call.core.governor.admit(&call.caller, &act) {
        Some(counted) => counted.await.map_err(|limited| Failure::Limited(limited.retry_after)),
        None => Ok(()),
    }
}

/// A tool or prompt, at its owner.
async fn named(call: &Call, kind: ListKind, outlet: &Outlet) -> Result<Bytes, Failure> {
    let name = call.message.name().ok_or_else(|| RpcError::invalid_params("params.name is missing"))?;
    let settings = call.core.settings();
    let Some(mut found) = call.view.resolve(kind, name, &call.context, &settings).await else {
        return Err(unknown(kind.subject(), Some(name)).into());
    };
    if kind == ListKind::Tools && found.entry.is_none() && call.core.governor.looks_at_annotations() {
        found = call.listed(found).await?;
    }
    let body = call.run(&found, kind.subject(), outlet).await?;
    Ok(tasks::outside(&call.view, found.server.name(), body))
}

/// A resource, at its owner; where that is not known, at whoever has it.
async fn read(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    let uri = call.message.name().ok_or_else(|| RpcError::invalid_params("params.uri is missing"))?;
    let settings = call.core.settings();
    let owners = call.view.owners(uri, &call.context, &settings).await;
    let mut last = Err(not_found(call, uri));
    for found in owners {
        last = call.run(&found, Subject::Resource, outlet).await;
        let is_missing = match &last {
            Ok(body) => is_not_found(body),
            Err(Failure::Rpc(error)) => matches!(error.code, code::INVALID_PARAMS | code::RESOURCE_NOT_FOUND),
            Err(_) => false,
        };
        if !is_missing {
            break;
        }
    }
    last
}

fn not_found(call: &Call, uri: &str) -> Failure {
    let mut error = unknown(Subject::Resource, Some(uri));
    if matches!(call.client, Client::Session(_)) {
        error.code = code::RESOURCE_NOT_FOUND;
    }
    Failure::Rpc(error)
}

fn is_not_found(body: &Bytes) -> bool {
    memchr::memmem::find(body, b"\"error\"").is_some()
        && corten_mcp::Message::parse(body.clone())
            .is_ok_and(|message| matches!(message.payload_member("code"), Some("-32602" | "-32002")))
}

/// A completion, at the owner of the prompt or template that it is for.
async fn complete(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    count(call, "completion/complete").await?;
    let about = call.message.param("ref").unwrap_or("{}");
    let settings = call.core.settings();
    let text = |member| edit::member(about, member).and_then(edit::text);
    let found = match (text("name"), text("uri")) {
        (Some(name), _) => {
            let found = call.view.resolve(ListKind::Prompts, &name, &call.context, &settings).await;
            found.ok_or_else(|| unknown(Subject::Prompt, Some(&name)))?
        }
        (None, Some(uri)) => {
            let found = call.view.template_owner(&uri, &call.context, &settings).await;
            match found {
                Some(found) => found,
                None => call
                    .view
                    .owners(&uri, &call.context, &settings)
                    .await
                    .into_iter()
                    .next()
                    .ok_or_else(|| unknown(Subject::Resource, Some(&uri)))?,
            }
        }
        (None, None) => return Err(RpcError::invalid_params("params.ref names nothing").into()),
    };
    let subject = if text("name").is_some() { Subject::Prompt } else { Subject::Resource };
    let act = Act {
        server: found.server.name(),
        subject,
        name: &found.key,
        method: call.message.method(),
        arguments: None,
        annotations: None,
    };
    if !call.core.governor.may_see(&call.caller, &act) {
        return Err(unknown(subject, text("name").or(text("uri")).as_deref()).into());
    }
    if text("name").as_deref().is_none_or(|name| *name == *found.key) {
        return call.pass(&found, outlet).await;
    }
    let renamed = Call { message: with_ref_name(call, about, &found.key), ..call.again() };
    renamed.pass(&found, outlet).await
}

fn with_ref_name(call: &Call, about: &str, key: &str) -> corten_mcp::Message {
    let reference = edit::with_member(about, "name", &corten_mcp::message::quote(key));
    let span = corten_mcp::message::Span::of(about, call.message.body());
    span.and_then(|span| {
        corten_mcp::Message::parse(edit::splice(call.message.body(), &[(span.range(), &reference)])).ok()
    })
    .unwrap_or_else(|| call.message.clone())
}

/// A log level: at servers that keep the session, and with us for the others.
async fn set_level(call: &Call, session: &Session, outlet: &Outlet) -> Result<Bytes, Failure> {
    let level = call.message.param_text("level").unwrap_or_default();
    if !corten_mcp::meta::LOG_LEVELS.contains(&&*level) {
        return Err(RpcError::invalid_params(format!("unknown log level {level:?}")).into());
    }
    session
        .change_settings(&*call.core.shared, &call.core.sealer, |settings| settings.log_level = Some((*level).into()))
        .await;
    for server in &call.view.servers {
        let keeps = server
            .upstream()
            .facts()
            .is_some_and(|facts| facts.revision.era() == Era::Session && facts.capabilities.offers("logging"));
        if keeps {
            let found = Resolved { server: Arc::clone(server), key: "".into(), entry: None };
            if let Err(failure) = call.pass(&found, outlet).await {
                tracing::debug!(server = server.name(), ?failure, "cannot set the log level at a server");
            }
        }
    }
    Ok(response(call.id(), "{}"))
}

/// A subscription, at the owner of the resource.
async fn subscribe(call: &Call, session: &Session, is_on: bool, outlet: &Outlet) -> Result<Bytes, Failure> {
    count(call, call.message.method()).await?;
    let uri = call.message.name().ok_or_else(|| RpcError::invalid_params("params.uri is missing"))?;
    let settings = call.core.settings();
    let owners = call.view.owners(uri, &call.context, &settings).await;
    let Some(found) = owners.into_iter().next() else { return Err(not_found(call, uri)) };
    let act = Act {
        server: found.server.name(),
        subject: Subject::Resource,
        name: uri,
        method: call.message.method(),
        arguments: None,
        annotations: None,
    };
    if !call.core.governor.may_see(&call.caller, &act) {
        return Err(not_found(call, uri));
    }
    let away = |error: corten_mcp::upstream::UpstreamError| {
        Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, error.to_string()))
    };
    let facts = found.server.facts(&call.context).await.map_err(away)?;
    if facts.revision.era() == Era::Session && found.server.is_dedicated(&facts) {
        return call.pass(&found, outlet).await;
    }
    listen::subscribe_session(&call.core, &found.server, session, uri, &call.context, is_on).await.map_err(away)?;
    Ok(response(call.id(), "{}"))
}

/// A method that we do not know: only a single server can be meant.
async fn other(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    let [server] = call.view.servers.as_slice() else { return Err(method_not_found()) };
    let key = call.message.name().unwrap_or_default().into();
    let found = Resolved { server: Arc::clone(server), key, entry: None };
    call.run(&found, Subject::Server, outlet).await
}
