//! Questions to clients of the session era, and where their answers go.
//!
//! A question of a server with which the session has a connection of its own goes out under an id that
//! names the server and the server's own id: the answer finds its way through any gateway. A question
//! that we ask ourselves waits here under a random id; an answer that comes in elsewhere is passed on
//! through shared state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use corten_mcp::message::{edit, quote};
use corten_mcp::translate::questions;
use corten_mcp::upstream::CallContext;
use corten_mcp::{Message, RpcError, code};
use data_encoding::BASE64URL_NOPAD;
use futures::StreamExt as _;
use tokio::sync::oneshot;

use crate::call::Outlet;
use crate::catalogue::View;
use crate::reply::Failure;
use crate::router::Core;
use crate::seal::{self, Purpose};
use crate::session::Session;

/// Before ids that lead to a server.
const DIRECT: &str = "d.";
/// Before ids that somebody waits for.
const AWAITED: &str = "q.";

/// Questions that wait for their answers.
#[derive(Default)]
pub(crate) struct Asks {
    waiting: Mutex<BTreeMap<String, Question>>,
}

/// Which session was asked, and who waits.
type Question = (Box<str>, oneshot::Sender<Message>);

/// A question that waits; forgotten when dropped.
struct Waiting<'a> {
    asks: &'a Asks,
    token: &'a str,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.asks.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(self.token);
    }
}

/// The id (JSON text) under which a question of a server goes to the client.
pub(crate) fn outward_id(server: &str, id: &str) -> String {
    quote(&format!("{DIRECT}{}.{server}", BASE64URL_NOPAD.encode(id.as_bytes())))
}

/// The server and its own id (JSON text) in an id that we gave.
fn inward_id(id: &str) -> Option<(String, String)> {
    let (encoded, server) = id.strip_prefix(DIRECT)?.split_once('.')?;
    let id = String::from_utf8(BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()?;
    let is_id = edit::is_json(&id) && !id.starts_with(['{', '[', 'n', 't', 'f']);
    is_id.then(|| (server.to_owned(), id))
}

/// Asks the client and waits for the answer.
pub(crate) async fn ask(
    core: &Core,
    session: &Arc<Session>,
    method: &str,
    params: &str,
    outlet: &Outlet,
) -> Result<Message, Failure> {
    let failed = |text: String| Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, text));
    let token = seal::token().map_err(|error| failed(error.to_string()))?;
    let (sender, answer) = oneshot::channel();
    core.asks
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(token.clone(), (session.sealed.uid.clone(), sender));
    let _waiting = Waiting { asks: &core.asks, token: &token };
    let mut elsewhere = core.shared.subscribe(&topic(session, &token)).await.ok();
    let question = questions::to_request(&quote(&format!("{AWAITED}{token}")), method, params);
    outlet.send(question).await.map_err(|_| failed("the client went away".to_owned()))?;
    let passed_on = async {
        match &mut elsewhere {
            Some(answers) => match answers.next().await {
                Some(answer) => answer,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    };
    let wait = core.settings().answer_wait;
    tokio::select! {
        Ok(answer) = answer => Ok(answer),
        sealed = passed_on => {
            let plain = std::str::from_utf8(&sealed).ok().and_then(|text| core.sealer.open(Purpose::Shared, text));
            let answer = plain.and_then(|plain| Message::parse(plain.into()).ok());
            answer.ok_or_else(|| failed("an answer was passed on that cannot be read".to_owned()))
        }
        () = tokio::time::sleep(wait) => Err(failed(format!("the client did not answer within {} s", wait.as_secs()))),
    }
}

/// Takes the answer of a client to where it is waited for.
pub(crate) async fn answered(
    core: &Core,
    view: &View,
    session: &Arc<Session>,
    answer: Message,
    context: CallContext,
) -> Result<(), Failure> {
    let id = answer.id().and_then(edit::text).unwrap_or_default().into_owned();
    if let Some((server, own)) = inward_id(&id) {
        let Some((server, span)) = view.server(&server).zip(answer.id_span()) else { return Ok(()) };
        let body = edit::splice(answer.body(), &[(span.range(), &own)]);
        let link = session.link(server, &context, &*core.shared, &core.sealer).await;
        let sent = match link {
            Ok(link) => link.connection.send(body, context).await,
            Err(error) => Err(error),
        };
        return sent.map_err(|error| Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, error.to_string())));
    }
    let Some(token) = id.strip_prefix(AWAITED) else { return Ok(()) };
    let waiting = {
        let mut waiting = core.asks.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.get(token) {
            // Only the session that was asked can answer.
            Some((uid, _)) if *uid != session.sealed.uid => return Ok(()),
            Some(_) => waiting.remove(token),
            None => None,
        }
    };
    if let Some((_, waiting)) = waiting {
        drop(waiting.send(answer));
        return Ok(());
    }
    let Ok(sealed) = core.sealer.seal(Purpose::Shared, answer.body()) else { return Ok(()) };
    core.shared
        .publish(&topic(session, token), Bytes::from(sealed))
        .await
        .map_err(|error| Failure::Rpc(RpcError::new(code::INTERNAL_ERROR, error.to_string())))
}

fn topic(session: &Session, token: &str) -> String {
    format!("answer:{}:{token}", session.sealed.uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_servers() {
        for id in ["7", "\"a.b\"", "-1"] {
            let outward = outward_id("my.server", id);
            let text = edit::text(&outward).unwrap().into_owned();
            assert_eq!(inward_id(&text), Some(("my.server".to_owned(), id.to_owned())));
        }
        assert_eq!(inward_id("d.e30.s"), None, "an object is no id");
        assert_eq!(inward_id("7"), None);
    }
}
