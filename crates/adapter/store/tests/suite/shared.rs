//! What replicas share, sealed tokens, limits.

use std::time::Duration;

use corten_govern::ports::Clock as _;
use corten_govern::ports::{Limiter as _, SharedState as _, StoreError, TokenVault as _};
use corten_govern::{Bucket, Rate, Secret, Verdict};
use corten_store::SystemClock;

use crate::bench::{Bench, REDIS, random, within_a_second};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_value_put_on_one_replica_is_taken_once_on_any() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let (a, b) = (one.shared(), two.shared());
    let key = random();
    a.put(&key, b"\x00\xffvalue".to_vec(), MINUTE).await.unwrap();
    assert_eq!(b.get(&key).await.unwrap().as_deref(), Some(&b"\x00\xffvalue"[..]));
    a.put(&key, b"second".to_vec(), MINUTE).await.unwrap();
    let (from_a, from_b) = tokio::join!(a.take(&key), b.take(&key));
    let taken: Vec<Vec<u8>> = [from_a, from_b].into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(taken, [b"second".to_vec()]);
    assert_eq!(a.get(&key).await.unwrap(), None);
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn a_waiter_gets_what_another_replica_pushes() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let (a, b) = (one.shared(), two.shared());
    let key = random();
    let put = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        for message in [b"x", b"y", b"z"] {
            a.push(&key, message.to_vec(), MINUTE).await.unwrap();
        }
        tokio::time::Instant::now()
    };
    let wait = async {
        let first = b.pull(&key, Duration::from_secs(5)).await.unwrap();
        (first, tokio::time::Instant::now())
    };
    let (was_put, (mut found, was_taken)) = tokio::join!(put, wait);
    while found.len() < 3 {
        found.extend(b.pull(&key, Duration::from_secs(1)).await.unwrap());
    }
    assert_eq!(found, [b"x", b"y", b"z"], "in their order, each once");
    let late = was_taken.saturating_duration_since(was_put);
    assert!(late < Duration::from_millis(400), "{late:?}");
    assert!(b.pull(&key, Duration::from_millis(50)).await.unwrap().is_empty());
    assert_eq!(a.get(&key).await.unwrap(), None, "a queue is no value");
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn values_end_and_new_ones_do_not_replace() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let shared = store.shared();
    let key = random();
    assert!(shared.put_new(&key, b"a".to_vec(), Duration::from_millis(300)).await.unwrap());
    assert!(!shared.put_new(&key, b"b".to_vec(), MINUTE).await.unwrap());
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(shared.get(&key).await.unwrap(), None);
    assert!(shared.put_new(&key, b"c".to_vec(), MINUTE).await.unwrap());
    assert_eq!(shared.take(&key).await.unwrap().as_deref(), Some(&b"c"[..]));
    assert!(matches!(shared.put("", Vec::new(), MINUTE).await, Err(StoreError::Invalid(_))));
    assert!(matches!(shared.put(&"x".repeat(192), Vec::new(), MINUTE).await, Err(StoreError::Invalid(_))));
    bench.end(&[store]).await;
}

#[tokio::test]
async fn revocations_and_versions_reach_every_replica_within_a_second() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let (a, b) = (one.shared(), two.shared());
    let id = random();
    a.revoke(&id, MINUTE).await.unwrap();
    a.revoke(&id, MINUTE).await.unwrap();
    assert!(a.is_revoked(&id));
    assert_eq!((a.bump("lists").await.unwrap(), a.bump("lists").await.unwrap()), (1, 2));
    within_a_second("revoked everywhere", async || b.is_revoked(&id)).await;
    assert!(b.was_revoked(&id).await.unwrap() && !b.was_revoked("nothing of the kind").await.unwrap());
    within_a_second("the version is known everywhere", async || b.version("lists") == 2).await;
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn tokens_are_sealed_and_tied_to_their_user() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let token = || Secret::new(b"upstream-token-in-clear".to_vec());
    store.put("user:https://idp|ann", "files", token()).await.unwrap();
    store.put("user:https://idp|ann", "files", token()).await.unwrap();
    let get = async |user: &str| store.get(user, "files").await.unwrap().map(Secret::into_exposed);
    assert_eq!(get("user:https://idp|ann").await.as_deref(), Some(&b"upstream-token-in-clear"[..]));
    assert_eq!(get("user:https://idp|bob").await, None);
    let moved = corten_govern::hash_key("user:https://idp|bob");
    assert_eq!(bench.sql(&format!("UPDATE vault SET caller = '{moved}'")).await, 1);
    assert_eq!(get("user:https://idp|bob").await, None, "it was sealed for somebody else");
    store.delete("user:https://idp|bob", "files").await.unwrap();
    assert_eq!(bench.sql("DELETE FROM vault").await, 0);
    bench.end(&[store]).await;
}

#[tokio::test]
async fn limits_are_counted_over_all_replicas_with_redis_and_per_process_without() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let bucket = Bucket { key: random(), rate: Rate { calls: 10, seconds: 60, burst: None } };
    let mut passed = 0;
    for _ in 0..15 {
        for store in [&one, &two] {
            let verdict = store.limits().take(vec![bucket.clone()], SystemClock.now()).verdict().await;
            match verdict {
                Verdict::Go { .. } => passed += 1,
                Verdict::Wait(wait) => assert!(wait <= Duration::from_secs(6), "{wait:?}"),
            }
        }
    }
    assert_eq!(passed, if std::env::var(REDIS).is_ok() { 10 } else { 20 });
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn without_redis_everything_goes_on() {
    let mut bench = Bench::new().await;
    let mut options = bench.options();
    // A port on which nothing listens.
    options.redis = Some(Secret::new("redis://127.0.0.1:9/".to_owned()));
    let store = corten_store::Store::open(options).await.unwrap();
    let shared = store.shared();
    let key = random();
    shared.put(&key, b"x".to_vec(), MINUTE).await.unwrap();
    assert_eq!(shared.take(&key).await.unwrap().as_deref(), Some(&b"x"[..]));
    let bucket = Bucket { key, rate: Rate::per_minute(1) };
    let verdict = store.limits().take(vec![bucket.clone()], SystemClock.now()).verdict().await;
    assert_eq!(verdict, Verdict::Go { remaining: 0 });
    assert!(matches!(store.limits().take(vec![bucket], SystemClock.now()).verdict().await, Verdict::Wait(_)));
    bench.end(&[store]).await;
}

#[tokio::test]
async fn values_are_in_redis_where_there_is_one() {
    if std::env::var_os(REDIS).is_none() {
        return;
    }
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let shared = store.shared();
    // The connection is made when it is needed; until then the database has the values.
    let end = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let key = random();
        shared.put(&key, b"x".to_vec(), MINUTE).await.unwrap();
        if bench.sql(&format!("DELETE FROM shared WHERE id = '{key}'")).await == 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "Redis is not used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bench.end(&[store]).await;
}
