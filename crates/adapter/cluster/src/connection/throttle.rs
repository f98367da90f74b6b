//! How many requests may run at once, and how many may start per second.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Requests in flight; below the server's own limit of streams on one connection (100).
const IN_FLIGHT: usize = 64;

/// Admits requests.
pub(super) struct Throttle {
    slots: Semaphore,
    // The first request goes alone: until it is answered nobody knows whether one connection is
    // enough for all (HTTP/2), and a crowd would open one each.
    is_connected: AtomicBool,
    bucket: Option<Mutex<Bucket>>,
}

/// A token bucket. Go: client-go util/flowcontrol.
struct Bucket {
    rate: f64,
    size: f64,
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    pub(super) fn new(qps: f32, burst: u32) -> Self {
        let size = f64::from(burst.max(1));
        let bucket = (qps > 0.0)
            .then(|| Mutex::new(Bucket { rate: f64::from(qps), size, tokens: size, filled: Instant::now() }));
        Self { slots: Semaphore::new(1), is_connected: AtomicBool::new(false), bucket }
    }

    /// Waits for a free place and for the next token.
    pub(super) async fn admit(&self) -> Option<SemaphorePermit<'_>> {
        if let Some(pause) = self.take() {
            tokio::time::sleep(pause).await;
        }
        self.slots.acquire().await.ok()
    }

    /// An answer came: from now on many requests may run at once.
    pub(super) fn connected(&self) {
        if !self.is_connected.swap(true, Ordering::Relaxed) {
            self.slots.add_permits(IN_FLIGHT - 1);
        }
    }

    fn take(&self) -> Option<Duration> {
        let mut bucket = self.bucket.as_ref()?.lock().ok()?;
        let now = Instant::now();
        let grown = bucket.tokens + bucket.rate * now.duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = grown.min(bucket.size) - 1.0;
        bucket.filled = now;
        (bucket.tokens < 0.0).then(|| Duration::from_secs_f64(-bucket.tokens / bucket.rate))
    }
}
