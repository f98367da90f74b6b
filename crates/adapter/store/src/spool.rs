//! The audit spool: entries are in a file before answers leave.
//!
//! One writer per process and folder. [`Spool::record`] links the entry into the writer's chain and
//! appends one line with one system call, so the end of the process loses nothing; a thread syncs
//! what was written at least every 50 ms, or at once and awaited with [`SyncMode::Always`]. What is
//! synced is moved to the database in the background (`mover`), after which segments are removed;
//! the newest one that holds an entry stays, because the chain goes on from it. An entry that
//! cannot be written leaves no trace in the file, and calls are refused until one can be.

mod segments;
mod syncer;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use corten_govern::audit::{Chain, Event};
use corten_govern::metrics::Metrics;
use corten_govern::ports::{AuditError, AuditSink, Recorded};
use data_encoding::HEXLOWER;
use tokio::sync::{Notify, watch};

pub(crate) use segments::Reader;

use crate::error::OpenError;

/// When entries reach the disk itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// In groups, within 50 ms.
    #[default]
    Grouped,
    /// Before the answer leaves.
    Always,
}

/// A segment is closed when it is longer than this.
const SEGMENT: u64 = 16 * 1024 * 1024;

/// The writing end of the spool.
#[derive(Debug)]
pub struct Spool {
    shared: Arc<Shared>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    mode: SyncMode,
    metrics: Arc<Metrics>,
    inner: Mutex<Inner>,
    /// Wakes the syncer.
    wake: Condvar,
    /// The last entry that was written.
    written: AtomicU64,
    /// The last entry that reached the disk.
    synced: watch::Sender<u64>,
    /// Wakes the mover.
    moved: Notify,
    writable: AtomicBool,
    closing: AtomicBool,
    refused: AtomicU64,
}

#[derive(Debug)]
struct Inner {
    chain: Chain,
    file: Arc<File>,
    length: u64,
    /// Something was written to the file that is not an entry and could not be removed.
    torn: bool,
    /// Held as long as the spool is open.
    _lock: File,
}

impl Spool {
    /// Opens the spool of a folder, or begins one.
    pub(crate) fn open(folder: &Path, mode: SyncMode, metrics: Arc<Metrics>) -> Result<Self, OpenError> {
        let failed =
            |path: &Path, error: &std::io::Error| OpenError::File { path: path.to_owned(), reason: error.to_string() };
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(|error| failed(&lock_path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse(folder.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(&lock_path, &error)),
        }
        let writer = writer_id(folder)?;
        let end = segments::recover(folder)?;
        let last = end.as_ref().map(|end| (end.seq, end.hash.as_str()));
        let chain = Chain::resume(&writer, last);
        let (path, length) = match end.as_ref() {
            Some(end) => (end.path.clone(), end.length),
            None => (segments::path(folder, 1), 0),
        };
        let file = segments::append(&path).map_err(|error| failed(&path, &error))?;
        let seq = chain.head().0;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            mode,
            metrics,
            inner: Mutex::new(Inner { chain, file: Arc::new(file), length, torn: false, _lock: lock }),
            wake: Condvar::new(),
            written: AtomicU64::new(seq),
            synced: watch::Sender::new(seq),
            moved: Notify::new(),
            writable: AtomicBool::new(true),
            closing: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        });
        let syncer = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("audit-sync".to_owned())
            .spawn(move || syncer::run(&syncer))
            .map_err(|error| failed(folder, &error))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Whose chain this is.
    pub fn writer(&self) -> String {
        self.shared.inner().chain.writer().to_owned()
    }

    /// The last entry that was written.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// The last entry that reached the disk.
    pub(crate) fn synced(&self) -> u64 {
        *self.shared.synced.borrow()
    }

    /// Waits until something was synced since the last time.
    pub(crate) async fn wait_for_synced(&self) {
        self.shared.moved.notified().await;
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Syncs what was written and ends the thread.
    pub(crate) fn close(&self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.wake.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the syncer leaves nothing to be done here.
            drop(thread.join());
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.close();
    }
}

impl AuditSink for Spool {
    fn record(&self, event: &Event) -> Result<Recorded, AuditError> {
        let seq = self.shared.write(event)?;
        if self.shared.mode == SyncMode::Grouped {
            return Ok(Recorded::Done);
        }
        let mut synced = self.shared.synced.subscribe();
        let shared = Arc::clone(&self.shared);
        Ok(Recorded::Syncing(Box::pin(async move {
            loop {
                if *synced.borrow_and_update() >= seq {
                    return Ok(());
                }
                if !shared.writable.load(Ordering::Acquire) || synced.changed().await.is_err() {
                    return Err(AuditError::Unwritable("the entry did not reach the disk".to_owned()));
                }
            }
        })))
    }

    fn is_writable(&self) -> bool {
        self.shared.writable.load(Ordering::Acquire)
    }
}

impl Shared {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an entry; says its number.
    fn write(&self, event: &Event) -> Result<u64, AuditError> {
        let mut inner = self.inner();
        let result = inner.append(event).and_then(|()| inner.rotate(&self.folder));
        let seq = inner.chain.head().0;
        drop(inner);
        match result {
            Ok(()) => {
                self.metrics.audit_entries.inc();
                self.written.store(seq, Ordering::Release);
                self.writable.store(true, Ordering::Release);
                self.wake.notify_one();
                Ok(seq)
            }
            Err(error) => {
                self.metrics.audit_unwritable.inc();
                self.refused.fetch_add(1, Ordering::AcqRel);
                if self.writable.swap(false, Ordering::AcqRel) {
                    tracing::error!(folder = %self.folder.display(), %error, "the audit spool cannot be written; calls are refused");
                }
                Err(AuditError::Unwritable(error.to_string()))
            }
        }
    }
}

impl Inner {
    fn append(&mut self, event: &Event) -> std::io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        let link = self.chain.link(event).map_err(std::io::Error::other)?;
        let mut file: &File = &self.file;
        if let Err(error) = file.write_all(&link.line) {
            // A disk that is full may have taken the beginning of the line.
            self.torn = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += link.line.len() as u64;
        self.chain.take(link);
        Ok(())
    }

    /// Begins a new segment when the current one is long enough. A segment that cannot be begun is
    /// tried again with the next entry; the current one just grows.
    fn rotate(&mut self, folder: &Path) -> std::io::Result<()> {
        if self.length < SEGMENT {
            return Ok(());
        }
        let next = segments::append(&segments::path(folder, self.chain.head().0 + 1));
        if let Ok(next) = next {
            self.file.sync_data()?;
            self.file = Arc::new(next);
            self.length = 0;
        }
        Ok(())
    }
}

/// The name of this folder's chain, made once.
fn writer_id(folder: &Path) -> Result<String, OpenError> {
    let path = folder.join("writer");
    let failed = |error: std::io::Error| OpenError::File { path: path.clone(), reason: error.to_string() };
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|_| OpenError::Randomness)?;
    let id = HEXLOWER.encode(&id);
    std::fs::write(&path, format!("{id}\n")).map_err(failed)?;
    Ok(id)
}

#[cfg(test)]
#[path = "spool/tests.rs"]
mod tests;
