//! The sessions that this gateway serves, and those that have ended anywhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::upstream::CallContext;

use crate::reply::Failure;
use crate::router::Core;
use crate::seal::Purpose;
use crate::session::{Sealed, Session, soon};

/// For how long it is remembered that a session has ended.
const ENDED_KEEP: Duration = Duration::from_hours(24 * 30);
/// For how long a stream that has ended is kept for a client whose connection broke.
const STREAM_KEEP: Duration = Duration::from_mins(1);
/// How many sessions are kept here at most; one that is dropped is built anew from its id.
const KEPT: usize = 50_000;

/// The sessions that this gateway serves.
#[derive(Default)]
pub(crate) struct Sessions {
    kept: Mutex<BTreeMap<Arc<str>, Arc<Session>>>,
}

impl Sessions {
    /// Keeps a session that has just begun.
    pub(crate) fn add(&self, session: &Arc<Session>) {
        let crowded = {
            let mut kept = self.lock();
            let oldest = (kept.len() >= KEPT)
                .then(|| kept.values().max_by_key(|session| session.idle()).map(Arc::clone))
                .flatten();
            if let Some(oldest) = &oldest {
                kept.remove(&oldest.id);
            }
            kept.insert(Arc::clone(&session.id), Arc::clone(session));
            oldest
        };
        drop(crowded);
    }

    /// The session of an id, for the caller that opened it and on the path that it was opened on.
    pub(crate) async fn find(
        &self,
        core: &Core,
        id: &str,
        caller: &str,
        server: Option<&str>,
    ) -> Result<Arc<Session>, Failure> {
        let kept = self.lock().get(id).map(Arc::clone);
        let session = match kept {
            Some(session) if core.shared.is_revoked(&ended_key(&session.sealed.uid)) => {
                self.lock().remove(id);
                drop(session.end());
                return Err(Failure::SessionGone);
            }
            Some(session) => session,
            None => self.reopen(core, id).await?,
        };
        let is_own = &*session.sealed.owner == caller && session.sealed.server.as_deref() == server;
        if is_own { Ok(session) } else { Err(Failure::SessionGone) }
    }

    /// A session of which another gateway knows that whoever asks may have it.
    pub(crate) fn kept(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).map(Arc::clone)
    }

    /// Builds a session that is not kept here from its id, unless it has ended.
    async fn reopen(&self, core: &Core, id: &str) -> Result<Arc<Session>, Failure> {
        let plain = core.sealer.open(Purpose::Session, id).ok_or(Failure::SessionGone)?;
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| Failure::SessionGone)?;
        match soon(core.shared.was_revoked(&ended_key(&sealed.uid))).await {
            Ok(false) => {}
            Ok(true) => return Err(Failure::SessionGone),
            Err(error) => tracing::warn!(%error, "it is not known whether a session has ended; it goes on"),
        }
        // A request that came at the same time may have built it meanwhile.
        if let Some(session) = self.lock().get(id) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::new(id.into(), sealed));
        self.add(&session);
        Ok(session)
    }

    /// Ends a session everywhere.
    pub(crate) async fn end(&self, core: &Arc<Core>, session: &Arc<Session>, context: &CallContext) {
        self.lock().remove(&session.id);
        let uid = &session.sealed.uid;
        if let Err(error) = core.shared.revoke(&ended_key(uid), ENDED_KEEP).await {
            tracing::warn!(%error, "only this gateway knows that a session has ended");
        }
        let mut open = session.end();
        let known: Vec<_> = open.iter().filter_map(|connection| connection.session()).collect();
        // Sessions at servers that were opened elsewhere are ended too.
        let snapshot = core.snapshot();
        for (name, handle) in &session.sealed.handles {
            if known.contains(handle) {
                continue;
            }
            if let Some(server) = snapshot.all.server(name) {
                let capabilities = session.capabilities.clone();
                open.extend(server.open(capabilities, None, Some(handle.clone()), context.clone()).await.ok());
            }
        }
        let closing = futures::future::join_all(open.iter().map(|connection| connection.close()));
        drop(tokio::time::timeout(Duration::from_secs(5), closing).await);
    }

    /// Lets go of sessions that nobody uses here, whose ids stay good, and of those that have ended elsewhere.
    pub(crate) fn tidy(&self, core: &Core, keep: Duration) {
        let mut ended = Vec::new();
        self.lock().retain(|_, session| {
            if core.shared.is_revoked(&ended_key(&session.sealed.uid)) {
                ended.push(Arc::clone(session));
                return false;
            }
            session.replays.tidy(STREAM_KEEP);
            // Calls and streams hold their session.
            Arc::strong_count(session) > 1 || session.idle() < keep
        });
        for session in ended {
            drop(session.end());
        }
    }

    /// How many sessions are kept here.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Session>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended_key(uid: &str) -> String {
    format!("ended:{uid}")
}
