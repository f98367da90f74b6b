//! How a client and the gateway get to know each other: `initialize` and `server/discover`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::message::{edit, quote, response};
use corten_mcp::upstream::{CallContext, Connection, ServerFacts, UpstreamError};
use corten_mcp::{ClientCapabilities, Era, Message, Revision, RpcError, ServerCapabilities, code, meta, translate};
use serde_json::{Map, Value};

use crate::catalogue::View;
use crate::governor::Caller;
use crate::reply::Reply;
use crate::router::Core;
use crate::seal::{self, Purpose};
use crate::server::Server;
use crate::session::{Sealed, Session};

/// How many sessions at servers fit into an id; more are kept in shared state.
const HANDLES: usize = 16;
/// How large what a client says about itself may be to fit into an id.
const SAID: usize = 2048;

/// What a server said, and the connection that was opened for the session.
struct Met {
    server: Arc<Server>,
    facts: Arc<ServerFacts>,
    connection: Option<Arc<dyn Connection>>,
}

/// Opens a session.
pub(crate) async fn initialize(
    core: &Core,
    view: &Arc<View>,
    scope: Option<&str>,
    caller: &Caller,
    message: &Message,
    context: CallContext,
) -> Reply {
    let id = message.id().unwrap_or("null");
    match open(core, view, scope, caller, message, context).await {
        Ok((session, result)) => {
            Reply { session: Some(Arc::clone(&session.id)), ..Reply::json(200, response(id, &result)) }
        }
        Err(error) => Reply::error(&error, Some(id), Era::Session),
    }
}

async fn open(
    core: &Core,
    view: &Arc<View>,
    scope: Option<&str>,
    caller: &Caller,
    message: &Message,
    context: CallContext,
) -> Result<(Arc<Session>, String), RpcError> {
    let wanted = message
        .param_text("protocolVersion")
        .ok_or_else(|| RpcError::invalid_params("initialize needs the parameter protocolVersion"))?;
    let revision =
        Revision::parse(&wanted).filter(|revision| revision.era() == Era::Session).unwrap_or(Revision::LATEST_SESSION);
    let capabilities = message.param("capabilities").filter(|object| object.starts_with('{')).unwrap_or("{}");
    let client_info = message.param("clientInfo").filter(|object| object.starts_with('{'));
    if capabilities.len() + client_info.map_or(0, str::len) > SAID {
        return Err(RpcError::invalid_params(format!("capabilities and clientInfo are larger than {SAID} bytes")));
    }
    let declared = ClientCapabilities::new(capabilities);
    let met = meet_all(core, view, &declared, client_info, &context).await?;
    let handles: BTreeMap<Box<str>, _> = met
        .iter()
        .filter_map(|met| Some((Box::from(met.server.name()), met.connection.as_ref()?.session()?)))
        .take(HANDLES)
        .collect();
    let failed = |error: seal::SealError| RpcError::new(code::INTERNAL_ERROR, error.to_string());
    let sealed = Sealed {
        uid: seal::token().map_err(failed)?.into(),
        owner: (*caller.id).into(),
        server: scope.map(Into::into),
        revision,
        capabilities: (capabilities != "{}").then(|| capabilities.into()),
        client_info: client_info.map(Into::into),
        handles,
    };
    let plain = serde_json::to_vec(&sealed).unwrap_or_default();
    let session_id: Arc<str> = core.sealer.seal(Purpose::Session, &plain).map_err(failed)?.into();
    let session = Arc::new(Session::new(session_id, sealed));
    let result = session_result(core, view, &met, revision);
    for met in met {
        let fits = session.sealed.handles.contains_key(met.server.name());
        if let Some(connection) = met.connection {
            // A connection that cannot be opened again elsewhere is still good here.
            if fits || connection.session().is_none() {
                session.adopt(met.server.name(), connection);
            } else {
                connection.close().await;
            }
        }
    }
    core.sessions.add(&session);
    Ok((session, result))
}

/// Meets all servers of a view at once. A single one has to answer; of several, those that do.
async fn meet_all(
    core: &Core,
    view: &View,
    capabilities: &ClientCapabilities,
    client_info: Option<&str>,
    context: &CallContext,
) -> Result<Vec<Met>, RpcError> {
    let wait = core.settings().list_wait;
    let is_single = view.servers.len() == 1;
    let meetings = view.servers.iter().map(|server| async move {
        let meeting = meet(server, capabilities, client_info, context);
        match tokio::time::timeout(wait, meeting).await {
            Ok(met) => met,
            Err(_) => Err(UpstreamError::Timeout {
                server: server.name().into(),
                waited_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                was_sent: true,
            }),
        }
    });
    let mut all = Vec::new();
    for met in futures::future::join_all(meetings).await {
        match met {
            Ok(met) => all.push(met),
            Err(error) if is_single => return Err(RpcError::new(code::INTERNAL_ERROR, error.to_string())),
            Err(error) => tracing::warn!(%error, "a session begins without a server"),
        }
    }
    Ok(all)
}

async fn meet(
    server: &Arc<Server>,
    capabilities: &ClientCapabilities,
    client_info: Option<&str>,
    context: &CallContext,
) -> Result<Met, UpstreamError> {
    let facts = server.facts(context).await?;
    if !server.is_dedicated(&facts) || facts.revision.era() == Era::Stateless {
        return Ok(Met { server: Arc::clone(server), facts, connection: None });
    }
    let info = client_info.map(Into::into);
    let connection = server.open(capabilities.clone(), info, None, context.clone()).await?;
    let facts = Arc::clone(connection.facts());
    Ok(Met { server: Arc::clone(server), facts, connection: Some(connection) })
}

fn session_result(core: &Core, view: &View, met: &[Met], revision: Revision) -> String {
    let facts: Vec<(&str, &ServerFacts)> = met.iter().map(|met| (met.server.name(), &*met.facts)).collect();
    let offered = facts.iter().map(|(_, facts)| match facts.revision.era() {
        Era::Session => facts.capabilities.clone(),
        Era::Stateless => translate::server_to_session(&facts.capabilities),
    });
    let capabilities = capabilities(view, offered);
    let mut result = format!("{{\"protocolVersion\":\"{revision}\",\"capabilities\":{capabilities}");
    result.push_str(",\"serverInfo\":");
    result.push_str(&server_info(core, view, &facts));
    if let Some(instructions) = instructions(&facts) {
        result.push_str(",\"instructions\":");
        result.push_str(&quote(&instructions));
    }
    result.push('}');
    result
}

/// Answers `server/discover`.
pub(crate) async fn discover(
    core: &Core,
    view: &View,
    message: &Message,
    context: &CallContext,
) -> Result<Bytes, RpcError> {
    let wait = core.settings().list_wait;
    let asked = view.servers.iter().map(|server| async move {
        let facts = tokio::time::timeout(wait, server.facts(context)).await;
        (server.name(), facts.ok().and_then(Result::ok))
    });
    let answers = futures::future::join_all(asked).await;
    let is_partial = answers.iter().any(|(_, facts)| facts.is_none());
    let facts: Vec<(&str, &ServerFacts)> =
        answers.iter().filter_map(|(name, facts)| Some((*name, &**facts.as_ref()?))).collect();
    if let (true, [only]) = (is_partial, view.servers.as_slice()) {
        let text = format!("server {} does not answer", only.name());
        return Err(RpcError::new(code::INTERNAL_ERROR, text));
    }
    let offered = facts.iter().map(|(_, facts)| match facts.revision.era() {
        Era::Session => translate::server_to_stateless(&facts.capabilities),
        Era::Stateless => facts.capabilities.clone(),
    });
    let capabilities = capabilities(view, offered);
    let caching: Vec<_> = facts.iter().map(|(_, facts)| facts.caching).collect();
    let is_known = !is_partial && !caching.is_empty() && caching.iter().all(Option::is_some);
    let ttl_ms = caching.iter().flatten().map(|caching| caching.ttl_ms).min().filter(|_| is_known).unwrap_or(0);
    let is_public =
        is_known && caching.iter().flatten().all(|caching| caching.is_public) && core.governor.is_same_for_all();
    let versions: Vec<String> = Revision::ALL.iter().map(|revision| format!("\"{revision}\"")).collect();
    let mut result = format!(
        "{{\"resultType\":\"complete\",\"supportedVersions\":[{}],\"capabilities\":{capabilities}",
        versions.join(",")
    );
    if let Some(instructions) = instructions(&facts) {
        result.push_str(",\"instructions\":");
        result.push_str(&quote(&instructions));
    }
    let scope = if is_public { "public" } else { "private" };
    let info = server_info(core, view, &facts);
    let key = meta::SERVER_INFO;
    let tail = format!(",\"ttlMs\":{ttl_ms},\"cacheScope\":\"{scope}\",\"_meta\":{{\"{key}\":{info}}}}}");
    result.push_str(&tail);
    Ok(response(message.id().unwrap_or("null"), &result))
}

/// What all servers offer together. Of a single one, what it said.
fn capabilities(view: &View, mut offered: impl Iterator<Item = ServerCapabilities>) -> String {
    if view.servers.len() == 1 {
        return offered.next().unwrap_or_default().as_json().to_owned();
    }
    let mut all = Map::new();
    for capabilities in offered {
        if let Ok(Value::Object(own)) = serde_json::from_str(capabilities.as_json()) {
            unite(&mut all, own);
        }
    }
    Value::Object(all).to_string()
}

fn unite(all: &mut Map<String, Value>, own: Map<String, Value>) {
    for (name, value) in own {
        match (all.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => unite(known, more),
            (Some(known), Value::Bool(true)) => *known = Value::Bool(true),
            (Some(_), _) => {}
            (None, value) => {
                all.insert(name, value);
            }
        }
    }
}

/// Who answers: the single server, or we.
fn server_info(core: &Core, view: &View, facts: &[(&str, &ServerFacts)]) -> String {
    if let ([_], [(_, facts)]) = (view.servers.as_slice(), facts)
        && let Some(info) = &facts.info
        && edit::is_json(info)
    {
        return info.to_string();
    }
    let settings = core.settings();
    format!("{{\"name\":{},\"version\":{}}}", quote(&settings.name), quote(&settings.version))
}

fn instructions(facts: &[(&str, &ServerFacts)]) -> Option<String> {
    let texts: Vec<String> = match facts {
        [(_, only)] => only.instructions.iter().map(ToString::to_string).collect(),
        several => several
            .iter()
            .filter_map(|(name, facts)| Some(format!("{name}: {}", facts.instructions.as_ref()?)))
            .collect(),
    };
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}
