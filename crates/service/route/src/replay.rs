//! Streams of the session era that a client may leave and come back to.
//!
//! Messages get numbers and are kept until the client has had time to come back. A stream whose
//! client stays away is called off; one whose client reads slowly makes its server wait. What is over
//! is forgotten soon.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::reply::Frame;

/// How many bytes of messages are kept per stream; those that were read go first.
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
    /// The last message that anybody read.
    read: u64,
    /// When the stream ended.
    done: Option<Instant>,
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
                streams.retain(|_, replay| lock(&replay.log).done.is_none());
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

    /// Forgets streams that ended some time ago.
    pub(crate) fn tidy(&self, keep: Duration) {
        let is_kept = |replay: &Replay| lock(&replay.log).done.is_none_or(|done| done.elapsed() < keep);
        lock(&self.streams).retain(|_, replay| is_kept(replay));
    }
}

/// Writes messages down until they end, or nobody has read for a while.
async fn follow(replay: Arc<Replay>, mut messages: BoxStream<'static, Bytes>, patience: Duration) {
    let mut readers = replay.readers.subscribe();
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
    tokio::pin!(left);
    loop {
        let is_full = replay.is_full();
        let message = tokio::select! {
            message = messages.next(), if !is_full => message,
            () = replay.has_room(), if is_full => continue,
            () = &mut left => None,
        };
        let is_done = message.is_none();
        replay.append(message);
        if is_done {
            return;
        }
    }
}

impl Replay {
    /// Whether nothing can be forgotten for another message.
    fn is_full(&self) -> bool {
        lock(&self.log).is_full()
    }

    /// Waits until something was read.
    async fn has_room(&self) {
        let mut changed = self.changed.subscribe();
        while self.is_full() && changed.changed().await.is_ok() {}
    }

    /// Gives the message after one, or says whether there will be none.
    fn next_after(&self, after: u64) -> Result<(u64, Bytes), bool> {
        let mut log = lock(&self.log);
        let found = log.messages.iter().find(|(number, _)| *number > after).cloned();
        let (number, data) = found.ok_or(log.done.is_some())?;
        let was_full = log.is_full();
        log.read = log.read.max(number);
        log.shorten();
        drop(log);
        if was_full {
            self.changed.send_modify(|count| *count += 1);
        }
        Ok((number, data))
    }

    fn append(&self, message: Option<Bytes>) {
        let mut log = lock(&self.log);
        match message {
            Some(message) => {
                log.next += 1;
                let number = log.next;
                log.bytes += message.len();
                log.messages.push_back((number, message));
                log.shorten();
            }
            None => log.done = Some(Instant::now()),
        }
        drop(log);
        self.changed.send_modify(|count| *count += 1);
    }
}

impl Log {
    fn is_full(&self) -> bool {
        self.bytes > KEPT_BYTES && self.messages.front().is_some_and(|(number, _)| *number > self.read)
    }

    /// Forgets what was read, the oldest first, as far as there is too much. The last message stays: a client whose
    /// connection broke may not have got it.
    fn shorten(&mut self) {
        while self.bytes > KEPT_BYTES
            && self.messages.len() > 1
            && let Some((_, gone)) = self.messages.pop_front_if(|(number, _)| *number <= self.read)
        {
            self.bytes -= gone.len();
        }
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
            match reader.replay.next_after(reader.after) {
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
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_is_called_off_however_much_it_says() {
        let replays = Replays::default();
        let said = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&said);
        let messages = futures::stream::unfold((), move |()| {
            let count = Arc::clone(&count);
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                count.fetch_add(1, Ordering::Relaxed);
                Some((Bytes::from_static(b"x"), ()))
            }
        });
        drop(replays.record("s".to_owned(), messages, Duration::from_secs(5)));
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(said.load(Ordering::Relaxed) <= 6, "it goes on: {said:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_misses_nothing_and_the_sender_waits() {
        let replays = Replays::default();
        let said = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&said);
        let messages = futures::stream::iter(0..32).map(move |number: u8| {
            count.fetch_add(1, Ordering::Relaxed);
            Bytes::from(vec![number; 1 << 20])
        });
        let mut reader = replays.record("s".to_owned(), messages, Duration::from_secs(5));
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(said.load(Ordering::Relaxed) <= 6, "all of it is held: {said:?}");
        reader.next().await.unwrap();
        for number in 0..32 {
            let frame = reader.next().await.unwrap();
            assert_eq!(frame.data[0], number);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(reader.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_ended_is_forgotten_after_a_while() {
        let replays = Replays::default();
        let messages = futures::stream::iter([Bytes::from_static(b"1")]);
        let mut reader = replays.record("s".to_owned(), messages, Duration::from_secs(5));
        while reader.next().await.is_some() {}
        let open = replays.record("t".to_owned(), futures::stream::pending(), Duration::from_secs(5));
        tokio::time::sleep(Duration::from_secs(30)).await;
        replays.tidy(Duration::from_mins(1));
        assert!(replays.resume("s.1").is_some(), "its client may come back");
        tokio::time::sleep(Duration::from_secs(31)).await;
        replays.tidy(Duration::from_mins(1));
        assert!(replays.resume("s.1").is_none());
        assert!(replays.resume("t.1").is_some(), "what is open stays");
        drop(open);
    }
}
