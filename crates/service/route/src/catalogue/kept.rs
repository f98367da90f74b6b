//! The lists of one server, fetched whole and kept as long as its hints allow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::message::{edit, quote, request};
use corten_mcp::translate::Hints;
use corten_mcp::upstream::{CallContext, Outgoing, UpstreamError};
use corten_mcp::{ClientCapabilities, Era, Kind, Message};
use tokio::sync::watch;
use tokio::time::Instant;

use super::ListKind;
use crate::call::response_of;
use crate::server::Server;
use crate::settings::Settings;

/// For how long a list is kept when the server would tell of a change.
const KEEP_WATCHED: Duration = Duration::from_mins(10);
/// Of how many callers the lists are kept, where a server shows something else to each, and for how long without use.
const CALLERS: usize = 256;
const KEEP_UNUSED: Duration = Duration::from_mins(10);
/// How many pages and entries of a list are fetched at most.
const PAGES: usize = 1000;
const ENTRIES: usize = 100_000;

/// The lists of one server.
#[derive(Default)]
pub(crate) struct Lists {
    /// Whether the lists were asked for before anybody else did, or need not be.
    ahead: watch::Sender<bool>,
    kept: Mutex<BTreeMap<(ListKind, Arc<str>), Place>>,
    /// Whether the server's messages reach us, so that it can say that a list changed.
    is_live: AtomicBool,
    /// How often something was forgotten: what was asked before that is old when it comes.
    changes: AtomicU64,
}

#[derive(Clone)]
struct Place {
    list: Option<Arc<ServerList>>,
    fetching: Arc<tokio::sync::Mutex<()>>,
    used: Instant,
}

/// What a server answers.
type Fetched = (Vec<Arc<str>>, Option<Hints>, Duration);

/// One list of one server.
#[derive(Clone, Debug)]
pub(crate) struct ServerList {
    /// The same for as long as the server lists the same.
    pub(crate) entries: Arc<Entries>,
    /// What the server says of the list; `None` when it is of an era that says nothing.
    pub(crate) hints: Option<Hints>,
    /// Until when the list counts as it is.
    until: Instant,
}

/// The entries of a list, in the server's order.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) all: Vec<Entry>,
    /// Their places, by key; of two with the same key the first comes first.
    by_key: Box<[u32]>,
}

/// One entry, as the server wrote it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Box<str>,
    pub(crate) raw: Arc<str>,
    /// Where in the text the key's value begins, quotes included, and how long it is.
    pub(super) key_at: (u32, u32),
}

impl Entries {
    fn new(kind: ListKind, raws: Vec<Arc<str>>) -> Self {
        let read = |raw: Arc<str>| {
            let value = edit::member(&raw, kind.key())?;
            let at = edit::range_of(value, &raw)?.start;
            let key_at = (u32::try_from(at).ok()?, u32::try_from(value.len()).ok()?);
            let key = edit::text(value)?.into();
            Some(Entry { key, raw, key_at })
        };
        let all: Vec<Entry> = raws.into_iter().filter_map(read).collect();
        let mut by_key: Box<[u32]> = (0..u32::try_from(all.len()).unwrap_or(u32::MAX)).collect();
        by_key.sort_by(|left, right| all[*left as usize].key.cmp(&all[*right as usize].key));
        Self { all, by_key }
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Entry> {
        let first = self.by_key.partition_point(|at| *self.all[*at as usize].key < *key);
        self.by_key.get(first).map(|at| &self.all[*at as usize]).filter(|entry| *entry.key == *key)
    }

    fn is_same(&self, raws: &[Arc<str>]) -> bool {
        self.all.len() == raws.len() && self.all.iter().zip(raws).all(|(entry, raw)| entry.raw == *raw)
    }
}

impl ServerList {
    pub(crate) fn find(&self, key: &str) -> Option<&Entry> {
        self.entries.find(key)
    }

    /// For how much longer the list counts.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
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
        self.changes.fetch_add(1, Ordering::Relaxed);
        for ((known, _), place) in self.lock().iter_mut() {
            let changes = *known == kind || (kind == ListKind::Resources && *known == ListKind::Templates);
            if let Some(list) = place.list.take_if(|_| changes) {
                place.list = Some(Arc::new(ServerList { until: Instant::now(), ..list.as_ref().clone() }));
            }
        }
    }

    /// The list as it was last known, however old.
    pub(crate) fn known(&self, server: &Server, kind: ListKind, caller: &Arc<str>) -> Option<Arc<ServerList>> {
        let mut kept = self.lock();
        let place = kept.get_mut(&key_of(server, kind, caller))?;
        place.used = Instant::now();
        place.list.clone()
    }

    /// The place of a list; whoever has not used theirs for longest makes room.
    fn place(&self, key: &(ListKind, Arc<str>)) -> Place {
        let mut kept = self.lock();
        if let Some(place) = kept.get_mut(key) {
            place.used = Instant::now();
            return place.clone();
        }
        if kept.len() >= CALLERS * ListKind::ALL.len()
            && let Some((oldest, _)) =
                kept.iter().filter(|((_, caller), _)| !caller.is_empty()).min_by_key(|(_, place)| place.used)
        {
            let oldest = oldest.clone();
            kept.remove(&oldest);
        }
        let place = Place { list: None, fetching: Arc::default(), used: Instant::now() };
        kept.insert(key.clone(), place.clone());
        place
    }

    /// Forgets the lists of callers who have not asked for a while.
    pub(crate) fn tidy(&self) {
        self.lock().retain(|(_, caller), place| caller.is_empty() || place.used.elapsed() < KEEP_UNUSED);
    }

    /// The entries of a list that somebody has already: callers who are shown the same share them.
    fn alike(&self, kind: ListKind, raws: &[Arc<str>]) -> Option<Arc<Entries>> {
        let lists = |kept: &BTreeMap<(ListKind, Arc<str>), Place>| -> Vec<Arc<Entries>> {
            let of_kind = kept.iter().filter(|((known, _), _)| *known == kind);
            of_kind.filter_map(|(_, place)| Some(Arc::clone(&place.list.as_ref()?.entries))).collect()
        };
        let known = lists(&self.lock());
        known.into_iter().find(|known| known.is_same(raws))
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
        let place = self.place(&key);
        if let Some(list) = place.list.filter(|list| !list.left().is_zero()) {
            return Ok(list);
        }
        let _fetching = place.fetching.lock().await;
        let again = self.lock().get(&key).and_then(|place| place.list.clone());
        if let Some(list) = again.filter(|list| !list.left().is_zero()) {
            return Ok(list);
        }
        let changes = self.changes.load(Ordering::Relaxed);
        let (raws, hints, keep) = self.fetch(server, kind, context, keep).await?;
        // What was asked before the server told of a change is good for this answer only.
        let keep = if self.changes.load(Ordering::Relaxed) == changes { keep } else { Duration::ZERO };
        let entries = self.alike(kind, &raws).unwrap_or_else(|| Arc::new(Entries::new(kind, raws)));
        let list = Arc::new(ServerList { entries, hints, until: Instant::now() + keep });
        if let Some(place) = self.lock().get_mut(&key) {
            place.list = Some(Arc::clone(&list));
        }
        Ok(list)
    }

    /// Whether anybody listed anything.
    pub(crate) fn is_any_known(&self) -> bool {
        self.lock().values().any(|place| place.list.is_some())
    }

    /// Asks for the lists before anybody else does, where everybody gets the same.
    pub(crate) async fn get_ahead(&self, server: &Server) {
        let keep = Settings::default().list_keep;
        // A server that is away is waited for by whoever asks.
        let is_needless = server.is_per_caller() || self.is_any_known() || server.upstream().facts().is_none();
        for kind in ListKind::ALL.into_iter().filter(|_| !is_needless) {
            if let Err(error) = self.get(server, kind, &CallContext::own(), keep).await {
                tracing::debug!(server = server.name(), %error, "cannot list what the server offers");
                break;
            }
        }
        self.ahead.send_replace(true);
    }

    /// Waits until what could be asked for ahead was.
    pub(crate) async fn wait_ahead(&self) {
        drop(self.ahead.subscribe().wait_for(|is_done| *is_done).await);
    }

    /// The entries of a list, what the server says of it, and for how long it is kept.
    async fn fetch(
        &self,
        server: &Server,
        kind: ListKind,
        context: &CallContext,
        keep: Duration,
    ) -> Result<Fetched, UpstreamError> {
        let facts = server.facts(context).await?;
        if !facts.capabilities.offers(kind.capability()) {
            return Ok((Vec::new(), None, KEEP_WATCHED));
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
        Ok((raws, hints, keep))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(names: &[&str]) -> Vec<Arc<str>> {
        names.iter().map(|name| format!("{{\"name\":\"{name}\"}}").into()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn lists_of_callers_are_kept_for_so_many_and_so_long() {
        let lists = Lists::default();
        let everybody: Arc<str> = "".into();
        lists.place(&(ListKind::Tools, Arc::clone(&everybody)));
        for number in 0..2 * CALLERS {
            tokio::time::advance(Duration::from_millis(1)).await;
            for kind in ListKind::ALL {
                lists.place(&(kind, format!("caller {number}").into()));
            }
        }
        let has = |caller: &str| lists.lock().contains_key(&(ListKind::Tools, Arc::from(caller)));
        assert_eq!(lists.lock().len(), CALLERS * ListKind::ALL.len());
        assert!(has("") && has(&format!("caller {}", 2 * CALLERS - 1)) && !has("caller 0"));
        tokio::time::advance(KEEP_UNUSED).await;
        lists.tidy();
        assert_eq!(lists.lock().len(), 1, "what is the same for all stays");
    }

    #[tokio::test]
    async fn callers_who_are_shown_the_same_share_it() {
        let lists = Lists::default();
        let caller: Arc<str> = "one".into();
        lists.place(&(ListKind::Tools, Arc::clone(&caller)));
        let entries = Arc::new(Entries::new(ListKind::Tools, raws(&["a", "b"])));
        let list = ServerList { entries: Arc::clone(&entries), hints: None, until: Instant::now() };
        lists.lock().get_mut(&(ListKind::Tools, caller)).unwrap().list = Some(Arc::new(list));
        let found = lists.alike(ListKind::Tools, &raws(&["a", "b"])).unwrap();
        assert!(Arc::ptr_eq(&found, &entries));
        assert!(lists.alike(ListKind::Tools, &raws(&["a", "c"])).is_none());
        assert!(lists.alike(ListKind::Prompts, &raws(&["a", "b"])).is_none());
    }
}
