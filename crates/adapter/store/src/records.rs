//! Servers, keys, roles, policies and limits: kept as versioned documents, in force as a snapshot.
//!
//! Reads are answered from the snapshot, so they go on when the database is away. A change is
//! tried on a snapshot first, then written together with a raised version of the topic `records`,
//! which other replicas notice.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use corten_govern::ports::{BoxFuture, Collection, Record, StoreError};
use corten_govern::{ApiKey, Governance, LimitRule, Origin, Policy, Records, Role, Server, Timestamp, Versioned};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tokio::sync::watch;

use crate::clock;
use crate::database::{Work, is_duplicate, unavailable};
use crate::error::OpenError;
use crate::store::{FileRecords, Store, stopped};

/// How often changes of other replicas are looked for.
const POLL: Duration = Duration::from_millis(400);

/// The topic of all records.
const TOPIC: &str = "records";

/// A record that is kept as a document.
pub(crate) trait Document: Record + Serialize + DeserializeOwned {
    /// Its list among all records.
    fn list(records: &Records) -> &Vec<Versioned<Self>>;
    /// The same, to be changed.
    fn list_mut(records: &mut Records) -> &mut Vec<Versioned<Self>>;
}

macro_rules! document {
    ($type:ty, $field:ident) => {
        impl Document for $type {
            fn list(records: &Records) -> &Vec<Versioned<Self>> {
                &records.$field
            }

            fn list_mut(records: &mut Records) -> &mut Vec<Versioned<Self>> {
                &mut records.$field
            }
        }
    };
}

document!(Server, servers);
document!(ApiKey, keys);
document!(Role, roles);
document!(Policy, policies);
document!(LimitRule, limits);

impl<T: Document> Collection<T> for Store {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Versioned<T>>, StoreError>> {
        Box::pin(async move { Ok(T::list(&self.live.load().records).clone()) })
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Versioned<T>, StoreError>> {
        Box::pin(async move {
            let snapshot = self.live.load();
            let found = T::list(&snapshot.records).iter().find(|record| record.value.id() == id);
            found.cloned().ok_or_else(|| not_found::<T>(id))
        })
    }

    fn create(&self, record: T) -> BoxFuture<'_, Result<Versioned<T>, StoreError>> {
        Box::pin(async move {
            let _one_at_a_time = self.refreshing.lock().await;
            let id = record.id().to_owned();
            let snapshot = self.live.load();
            if T::list(&snapshot.records).iter().any(|other| other.value.id() == id) {
                return Err(StoreError::Exists { kind: T::KIND, id });
            }
            let made = Versioned { value: record, version: 1, origin: Origin::Api, updated: clock::now() };
            let next = tried::<T>(&snapshot, |list| list.push(made.clone()))?;
            let doing = format!("adding {} {id:?}", T::KIND);
            let mut work = self.database.begin(&doing).await?;
            let insert = self
                .database
                .query("INSERT INTO records (kind, id, version, updated, body) VALUES (?, ?, 1, ?, ?)")
                .bind(T::KIND)
                .bind(id.clone())
                .bind(made.updated.micros())
                .bind(body(&made.value)?);
            if let Err(error) = insert.execute(&mut *work).await {
                return Err(if is_duplicate(&error) {
                    StoreError::Exists { kind: T::KIND, id }
                } else {
                    unavailable(&doing, &error)
                });
            }
            self.finish(work, next, &doing).await?;
            Ok(made)
        })
    }

    fn replace(&self, record: T, expected: Option<u64>) -> BoxFuture<'_, Result<Versioned<T>, StoreError>> {
        Box::pin(async move {
            let _one_at_a_time = self.refreshing.lock().await;
            let id = record.id().to_owned();
            let snapshot = self.live.load();
            writable::<T>(&snapshot, &id)?;
            let doing = format!("changing {} {id:?}", T::KIND);
            let mut work = self.database.begin(&doing).await?;
            let current = self.lock_version::<T>(&mut work, &id, expected, &doing).await?;
            let made = Versioned { value: record, version: current + 1, origin: Origin::Api, updated: clock::now() };
            let next = tried::<T>(&snapshot, |list| {
                list.retain(|other| other.value.id() != id);
                list.push(made.clone());
            })?;
            let update = self
                .database
                .query(
                    "UPDATE records SET version = ?, updated = ?, body = ? WHERE kind = ? AND id = ? AND version = ?",
                )
                .bind(signed(made.version))
                .bind(made.updated.micros())
                .bind(body(&made.value)?)
                .bind(T::KIND)
                .bind(id.clone())
                .bind(signed(current));
            let done = update.execute(&mut *work).await.map_err(|error| unavailable(&doing, &error))?;
            if done.rows_affected() == 0 {
                return Err(StoreError::Conflict { kind: T::KIND, id, current: current + 1 });
            }
            self.finish(work, next, &doing).await?;
            Ok(made)
        })
    }

    fn delete<'a>(&'a self, id: &'a str, expected: Option<u64>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let _one_at_a_time = self.refreshing.lock().await;
            let snapshot = self.live.load();
            writable::<T>(&snapshot, id)?;
            let next = tried::<T>(&snapshot, |list| list.retain(|other| other.value.id() != id))?;
            let doing = format!("removing {} {id:?}", T::KIND);
            let mut work = self.database.begin(&doing).await?;
            let current = self.lock_version::<T>(&mut work, id, expected, &doing).await?;
            let delete = self
                .database
                .query("DELETE FROM records WHERE kind = ? AND id = ? AND version = ?")
                .bind(T::KIND)
                .bind(id.to_owned())
                .bind(signed(current));
            let done = delete.execute(&mut *work).await.map_err(|error| unavailable(&doing, &error))?;
            if done.rows_affected() == 0 {
                return Err(StoreError::Conflict { kind: T::KIND, id: id.to_owned(), current: current + 1 });
            }
            self.finish(work, next, &doing).await
        })
    }
}

impl Store {
    /// The version of a record in the database, which must be the expected one.
    async fn lock_version<T: Document>(
        &self,
        work: &mut Work,
        id: &str,
        expected: Option<u64>,
        doing: &str,
    ) -> Result<u64, StoreError> {
        let select = self
            .database
            .query("SELECT version FROM records WHERE kind = ? AND id = ?")
            .bind(T::KIND)
            .bind(id.to_owned());
        let row = select.fetch_optional(&mut **work).await.map_err(|error| unavailable(doing, &error))?;
        let row = row.ok_or_else(|| not_found::<T>(id))?;
        let current: i64 = row.try_get(0).map_err(|error| unavailable(doing, &error))?;
        let current = u64::try_from(current).unwrap_or_default();
        match expected {
            Some(expected) if expected != current => {
                Err(StoreError::Conflict { kind: T::KIND, id: id.to_owned(), current })
            }
            _ => Ok(current),
        }
    }

    /// Commits a change with a raised version and puts its snapshot in force.
    async fn finish(&self, mut work: Work, next: Governance, doing: &str) -> Result<(), StoreError> {
        bump(self, &mut work, TOPIC, doing).await?;
        work.commit().await.map_err(|error| unavailable(doing, &error))?;
        self.live.swap(next);
        Ok(())
    }
}

/// The snapshot with a change, if it holds together.
fn tried<T: Document>(
    snapshot: &Governance,
    change: impl FnOnce(&mut Vec<Versioned<T>>),
) -> Result<Governance, StoreError> {
    let mut records = (*snapshot.records).clone();
    let list = T::list_mut(&mut records);
    change(list);
    list.sort_by(|a, b| a.value.id().cmp(b.value.id()));
    Governance::build(Arc::new(records), snapshot.limits.default, Some(snapshot))
        .map_err(|error| StoreError::Invalid(error.to_string()))
}

/// Raises the version of a topic within a transaction; says the new one.
pub(crate) async fn bump(store: &Store, work: &mut Work, topic: &str, doing: &str) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let update =
        store.database.query("UPDATE changes SET version = version + 1 WHERE topic = ?").bind(topic.to_owned());
    if update.execute(&mut **work).await.map_err(failed)?.rows_affected() == 0 {
        let insert = store.database.query("INSERT INTO changes (topic, version) VALUES (?, 1)").bind(topic.to_owned());
        insert.execute(&mut **work).await.map_err(failed)?;
    }
    Ok(())
}

/// Keeps a key as the first of all, if no replica did before. The mark stays when the key goes.
pub(crate) async fn create_first_key(store: &Store, key: &ApiKey) -> Result<bool, OpenError> {
    let doing = "making the first administrator's key";
    let mark = store.database.query("INSERT INTO meta (id, body) VALUES ('first_key', ?)").bind(key.id.clone());
    match mark.execute(store.database.pool()).await {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => return Ok(false),
        Err(error) => return Err(unavailable(doing, &error).into()),
    }
    Collection::<ApiKey>::create(store, key.clone()).await?;
    Ok(true)
}

/// Looks for changes of other replicas until told to stop.
pub(crate) async fn keep_fresh(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    let mut is_up = true;
    loop {
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = stopped(&mut stop) => return,
        }
        let refreshed = tokio::time::timeout(Duration::from_secs(5), async {
            refresh(&store, false).await?;
            store.shared().refresh().await.map_err(OpenError::from)
        });
        let result = match refreshed.await {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err("the database did not answer within five seconds".to_owned()),
        };
        store.metrics.store_up.set(i64::from(result.is_ok()));
        match result {
            Ok(()) if !is_up => tracing::info!("the store answers again"),
            Err(error) if is_up => tracing::error!(%error, "the store cannot be read; what is in force stays"),
            _ => {}
        }
        is_up = store.metrics.store_up.get() == 1;
    }
}

/// Makes the snapshot anew when records changed, or in any case.
pub(crate) async fn refresh(store: &Store, is_forced: bool) -> Result<(), OpenError> {
    let doing = "reading the records";
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let mut in_force = store.refreshing.lock().await;
    let row =
        store.database.row(store.database.query("SELECT version FROM changes WHERE topic = ?").bind(TOPIC), doing);
    let version = match row.await? {
        Some(row) => u64::try_from(row.try_get::<i64, _>(0).map_err(failed)?).unwrap_or_default(),
        None => 0,
    };
    if !is_forced && *in_force == Some(version) {
        return Ok(());
    }
    let query = store.database.query("SELECT kind, id, version, updated, body FROM records ORDER BY kind, id");
    let rows = store.database.rows(query, doing).await?;
    let FileRecords { records: file, default_rate } = store.file.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut records = Records {
        servers: merged(&file, &rows)?,
        keys: merged(&file, &rows)?,
        roles: merged(&file, &rows)?,
        policies: merged(&file, &rows)?,
        limits: merged(&file, &rows)?,
    };
    records.keys.retain(|key| !key.value.id.is_empty());
    let before = store.live.load();
    store.live.swap(Governance::build(Arc::new(records), default_rate, Some(&before))?);
    *in_force = Some(version);
    Ok(())
}

/// The records of a kind; those of the file hide those of the database.
fn merged<T: Document>(file: &Records, rows: &[AnyRow]) -> Result<Vec<Versioned<T>>, StoreError> {
    let doing = "reading the records";
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let mut all = T::list(file).clone();
    for row in rows {
        let kind: String = row.try_get(0).map_err(failed)?;
        let id: String = row.try_get(1).map_err(failed)?;
        if kind != T::KIND || all.iter().any(|other| other.value.id() == id) {
            continue;
        }
        let text: String = row.try_get(4).map_err(failed)?;
        let value: T = serde_json::from_str(&text)
            .map_err(|error| StoreError::Invalid(format!("{kind} {id:?} in the database cannot be read: {error}")))?;
        all.push(Versioned {
            value,
            version: u64::try_from(row.try_get::<i64, _>(2).map_err(failed)?).unwrap_or_default(),
            origin: Origin::Api,
            updated: Timestamp::from_micros(row.try_get(3).map_err(failed)?),
        });
    }
    all.sort_by(|a, b| a.value.id().cmp(b.value.id()));
    Ok(all)
}

fn writable<T: Document>(snapshot: &Governance, id: &str) -> Result<(), StoreError> {
    let found = T::list(&snapshot.records).iter().find(|record| record.value.id() == id);
    if found.is_some_and(|record| record.origin == Origin::File) {
        return Err(StoreError::ReadOnly { kind: T::KIND, id: id.to_owned() });
    }
    Ok(())
}

fn not_found<T: Record>(id: &str) -> StoreError {
    StoreError::NotFound { kind: T::KIND, id: id.to_owned() }
}

fn body<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn signed(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
