//! Private keys and signatures.
//!
//! aws-lc makes RSA keys and all signatures; keys that must repeat for a seed, DSA keys and RSA
//! keys of sizes that aws-lc refuses come from the pure crates. When the first of several announced
//! keys is asked for, the others are made on other threads beside it. Threads are waited for before
//! the service goes: aws-lc must not be at work while the process takes itself down.

mod asymmetric;
mod der;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use corten_gotmpl::KeyKind;

pub(crate) use asymmetric::{public_key, sign};

type Key = Result<Vec<u8>, String>;

/// Makes keys, several side by side where it is told to expect them.
#[derive(Debug)]
pub(crate) struct KeyService {
    seed: Option<u64>,
    queues: RefCell<Vec<Queue>>,
    /// Tells the workers to make no more keys.
    is_over: Arc<AtomicBool>,
    workers: RefCell<Vec<JoinHandle<()>>>,
}

impl Drop for KeyService {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for worker in self.workers.take() {
            // A worker that panicked has nothing more to do either.
            drop(worker.join());
        }
    }
}

/// The keys of one kind, numbered so that a seed gives the same keys in the same order.
#[derive(Debug)]
struct Queue {
    kind: KeyKind,
    /// The number of the key that is asked for next.
    next: u64,
    /// How many keys are expected in all.
    expected: u64,
    /// The numbers of the keys that workers make.
    ahead: Range<u64>,
    ready: BTreeMap<u64, Key>,
    workers: Vec<Receiver<(u64, Key)>>,
}

impl KeyService {
    /// A service whose keys repeat for the same seed.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self { seed, queues: RefCell::default(), is_over: Arc::default(), workers: RefCell::default() }
    }

    /// Makes a key, or waits for one that is being made.
    pub(crate) fn generate_key(&self, kind: KeyKind) -> Key {
        let mut queues = self.queues.borrow_mut();
        let queue = queue(&mut queues, kind);
        let number = queue.next;
        queue.next += 1;
        if queue.ahead.end.max(queue.next) < queue.expected {
            queue.ahead = queue.ahead.end.max(queue.next)..queue.expected;
            self.start(queue);
        }
        let announced = if queue.ahead.contains(&number) { queue.wait_for(number) } else { None };
        drop(queues);
        announced.unwrap_or_else(|| asymmetric::generate(kind, self.seed, number))
    }

    /// Notes that so many keys will be asked for, if any: one alone is made when it is.
    pub(crate) fn expect_keys(&self, kind: KeyKind, count: usize) {
        let mut queues = self.queues.borrow_mut();
        queue(&mut queues, kind).expected += u64::try_from(count).unwrap_or_default();
    }

    /// Makes the keys that are to be made ahead beside the caller.
    fn start(&self, queue: &mut Queue) {
        let kind = queue.kind;
        let counter = Arc::new(AtomicU64::new(queue.ahead.start));
        let others = thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
        let count = usize::try_from(queue.ahead.end - queue.ahead.start).unwrap_or(others);
        for _ in 0..others.min(count) {
            let (sender, receiver) = mpsc::channel();
            let (counter, end, seed) = (Arc::clone(&counter), queue.ahead.end, self.seed);
            let is_over = Arc::clone(&self.is_over);
            let work = move || {
                while !is_over.load(Ordering::Relaxed) {
                    let number = counter.fetch_add(1, Ordering::Relaxed);
                    if number >= end || sender.send((number, asymmetric::generate(kind, seed, number))).is_err() {
                        break;
                    }
                }
            };
            // Without a thread the key is made when it is asked for.
            if let Ok(worker) = thread::Builder::new().name("keys".to_owned()).spawn(work) {
                queue.workers.push(receiver);
                self.workers.borrow_mut().push(worker);
            }
        }
    }
}

fn queue(queues: &mut Vec<Queue>, kind: KeyKind) -> &mut Queue {
    let position = queues.iter().position(|queue| queue.kind == kind).unwrap_or_else(|| {
        queues.push(Queue { kind, next: 0, expected: 0, ahead: 0..0, ready: BTreeMap::new(), workers: Vec::new() });
        queues.len() - 1
    });
    &mut queues[position]
}

impl Queue {
    /// The announced key of that number; `None` when no worker makes it.
    fn wait_for(&mut self, number: u64) -> Option<Key> {
        loop {
            for worker in &self.workers {
                self.ready.extend(worker.try_iter());
            }
            if let Some(key) = self.ready.remove(&number) {
                return Some(key);
            }
            // A worker that is done closes its channel.
            let worker = self.workers.first()?;
            match worker.recv() {
                Ok((number, key)) => {
                    self.ready.insert(number, key);
                }
                Err(_) => {
                    self.workers.remove(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_keys_repeat_for_a_seed() {
        let draw = |announce: usize| {
            let service = KeyService::new(Some(5));
            service.expect_keys(KeyKind::EcdsaP256, announce);
            [(); 3].map(|()| service.generate_key(KeyKind::EcdsaP256))
        };
        assert_eq!(draw(2), draw(0));
        assert_ne!(draw(3)[0], draw(3)[1]);
    }

    #[test]
    fn keys_differ_without_a_seed() {
        let service = KeyService::new(None);
        service.expect_keys(KeyKind::Ed25519, 1);
        let keys = [(); 2].map(|()| service.generate_key(KeyKind::Ed25519));
        assert!(keys[0].is_ok() && keys[0] != keys[1]);
    }

    #[test]
    fn no_worker_outlives_the_service() {
        let service = KeyService::new(None);
        service.expect_keys(KeyKind::Rsa(2048), 4);
        assert!(service.generate_key(KeyKind::Rsa(2048)).is_ok());
        let is_over = Arc::clone(&service.is_over);
        assert!(!service.workers.borrow().is_empty());
        drop(service);
        assert_eq!(Arc::strong_count(&is_over), 1);
    }
}
