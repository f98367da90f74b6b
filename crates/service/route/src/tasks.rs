//! Tasks under a path of several servers: the id of a task says which server it belongs to.
//!
//! What a server calls `7` is `server:7` outside, in every result that names it; requests lead back to the server,
//! which sees its own id. Under the path of one server ids pass as they are.

use std::sync::Arc;

use bytes::Bytes;
use corten_mcp::message::{Span, edit, quote, request, response};
use corten_mcp::{Era, Message, RpcError};

use crate::call::{Call, Outlet};
use crate::catalogue::{Resolved, View};
use crate::governor::Subject;
use crate::reply::Failure;

/// Stands between the server and its id: no name of a server holds it.
const BETWEEN: char = ':';

/// The member of `_meta` that says to which task something belongs.
const RELATED: &str = "io.modelcontextprotocol/related-task";

/// The most pages that are read of one server's tasks.
const MOST_PAGES: usize = 100;

/// Whether a request is about a task, or all of them.
pub(crate) fn is_task_method(method: &str) -> bool {
    matches!(method, "tasks/get" | "tasks/update" | "tasks/cancel" | "tasks/result" | "tasks/list")
}

/// Serves a request about tasks where there are several servers.
pub(crate) async fn serve(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    if call.message.method() == "tasks/list" {
        return list(call, outlet).await;
    }
    let raw = call.message.param("taskId").unwrap_or_default();
    let id = edit::text(raw).ok_or_else(|| RpcError::invalid_params("params.taskId is missing"))?;
    let owner = id.split_once(BETWEEN).and_then(|(server, own)| Some((call.view.server(server)?, own)));
    let unknown = || RpcError::invalid_params(format!("Unknown task: {id}"));
    let (server, own) = owner.ok_or_else(unknown)?;
    let span = Span::of(raw, call.message.body()).ok_or_else(unknown)?;
    let message = Message::parse(edit::splice(call.message.body(), &[(span.range(), &quote(own))]))?;
    let found = Resolved { server: Arc::clone(server), key: own.into(), entry: None };
    let body = Call { message, ..call.again() }.run(&found, Subject::Server, outlet).await?;
    Ok(outside(&call.view, server.name(), body))
}

/// The tasks of all servers that keep a list of them. A server that does not answer is left out.
async fn list(call: &Call, outlet: &Outlet) -> Result<Bytes, Failure> {
    if call.message.param("cursor").is_some_and(|cursor| cursor != "null") {
        return Err(RpcError::invalid_params("params.cursor is not one that a page gave").into());
    }
    let mut tasks = Vec::new();
    for server in &call.view.servers {
        let keeps = server
            .upstream()
            .facts()
            .is_some_and(|facts| facts.revision.era() == Era::Session && facts.capabilities.offers("tasks"));
        if !keeps {
            continue;
        }
        let found = Resolved { server: Arc::clone(server), key: "".into(), entry: None };
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let params = if cursor.is_empty() { "{}".to_owned() } else { format!("{{\"cursor\":{cursor}}}") };
            let message = Message::parse(request(call.id(), "tasks/list", &params))?;
            let answered = Call { message, ..call.again() }.pass(&found, outlet).await;
            let Ok(body) = answered.inspect_err(|failure| {
                tracing::debug!(server = server.name(), ?failure, "the tasks of a server are left out");
            }) else {
                break;
            };
            let message = Message::parse(outside(&call.view, server.name(), body))?;
            tasks
                .extend(edit::elements(message.payload_member("tasks").unwrap_or("[]")).into_iter().map(str::to_owned));
            match message.payload_member("nextCursor").filter(|cursor| *cursor != "null") {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
    }
    Ok(response(call.id(), &format!("{{\"tasks\":[{}]}}", tasks.join(","))))
}

/// A response with the ids of its tasks as they are outside.
pub(crate) fn outside(view: &View, server: &str, body: Bytes) -> Bytes {
    if view.servers.len() < 2 || memchr::memmem::find(&body, b"\"taskId\"").is_none() {
        return body;
    }
    tagged(server, body)
}

fn tagged(server: &str, body: Bytes) -> Bytes {
    let Ok(message) = Message::parse(body.clone()) else { return body };
    let own = [
        message.payload_member("taskId"),
        message.payload_member("task").and_then(|task| edit::member(task, "taskId")),
        message.meta().and_then(|meta| edit::member(edit::member(meta, RELATED)?, "taskId")),
    ];
    let listed = edit::elements(message.payload_member("tasks").unwrap_or("[]"));
    let listed = listed.into_iter().filter_map(|task| edit::member(task, "taskId"));
    let mut edits: Vec<_> = own
        .into_iter()
        .flatten()
        .chain(listed)
        .filter_map(|raw| {
            let id = edit::text(raw)?;
            Some((Span::of(raw, message.body())?.range(), quote(&format!("{server}{BETWEEN}{id}"))))
        })
        .collect();
    edits.sort_by_key(|(range, _)| range.start);
    let edits: Vec<_> = edits.iter().map(|(range, text)| (range.clone(), text.as_str())).collect();
    edit::splice(message.body(), &edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_a_result_says_whose_it_is() {
        let tagged = |body: &'static str| String::from_utf8(tagged("a", Bytes::from(body)).to_vec()).unwrap();
        assert_eq!(
            tagged(r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"7","x":1.0}}"#),
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"a:7","x":1.0}}"#
        );
        assert_eq!(
            tagged(r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"7"}}}"#),
            r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"a:7"}}}"#
        );
        assert_eq!(
            tagged(r#"{"jsonrpc":"2.0","id":1,"result":{"tasks":[{"taskId":"7"},{"taskId":"8"}]}}"#),
            r#"{"jsonrpc":"2.0","id":1,"result":{"tasks":[{"taskId":"a:7"},{"taskId":"a:8"}]}}"#
        );
        assert_eq!(
            tagged(
                r#"{"jsonrpc":"2.0","id":1,"result":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"7"}},"content":[{"taskId":"7"}]}}"#
            ),
            r#"{"jsonrpc":"2.0","id":1,"result":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"a:7"}},"content":[{"taskId":"7"}]}}"#
        );
    }
}
