//! Sessions of clients of the session era.
//!
//! What a session is made of is sealed into its id: who opened it, what the client can do, and the
//! sessions that were opened for it at servers. Any gateway that has the key serves it; what is kept
//! here is only what saves time: connections, and the calls that are under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::shared::{SharedError, SharedState};
use corten_mcp::upstream::{CallContext, Connection, SessionHandle, UpstreamError};
use corten_mcp::{ClientCapabilities, Revision};
use futures::future::AbortHandle;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::replay::Replays;
use crate::seal::{Purpose, Sealer};
use crate::server::{Link, Server, Slot};

/// What is sealed into a session's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// A random name.
    #[serde(rename = "u")]
    pub(crate) uid: Box<str>,
    /// Who opened it.
    #[serde(rename = "p")]
    pub(crate) owner: Box<str>,
    /// The server that it is for, or none for all.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    pub(crate) server: Option<Box<str>>,
    /// The revision agreed on.
    #[serde(rename = "r")]
    pub(crate) revision: Revision,
    /// What the client can be asked for, as JSON text.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none", default)]
    pub(crate) capabilities: Option<Box<str>>,
    /// What the client is called, as JSON text.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none", default)]
    pub(crate) client_info: Option<Box<str>>,
    /// The sessions at servers, by their names.
    #[serde(rename = "h", skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(crate) handles: BTreeMap<Box<str>, SessionHandle>,
}

/// A session, as this gateway knows it.
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) sealed: Sealed,
    pub(crate) capabilities: ClientCapabilities,
    slots: Mutex<BTreeMap<Box<str>, Arc<Slot>>>,
    calls: Mutex<BTreeMap<Box<str>, AbortHandle>>,
    settings: Mutex<SessionSettings>,
    pub(crate) replays: Replays,
    used: Mutex<Instant>,
}

/// What a client said once for all that follows. Kept in shared state; here for a moment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SessionSettings {
    /// The lowest level of log messages wanted.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) log_level: Option<Box<str>>,
    /// The resources of which changes are wanted.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) resources: Vec<String>,
    #[serde(skip)]
    read: Option<Instant>,
}

/// For how long settings of a session that another gateway may change count as they were read.
const SETTINGS_KEEP: Duration = Duration::from_millis(500);

/// For how long a call waits for what gateways share, and for how long it then goes on without asking again.
const SHARED_WAIT: Duration = Duration::from_millis(250);
const SHARED_AWAY: Duration = Duration::from_secs(5);

/// What gateways share, unless it is away: calls go on without it.
pub(crate) async fn soon<T>(asked: impl Future<Output = Result<T, SharedError>>) -> Result<T, SharedError> {
    let late = || SharedError("it does not answer in time".into());
    tokio::time::timeout(SHARED_WAIT, asked).await.unwrap_or_else(|_| Err(late()))
}

impl Session {
    pub(crate) fn new(id: Arc<str>, sealed: Sealed) -> Self {
        let capabilities = ClientCapabilities::new(sealed.capabilities.as_deref().unwrap_or("{}"));
        Self {
            id,
            sealed,
            capabilities,
            slots: Mutex::default(),
            calls: Mutex::default(),
            settings: Mutex::default(),
            replays: Replays::default(),
            used: Mutex::new(Instant::now()),
        }
    }

    /// Takes over a connection that was opened for the session before it had an id.
    pub(crate) fn adopt(&self, server: &str, connection: Arc<dyn Connection>) {
        let slot = Slot::with(connection);
        lock(&self.slots).insert(server.into(), Arc::new(slot));
    }

    /// A connection to a server: the session's own where the server keeps sessions.
    pub(crate) async fn link(
        &self,
        server: &Server,
        context: &CallContext,
        shared: &dyn SharedState,
        sealer: &Sealer,
    ) -> Result<Link, UpstreamError> {
        *lock(&self.used) = Instant::now();
        let facts = server.facts(context).await?;
        if !server.is_dedicated(&facts) {
            return server.link(&self.capabilities, self.sealed.client_info.as_deref(), context).await;
        }
        let slot = Arc::clone(lock(&self.slots).entry(server.name().into()).or_default());
        let connection = slot.get(|| self.open(server, context, shared, sealer)).await?;
        Ok(Link { connection, is_shared: false, is_channel: false })
    }

    async fn open(
        &self,
        server: &Server,
        context: &CallContext,
        shared: &dyn SharedState,
        sealer: &Sealer,
    ) -> Result<Arc<dyn Connection>, UpstreamError> {
        let key = format!("link:{}:{}", self.sealed.uid, server.name());
        let mut resume = self.sealed.handles.get(server.name()).cloned();
        if resume.is_none() {
            let kept = soon(shared.get(&key)).await.ok().flatten();
            resume = kept.and_then(|kept| opened_handle(sealer, &kept));
        }
        let is_new = resume.is_none();
        let info = self.sealed.client_info.clone();
        let connection = server.open(self.capabilities.clone(), info.clone(), resume, context.clone()).await?;
        let Some(handle) = connection.session().filter(|_| is_new) else { return Ok(connection) };
        // Another gateway may have opened one at the same moment: the first one counts for all.
        let Some(value) = sealed_handle(sealer, &handle) else { return Ok(connection) };
        match soon(shared.put_if_absent(&key, value, Duration::from_hours(24))).await {
            Ok(kept) => match opened_handle(sealer, &kept).filter(|kept| *kept != handle) {
                Some(first) => {
                    connection.close().await;
                    server.open(self.capabilities.clone(), info, Some(first), context.clone()).await
                }
                None => Ok(connection),
            },
            Err(error) => {
                tracing::warn!(%error, "the session is known to this gateway only");
                Ok(connection)
            }
        }
    }

    /// Forgets the connection to a server.
    pub(crate) fn forget(&self, server: &str, connection: &Arc<dyn Connection>) {
        if let Some(slot) = lock(&self.slots).get(server) {
            slot.forget(connection);
        }
    }

    /// Notes a call that is under way; gone when the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, id: &str, handle: AbortHandle) -> UnderWay {
        lock(&self.calls).insert(id.into(), handle);
        UnderWay { session: Arc::clone(self), id: id.into() }
    }

    /// Calls off a call; whether it was under way here.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let handle = lock(&self.calls).remove(id);
        handle.inspect(AbortHandle::abort).is_some()
    }

    /// Calls off everything and gives the connections, to be closed.
    pub(crate) fn end(&self) -> Vec<Arc<dyn Connection>> {
        for handle in std::mem::take(&mut *lock(&self.calls)).values() {
            handle.abort();
        }
        let slots = std::mem::take(&mut *lock(&self.slots));
        slots.values().filter_map(|slot| slot.take()).collect()
    }

    /// For how long nobody has used the session here.
    pub(crate) fn idle(&self) -> Duration {
        if lock(&self.calls).is_empty() { lock(&self.used).elapsed() } else { Duration::ZERO }
    }

    /// What the client said once for all that follows.
    pub(crate) async fn settings(&self, shared: &dyn SharedState, sealer: &Sealer) -> SessionSettings {
        let kept = lock(&self.settings).clone();
        if kept.read.is_some_and(|read| read.elapsed() < SETTINGS_KEEP) {
            return kept;
        }
        let found = soon(shared.get(&self.settings_key())).await;
        let now = Instant::now();
        let read = if found.is_ok() { now } else { now + SHARED_AWAY };
        let found = found.ok().flatten();
        let plain = found.and_then(|found| sealer.open(Purpose::Shared, std::str::from_utf8(&found).ok()?));
        let mut settings: SessionSettings = plain.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or(kept);
        settings.read = Some(read);
        *lock(&self.settings) = settings.clone();
        settings
    }

    /// Changes what the client said, for all gateways.
    pub(crate) async fn change_settings(
        &self,
        shared: &dyn SharedState,
        sealer: &Sealer,
        change: impl FnOnce(&mut SessionSettings) + Send,
    ) {
        let mut settings = self.settings(shared, sealer).await;
        change(&mut settings);
        settings.read = Some(Instant::now());
        *lock(&self.settings) = settings.clone();
        let plain = serde_json::to_vec(&settings).unwrap_or_default();
        let Ok(value) = sealer.seal(Purpose::Shared, &plain) else { return };
        let put = soon(shared.put(&self.settings_key(), value.into(), Duration::from_hours(24))).await;
        if let Err(error) = put {
            tracing::warn!(%error, "a setting of a session is known to this gateway only");
        }
        drop(soon(shared.bump(&self.topic())).await);
    }

    /// The topic on which gateways tell each other about the session.
    pub(crate) fn topic(&self) -> String {
        format!("session:{}", self.sealed.uid)
    }

    fn settings_key(&self) -> String {
        format!("settings:{}", self.sealed.uid)
    }
}

/// A call that is under way.
pub(crate) struct UnderWay {
    session: Arc<Session>,
    id: Box<str>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.session.calls).remove(&self.id);
    }
}

fn sealed_handle(sealer: &Sealer, handle: &SessionHandle) -> Option<bytes::Bytes> {
    let plain = serde_json::to_vec(handle).ok()?;
    sealer.seal(Purpose::Shared, &plain).ok().map(bytes::Bytes::from)
}

fn opened_handle(sealer: &Sealer, value: &[u8]) -> Option<SessionHandle> {
    let plain = sealer.open(Purpose::Shared, std::str::from_utf8(value).ok()?)?;
    serde_json::from_slice(&plain).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
