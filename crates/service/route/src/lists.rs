//! Lists as a caller gets them: what it may see, page by page, with hints that hold for it.

use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::message::{edit, quote};
use corten_mcp::translate::{self, Hints};
use corten_mcp::{Message, RpcError, code, meta};
use data_encoding::BASE64URL_NOPAD;

use crate::call::{Call, Client, Outlet};
use crate::catalogue::{self, LeftOut, ListKind, Listed, Resolved};
use crate::governor::Act;
use crate::reply::Failure;

/// Serves a list.
pub(crate) async fn list(call: &Call, kind: ListKind, outlet: &Outlet) -> Result<Bytes, Failure> {
    match call.view.plain() {
        Some(server) => {
            let found = Resolved { server: Arc::clone(server), key: "".into(), entry: None };
            let body = call.pass(&found, outlet).await?;
            Ok(narrowed(call, &found, kind, body))
        }
        None => merged(call, kind).await,
    }
}

/// The server's own page, without what the caller may not see.
fn narrowed(call: &Call, found: &Resolved, kind: ListKind, body: Bytes) -> Bytes {
    let Ok(message) = Message::parse(body.clone()) else { return body };
    let Some(result) = message.payload() else { return body };
    let Some(array) = edit::member(result, kind.member()) else { return body };
    let entries = edit::elements(array);
    let sight = call.core.governor.sight(&call.caller, kind.subject());
    let shown: Vec<std::borrow::Cow<'_, str>> = entries
        .iter()
        .filter_map(|raw| {
            let key = edit::member(raw, kind.key()).and_then(edit::text)?;
            let rules = found.server.rules();
            let said = (kind == ListKind::Tools).then(|| catalogue::annotations(rules, &key, Some(raw))).flatten();
            let is_shown = catalogue::is_offered(rules, kind, &key)
                && (sight.sees)(&act(found.server.name(), kind, &key, said.as_deref()));
            let change = (kind == ListKind::Tools).then(|| rules.changes.get(&*key)).flatten();
            is_shown.then(|| catalogue::rewritten(raw, kind, &key, &key, change).map_or((*raw).into(), Into::into))
        })
        .collect();
    let is_same =
        shown.len() == entries.len() && shown.iter().all(|entry| matches!(entry, std::borrow::Cow::Borrowed(_)));
    let mut result = std::borrow::Cow::Borrowed(result);
    if !is_same {
        result = edit::with_member(&result, kind.member(), &format!("[{}]", shown.join(","))).into();
    }
    let is_public = edit::member(&result, "cacheScope") == Some("\"public\"");
    if is_public && !is_for_all(call) {
        result = edit::with_member(&result, "cacheScope", "\"private\"").into();
    }
    match (&result, message.payload_span()) {
        (std::borrow::Cow::Owned(result), Some(span)) => edit::splice(message.body(), &[(span.range(), result)]),
        _ => body,
    }
}

fn is_for_all(call: &Call) -> bool {
    call.core.governor.is_same_for_all() && !call.view.servers.iter().any(|server| server.is_per_caller())
}

fn act<'a>(server: &'a str, kind: ListKind, name: &'a str, annotations: Option<&'a str>) -> Act<'a> {
    Act { server, subject: kind.subject(), name, method: kind.method(), arguments: None, annotations }
}

/// One page over all servers.
async fn merged(call: &Call, kind: ListKind) -> Result<Bytes, Failure> {
    let settings = call.core.settings();
    let listed = call.view.list(kind, &call.context, &settings).await;
    let (list, left_out) = (&listed.merged, &listed.left_out);
    if settings.is_strict
        && let Some(missing) = left_out.first()
    {
        let text = format!("server {} is missing from the list: {}", missing.server, missing.reason);
        return Err(RpcError::new(code::INTERNAL_ERROR, text).into());
    }
    let start = match call.message.param("cursor") {
        None | Some("null") => 0,
        Some(cursor) => position(cursor, list.entries.len())
            .ok_or_else(|| RpcError::invalid_params(format!("unknown cursor {cursor}")))?,
    };
    let sight = call.core.governor.sight(&call.caller, kind.subject());
    let shown = list.shown(&sight.moment, |entry| {
        let server = call.view.servers[entry.server].name();
        (sight.sees)(&act(server, kind, list.key(entry), entry.annotations.as_deref()))
    });
    let page = list.page(&shown, start, settings.page);
    let mut front = format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{", call.id());
    if matches!(call.client, Client::Stateless(_)) {
        let hints = translate::with_hints("{}", hints(call, &listed));
        front.push_str("\"resultType\":\"complete\",");
        front.push_str(&hints[1..hints.len() - 1]);
        front.push(',');
    }
    front.extend(["\"", kind.member(), "\":["]);
    let mut back = String::from("]");
    if let Some(next) = page.next {
        back.push_str(",\"nextCursor\":");
        back.push_str(&quote(&BASE64URL_NOPAD.encode(next.to_string().as_bytes())));
    }
    if !left_out.is_empty() {
        back.push_str(",\"_meta\":");
        back.push_str(&warning(left_out));
    }
    back.push_str("}}");
    Ok(Bytes::from([&*front, &*page.text, &*back].concat()))
}

fn position(cursor: &str, entries: usize) -> Option<usize> {
    let text = edit::text(cursor)?;
    let digits = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let at: usize = std::str::from_utf8(&digits).ok()?.parse().ok()?;
    (at > 0 && at <= entries).then_some(at)
}

/// Which servers are missing, for `_meta`.
fn warning(left_out: &[LeftOut]) -> String {
    let members: Vec<String> =
        left_out.iter().map(|missing| format!("{}:{}", quote(&missing.server), quote(&missing.reason))).collect();
    format!("{{\"{}\":{{{}}}}}", meta::LEFT_OUT, members.join(","))
}

/// What holds for all parts: the shortest time that is left, and for everybody only if all parts are.
fn hints(call: &Call, listed: &Listed) -> Hints {
    let mut is_public = is_for_all(call);
    let mut ttl_ms = if listed.left_out.is_empty() { u64::MAX } else { 0 };
    let mut has_parts = false;
    for part in &listed.parts {
        has_parts = true;
        let left = u64::try_from(part.left().as_millis()).unwrap_or(u64::MAX);
        ttl_ms = ttl_ms.min(left);
        // A server of the session era says nothing: what it lists may depend on us.
        is_public &= part.hints.is_some_and(|hints| hints.is_public);
    }
    Hints { ttl_ms: if has_parts { ttl_ms } else { 0 }, is_public: is_public && has_parts }
}
