//! Servers, keys, roles, policies, limits, use counts.

use std::sync::Arc;

use corten_govern::ports::{Collection, KeyStore as _, StoreError};
use corten_govern::{ApiKey, KeyError, Origin, Policy, Records, Role, Server, Timestamp, Versioned};
use corten_store::{OpenError, Store, generate_key};
use serde_json::json;

use crate::bench::{Bench, within_a_second};

fn server(name: &str, description: &str) -> Server {
    serde_json::from_value(json!({
        "name": name, "description": description, "settings": {"url": "http://127.0.0.1:1/mcp"}
    }))
    .unwrap()
}

fn policy(id: &str, text: &str) -> Policy {
    Policy { id: id.to_owned(), description: String::new(), text: text.to_owned(), disabled: false }
}

fn servers(store: &Arc<Store>) -> &dyn Collection<Server> {
    store.as_ref()
}

#[tokio::test]
async fn records_are_changed_only_from_the_version_that_was_read() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let made = servers(&store).create(server("files", "a")).await.unwrap();
    assert_eq!((made.version, made.origin), (1, Origin::Api));
    let twice = servers(&store).create(server("files", "b")).await.unwrap_err();
    assert!(matches!(twice, StoreError::Exists { .. }), "{twice}");
    let changed = servers(&store).replace(server("files", "ünïcode ✓ '; DROP"), Some(1)).await.unwrap();
    assert_eq!(changed.version, 2);
    let late = servers(&store).replace(server("files", "c"), Some(1)).await.unwrap_err();
    assert_eq!(late, StoreError::Conflict { kind: "server", id: "files".to_owned(), current: 2 });
    assert_eq!(servers(&store).get("files").await.unwrap(), changed);
    assert!(matches!(servers(&store).get("FILES").await, Err(StoreError::NotFound { .. })));
    servers(&store).create(server("FILES", "ids compare byte for byte")).await.unwrap();
    assert!(matches!(servers(&store).delete("files", Some(1)).await, Err(StoreError::Conflict { .. })));
    servers(&store).delete("files", Some(2)).await.unwrap();
    assert!(matches!(servers(&store).delete("files", None).await, Err(StoreError::NotFound { .. })));
    assert_eq!(servers(&store).list().await.unwrap().len(), 1);
    bench.end(&[store]).await;
}

#[tokio::test]
async fn a_change_is_in_force_on_every_replica_within_a_second_and_after_a_restart() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let new = generate_key("laptop").unwrap();
    let keys: &dyn Collection<ApiKey> = one.as_ref();
    keys.create(new.key.clone()).await.unwrap();
    let now = Timestamp::from_secs(1_000);
    let verify = |store: &Arc<Store>| store.live().load().verify_key(new.secret.expose(), now).map(drop);
    assert_eq!(verify(&one), Ok(()));
    within_a_second("the key is known to the other replica", async || verify(&two).is_ok()).await;
    keys.delete(&new.key.id, None).await.unwrap();
    assert_eq!(verify(&one), Err(KeyError::Unknown));
    within_a_second("the key is gone from the other replica", async || verify(&two).is_err()).await;
    servers(&two).create(server("files", "")).await.unwrap();
    let three = bench.store().await;
    assert_eq!(servers(&three).list().await.unwrap().len(), 1);
    bench.end(&[one, two, three]).await;
}

#[tokio::test]
async fn of_replicas_that_change_a_record_at_once_one_succeeds() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    servers(&one).create(server("files", "")).await.unwrap();
    within_a_second("known to both", async || servers(&two).get("files").await.is_ok()).await;
    let mut successes = 0;
    for round in 1..=5 {
        let (a, b) = tokio::join!(
            servers(&one).replace(server("files", "one"), Some(round)),
            servers(&two).replace(server("files", "two"), Some(round))
        );
        successes += u32::from(a.is_ok()) + u32::from(b.is_ok());
        for result in [a, b] {
            assert!(matches!(result, Ok(_) | Err(StoreError::Conflict { .. })), "{result:?}");
        }
    }
    assert_eq!(successes, 5);
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn what_does_not_hold_together_is_never_stored() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let policies: &dyn Collection<Policy> = store.as_ref();
    let roles: &dyn Collection<Role> = store.as_ref();
    let error = policies.create(policy("p", "permit(principal, action, resource")).await.unwrap_err();
    assert!(error.to_string().contains("not valid Cedar"), "{error}");
    let role = |name: &str, parent: &str| -> Role {
        serde_json::from_value(json!({"name": name, "inherits": [parent]})).unwrap()
    };
    let error = roles.create(role("a", "missing")).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error}");
    roles.create(role("a", "viewer")).await.unwrap();
    roles.create(role("b", "a")).await.unwrap();
    assert!(matches!(roles.replace(role("a", "b"), None).await, Err(StoreError::Invalid(_))));
    assert!(matches!(roles.delete("a", None).await, Err(StoreError::Invalid(_))), "b inherits from it");
    assert_eq!(policies.list().await.unwrap(), Vec::new());
    bench.end(&[store]).await;
}

#[tokio::test]
async fn the_file_comes_first_and_is_not_changed_over_the_api() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    servers(&store).create(server("files", "from the API")).await.unwrap();
    let from_file = |value| Versioned { value, version: 1, origin: Origin::File, updated: Timestamp::default() };
    let records = Records { servers: vec![from_file(server("files", "from the file"))], ..Records::default() };
    store.set_file_records(records, None).await.unwrap();
    assert_eq!(servers(&store).get("files").await.unwrap().value.description, "from the file");
    let error = servers(&store).replace(server("files", "x"), None).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let bad = Records { policies: vec![from_policy()], ..Records::default() };
    assert!(matches!(store.set_file_records(bad, None).await, Err(OpenError::Governance(_))));
    assert_eq!(servers(&store).get("files").await.unwrap().value.description, "from the file");
    store.set_file_records(Records::default(), None).await.unwrap();
    assert_eq!(servers(&store).get("files").await.unwrap().value.description, "from the API");
    bench.end(&[store]).await;
}

fn from_policy() -> Versioned<Policy> {
    Versioned { value: policy("p", "nonsense"), version: 1, origin: Origin::File, updated: Timestamp::default() }
}

#[tokio::test]
async fn the_first_key_is_made_once_for_a_database() {
    let mut bench = Bench::new().await;
    let (one, two) = (bench.store().await, bench.store().await);
    let (a, b) = tokio::join!(one.make_first_key(), two.make_first_key());
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(u32::from(a.is_some()) + u32::from(b.is_some()), 1);
    let store = if a.is_some() { &one } else { &two };
    let secret = a.or(b).unwrap();
    let snapshot = store.live().load();
    let (admin, _) = snapshot.verify_key(secret.expose(), Timestamp::from_secs(1)).unwrap();
    assert!(admin.has_scope("admin") && admin.has_scope("mcp"));
    assert!(one.make_first_key().await.unwrap().is_none());
    bench.end(&[one, two]).await;
}

#[tokio::test]
async fn uses_of_a_key_are_counted_across_replicas_and_restarts() {
    let mut bench = Bench::new().await;
    let options = bench.options();
    let store = Store::open(options.clone()).await.unwrap();
    let new = generate_key("laptop").unwrap();
    let keys: &dyn Collection<ApiKey> = store.as_ref();
    keys.create(new.key.clone()).await.unwrap();
    let now = Timestamp::from_secs(1_000);
    for _ in 0..3 {
        store.live().load().verify_key(new.secret.expose(), now).unwrap();
    }
    assert_eq!(store.uses(&new.key.id).await.unwrap().count, 3);
    store.close(std::time::Duration::from_secs(5)).await;
    drop(store);
    let store = Store::open(options).await.unwrap();
    let uses = store.uses(&new.key.id).await.unwrap();
    assert_eq!((uses.count, uses.last), (3, Some(now)));
    bench.end(&[store]).await;
}

#[tokio::test]
async fn a_replica_with_another_sealing_key_is_refused() {
    let mut bench = Bench::new().await;
    let store = bench.store().await;
    let mut options = bench.options();
    options.seal_keys = vec![corten_govern::Secret::new([9; 32])];
    assert!(matches!(Store::open(options.clone()).await, Err(OpenError::OtherSealKey { .. })));
    options.seal_keys.push(corten_govern::Secret::new([7; 32]));
    let rotated = Store::open(options).await.unwrap();
    bench.end(&[store, rotated]).await;
}
