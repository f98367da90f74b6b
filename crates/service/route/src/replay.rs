//! Streams of the session era that a client may leave and come back to.
//!
//! Messages get numbers and are kept until the client has had time to come back. A stream whose
//! client stays away is called off.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use tokio::sync::watch;

use crate::reply::Frame;

/// How many bytes of messages are kept per stream; the oldest go first.
const KEPT_BYTES: usize = 4 << 20;
/// How many streams of a session are kept.
const STREAMS: usize = 64;

/// The streams of a session.
#[derive(Default)]
pub(crate) struct Replays {
    streams: Mutex<BTreeMap<Box<str>, Arc<Replay>>>,
}

struct Replay {
    name: Box<str>,
    log: Mutex<Log>,
    changed: watch::Sender<u64>,
    readers: watch::Sender<usize>,
}

#[derive(Default)]
struct Log {
    messages: VecDeque<(u64, Bytes)>,
    bytes: usize,
    next: u64,
    is_done: bool,
}

impl Replays {
    /// Follows a stream to its end whether or not somebody reads it, and gives a reader of it.
    pub(crate) fn record(
        self: &Replays,
        name: String,
        messages: impl Stream<Item = Bytes> + Send + 'static,
        patience: Duration,
    ) -> BoxStream<'static, Frame> {
        let name: Box<str> = name.into();
        let replay = Arc::new(Replay {
            name: name.clone(),
            log: Mutex::default(),
            changed: watch::Sender::new(0),
            readers: watch::Sender::new(0),
        });
        {
            let mut streams = lock(&self.streams);
            if streams.len() >= STREAMS {
                streams.retain(|_, replay| !lock(&replay.log).is_done);
            }
            streams.insert(name, Arc::clone(&replay));
        }
        let reader = read(Arc::clone(&replay), 0);
        tokio::spawn(follow(replay, Box::pin(messages), patience));
        reader
    }

    /// The messages of a stream after an event, if the stream is known here.
    pub(crate) fn resume(&self, last_event: &str) -> Option<BoxStream<'static, Frame>> {
        let (name, number) = last_event.rsplit_once('.')?;
        let number: u64 = number.parse().ok()?;
        let replay = Arc::clone(lock(&self.streams).get(name)?);
        Some(read(replay, number))
    }
}

/// Writes messages down until they end, or nobody has read for a while.
async fn follow(replay: Arc<Replay>, mut messages: BoxStream<'static, Bytes>, patience: Duration) {
    let mut readers = replay.readers.subscribe();
    loop {
        let left = async {
            loop {
                if readers.wait_for(|readers| *readers == 0).await.is_err() {
                    return;
                }
                let back = tokio::time::timeout(patience, readers.wait_for(|readers| *readers > 0)).await;
                if back.is_err() {
                    return;
                }
            }
        };
        let message = tokio::select! {
            message = messages.next() => message,
            () = left => None,
        };
        let is_done = message.is_none();
        replay.append(message);
        if is_done {
            return;
        }
    }
}

impl Replay {
    fn append(&self, message: Option<Bytes>) {
        let mut log = lock(&self.log);
        match message {
            Some(message) => {
                log.next += 1;
                let number = log.next;
                log.bytes += message.len();
                log.messages.push_back((number, message));
                while log.bytes > KEPT_BYTES && log.messages.len() > 1 {
                    let gone = log.messages.pop_front().map_or(0, |(_, message)| message.len());
                    log.bytes -= gone;
                }
            }
            None => log.is_done = true,
        }
        drop(log);
        self.changed.send_modify(|count| *count += 1);
    }
}

/// A reader; while it exists the stream counts as read.
struct Reader {
    replay: Arc<Replay>,
    changed: watch::Receiver<u64>,
    after: u64,
    is_primed: bool,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.replay.readers.send_modify(|readers| *readers -= 1);
    }
}

fn read(replay: Arc<Replay>, after: u64) -> BoxStream<'static, Frame> {
    replay.readers.send_modify(|readers| *readers += 1);
    let changed = replay.changed.subscribe();
    let reader = Reader { replay, changed, after, is_primed: after > 0 };
    futures::stream::unfold(reader, |mut reader| async move {
        // An event without a message gives the client a place to come back to.
        if !reader.is_primed {
            reader.is_primed = true;
            let frame = Frame { id: Some(format!("{}.0", reader.replay.name).into()), data: Bytes::new() };
            return Some((frame, reader));
        }
        loop {
            let found = {
                let log = lock(&reader.replay.log);
                let next = log.messages.iter().find(|(number, _)| *number > reader.after).cloned();
                next.ok_or(log.is_done)
            };
            match found {
                Ok((number, data)) => {
                    reader.after = number;
                    let id = format!("{}.{number}", reader.replay.name);
                    return Some((Frame { id: Some(id.into()), data }, reader));
                }
                Err(true) => return None,
                Err(false) => {
                    reader.changed.changed().await.ok()?;
                }
            }
        }
    })
    .boxed()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_comes_back_to_where_it_was() {
        let replays = Replays::default();
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(4);
        let messages = futures::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|message| (message, receiver))
        });
        let mut first = replays.record("s".to_owned(), messages, Duration::from_secs(5));
        sender.send(Bytes::from_static(b"1")).await.unwrap();
        assert_eq!(first.next().await.unwrap().id.as_deref(), Some("s.0"));
        assert_eq!(first.next().await.unwrap().data, "1");
        drop(first);
        sender.send(Bytes::from_static(b"2")).await.unwrap();
        let mut second = replays.resume("s.1").unwrap();
        let frame = second.next().await.unwrap();
        assert_eq!((frame.id.as_deref(), &frame.data[..]), (Some("s.2"), &b"2"[..]));
        drop(second);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(sender.is_closed(), "nobody came back in time");
        assert!(replays.resume("t.1").is_none());
    }
}
