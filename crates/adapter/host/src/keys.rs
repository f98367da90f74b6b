//! Private keys and signatures.
//!
//! aws-lc makes RSA keys and all signatures; keys that must repeat for a seed, DSA keys and RSA
//! keys of sizes that aws-lc refuses come from the pure crates. How long the search for primes takes
//! is a matter of luck, so while a template waits for a key every core looks for one: the first that
//! is done is taken, and the others are under way for the next request.

mod asymmetric;
mod der;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use corten_gotmpl::KeyKind;

pub(crate) use asymmetric::{public_key, sign};

type Key = Result<Vec<u8>, String>;

/// Makes keys.
#[derive(Debug)]
pub(crate) struct KeyService {
    seed: Option<u64>,
    /// Whether workers are left behind at the end.
    is_hasty: bool,
    lines: RefCell<Vec<Line>>,
}

/// The keys of one kind, numbered so that a seed gives the same keys in the same order.
#[derive(Debug)]
struct Line {
    kind: KeyKind,
    /// The number of the key that is asked for next.
    next: u64,
    bench: Arc<Bench>,
    workers: Vec<JoinHandle<()>>,
}

/// What the workers of a line share.
#[derive(Debug)]
struct Bench {
    state: Mutex<State>,
    changed: Condvar,
    cores: usize,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the key that a worker begins next.
    begun: u64,
    ready: BTreeMap<u64, Key>,
    /// How many workers are at work.
    busy: usize,
    /// Whether a worker could not start or ended early: its keys are made where they are asked for.
    is_short: bool,
    /// Whether somebody waits for a key and leaves a core free.
    is_waiting: bool,
    is_over: bool,
}

impl KeyService {
    /// A service whose keys repeat for the same seed. A hasty one does not wait for its workers when
    /// it goes.
    pub(crate) fn new(seed: Option<u64>, is_hasty: bool) -> Self {
        Self { seed, is_hasty, lines: RefCell::default() }
    }

    /// Makes a key, or takes one that was made ahead.
    pub(crate) fn generate_key(&self, kind: KeyKind) -> Key {
        let mut lines = self.lines.borrow_mut();
        let line = line(&mut lines, kind);
        let number = line.next;
        line.next += 1;
        let is_slow = matches!(kind, KeyKind::Rsa(_) | KeyKind::Dsa);
        if is_slow && line.workers.is_empty() {
            line.start(self.seed);
        }
        let wanted = self.seed.map(|_| number);
        let made = if is_slow { line.bench.wait_for(wanted) } else { None };
        made.unwrap_or_else(|| asymmetric::generate(kind, self.seed, number))
    }
}

impl Drop for KeyService {
    fn drop(&mut self) {
        for line in self.lines.take() {
            line.bench.state().is_over = true;
            line.bench.changed.notify_all();
            if !self.is_hasty {
                // A worker that panicked has nothing more to do either.
                line.workers.into_iter().for_each(|worker| drop(worker.join()));
            }
        }
    }
}

fn line(lines: &mut Vec<Line>, kind: KeyKind) -> &mut Line {
    let position = lines.iter().position(|line| line.kind == kind).unwrap_or_else(|| {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bench = Arc::new(Bench { state: Mutex::default(), changed: Condvar::new(), cores });
        lines.push(Line { kind, next: 0, bench, workers: Vec::new() });
        lines.len() - 1
    });
    &mut lines[position]
}

impl Line {
    /// Starts a worker for each core; where no thread can be had, keys are made when they are asked for.
    fn start(&mut self, seed: Option<u64>) {
        self.bench.state().is_waiting = true;
        for _ in 0..self.bench.cores {
            let (bench, kind) = (Arc::clone(&self.bench), self.kind);
            let worker = Worker(bench);
            let work = move || worker.run(kind, seed);
            self.workers.extend(thread::Builder::new().name("keys".to_owned()).spawn(work));
        }
    }
}

impl Bench {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of a number, or the first that is done; `None` when a worker is missing.
    fn wait_for(&self, number: Option<u64>) -> Option<Key> {
        let mut state = self.state();
        loop {
            let number = number.or_else(|| state.ready.keys().next().copied());
            let key = number.and_then(|number| state.ready.remove(&number));
            if key.is_some() || state.is_short {
                state.is_waiting = false;
                drop(state);
                self.changed.notify_all();
                return key;
            }
            state.is_waiting = true;
            self.changed.notify_all();
            state = self.wait(state);
        }
    }
}

impl State {
    /// Whether a worker may begin: on every core while somebody waits, else on all but one.
    fn has_work(&self, cores: usize) -> bool {
        if self.is_waiting { self.ready.len() < cores } else { self.ready.is_empty() && self.busy + 1 < cores }
    }
}

/// A thread that makes keys, as long as it lives.
struct Worker(Arc<Bench>);

impl Worker {
    fn run(self, kind: KeyKind, seed: Option<u64>) {
        let Self(bench) = &self;
        loop {
            let mut state = bench.state();
            while !state.is_over && !state.has_work(bench.cores) {
                state = bench.wait(state);
            }
            if state.is_over {
                break;
            }
            let number = state.begun;
            state.begun += 1;
            state.busy += 1;
            drop(state);
            let key = asymmetric::generate(kind, seed, number);
            let mut state = bench.state();
            state.busy -= 1;
            state.ready.insert(number, key);
            drop(state);
            bench.changed.notify_all();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.state().is_short = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_repeat_for_a_seed() {
        // One is made on the spot, the other by workers.
        for kind in [KeyKind::EcdsaP256, KeyKind::Rsa(1024)] {
            let draw = || {
                let service = KeyService::new(Some(5), false);
                [(); 2].map(|()| service.generate_key(kind))
            };
            let keys = draw();
            assert!(keys[0].is_ok() && keys[0] != keys[1]);
            assert_eq!(keys, draw());
        }
    }

    #[test]
    fn keys_differ_without_a_seed() {
        let service = KeyService::new(None, false);
        for kind in [KeyKind::Ed25519, KeyKind::Rsa(2048)] {
            let keys = [(); 3].map(|()| service.generate_key(kind));
            assert!(keys[0].is_ok() && keys[0] != keys[1] && keys[1] != keys[2]);
        }
    }

    #[test]
    fn no_worker_outlives_the_service() {
        let service = KeyService::new(None, false);
        assert!(service.generate_key(KeyKind::Rsa(2048)).is_ok());
        let bench = Arc::clone(&service.lines.borrow()[0].bench);
        assert!(Arc::strong_count(&bench) > 2);
        drop(service);
        assert_eq!(Arc::strong_count(&bench), 1);
    }
}
