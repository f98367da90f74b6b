//! The spool in temporary folders.

use std::fs::File;
use std::sync::Arc;

use corten_govern::audit::{ChainVerifier, Event, EventKind};
use corten_govern::metrics::Metrics;
use corten_govern::ports::{AuditSink as _, Recorded};

use super::{Reader, Spool, SyncMode};
use crate::clock;
use crate::error::OpenError;
use crate::folder::TestFolder;

fn event(name: &str) -> Event {
    Event::new(clock::now(), EventKind::Call, "key:a", name)
}

fn open(folder: &TestFolder, mode: SyncMode) -> Spool {
    Spool::open(folder.path(), mode, Arc::new(Metrics::new())).unwrap()
}

fn faults(folder: &TestFolder, count: u64) -> usize {
    let mut verifier = ChainVerifier::default();
    let entries = Reader::new(folder.path()).read(1, u64::MAX, usize::MAX).unwrap();
    for entry in &entries {
        verifier.entry(entry);
    }
    let summary = verifier.finish();
    assert_eq!(summary.entries, count);
    summary.faults.len()
}

#[test]
fn the_chain_goes_on_after_a_restart_and_after_a_torn_line() {
    let folder = TestFolder::new();
    let spool = open(&folder, SyncMode::Grouped);
    spool.record(&event("one")).unwrap();
    assert!(matches!(
        Spool::open(folder.path(), SyncMode::Grouped, Arc::new(Metrics::new())),
        Err(OpenError::InUse(_))
    ));
    let writer = spool.writer();
    drop(spool);
    let path = super::segments::path(folder.path(), 1);
    let mut text = std::fs::read(&path).unwrap();
    let whole = text.len();
    text.extend_from_slice(b"{\"hash\":\"12");
    std::fs::write(&path, &text).unwrap();
    let spool = open(&folder, SyncMode::Grouped);
    assert_eq!((spool.writer(), spool.written()), (writer, 1));
    assert_eq!(std::fs::read(&path).unwrap().len(), whole);
    spool.record(&event("two")).unwrap();
    drop(spool);
    assert_eq!(faults(&folder, 2), 0);
}

#[tokio::test]
async fn with_sync_always_an_entry_is_on_the_disk_before_the_answer() {
    let folder = TestFolder::new();
    let spool = open(&folder, SyncMode::Always);
    let recorded = spool.record(&event("one")).unwrap();
    assert!(matches!(recorded, Recorded::Syncing(_)));
    recorded.settled().await.unwrap();
    assert_eq!(spool.synced(), 1);
}

#[test]
fn entries_of_many_threads_form_one_chain() {
    let folder = TestFolder::new();
    let spool = open(&folder, SyncMode::Grouped);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..250).for_each(|_| drop(spool.record(&event("x")).unwrap())));
        }
    });
    drop(spool);
    assert_eq!(faults(&folder, 1_000), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_entries_until_it_has_room() {
    let folder = TestFolder::new();
    let spool = open(&folder, SyncMode::Grouped);
    spool.record(&event("one")).unwrap();
    let room = {
        let mut inner = spool.shared.inner();
        std::mem::replace(&mut inner.file, Arc::new(File::options().write(true).open("/dev/full").unwrap()))
    };
    assert!(spool.record(&event("two")).is_err());
    assert!(!spool.is_writable());
    {
        let mut inner = spool.shared.inner();
        inner.file = room;
        inner.torn = false;
    }
    spool.record(&event("three")).unwrap();
    assert!(spool.is_writable());
    drop(spool);
    assert_eq!(faults(&folder, 2), 0, "the refused entry left no gap");
}

#[test]
fn segments_are_removed_once_moved_but_never_the_last() {
    let folder = TestFolder::new();
    for (first, text) in [(1, "a\n"), (3, "b\n"), (5, "")] {
        std::fs::write(super::segments::path(folder.path(), first), text).unwrap();
    }
    let reader = Reader::new(folder.path());
    let left = || std::fs::read_dir(folder.path()).unwrap().count();
    reader.remove_until(1).unwrap();
    assert_eq!(left(), 3);
    reader.remove_until(4).unwrap();
    assert_eq!(left(), 2, "the empty one holds no head");
}
