//! Processes that die: a switch that cuts a flow off after so many calls, a store behind it, and the
//! process around it with a clock that only moves when somebody sleeps.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use corten_release::{
    BoxFuture, Content, Fence, Holder, Labels, Lease, MemoryStore, Process, RENEW_EVERY, Record, ReleaseStore,
    StoreError, Stored,
};

/// Counts calls; after the last one allowed, nothing ever answers.
#[derive(Debug)]
pub struct Power {
    calls: AtomicUsize,
    most: AtomicUsize,
}

impl Default for Power {
    fn default() -> Self {
        Self { calls: AtomicUsize::new(0), most: AtomicUsize::new(usize::MAX) }
    }
}

impl Power {
    /// Allows so many calls from now on; the last one still has its effect, but no answer.
    pub fn cut_after(&self, calls: usize) {
        self.calls.store(0, Ordering::SeqCst);
        self.most.store(calls, Ordering::SeqCst);
    }

    /// Allows any number of calls.
    pub fn restore(&self) {
        self.cut_after(usize::MAX);
    }

    /// The calls since the switch was last touched.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Counts a call; whether it has an effect at all.
    pub(crate) fn begin(&self) -> bool {
        self.calls.fetch_add(1, Ordering::SeqCst) < self.most.load(Ordering::SeqCst)
    }

    /// The answer to a call, unless it was the last one allowed.
    pub(crate) fn answer<'a, T: Send + 'a>(&self, value: T) -> BoxFuture<'a, T> {
        if self.calls() >= self.most.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(value))
    }

    /// Ends when the power is off. To be polled after the flow.
    pub fn is_out(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::poll_fn(|context| {
            if self.calls() >= self.most.load(Ordering::SeqCst) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        }))
    }
}

/// A memory store behind a switch.
#[derive(Debug, Default)]
pub struct PoweredStore {
    /// The store.
    pub store: MemoryStore,
    /// The switch, shared with a cluster.
    pub power: std::sync::Arc<Power>,
}

macro_rules! powered {
    ($self:ident, $call:expr) => {{
        if !$self.power.begin() {
            return Box::pin(std::future::pending());
        }
        let call = $call;
        Box::pin(async move {
            let result = call.await;
            $self.power.answer(result).await
        })
    }};
}

impl ReleaseStore for PoweredStore {
    fn driver(&self) -> &'static str {
        self.store.driver()
    }

    fn limit(&self) -> Option<usize> {
        self.store.limit()
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>> {
        powered!(self, self.store.get(key))
    }

    fn is_in_cluster(&self) -> bool {
        self.store.is_in_cluster()
    }

    fn list(&self, content: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>> {
        powered!(self, self.store.list(content))
    }

    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        powered!(self, self.store.query(labels))
    }

    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>> {
        powered!(self, self.store.create(record))
    }

    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>> {
        powered!(self, self.store.update(record, fence))
    }

    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>> {
        powered!(self, self.store.renew(key, lease, fence))
    }

    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>> {
        powered!(self, self.store.delete(key, fence))
    }
}

/// A process whose clock moves by what it sleeps; heartbeats never come.
#[derive(Debug)]
pub struct StoppedProcess {
    number: u32,
    now: std::sync::Arc<AtomicI64>,
}

impl StoppedProcess {
    /// A process of a number, by a clock that it shares with others.
    pub fn new(number: u32, now: std::sync::Arc<AtomicI64>) -> Self {
        Self { number, now }
    }
}

impl Process for StoppedProcess {
    fn now(&self) -> i128 {
        i128::from(self.now.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration == RENEW_EVERY {
            return Box::pin(std::future::pending());
        }
        let nanoseconds = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        self.now.fetch_add(nanoseconds, Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }

    fn holder(&self) -> Holder {
        Holder { host: "test".to_owned(), process: self.number, token: "0".to_owned() }
    }

    fn is_alive(&self, holder: &Holder) -> Option<bool> {
        (holder.host != "test").then_some(true)
    }
}
