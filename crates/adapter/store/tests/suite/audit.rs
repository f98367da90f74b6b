//! From the spool to the store, found, exported, verified.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::audit::{Event, EventKind, FaultKind, Outcome};
use corten_govern::ports::{AuditLog as _, AuditQuery, AuditSink as _, Clock as _};
use corten_store::{AuditReader, Ed25519Verifier, Store, SystemClock, verify_export};

use crate::bench::Bench;

fn event(name: &str) -> Event {
    let mut event = Event::new(SystemClock.now(), EventKind::Call, "key:a", "tools/call");
    event.server = Some("files".to_owned());
    event.name = Some(name.to_owned());
    event
}

async fn moved(store: &Arc<Store>) {
    for _ in 0..500 {
        if store.audit_backlog() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("entries were not moved: {}", store.audit_backlog());
}

fn query(limit: u32) -> AuditQuery {
    AuditQuery { limit, ..AuditQuery::default() }
}

async fn names(store: &Arc<Store>, query: AuditQuery) -> (Vec<String>, Option<String>) {
    let page = store.find(query).await.unwrap();
    let names = page.entries.iter().map(|entry| entry.read().unwrap().event.name.unwrap_or_default());
    (names.collect(), page.next)
}

#[tokio::test]
async fn entries_are_found_by_page_newest_first() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    for number in 0..7 {
        store.audit().record(&event(&format!("tool{number}"))).unwrap();
    }
    let mut other = event("ü".repeat(300).as_str());
    other.caller = "x".repeat(300);
    other.server = Some("a\0b".to_owned());
    other.outcome = Outcome::Denied;
    store.audit().record(&other).unwrap();
    moved(&store).await;
    let (first, next) = names(&store, AuditQuery { caller: Some("key:a".to_owned()), ..query(5) }).await;
    assert_eq!(first, ["tool6", "tool5", "tool4", "tool3", "tool2"]);
    let (second, end) = names(&store, AuditQuery { caller: Some("key:a".to_owned()), cursor: next, ..query(5) }).await;
    assert_eq!((second, end), (vec!["tool1".to_owned(), "tool0".to_owned()], None));
    let (found, _) = names(&store, AuditQuery { name: Some("tool3".to_owned()), ..query(5) }).await;
    assert_eq!(found, ["tool3"]);
    let denied = AuditQuery { outcome: Some(Outcome::Denied), caller: Some("x".repeat(300)), ..query(5) };
    assert_eq!(names(&store, denied).await.0.len(), 1);
    let late = AuditQuery { from: Some(SystemClock.now()), ..query(5) };
    assert_eq!(names(&store, late).await.0.len(), 0);
    assert!(store.find(AuditQuery { cursor: Some("nonsense".to_owned()), ..query(5) }).await.is_err());
    bench.end(&[store]).await;
}

#[tokio::test]
async fn the_log_of_several_writers_verifies_until_a_byte_is_changed() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    for number in 0..250 {
        one.audit().record(&event(&format!("one{number}"))).unwrap();
        two.audit().record(&event(&format!("two{number}"))).unwrap();
    }
    let trusted = vec![one.signing_key(), two.signing_key()];
    one.close(Duration::from_secs(5)).await;
    two.close(Duration::from_secs(5)).await;
    let verifier = Ed25519Verifier { trusted };
    let reader = AuditReader::open(bench.url()).await.unwrap();
    let whole = reader.verify(&verifier).await.unwrap();
    assert_eq!((whole.entries, whole.writers, whole.uncovered, whole.faults.len()), (500, 2, 0, 0));
    assert!(whole.checkpoints >= 2, "{whole:?}");
    let mut lines = Vec::new();
    reader
        .export(|line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(verify_export(lines.iter().cloned().map(Ok), &verifier).unwrap(), whole);
    lines.remove(lines.len() - 3);
    assert!(!verify_export(lines.into_iter().map(Ok), &verifier).unwrap().faults.is_empty());
    let stranger = Ed25519Verifier { trusted: vec!["AAAA".to_owned()] };
    let faults = reader.verify(&stranger).await.unwrap().faults;
    assert!(faults.iter().all(|fault| fault.kind == FaultKind::Signature) && !faults.is_empty());
    bench.sql("UPDATE audit SET body = REPLACE(body, 'two17\"', 'two18\"')").await;
    let faults = reader.verify(&verifier).await.unwrap().faults;
    assert!(faults.iter().any(|fault| fault.kind == FaultKind::Hash), "{faults:?}");
    bench.end(&[]).await;
}

#[tokio::test]
async fn what_was_spooled_is_moved_by_the_next_start_and_never_twice() {
    let mut bench = Bench::new().await;
    let options = bench.options();
    let store = Store::open(options.clone()).await.unwrap();
    store.audit().record(&event("one")).unwrap();
    moved(&store).await;
    // Gone from the database behind the spool's back, as if the last transaction had been lost.
    store.audit().record(&event("two")).unwrap();
    store.close(Duration::from_secs(5)).await;
    drop(store);
    bench.sql("DELETE FROM audit WHERE seq = 2").await;
    bench.sql("UPDATE audit_heads SET seq = 1").await;
    let store = Store::open(options).await.unwrap();
    store.audit().record(&event("three")).unwrap();
    moved(&store).await;
    let (found, _) = names(&store, query(10)).await;
    assert_eq!(found, ["three", "two", "one"]);
    bench.end(&[store]).await;
}

#[tokio::test]
async fn with_the_database_away_entries_wait_in_the_spool() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    bench.sql("ALTER TABLE audit RENAME TO audit_away").await;
    for number in 0..5 {
        store.audit().record(&event(&format!("tool{number}"))).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(store.is_recording() && store.audit_backlog() == 5, "{}", store.audit_backlog());
    bench.sql("ALTER TABLE audit_away RENAME TO audit").await;
    moved(&store).await;
    assert_eq!(names(&store, query(10)).await.0.len(), 5);
    bench.end(&[store]).await;
}

#[tokio::test]
async fn what_was_kept_long_enough_is_removed_and_nothing_else_may_be() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let now = SystemClock.now();
    for day in [400, 380, 366, 364, 1, 0] {
        let mut old = event(&format!("day{day}"));
        old.time = now.minus(Duration::from_hours(24 * day));
        store.audit().record(&old).unwrap();
    }
    moved(&store).await;
    let year = now.minus(Duration::from_hours(24 * 365));
    assert_eq!(store.remove_audit(year).await.unwrap(), 3);
    assert_eq!(store.remove_audit(year).await.unwrap(), 0, "once");
    assert_eq!(names(&store, query(10)).await.0, ["day0", "day1", "day364"]);
    let verifier = Ed25519Verifier { trusted: vec![store.signing_key()] };
    let reader = AuditReader::open(bench.url()).await.unwrap();
    assert_eq!(reader.verify(&verifier).await.unwrap().faults, []);
    store.audit().record(&event("later")).unwrap();
    moved(&store).await;
    assert_eq!(store.remove_audit(now.minus(Duration::from_hours(12))).await.unwrap(), 2);
    assert_eq!(names(&store, query(10)).await.0, ["later", "day0"]);
    store.close(Duration::from_secs(5)).await;
    assert_eq!(reader.verify(&verifier).await.unwrap().faults, []);
    bench.sql("DELETE FROM audit WHERE seq = 6").await;
    assert!(!reader.verify(&verifier).await.unwrap().faults.is_empty(), "what no checkpoint says was removed");
    bench.end(&[]).await;
}
