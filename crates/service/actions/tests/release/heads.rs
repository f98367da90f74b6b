//! Stores that give less than everything: the beginnings of long records in lists, no labels in queries.

use std::sync::atomic::{AtomicUsize, Ordering};

use corten_actions::release::{ListOptions, ListOrder, Ports, list, upgrade};
use corten_release::{
    Body, BoxFuture, Content, Fence, Labels, Lease, Record, ReleaseStore, Status, StoreError, Stored, codec,
};

use corten_value::Value;

use crate::bench::{Bench, five, upgrade_options};

/// Gives so many letters of each record in lists, whole records one by one, and as the sql driver no labels in queries.
struct Heads<'a> {
    store: &'a dyn ReleaseStore,
    letters: usize,
    gets: AtomicUsize,
}

fn text(stored: &Stored) -> String {
    match &stored.body {
        Body::Release(release) => codec::encode(release),
        Body::Encoded(text) | Body::Head(text) => text.to_string(),
    }
}

impl ReleaseStore for Heads<'_> {
    fn driver(&self) -> &'static str {
        "Secret"
    }

    fn limit(&self) -> Option<usize> {
        None
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>> {
        self.gets.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let stored = self.store.get(key).await?;
            Ok(Stored { body: Body::Encoded(text(&stored).into()), ..stored })
        })
    }

    fn is_in_cluster(&self) -> bool {
        true
    }

    fn list(&self, content: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move {
            let found = self.store.list(content).await?;
            let head = |stored: Stored| {
                let is_left_out = content == Content::Current && stored.labels["status"] == "superseded";
                let text = if is_left_out { String::new() } else { text(&stored) };
                Stored { body: Body::Head(text[..self.letters.min(text.len())].into()), ..stored }
            };
            Ok(found.into_iter().map(head).collect())
        })
    }

    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move {
            let mut found = self.store.query(labels).await?;
            for stored in &mut found {
                stored.labels.clear();
            }
            Ok(found)
        })
    }

    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>> {
        self.store.create(record)
    }

    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>> {
        self.store.update(record, fence)
    }

    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>> {
        self.store.renew(key, lease, fence)
    }

    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.delete(key, fence)
    }
}

fn listed(bench: &Bench, letters: usize, states: &[Status]) -> (Vec<(String, i64)>, usize) {
    let store = Heads { store: &bench.store, letters, gets: AtomicUsize::new(0) };
    let ports = Ports { store: &store, ..bench.ports() };
    let options = ListOptions {
        filter: String::new(),
        selector: String::new(),
        states: states.to_vec(),
        order: ListOrder::Name,
        most: 0,
        offset: 0,
    };
    let items = bench.run(async { list(&ports, &options).await }).unwrap().unwrap();
    let items = items.into_iter().map(|item| (item.summary.chart, item.revision)).collect();
    (items, store.gets.load(Ordering::SeqCst))
}

#[test]
fn a_beginning_that_is_too_short_is_made_up_for() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.upgrade(five("two")).unwrap();
    let (whole, no_gets) = listed(&bench, usize::MAX, &[]);
    assert_eq!((whole.len(), whole[0].1, no_gets), (1, 2, 0));
    // Both records are looked at before the first is read as a whole.
    assert_eq!(listed(&bench, 40, &[]), (whole, 2));
}

#[test]
fn superseded_revisions_are_read_where_they_are_shown() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    bench.upgrade(five("two")).unwrap();
    let (shown, gets) = listed(&bench, usize::MAX, &[Status::Superseded]);
    assert_eq!((shown.len(), shown[0].1, gets), (1, 1, 0));
    // Somebody deleted the last record: the superseded one is the last now.
    let keys: Vec<String> =
        bench.records().iter().map(|release| format!("sh.helm.release.v1.web.v{}", release.version)).collect();
    bench.run(async { ReleaseStore::delete(&bench.store, &keys[1], None).await }).unwrap().unwrap();
    let (shown, gets) = listed(&bench, usize::MAX, &[]);
    assert_eq!((shown.len(), shown[0].1, gets), (1, 1, 1));
}

#[test]
fn revisions_have_their_state_from_the_record_where_labels_say_nothing() {
    let bench = Bench::default();
    bench.install(five("one")).unwrap();
    let store = Heads { store: &bench.store, letters: usize::MAX, gets: AtomicUsize::new(0) };
    let ports = Ports { store: &store, ..bench.ports() };
    let flow = async { upgrade(&ports, five("two"), &Value::empty_map(), &upgrade_options()).await };
    assert_eq!(bench.run(flow).unwrap().unwrap().version, 2);
    assert_eq!(bench.states(), ["superseded", "deployed"]);
}
