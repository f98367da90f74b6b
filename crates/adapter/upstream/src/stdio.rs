//! A server as a child process: started on demand, stopped when idle, started again when it ends.
//!
//! One child serves all callers, or each session gets its own ([`Sharing`]). A child that keeps ending is started
//! again after growing waits; calls meanwhile fail at once.

mod child;
mod lines;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::upstream::{
    Again, CallContext, Command, Connection, Opening, Outgoing, Reply, ServerFacts, SessionHandle, Sharing, Target,
    Upstream, UpstreamConfig, UpstreamError,
};
use corten_mcp::{ClientCapabilities, Era, Kind, Message, Revision};
use futures::future::{BoxFuture, FutureExt as _, Shared};
use futures::stream::BoxStream;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::handshake::{self, INITIALIZED, Probe};
use crate::outside::Outside;
use crate::streamable::deadline;
use child::Child;

/// How long a child has to answer the handshake: package runners fetch the package first.
const START: Duration = Duration::from_mins(2);
/// How long a child may be silent about `server/discover` before it gets `initialize` too: some servers of the
/// session era leave what they do not know without an answer.
const SILENCE: Duration = Duration::from_secs(3);
/// A child that lived this long is started again at once.
const HEALTHY: Duration = Duration::from_secs(10);
/// The wait before a child that failed is started again, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// What a child for all callers may ask for: whose call it is shows only while it runs, so the answer may be no.
const ASKABLE: &str = r#"{"elicitation":{},"sampling":{}}"#;

type Starting = Shared<BoxFuture<'static, Result<Arc<Running>, UpstreamError>>>;

/// A server as a child process.
pub(crate) struct StdioUpstream {
    inner: Arc<Inner>,
}

struct Inner {
    config: UpstreamConfig,
    command: Command,
    outside: Arc<Outside>,
    permits: Semaphore,
    slot: Mutex<Slot>,
}

/// The child for all callers.
#[derive(Default)]
struct Slot {
    starting: Option<Starting>,
    running: Option<Arc<Running>>,
    facts: Option<Arc<ServerFacts>>,
    faults: u32,
    not_before: Option<Instant>,
    is_stopped: bool,
}

/// A child that answered the handshake.
struct Running {
    child: Child,
    facts: Arc<ServerFacts>,
    since: Instant,
}

impl StdioUpstream {
    pub(crate) fn new(config: UpstreamConfig, outside: &Arc<Outside>) -> Self {
        let command = match &config.target {
            Target::Command(command) => command.clone(),
            _ => Command::default(),
        };
        let permits = Semaphore::new(config.limits.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let outside = Arc::clone(outside);
        Self { inner: Arc::new(Inner { config, command, outside, permits, slot: Mutex::default() }) }
    }
}

impl Inner {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn protocol(&self, reason: impl Into<Box<str>>) -> UpstreamError {
        UpstreamError::Protocol { server: self.config.name.clone(), reason: reason.into() }
    }

    /// The child for all callers, started if it is not running.
    async fn running(self: &Arc<Self>, until: Instant) -> Result<Arc<Running>, UpstreamError> {
        let starting = {
            let mut slot = self.slot();
            if let Some(running) = slot.running.as_ref().filter(|running| !running.child.channel.is_ended()) {
                return Ok(Arc::clone(running));
            }
            self.may_start(&mut slot)?;
            slot.starting.get_or_insert_with(|| self.start_shared()).clone()
        };
        let started = Instant::now();
        // The start goes on after this: a later call finds the child running.
        tokio::time::timeout_at(until, starting).await.unwrap_or_else(|_| Err(self.timeout(started)))
    }

    /// The error of a wait that ended before anything was sent.
    fn timeout(&self, started: Instant) -> UpstreamError {
        let waited_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        UpstreamError::Timeout { server: self.config.name.clone(), waited_ms, was_sent: false }
    }

    /// Takes note of a child that ended and says whether another may be started now.
    fn may_start(&self, slot: &mut Slot) -> Result<(), UpstreamError> {
        let server = self.config.name.clone();
        if slot.is_stopped {
            return Err(UpstreamError::Closed { server, reason: "it was stopped".into(), was_sent: false });
        }
        if let Some(ended) = slot.running.take() {
            let is_wanted = ended.child.was_stopped();
            if is_wanted || ended.since.elapsed() >= HEALTHY {
                (slot.faults, slot.not_before) = (0, None);
            } else {
                count_fault(slot);
            }
        }
        match slot.not_before {
            Some(at) if at > Instant::now() => {
                let wait = (at - Instant::now()).as_millis();
                let reason = format!("it ended {} times and is started again in {wait} ms", slot.faults);
                Err(UpstreamError::Connect { server, reason: reason.into() })
            }
            _ => Ok(()),
        }
    }

    /// Starts the child for all callers, whoever waits for it.
    fn start_shared(self: &Arc<Self>) -> Starting {
        let inner = Arc::clone(self);
        let task = tokio::spawn(async move {
            let started = inner.start(&ClientCapabilities::new(ASKABLE), None).await.map(Arc::new);
            let mut slot = inner.slot();
            slot.starting = None;
            match &started {
                Ok(running) => {
                    slot.facts = Some(Arc::clone(&running.facts));
                    slot.running = Some(Arc::clone(running));
                    if slot.is_stopped {
                        running.child.stop();
                    }
                    if let Some(idle) = inner.command.idle {
                        drop(tokio::spawn(stop_when_idle(Arc::clone(running), idle)));
                    }
                }
                Err(_) => count_fault(&mut slot),
            }
            drop(slot);
            started
        });
        let server = self.config.name.clone();
        let joined = task.map(move |joined| match joined {
            Ok(started) => started,
            Err(_) => Err(UpstreamError::Closed { server, reason: "its start was given up".into(), was_sent: false }),
        });
        joined.boxed().shared()
    }

    /// Starts a child and goes through the handshake.
    async fn start(&self, capabilities: &ClientCapabilities, info: Option<&str>) -> Result<Running, UpstreamError> {
        let child = Child::spawn(&self.config, &self.command, &self.outside)?;
        let until = Instant::now() + START;
        let greeted = self.greet(&child, capabilities, info, until).await;
        match greeted {
            Ok(facts) => Ok(Running { child, facts: Arc::new(facts), since: Instant::now() }),
            Err(error) => {
                child.stop();
                Err(error)
            }
        }
    }

    async fn greet(
        &self,
        child: &Child,
        capabilities: &ClientCapabilities,
        info: Option<&str>,
        until: Instant,
    ) -> Result<ServerFacts, UpstreamError> {
        let channel = &child.channel;
        let known = self.config.revision;
        let mut is_silent = false;
        let revision = if let Some(revision) = known.filter(|revision| revision.era() == Era::Session) {
            revision
        } else {
            let silence = if known.is_some() { until } else { Instant::now() + SILENCE };
            match self.probe(child, silence).await {
                Ok(Probe::Stateless(facts)) => return Ok(*facts),
                Ok(Probe::Session(revision)) => revision,
                Err(UpstreamError::Timeout { .. }) if known.is_none() => {
                    is_silent = true;
                    Revision::LATEST_SESSION
                }
                Err(error) => return Err(error),
            }
        };
        let body = handshake::initialize(revision, capabilities, info);
        let answer = channel.answer(body, handshake::OWN_ID, until).await?;
        if is_silent && answer.kind() == Kind::Error {
            // It was only slow to start: its answer to the first question got lost with our patience.
            if let Probe::Stateless(facts) = self.probe(child, until).await? {
                return Ok(*facts);
            }
        }
        let facts = handshake::initialized(&answer).map_err(|reason| self.protocol(reason))?;
        channel.send(Bytes::from_static(INITIALIZED), until).await?;
        Ok(facts)
    }

    async fn probe(&self, child: &Child, until: Instant) -> Result<Probe, UpstreamError> {
        let answer = child.channel.answer(handshake::discover(), handshake::DISCOVER_ID, until).await?;
        handshake::judge(&answer).map_err(|reason| self.protocol(reason))
    }

    async fn find_out(
        self: &Arc<Self>,
        context: &CallContext,
        again: Again,
    ) -> Result<Arc<ServerFacts>, UpstreamError> {
        let (facts, running) = {
            let slot = self.slot();
            (slot.facts.clone(), slot.running.clone())
        };
        let until = deadline(context, self.config.limits.list);
        let Some(facts) = facts else { return Ok(Arc::clone(&self.running(until).await?.facts)) };
        if again == Again::Kept {
            return Ok(facts);
        }
        match running {
            // A child that was stopped because nobody needed it is not started to be asked how it is.
            Some(running) if running.child.was_stopped() => Ok(facts),
            Some(running) if !running.child.channel.is_ended() => {
                let (body, id) = handshake::ping(running.facts.revision.era());
                running.child.channel.answer(body, id, until).await?;
                Ok(Arc::clone(&running.facts))
            }
            _ => Ok(Arc::clone(&self.running(until).await?.facts)),
        }
    }
}

fn count_fault(slot: &mut Slot) {
    let wait = BACKOFF.0 * 2_u32.saturating_pow(slot.faults.min(10));
    slot.faults = slot.faults.saturating_add(1);
    slot.not_before = Some(Instant::now() + wait.min(BACKOFF.1));
}

async fn stop_when_idle(running: Arc<Running>, idle: Duration) {
    loop {
        let unused = running.child.channel.idle().unwrap_or_default();
        if running.child.channel.is_ended() {
            return;
        }
        if unused >= idle {
            tracing::info!(server = %running.child.server, "stopped: nobody called it for a while");
            return running.child.stop();
        }
        tokio::time::sleep(idle.saturating_sub(unused).max(Duration::from_millis(50))).await;
    }
}

impl Upstream for StdioUpstream {
    fn config(&self) -> &UpstreamConfig {
        &self.inner.config
    }

    fn discover(&self, context: CallContext, again: Again) -> BoxFuture<'_, Result<Arc<ServerFacts>, UpstreamError>> {
        Box::pin(async move { self.inner.find_out(&context, again).await })
    }

    fn facts(&self) -> Option<Arc<ServerFacts>> {
        self.inner.slot().facts.clone()
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Arc<dyn Connection>, UpstreamError>> {
        Box::pin(async move {
            let inner = Arc::clone(&self.inner);
            let (own, facts) = match inner.config.sharing {
                Sharing::Shared => {
                    let until = deadline(&opening.context, inner.config.limits.list);
                    (None, Arc::clone(&inner.running(until).await?.facts))
                }
                Sharing::PerSession => {
                    inner.may_start(&mut inner.slot())?;
                    let own = inner.start(&opening.capabilities, opening.client_info.as_deref()).await?;
                    let facts = Arc::clone(&own.facts);
                    inner.slot().facts = Some(Arc::clone(&facts));
                    (Some(Arc::new(own)), facts)
                }
            };
            Ok(Arc::new(StdioConnection { inner, own, facts }) as Arc<dyn Connection>)
        })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let running = {
                let mut slot = self.inner.slot();
                slot.is_stopped = true;
                slot.running.clone()
            };
            if let Some(running) = running {
                running.child.stop();
                running.child.ended().await;
            }
        })
    }
}

/// A way to a child: the one for all callers, or an own one.
struct StdioConnection {
    inner: Arc<Inner>,
    own: Option<Arc<Running>>,
    facts: Arc<ServerFacts>,
}

impl StdioConnection {
    async fn child(&self, until: Instant) -> Result<Arc<Running>, UpstreamError> {
        match &self.own {
            Some(own) => Ok(Arc::clone(own)),
            None => self.inner.running(until).await,
        }
    }
}

impl Connection for StdioConnection {
    fn facts(&self) -> &Arc<ServerFacts> {
        &self.facts
    }

    fn has_own_exchanges(&self) -> bool {
        false
    }

    fn session(&self) -> Option<SessionHandle> {
        None
    }

    fn is_closed(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.child.channel.is_ended())
    }

    fn call(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, UpstreamError>> {
        Box::pin(async move {
            let until = deadline(&request.context, self.inner.config.limits.call);
            let started = Instant::now();
            let permit = tokio::time::timeout_at(until, self.inner.permits.acquire()).await;
            let permit = permit.map_err(|_| self.inner.timeout(started))?;
            let running = self.child(until).await?;
            let reply = running.child.channel.call(request, until).await;
            drop(permit);
            reply
        })
    }

    fn send(&self, message: Bytes, context: CallContext) -> BoxFuture<'_, Result<(), UpstreamError>> {
        Box::pin(async move {
            let until = deadline(&context, self.inner.config.limits.list);
            self.child(until).await?.child.channel.send(message, until).await
        })
    }

    fn listen(
        &self,
        context: CallContext,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<Message, UpstreamError>>, UpstreamError>> {
        Box::pin(async move {
            let until = deadline(&context, self.inner.config.limits.list);
            self.child(until).await?.child.channel.listen()
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(own) = &self.own {
                own.child.stop();
                own.child.ended().await;
            }
        })
    }
}
