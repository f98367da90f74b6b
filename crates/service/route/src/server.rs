//! One server behind the gateway: its connections, its health, and what is known of its lists.
//!
//! Which connection a call takes depends on the era of the server and of the client. A stateless
//! server has one connection for all. A server of the session era has one per session of a client of
//! the same era (kept there), and a pool, by caller and capabilities, for stateless clients and for
//! what we ask for ourselves. A child that all callers share has one connection too.

mod breaker;
mod feed;
mod slot;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::upstream::{
    Again, CallContext, Connection, NameRules, Opening, ServerFacts, SessionHandle, Sharing, Target, Upstream,
    UpstreamError,
};
use corten_mcp::{ClientCapabilities, Era, Message, translate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

pub(crate) use feed::{Feed, own_meta, subscribe};
pub(crate) use slot::Slot;

use crate::catalogue::Lists;
use breaker::Breaker;

/// How many connections of the session era are kept for stateless clients.
const POOL: usize = 256;
/// For how long such a connection is kept without use.
const POOL_KEEP: Duration = Duration::from_mins(10);

/// What we can pass on for a child that all callers share: what a single caller lacks is refused when
/// it is asked for.
const ALL_CAPABILITIES: &str = r#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{"listChanged":true}}"#;

/// One server behind the gateway.
pub struct Server {
    upstream: Arc<dyn Upstream>,
    breaker: Breaker,
    turns: Arc<Semaphore>,
    shared: Slot,
    pool: Mutex<Pool>,
    next: AtomicU64,
    under_way: Mutex<BTreeMap<u64, mpsc::Sender<Message>>>,
    pub(crate) lists: Lists,
    pub(crate) feed: Feed,
}

/// Connections by caller and capabilities.
type Pool = BTreeMap<(Arc<str>, Box<str>), Arc<Slot>>;

/// A connection for a call, and what has to be done to use it.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) connection: Arc<dyn Connection>,
    /// Several callers use it: ids and progress tokens are made unique.
    pub(crate) is_shared: bool,
    /// What belongs to no call may still be a question for one that is under way.
    pub(crate) is_channel: bool,
}

/// What a server looks like from outside, for status pages.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its name.
    pub name: Box<str>,
    /// What it said it is, if it answered yet.
    pub facts: Option<Arc<ServerFacts>>,
    /// Whether calls to it are held back.
    pub is_resting: bool,
    /// The last fault.
    pub fault: Option<Box<str>>,
}

impl Server {
    pub(crate) fn new(upstream: Arc<dyn Upstream>) -> Self {
        let limits = upstream.config().limits.clone();
        Self {
            upstream,
            breaker: Breaker::new(limits.faults, limits.rest),
            turns: Arc::new(Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            shared: Slot::default(),
            pool: Mutex::default(),
            next: AtomicU64::new(1),
            under_way: Mutex::default(),
            lists: Lists::default(),
            feed: Feed::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.upstream.config().name
    }

    /// The way to it.
    pub fn upstream(&self) -> &Arc<dyn Upstream> {
        &self.upstream
    }

    pub(crate) fn rules(&self) -> &NameRules {
        &self.upstream.config().names
    }

    /// What it looks like from outside.
    pub fn health(&self) -> Health {
        let (is_resting, fault) = self.breaker.state();
        Health { name: self.name().into(), facts: self.upstream.facts(), is_resting, fault }
    }

    /// What it is; asked when that is not known yet.
    pub(crate) async fn facts(&self, context: &CallContext) -> Result<Arc<ServerFacts>, UpstreamError> {
        if let Some(facts) = self.upstream.facts() {
            return Ok(facts);
        }
        self.breaker.check(self.name())?;
        let found = self.upstream.discover(context.clone(), Again::Kept).await;
        self.breaker.note(found.as_ref().err());
        found
    }

    /// Asks the server whether it is there, and notes the answer.
    pub(crate) async fn probe(&self) {
        let found = self.upstream.discover(CallContext::own(), Again::Asked).await;
        self.breaker.note(found.as_ref().err());
    }

    /// Whether what it shows depends on who asks.
    pub(crate) fn is_per_caller(&self) -> bool {
        self.upstream.config().credentials.is_per_caller()
    }

    /// Whether all callers use one connection.
    fn is_shared(&self, facts: &ServerFacts) -> bool {
        let config = self.upstream.config();
        match facts.revision.era() {
            Era::Stateless => config.sharing == Sharing::Shared || !matches!(config.target, Target::Command(_)),
            Era::Session => matches!(config.target, Target::Command(_)) && config.sharing == Sharing::Shared,
        }
    }

    /// Whether a client of the session era gets a connection of its own.
    pub(crate) fn is_dedicated(&self, facts: &ServerFacts) -> bool {
        !self.is_shared(facts)
    }

    /// A connection that belongs to no session: for stateless clients, and for ourselves.
    pub(crate) async fn link(
        &self,
        capabilities: &ClientCapabilities,
        client_info: Option<&str>,
        context: &CallContext,
    ) -> Result<Link, UpstreamError> {
        let facts = self.facts(context).await?;
        self.breaker.check(self.name())?;
        if self.is_shared(&facts) {
            let is_session = facts.revision.era() == Era::Session;
            let connection = self
                .shared
                .get(|| {
                    let capabilities = if is_session { ALL_CAPABILITIES } else { "{}" };
                    self.open(ClientCapabilities::new(capabilities), None, None, CallContext::own())
                })
                .await;
            let connection = self.noted(connection)?;
            let is_shared = !connection.has_own_exchanges();
            return Ok(Link { is_shared, is_channel: is_session, connection });
        }
        let capabilities = translate::client_to_session(capabilities);
        let slot = self.pooled(&context.caller, capabilities.as_json());
        let info = client_info.map(Into::into);
        let connection = slot.get(|| self.open(capabilities, info, None, context.clone())).await;
        slot.touch();
        Ok(Link { connection: self.noted(connection)?, is_shared: true, is_channel: false })
    }

    /// Opens a connection for a session, or the session's again.
    pub(crate) async fn open(
        &self,
        capabilities: ClientCapabilities,
        client_info: Option<Box<str>>,
        resume: Option<SessionHandle>,
        context: CallContext,
    ) -> Result<Arc<dyn Connection>, UpstreamError> {
        self.breaker.check(self.name())?;
        let opened = self.upstream.open(Opening { capabilities, client_info, resume, context }).await;
        self.noted(opened)
    }

    /// Forgets a connection whose session is gone.
    pub(crate) fn forget(&self, connection: &Arc<dyn Connection>) {
        self.shared.forget(connection);
        let slots: Vec<Arc<Slot>> = self.lock_pool().values().map(Arc::clone).collect();
        for slot in slots {
            slot.forget(connection);
        }
    }

    /// Notes how something ended, for the breaker.
    pub(crate) fn noted<T>(&self, found: Result<T, UpstreamError>) -> Result<T, UpstreamError> {
        self.breaker.note(found.as_ref().err());
        found
    }

    /// A turn among the calls that the server takes at once.
    pub(crate) async fn turn(&self, wait: Duration) -> Result<OwnedSemaphorePermit, UpstreamError> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let busy = || UpstreamError::Timeout {
            server: self.name().into(),
            waited_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            was_sent: false,
        };
        let turn = tokio::time::timeout(wait, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(busy)
    }

    /// A number that no other call of this server has.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Says that a call is under way on a channel, so that questions which belong to no call can find it.
    pub(crate) fn enter(self: &Arc<Self>, number: u64) -> (Presence, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(8);
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        (Presence { server: Arc::clone(self), number }, receiver)
    }

    /// The only call that is under way, if there is exactly one.
    pub(crate) fn only_call(&self) -> Option<mpsc::Sender<Message>> {
        let calls = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let mut calls = calls.values();
        calls.next().cloned().filter(|_| calls.next().is_none())
    }

    /// Closes connections, and forgets lists, that nobody has used for a while.
    pub(crate) async fn tidy(&self) {
        self.lists.tidy();
        let now = Instant::now();
        let mut old = Vec::new();
        self.lock_pool().retain(|_, slot| {
            let keep = slot.used().is_none_or(|used| now.duration_since(used) < POOL_KEEP);
            if !keep {
                old.extend(slot.take());
            }
            keep
        });
        for connection in old {
            connection.close().await;
        }
    }

    /// Ends everything.
    pub(crate) async fn stop(&self) {
        self.feed.stop();
        let pool = std::mem::take(&mut *self.lock_pool());
        let closing = pool.values().filter_map(|slot| slot.take()).chain(self.shared.take());
        let closing: Vec<Arc<dyn Connection>> = closing.collect();
        futures::future::join_all(closing.iter().map(|connection| connection.close())).await;
        self.upstream.stop().await;
    }

    fn pooled(&self, caller: &Arc<str>, capabilities: &str) -> Arc<Slot> {
        let mut pool = self.lock_pool();
        let key = (Arc::clone(caller), Box::from(capabilities));
        if let Some(slot) = pool.get(&key) {
            return Arc::clone(slot);
        }
        if pool.len() >= POOL
            && let Some(oldest) = pool.iter().min_by_key(|(_, slot)| slot.used()).map(|(key, _)| key.clone())
        {
            pool.remove(&oldest);
        }
        let slot = Arc::new(Slot::default());
        slot.touch();
        pool.insert(key, Arc::clone(&slot));
        slot
    }

    fn lock_pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is under way; gone when dropped.
pub(crate) struct Presence {
    server: Arc<Server>,
    number: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.server.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
