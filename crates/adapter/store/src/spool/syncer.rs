//! The thread that brings entries to the disk, and notices when a full disk has room again.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use corten_govern::audit::{Event, EventKind, Outcome};

use crate::clock;
use crate::spool::{Shared, SyncMode};

/// Time in which entries gather; with the sync itself they stay below 50 ms.
const GATHER: Duration = Duration::from_millis(25);

/// How often a spool that could not be written is tried again.
const RETRY: Duration = Duration::from_millis(500);

pub(super) fn run(shared: &Shared) {
    loop {
        wait(shared);
        let is_closing = shared.closing.load(Ordering::Acquire);
        if !shared.writable.load(Ordering::Acquire) {
            try_again(shared);
        }
        if !is_closing && shared.mode == SyncMode::Grouped && needs_sync(shared) {
            std::thread::sleep(GATHER);
        }
        sync(shared);
        if is_closing && (!needs_sync(shared) || !shared.writable.load(Ordering::Acquire)) {
            return;
        }
    }
}

fn needs_sync(shared: &Shared) -> bool {
    *shared.synced.borrow() < shared.written.load(Ordering::Acquire)
}

fn wait(shared: &Shared) {
    let guard = shared.inner();
    let idle = |_: &mut _| !needs_sync(shared) && !shared.closing.load(Ordering::Acquire);
    // The end of the wait is no news by itself: everything is looked at again.
    drop(shared.wake.wait_timeout_while(guard, RETRY, idle).unwrap_or_else(PoisonError::into_inner));
}

fn sync(shared: &Shared) {
    let (file, seq) = {
        let inner = shared.inner();
        (Arc::clone(&inner.file), inner.chain.head().0)
    };
    if *shared.synced.borrow() >= seq {
        return;
    }
    // Earlier segments were synced when they were closed.
    match file.sync_data() {
        Ok(()) => {
            shared.synced.send_replace(seq);
            shared.moved.notify_one();
        }
        Err(error) => {
            tracing::error!(folder = %shared.folder.display(), %error, "the audit spool cannot be synced; calls are refused");
            shared.writable.store(false, Ordering::Release);
            // Whoever waits for the disk learns that it waits in vain.
            shared.synced.send_modify(|_| {});
            std::thread::sleep(RETRY);
        }
    }
}

/// Writes an entry that says how many were refused; when that works, calls are taken again.
fn try_again(shared: &Shared) {
    let refused = shared.refused.load(Ordering::Acquire);
    let mut event = Event::new(clock::now(), EventKind::Change, "system", "audit/resume");
    event.outcome = Outcome::Ok;
    event.detail = Some(format!("{refused} entries could not be written before this one"));
    if shared.write(&event).is_ok() {
        shared.refused.fetch_sub(refused, Ordering::AcqRel);
        tracing::warn!(refused, "the audit spool can be written again");
    }
}
