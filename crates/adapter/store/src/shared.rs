//! What replicas share: in Redis, in the database when Redis is away or not used.
//!
//! What is put in this process wakes its own waiters at once; others look again every few
//! milliseconds. Revocations and versions are read from memory, which [`Shared::refresh`] renews.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use corten_govern::ports::{BoxFuture, SharedState, StoreError};
use data_encoding::BASE64;
use sqlx::Row as _;
use tokio::sync::Notify;

use crate::clock;
use crate::database::{Database, is_duplicate, unavailable};
use crate::redis_link::RedisLink;

/// What replicas share.
#[derive(Debug)]
pub struct Shared {
    database: Database,
    redis: Option<RedisLink>,
    memory: Mutex<Memory>,
    /// Told whenever something is put in this process.
    put: Notify,
}

#[derive(Debug, Default)]
struct Memory {
    revoked: BTreeSet<String>,
    versions: BTreeMap<String, u64>,
    next_sweep: i64,
}

/// How often the waiting look again.
const POLL_REDIS: Duration = Duration::from_millis(20);
const POLL_SQL: Duration = Duration::from_millis(80);

/// How often what has ended is removed from the database.
const SWEEP_MICROS: i64 = 30_000_000;

/// The longest identifier that the database keeps.
const MAX_KEY: usize = 191;

impl Shared {
    pub(crate) fn new(database: Database, redis: Option<RedisLink>) -> Self {
        Self { database, redis, memory: Mutex::default(), put: Notify::new() }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads revocations and versions anew, and removes what has ended from time to time.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let doing = "reading what replicas share";
        let failed = |error: sqlx::Error| unavailable(doing, &error);
        let now = clock::now().micros();
        let mut versions = BTreeMap::new();
        for row in self.database.rows(self.database.query("SELECT topic, version FROM changes"), doing).await? {
            let version: i64 = row.try_get(1).map_err(failed)?;
            versions.insert(row.try_get(0).map_err(failed)?, u64::try_from(version).unwrap_or_default());
        }
        let query = self.database.query("SELECT id FROM revoked WHERE expires > ?").bind(now);
        let mut revoked = BTreeSet::new();
        for row in self.database.rows(query, doing).await? {
            revoked.insert(row.try_get(0).map_err(failed)?);
        }
        let is_time_to_sweep = {
            let mut memory = self.memory();
            memory.revoked = revoked;
            memory.versions = versions;
            let is_time = memory.next_sweep <= now;
            if is_time {
                memory.next_sweep = now + SWEEP_MICROS;
            }
            is_time
        };
        if is_time_to_sweep {
            for table in ["DELETE FROM shared WHERE expires <= ?", "DELETE FROM revoked WHERE expires <= ?"] {
                self.database.execute(self.database.query(table).bind(now), "removing what has ended").await?;
            }
        }
        Ok(())
    }

    async fn sql_put(&self, key: &str, value: &[u8], ttl: Duration, is_new: bool) -> Result<bool, StoreError> {
        let doing = "sharing a value with other replicas";
        let now = clock::now();
        let mut work = self.database.begin(doing).await?;
        let mut clear = "DELETE FROM shared WHERE id = ?".to_owned();
        if is_new {
            clear.push_str(" AND expires <= ?");
        }
        let mut clear = self.database.query_made(clear).bind(key.to_owned());
        if is_new {
            clear = clear.bind(now.micros());
        }
        clear.execute(&mut *work).await.map_err(|error| unavailable(doing, &error))?;
        let insert = self
            .database
            .query("INSERT INTO shared (id, expires, body) VALUES (?, ?, ?)")
            .bind(key.to_owned())
            .bind(now.plus(ttl).micros())
            .bind(BASE64.encode(value));
        match insert.execute(&mut *work).await {
            Ok(_) => {}
            Err(error) if is_duplicate(&error) => return Ok(false),
            Err(error) => return Err(unavailable(doing, &error)),
        }
        work.commit().await.map_err(|error| unavailable(doing, &error))?;
        Ok(true)
    }

    async fn sql_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let doing = "reading a value of other replicas";
        let query = self
            .database
            .query("SELECT body FROM shared WHERE id = ? AND expires > ?")
            .bind(key.to_owned())
            .bind(clock::now().micros());
        let Some(row) = self.database.row(query, doing).await? else { return Ok(None) };
        let text: String = row.try_get(0).map_err(|error| unavailable(doing, &error))?;
        Ok(BASE64.decode(text.as_bytes()).ok())
    }

    /// Of several that read the same value, the one whose removal counts gets it.
    async fn sql_take(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(value) = self.sql_get(key).await? else { return Ok(None) };
        let delete = self
            .database
            .query("DELETE FROM shared WHERE id = ? AND body = ?")
            .bind(key.to_owned())
            .bind(BASE64.encode(&value));
        let removed = self.database.execute(delete, "taking a value of other replicas").await?;
        Ok((removed == 1).then_some(value))
    }

    async fn put_any(&self, key: &str, value: &[u8], ttl: Duration, is_new: bool) -> Result<bool, StoreError> {
        check(key)?;
        let mut is_put = None;
        if let Some(redis) = &self.redis {
            let mut command = redis::cmd("SET");
            command.arg(name(key)).arg(value).arg("PX").arg(millis(ttl));
            if is_new {
                command.arg("NX");
            }
            is_put = redis.ask::<Option<String>>(&command).await.map(|answer| answer.is_some());
        }
        let is_put = match is_put {
            Some(is_put) => is_put,
            None => self.sql_put(key, value, ttl, is_new).await?,
        };
        self.put.notify_waiters();
        Ok(is_put)
    }

    async fn take_any(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check(key)?;
        if let Some(redis) = &self.redis {
            let mut command = redis::cmd("GETDEL");
            command.arg(name(key));
            if let Some(Some(value)) = redis.ask::<Option<Vec<u8>>>(&command).await {
                return Ok(Some(value));
            }
        }
        // Also with Redis: the value may have been put while it was away.
        self.sql_take(key).await
    }
}

impl SharedState for Shared {
    fn put<'a>(&'a self, key: &'a str, value: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.put_any(key, &value, ttl, false).await.map(drop) })
    }

    fn put_new<'a>(&'a self, key: &'a str, value: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.put_any(key, &value, ttl, true).await })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move {
            check(key)?;
            if let Some(redis) = &self.redis {
                let mut command = redis::cmd("GET");
                command.arg(name(key));
                if let Some(Some(value)) = redis.ask::<Option<Vec<u8>>>(&command).await {
                    return Ok(Some(value));
                }
            }
            self.sql_get(key).await
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(self.take_any(key))
    }

    fn wait<'a>(&'a self, key: &'a str, timeout: Duration) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        let poll = if self.redis.is_some() { POLL_REDIS } else { POLL_SQL };
        Box::pin(async move {
            let end = tokio::time::Instant::now() + timeout;
            loop {
                let put = self.put.notified();
                if let Some(value) = self.take_any(key).await? {
                    return Ok(Some(value));
                }
                let next = end.min(tokio::time::Instant::now() + poll);
                if tokio::time::Instant::now() >= end {
                    return Ok(None);
                }
                tokio::select! {
                    () = put => {}
                    () = tokio::time::sleep_until(next) => {}
                }
            }
        })
    }

    fn revoke<'a>(&'a self, id: &'a str, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            check(id)?;
            let doing = "revoking an id";
            self.memory().revoked.insert(id.to_owned());
            let insert = self
                .database
                .query("INSERT INTO revoked (id, expires) VALUES (?, ?)")
                .bind(id.to_owned())
                .bind(clock::now().plus(ttl).micros());
            match insert.execute(self.database.pool()).await {
                Ok(_) => Ok(()),
                Err(error) if is_duplicate(&error) => Ok(()),
                Err(error) => Err(unavailable(doing, &error)),
            }
        })
    }

    fn is_revoked(&self, id: &str) -> bool {
        self.memory().revoked.contains(id)
    }

    fn version(&self, topic: &str) -> u64 {
        self.memory().versions.get(topic).copied().unwrap_or_default()
    }

    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            check(topic)?;
            let doing = "telling other replicas of a change";
            let failed = |error: sqlx::Error| unavailable(doing, &error);
            let mut work = self.database.begin(doing).await?;
            let update = self.database.query("UPDATE changes SET version = version + 1 WHERE topic = ?");
            if update.bind(topic.to_owned()).execute(&mut *work).await.map_err(failed)?.rows_affected() == 0 {
                let insert = self.database.query("INSERT INTO changes (topic, version) VALUES (?, 1)");
                insert.bind(topic.to_owned()).execute(&mut *work).await.map_err(failed)?;
            }
            let select = self.database.query("SELECT version FROM changes WHERE topic = ?").bind(topic.to_owned());
            let row = select.fetch_one(&mut *work).await.map_err(failed)?;
            let version = u64::try_from(row.try_get::<i64, _>(0).map_err(failed)?).unwrap_or_default();
            work.commit().await.map_err(failed)?;
            self.memory().versions.insert(topic.to_owned(), version);
            Ok(version)
        })
    }
}

fn check(key: &str) -> Result<(), StoreError> {
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(StoreError::Invalid(format!("a shared key has 1 to {MAX_KEY} bytes, this one has {}", key.len())));
    }
    Ok(())
}

fn name(key: &str) -> String {
    format!("corten:shared:{key}")
}

fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
