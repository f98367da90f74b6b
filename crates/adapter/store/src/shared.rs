//! What replicas share: in Redis, in the database when Redis is away or not used.
//!
//! What is pushed in this process wakes its own waiters at once; others look again every few
//! milliseconds. Revocations and versions are read from memory, to which [`Shared::refresh`] adds what
//! is new: however many there are in the database, only the late ones are held and read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use corten_govern::Timestamp;
use corten_govern::ports::{BoxFuture, SharedState, StoreError};
use data_encoding::{BASE64, HEXLOWER};
use sqlx::Row as _;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock;
use crate::database::{Database, is_duplicate, unavailable};
use crate::redis_link::RedisLink;

/// What replicas share.
#[derive(Debug)]
pub struct Shared {
    database: Database,
    redis: Option<RedisLink>,
    /// Whether this process has the database to itself.
    is_alone: bool,
    memory: Mutex<Memory>,
    /// Told whenever something is pushed in this process.
    pushed: Notify,
    /// The last number of a message of this process.
    last: AtomicI64,
}

#[derive(Debug, Default)]
struct Memory {
    /// What was revoked lately, and when.
    revoked: BTreeMap<String, Timestamp>,
    /// Versions that were raised lately, and when.
    versions: BTreeMap<String, (u64, Timestamp)>,
    /// When the database was read last.
    read: Option<Timestamp>,
    next_sweep: i64,
}

/// After this time every replica has seen what was revoked: they look more often.
const EVERYWHERE: Duration = Duration::from_millis(600);

/// How often the waiting look again.
const POLL_REDIS: Duration = Duration::from_millis(20);
const POLL_SQL: Duration = Duration::from_millis(80);

/// How many messages are taken at once.
const MESSAGES: i64 = 256;

/// How often what has ended is removed from the database.
const SWEEP_MICROS: i64 = 30_000_000;

/// For how long what was revoked is held in memory. Whoever holds something that can be revoked looks more often.
const HOLD: Duration = Duration::from_mins(5);

/// What topics of sessions begin with.
const SESSION: &str = "session:";

/// For how long versions of sessions are kept: as long as what they stand for.
const KEEP_VERSIONS: Duration = Duration::from_hours(24);

/// How far the clocks of replicas may be apart.
const SKEW: Duration = Duration::from_secs(15);

/// The longest identifier that the database keeps.
const MAX_KEY: usize = 191;

impl Shared {
    pub(crate) fn new(database: Database, redis: Option<RedisLink>, is_alone: bool) -> Self {
        Self { database, redis, is_alone, memory: Mutex::default(), pushed: Notify::new(), last: AtomicI64::new(0) }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what was revoked and raised since the last time, and removes what has ended from time to time.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let doing = "reading what replicas share";
        let failed = |error: sqlx::Error| unavailable(doing, &error);
        let now = clock::now();
        let since = self.memory().read.unwrap_or(now).minus(SKEW);
        let query = self.database.query("SELECT topic, version FROM changes WHERE at_us > ?").bind(since.micros());
        let mut versions = Vec::new();
        for row in self.database.rows(query, doing).await? {
            let version: i64 = row.try_get(1).map_err(failed)?;
            versions.push((row.try_get(0).map_err(failed)?, (u64::try_from(version).unwrap_or_default(), now)));
        }
        let query = self.database.query("SELECT id FROM revoked WHERE at_us > ?").bind(since.micros());
        let mut revoked = Vec::new();
        for row in self.database.rows(query, doing).await? {
            revoked.push((row.try_get(0).map_err(failed)?, now));
        }
        if self.memory().take(versions, revoked, now) {
            self.sweep(now).await?;
        }
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let doing = "removing what has ended";
        for table in ["DELETE FROM shared WHERE expires <= ?", "DELETE FROM revoked WHERE expires <= ?"] {
            self.database.execute(self.database.query(table).bind(now.micros()), doing).await?;
        }
        let versions = self.database.query("DELETE FROM changes WHERE topic LIKE 'session:%' AND at_us <= ?");
        self.database.execute(versions.bind(now.minus(KEEP_VERSIONS).micros()), doing).await.map(drop)
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

/// Queues: a list in Redis, rows whose keys are in order in the database.
impl Shared {
    async fn redis_push(&self, topic: &str, message: &[u8], ttl: Duration) -> bool {
        let Some(redis) = &self.redis else { return false };
        let name = format!("corten:topic:{topic}");
        let mut push = redis::cmd("RPUSH");
        push.arg(&name).arg(message);
        if redis.ask::<i64>(&push).await.is_none() {
            return false;
        }
        let mut expire = redis::cmd("PEXPIRE");
        expire.arg(&name).arg(millis(ttl));
        redis.ask::<i64>(&expire).await;
        true
    }

    async fn redis_pull(&self, topic: &str) -> Vec<Vec<u8>> {
        let Some(redis) = &self.redis else { return Vec::new() };
        let mut pop = redis::cmd("LPOP");
        pop.arg(format!("corten:topic:{topic}")).arg(MESSAGES);
        redis.ask::<Option<Vec<Vec<u8>>>>(&pop).await.flatten().unwrap_or_default()
    }

    async fn sql_push(&self, topic: &str, message: &[u8], ttl: Duration) -> Result<(), StoreError> {
        let doing = "sending a message to another replica";
        let mut salt = [0; 4];
        getrandom::fill(&mut salt)
            .map_err(|error| StoreError::Unavailable { doing: doing.to_owned(), reason: error.to_string() })?;
        let now = clock::now();
        // The order of one sender holds whatever its clock does.
        let next = |last: i64| Some(now.micros().max(last + 1));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_else(|last| last);
        let number = now.micros().max(before + 1);
        let insert = self
            .database
            .query("INSERT INTO shared (id, expires, body) VALUES (?, ?, ?)")
            .bind(format!("{topic}#{number:020}{}", HEXLOWER.encode(&salt)))
            .bind(now.plus(ttl).micros())
            .bind(BASE64.encode(message));
        self.database.execute(insert, doing).await.map(drop)
    }

    async fn sql_pull(&self, topic: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let doing = "taking messages of other replicas";
        let failed = |error: sqlx::Error| unavailable(doing, &error);
        let select = self
            .database
            .query("SELECT id, body FROM shared WHERE id > ? AND id < ? AND expires > ? ORDER BY id LIMIT ?")
            .bind(format!("{topic}#"))
            .bind(format!("{topic}$"))
            .bind(clock::now().micros())
            .bind(MESSAGES);
        let mut found = Vec::new();
        let mut last = None;
        for row in self.database.rows(select, doing).await? {
            let text: String = row.try_get(1).map_err(failed)?;
            found.extend(BASE64.decode(text.as_bytes()));
            last = Some(row.try_get::<String, _>(0).map_err(failed)?);
        }
        if let Some(last) = last {
            let delete = self.database.query("DELETE FROM shared WHERE id > ? AND id <= ?");
            self.database.execute(delete.bind(format!("{topic}#")).bind(last), doing).await?;
        }
        Ok(found)
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

    fn push<'a>(&'a self, topic: &'a str, message: Vec<u8>, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            check(topic)?;
            if !self.redis_push(topic, &message, ttl).await {
                self.sql_push(topic, &message, ttl).await?;
            }
            self.pushed.notify_waiters();
            Ok(())
        })
    }

    fn pull<'a>(&'a self, topic: &'a str, timeout: Duration) -> BoxFuture<'a, Result<Vec<Vec<u8>>, StoreError>> {
        Box::pin(async move {
            check(topic)?;
            let end = Instant::now() + timeout;
            let mut next_sql = Instant::now();
            loop {
                let pushed = self.pushed.notified();
                tokio::pin!(pushed);
                pushed.as_mut().enable();
                let mut found = self.redis_pull(topic).await;
                // Also with Redis: a message may have been pushed while it was away.
                let now = Instant::now();
                if found.is_empty() && (self.redis.is_none() || now >= next_sql) {
                    next_sql = now + POLL_SQL;
                    found = self.sql_pull(topic).await?;
                }
                if !found.is_empty() || now >= end {
                    return Ok(found);
                }
                let poll = if self.redis.is_some() { POLL_REDIS } else { POLL_SQL };
                tokio::select! {
                    () = pushed => next_sql = now,
                    () = tokio::time::sleep_until(end.min(now + poll)) => {}
                }
            }
        })
    }

    fn is_alone(&self) -> bool {
        self.is_alone
    }

    fn revoke<'a>(&'a self, id: &'a str, ttl: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            check(id)?;
            let doing = "revoking an id";
            let now = clock::now();
            self.memory().revoked.insert(id.to_owned(), now);
            let insert = self
                .database
                .query("INSERT INTO revoked (id, expires, at_us) VALUES (?, ?, ?)")
                .bind(id.to_owned())
                .bind(now.plus(ttl).micros())
                .bind(now.micros());
            match insert.execute(self.database.pool()).await {
                Err(error) if !is_duplicate(&error) => return Err(unavailable(doing, &error)),
                _ => {}
            }
            if !self.is_alone {
                tokio::time::sleep(EVERYWHERE).await;
            }
            Ok(())
        })
    }

    fn is_revoked(&self, id: &str) -> bool {
        self.memory().revoked.contains_key(id)
    }

    fn was_revoked<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            if self.is_revoked(id) {
                return Ok(true);
            }
            let query = self.database.query("SELECT id FROM revoked WHERE id = ?").bind(id.to_owned());
            Ok(self.database.row(query, "asking whether an id was revoked").await?.is_some())
        })
    }

    fn version(&self, topic: &str) -> u64 {
        self.memory().versions.get(topic).map(|(version, _)| *version).unwrap_or_default()
    }

    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            check(topic)?;
            let doing = "telling other replicas of a change";
            let failed = |error: sqlx::Error| unavailable(doing, &error);
            let mut work = self.database.begin(doing).await?;
            let now = clock::now();
            let update = self.database.query("UPDATE changes SET version = version + 1, at_us = ? WHERE topic = ?");
            let update = update.bind(now.micros()).bind(topic.to_owned());
            if update.execute(&mut *work).await.map_err(failed)?.rows_affected() == 0 {
                let insert = self.database.query("INSERT INTO changes (topic, version, at_us) VALUES (?, 1, ?)");
                insert.bind(topic.to_owned()).bind(now.micros()).execute(&mut *work).await.map_err(failed)?;
            }
            let select = self.database.query("SELECT version FROM changes WHERE topic = ?").bind(topic.to_owned());
            let row = select.fetch_one(&mut *work).await.map_err(failed)?;
            let version = u64::try_from(row.try_get::<i64, _>(0).map_err(failed)?).unwrap_or_default();
            work.commit().await.map_err(failed)?;
            self.memory().versions.insert(topic.to_owned(), (version, now));
            Ok(version)
        })
    }
}

impl Memory {
    /// Adds what was read at a time and lets go of what is old; says whether the database is to be swept.
    fn take(
        &mut self,
        versions: Vec<(String, (u64, Timestamp))>,
        revoked: Vec<(String, Timestamp)>,
        now: Timestamp,
    ) -> bool {
        self.read = Some(now);
        self.versions.extend(versions);
        self.revoked.extend(revoked);
        let is_time = self.next_sweep <= now.micros();
        if is_time {
            self.next_sweep = now.micros().saturating_add(SWEEP_MICROS);
            self.revoked.retain(|_, at| at.plus(HOLD) > now);
            // Who has a stream of a session open looks more often.
            let hold = |topic: &str| if topic.starts_with(SESSION) { HOLD } else { KEEP_VERSIONS };
            self.versions.retain(|topic, (_, at)| at.plus(hold(topic)) > now);
        }
        is_time
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revoked_long_ago_is_not_held() {
        let mut memory = Memory::default();
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let versions = vec![("lists".to_owned(), (1, at(0))), ("session:a".to_owned(), (1, at(0)))];
        assert!(memory.take(versions, vec![("a".to_owned(), at(0))], at(0)));
        assert!(!memory.take(Vec::new(), vec![("b".to_owned(), at(1))], at(1)));
        assert!(memory.take(Vec::new(), vec![("c".to_owned(), at(301))], at(301)));
        assert_eq!(memory.revoked.keys().collect::<Vec<_>>(), ["c"]);
        assert_eq!(memory.versions.keys().collect::<Vec<_>>(), ["lists"]);
    }
}
