//! Letters between gateways of a group: what comes in at one and can only be served at another.
//!
//! A stream is open at one gateway, whose name stands in what the client gets to know of the stream: the path
//! for its messages (2024-11-05), the ids of its events (since 2025-11-25). Whichever gateway such a name comes
//! back to hands over what came, sealed, through shared state, and passes on what comes back. Nothing of this
//! runs before the first stream is open, nor in a gateway that is alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use corten_govern::{Principal, Rate};
use corten_mcp::Secret;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::governor::Caller;
use crate::reply::Frame;
use crate::router::Core;
use crate::seal::{self, Purpose, SealError};
use crate::session::Session;

/// For how long a gateway counts as there, and how often it says so.
const THERE: Duration = Duration::from_secs(30);
const SAYS: Duration = Duration::from_secs(10);
/// How long it may take a gateway to say for the first time that it is there.
const FIRST: Duration = Duration::from_secs(1);
/// How long it may take another gateway to say that it has a stream, and then to give a sign of life.
const ANSWER: Duration = Duration::from_secs(2);
const SIGN: Duration = Duration::from_secs(20);
/// How many messages wait for whoever has the streams.
const BACKLOG: usize = 256;

/// The mail of a gateway.
pub(crate) struct Office {
    name: Box<str>,
    is_open: AtomicBool,
    posts: mpsc::Sender<Posted>,
    posted: Mutex<Option<mpsc::Receiver<Posted>>>,
    /// What other gateways read here, by the topics that it goes to.
    readers: Mutex<BTreeMap<Box<str>, AbortHandle>>,
}

/// A message of a client for a stream of another gateway.
pub struct Posted {
    /// The stream.
    pub stream: Box<str>,
    /// The server that the path names, or none for all.
    pub server: Option<Box<str>>,
    /// Who sends it.
    pub caller: Caller,
    /// The message.
    pub body: Bytes,
}

#[derive(Serialize, Deserialize)]
enum Letter {
    /// A message for a stream.
    Post { stream: Box<str>, server: Option<Box<str>>, caller: Sender, body: String },
    /// A client comes back to a stream of a session after an event; the rest goes to the topic.
    Resume { session: Box<str>, event: Box<str>, topic: Box<str> },
    /// Nobody reads the topic any more.
    Leave { topic: Box<str> },
}

/// A caller on paper.
#[derive(Serialize, Deserialize)]
struct Sender {
    principal: Principal,
    token: Option<String>,
    rate: Option<Rate>,
    route: Box<str>,
}

/// What comes back for a stream.
#[derive(Serialize, Deserialize)]
enum Piece {
    /// The stream is here, or still is.
    Here,
    /// A message.
    Frame { id: Option<Box<str>>, data: String },
    /// The stream has ended.
    End,
}

impl Office {
    pub(crate) fn new() -> Result<Self, SealError> {
        let (posts, posted) = mpsc::channel(BACKLOG);
        Ok(Self {
            name: seal::token()?.into(),
            is_open: AtomicBool::new(false),
            posts,
            posted: Mutex::new(Some(posted)),
            readers: Mutex::default(),
        })
    }

    /// What clients sent to other gateways for streams of this one; whoever asks first gets it.
    pub(crate) fn posted(&self) -> Option<mpsc::Receiver<Posted>> {
        lock(&self.posted).take()
    }

    /// A new name of something that only this gateway can serve.
    pub(crate) fn new_name(core: &Arc<Core>) -> Result<String, SealError> {
        let name = format!("{}.{}", core.office.name, seal::token()?);
        if !core.shared.is_alone() && !core.office.is_open.swap(true, Ordering::AcqRel) {
            tokio::spawn(attend(Arc::downgrade(core)));
        }
        Ok(name)
    }

    /// The gateway that gave a name out, unless that is this one, or nobody who could be reached.
    fn elsewhere<'a>(core: &Core, name: &'a str) -> Option<&'a str> {
        let (gateway, _) = name.split_once('.')?;
        (gateway != &*core.office.name && !core.shared.is_alone()).then_some(gateway)
    }

    /// Hands a message over to the gateway that has its stream; whether there is such a gateway.
    pub(crate) async fn hand_over(core: &Core, posted: Posted) -> bool {
        let Some(gateway) = Self::elsewhere(core, &posted.stream) else { return false };
        let caller = Sender {
            principal: (*posted.caller.principal).clone(),
            token: posted.caller.token.as_ref().map(|token| token.expose().clone()),
            rate: posted.caller.rate,
            route: (*posted.caller.route).into(),
        };
        let Ok(body) = String::from_utf8(posted.body.to_vec()) else { return false };
        let letter = Letter::Post { stream: posted.stream.clone(), server: posted.server, caller, body };
        is_there(core, gateway).await && send(core, &letters(gateway), &letter).await
    }

    /// The rest of a stream that another gateway has.
    pub(crate) async fn resume(core: &Arc<Core>, session: &Session, event: &str) -> Option<BoxStream<'static, Frame>> {
        let gateway = Self::elsewhere(core, event)?;
        let topic: Box<str> = format!("stream:{}", seal::token().ok()?).into();
        if !is_there(core, gateway).await {
            return None;
        }
        let pieces = core.shared.subscribe(&topic).await.ok()?;
        let letter = Letter::Resume { session: (*session.id).into(), event: event.into(), topic: topic.clone() };
        if !send(core, &letters(gateway), &letter).await {
            return None;
        }
        let mut coming = Coming { core: Arc::clone(core), gateway: gateway.into(), topic, pieces, is_over: false };
        match tokio::time::timeout(ANSWER, coming.next()).await {
            Ok(Some(Piece::Here)) => Some(coming.frames().boxed()),
            _ => None,
        }
    }
}

/// A stream that another gateway sends. It is told when nobody reads any more.
struct Coming {
    core: Arc<Core>,
    gateway: Box<str>,
    topic: Box<str>,
    pieces: BoxStream<'static, Bytes>,
    is_over: bool,
}

impl Coming {
    async fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(piece) = opened(&self.core, &self.pieces.next().await?) {
                return Some(piece);
            }
        }
    }

    fn end(&mut self) {
        self.is_over = true;
    }

    fn frames(self) -> impl Stream<Item = Frame> + Send + 'static {
        futures::stream::unfold(self, |mut coming| async move {
            loop {
                match tokio::time::timeout(SIGN, coming.next()).await {
                    Ok(Some(Piece::Frame { id, data })) => return Some((Frame { id, data: data.into() }, coming)),
                    Ok(Some(Piece::Here)) => {}
                    Ok(Some(Piece::End) | None) | Err(_) => {
                        coming.end();
                        return None;
                    }
                }
            }
        })
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (core, to) = (Arc::clone(&self.core), letters(&self.gateway));
        let letter = Letter::Leave { topic: self.topic.clone() };
        runtime.spawn(async move { send(&core, &to, &letter).await });
    }
}

fn letters(gateway: &str) -> String {
    format!("gateway:{gateway}")
}

fn there(gateway: &str) -> String {
    format!("there:{gateway}")
}

/// Whether a gateway is there; one that has just given out its first name may need a moment to say so.
async fn is_there(core: &Core, gateway: &str) -> bool {
    let until = tokio::time::Instant::now() + FIRST;
    loop {
        match core.shared.get(&there(gateway)).await {
            Ok(Some(_)) => return true,
            Ok(None) if tokio::time::Instant::now() < until => tokio::time::sleep(FIRST / 10).await,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "what came for another gateway cannot be handed over");
                return false;
            }
        }
    }
}

async fn send(core: &Core, topic: &str, content: &impl Serialize) -> bool {
    let plain = serde_json::to_vec(content).unwrap_or_default();
    let Ok(sealed) = core.sealer.seal(Purpose::Shared, &plain) else { return false };
    let sent = core.shared.publish(topic, sealed.into()).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "another gateway cannot be told");
    }
    sent.is_ok()
}

fn opened<T: DeserializeOwned>(core: &Core, sealed: &Bytes) -> Option<T> {
    let plain = core.sealer.open(Purpose::Shared, std::str::from_utf8(sealed).ok()?)?;
    serde_json::from_slice(&plain).ok()
}

/// Reads letters for as long as the gateway runs.
async fn attend(core: Weak<Core>) {
    let mut says = tokio::time::interval(SAYS);
    let mut letters: Option<BoxStream<'static, Bytes>> = None;
    while let Some(core) = core.upgrade() {
        if letters.is_none() {
            letters = core.shared.subscribe(&self::letters(&core.office.name)).await.ok();
        }
        let next = async {
            let Some(open) = &mut letters else { return std::future::pending().await };
            let next = open.next().await;
            if next.is_none() {
                // What gateways share is away: it is tried again with the next sign of life.
                letters = None;
            }
            next
        };
        tokio::select! {
            _ = says.tick() => {
                if let Err(error) = core.shared.put(&there(&core.office.name), Bytes::new(), THERE).await {
                    tracing::debug!(%error, "other gateways do not know that this one is there");
                }
            }
            Some(letter) = next => serve(&core, &letter).await,
        }
    }
}

async fn serve(core: &Arc<Core>, letter: &Bytes) {
    match opened(core, letter) {
        Some(Letter::Post { stream, server, caller, body }) => {
            let caller = Caller {
                id: caller.principal.id().into(),
                principal: Arc::new(caller.principal),
                token: caller.token.map(|token| Arc::new(Secret::new(token))),
                rate: caller.rate,
                route: caller.route.into(),
            };
            drop(core.office.posts.send(Posted { stream, server, caller, body: body.into() }).await);
        }
        Some(Letter::Resume { session, event, topic }) => {
            let Some(frames) = core.sessions.kept(&session).and_then(|session| session.replays.resume(&event)) else {
                return;
            };
            let (at, reader) = (topic.clone(), Arc::clone(core));
            let mut readers = lock(&core.office.readers);
            let task = tokio::spawn(async move {
                read_to(&reader, &at, frames).await;
                lock(&reader.office.readers).remove(&at);
            });
            readers.insert(topic, task.abort_handle());
        }
        Some(Letter::Leave { topic }) => {
            if let Some(reader) = lock(&core.office.readers).remove(&topic) {
                reader.abort();
            }
        }
        None => tracing::warn!("a letter that no gateway of this group sealed was thrown away"),
    }
}

/// Reads a stream for another gateway.
async fn read_to(core: &Core, topic: &str, mut frames: BoxStream<'static, Frame>) {
    let mut is_sent = send(core, topic, &Piece::Here).await;
    while is_sent {
        let piece = match tokio::time::timeout(SIGN / 4, frames.next()).await {
            Err(_) => Piece::Here,
            Ok(Some(frame)) => Piece::Frame { id: frame.id, data: String::from_utf8_lossy(&frame.data).into_owned() },
            Ok(None) => Piece::End,
        };
        is_sent = send(core, topic, &piece).await && !matches!(piece, Piece::End);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
