//! The lists of one server, fetched whole and kept as long as its hints allow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::message::{edit, quote, request};
use corten_mcp::translate::Hints;
use corten_mcp::upstream::{CallContext, Outgoing, UpstreamError};
use corten_mcp::{ClientCapabilities, Era, Kind, Message};
use tokio::time::Instant;

use super::ListKind;
use crate::call::response_of;
use crate::server::Server;

/// For how long a list is kept when the server would tell of a change.
const KEEP_WATCHED: Duration = Duration::from_mins(10);
/// How many pages and entries of a list are fetched at most.
const PAGES: usize = 1000;
const ENTRIES: usize = 100_000;

/// The lists of one server.
#[derive(Default)]
pub(crate) struct Lists {
    kept: Mutex<BTreeMap<(ListKind, Arc<str>), Place>>,
    /// Whether the server's messages reach us, so that it can say that a list changed.
    is_live: AtomicBool,
}

#[derive(Clone, Default)]
struct Place {
    list: Option<Arc<ServerList>>,
    fetching: Arc<tokio::sync::Mutex<()>>,
}

/// One list of one server.
#[derive(Debug)]
pub(crate) struct ServerList {
    pub(crate) entries: Vec<Entry>,
    by_key: BTreeMap<Box<str>, usize>,
    /// What the server says of the list; `None` when it is of an era that says nothing.
    pub(crate) hints: Option<Hints>,
    /// Until when the list counts as it is.
    until: Instant,
}

/// One entry, as the server wrote it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Box<str>,
    pub(crate) raw: Arc<str>,
}

impl ServerList {
    pub(crate) fn find(&self, key: &str) -> Option<&Entry> {
        self.by_key.get(key).map(|at| &self.entries[*at])
    }

    /// For how much longer the list counts.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn new(kind: ListKind, raws: Vec<Arc<str>>, hints: Option<Hints>, keep: Duration) -> Self {
        let entries: Vec<Entry> = raws
            .into_iter()
            .filter_map(|raw| {
                let key = edit::member(&raw, kind.key()).and_then(edit::text)?.into();
                Some(Entry { key, raw })
            })
            .collect();
        let by_key = entries.iter().enumerate().rev().map(|(at, entry)| (entry.key.clone(), at)).collect();
        Self { entries, by_key, hints, until: Instant::now() + keep }
    }
}

impl Lists {
    pub(crate) fn set_live(&self, is_live: bool) {
        self.is_live.store(is_live, Ordering::Relaxed);
        if !is_live {
            // What is missed from now on could have been a change.
            for kind in ListKind::ALL {
                self.forget(kind);
            }
        }
    }

    /// Forgets a kind, for all callers; what is known stays known for finding owners.
    pub(crate) fn forget(&self, kind: ListKind) {
        for ((known, _), place) in self.lock().iter_mut() {
            let changes = *known == kind || (kind == ListKind::Resources && *known == ListKind::Templates);
            if let Some(list) = place.list.take_if(|_| changes) {
                place.list = Some(Arc::new(ServerList {
                    entries: list
                        .entries
                        .iter()
                        .map(|entry| Entry { key: entry.key.clone(), raw: Arc::clone(&entry.raw) })
                        .collect(),
                    by_key: list.by_key.clone(),
                    hints: list.hints,
                    until: Instant::now(),
                }));
            }
        }
    }

    /// The list as it was last known, however old.
    pub(crate) fn known(&self, server: &Server, kind: ListKind, caller: &Arc<str>) -> Option<Arc<ServerList>> {
        self.lock().get(&key_of(server, kind, caller)).and_then(|place| place.list.clone())
    }

    /// The list as it is now.
    pub(crate) async fn get(
        &self,
        server: &Server,
        kind: ListKind,
        context: &CallContext,
        keep: Duration,
    ) -> Result<Arc<ServerList>, UpstreamError> {
        let key = key_of(server, kind, &context.caller);
        let place = self.lock().entry(key.clone()).or_default().clone();
        if let Some(list) = place.list.filter(|list| !list.left().is_zero()) {
            return Ok(list);
        }
        let _fetching = place.fetching.lock().await;
        let again = self.lock().get(&key).and_then(|place| place.list.clone());
        if let Some(list) = again.filter(|list| !list.left().is_zero()) {
            return Ok(list);
        }
        let list = Arc::new(self.fetch(server, kind, context, keep).await?);
        if let Some(place) = self.lock().get_mut(&key) {
            place.list = Some(Arc::clone(&list));
        }
        Ok(list)
    }

    async fn fetch(
        &self,
        server: &Server,
        kind: ListKind,
        context: &CallContext,
        keep: Duration,
    ) -> Result<ServerList, UpstreamError> {
        let facts = server.facts(context).await?;
        if !facts.capabilities.offers(kind.capability()) {
            return Ok(ServerList::new(kind, Vec::new(), None, KEEP_WATCHED));
        }
        let own = if server.is_per_caller() { context.clone() } else { CallContext::own() };
        let link = server.link(&ClientCapabilities::default(), None, &own).await?;
        let is_stateless = facts.revision.era() == Era::Stateless;
        let mut raws: Vec<Arc<str>> = Vec::new();
        let mut hints: Option<Hints> = None;
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let page = fetch_page(server, &link, kind, cursor.as_deref(), &own).await?;
            let Some(result) = page.payload().filter(|_| page.kind() == Kind::Response) else {
                // A server may say that it has a feature and still not know one of its lists.
                tracing::debug!(server = server.name(), method = kind.method(), "server refused to list");
                break;
            };
            raws.extend(edit::elements(edit::member(result, kind.member()).unwrap_or("[]")).into_iter().map(Arc::from));
            if is_stateless {
                hints = Some(narrowed(hints, result));
            }
            cursor = edit::member(result, "nextCursor").and_then(edit::text).map(std::borrow::Cow::into_owned);
            if cursor.is_none() || raws.len() >= ENTRIES {
                break;
            }
        }
        let is_watched = self.is_live.load(Ordering::Relaxed) && facts.capabilities.tells_changes(kind.capability());
        let keep = match hints {
            Some(hints) => Duration::from_millis(hints.ttl_ms),
            None if is_watched => KEEP_WATCHED,
            None => keep,
        };
        Ok(ServerList::new(kind, raws, hints, keep))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(ListKind, Arc<str>), Place>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(server: &Server, kind: ListKind, caller: &Arc<str>) -> (ListKind, Arc<str>) {
    // A server that always sees our own credentials shows everybody the same.
    (kind, if server.is_per_caller() { Arc::clone(caller) } else { "".into() })
}

async fn fetch_page(
    server: &Server,
    link: &crate::server::Link,
    kind: ListKind,
    cursor: Option<&str>,
    context: &CallContext,
) -> Result<Message, UpstreamError> {
    let id = format!("\"corten-{}\"", server.number());
    let mut params = String::from("{}");
    if link.connection.facts().revision.era() == Era::Stateless {
        params = edit::with_member(&params, "_meta", &crate::server::own_meta(link, "{}"));
    }
    if let Some(cursor) = cursor {
        params = edit::with_member(&params, "cursor", &quote(cursor));
    }
    let mut context = context.clone();
    context.timeout = Some(server.upstream().config().limits.list);
    let outgoing = Outgoing {
        body: request(&id, kind.method(), &params),
        id: id.into(),
        method: kind.method().into(),
        name: None,
        progress_token: None,
        context,
    };
    let reply = link.connection.call(outgoing).await;
    if reply.as_ref().is_err_and(UpstreamError::is_session_gone) {
        server.forget(&link.connection);
    }
    let reply = server.noted(reply)?;
    response_of(reply, server.name()).await
}

/// The hints of a list whose parts have hints: the shortest time, and private if any part is.
fn narrowed(so_far: Option<Hints>, result: &str) -> Hints {
    let ttl_ms = edit::member(result, "ttlMs").and_then(|ttl| ttl.parse().ok()).unwrap_or(0);
    let is_public = edit::member(result, "cacheScope") == Some("\"public\"");
    match so_far {
        None => Hints { ttl_ms, is_public },
        Some(hints) => Hints { ttl_ms: hints.ttl_ms.min(ttl_ms), is_public: hints.is_public && is_public },
    }
}
