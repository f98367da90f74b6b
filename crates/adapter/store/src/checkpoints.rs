//! Signs how far the chains in the database have come, and removes what was kept for long enough.
//!
//! What is to be removed is said in a signed checkpoint first: `audit verify` misses nothing that one of them
//! says was let go, and misses everything else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use corten_govern::Timestamp;
use corten_govern::audit::{Checkpoint, CheckpointBody, Head, LetGo, make_checkpoint};
use corten_govern::ports::StoreError;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tokio::sync::watch;

use crate::clock;
use crate::database::{is_duplicate, unavailable};
use crate::store::{Store, stopped};

/// When old entries are looked for: soon after the start, then from time to time.
const FIRST: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(1);

/// Entries are written down when they end and sorted by when they began: what is this much younger stays too.
const LONGEST: Duration = Duration::from_hours(1);

/// How many rows are read or removed at once, and the pause in which others have their turn.
const ROWS: i64 = 2_000;
const PAUSE: Duration = Duration::from_millis(50);

/// Makes the next checkpoint; false when another replica made it at the same moment.
pub(crate) async fn sign(store: &Store, let_go: Option<LetGo>) -> Result<bool, StoreError> {
    let doing = "signing a checkpoint of the audit log";
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let last = store.database.query("SELECT number, hash FROM audit_checkpoints ORDER BY number DESC LIMIT 1");
    let last = match store.database.row(last, doing).await? {
        Some(row) => Some((number(&row, 0, doing)?, row.try_get::<String, _>(1).map_err(failed)?)),
        None => None,
    };
    let heads = heads(store, doing).await?;
    let last = last.as_ref().map(|(number, hash)| (*number, hash.as_str()));
    let made = make_checkpoint(last, heads, let_go, clock::now(), store.signer());
    let made = made.map_err(|error| StoreError::Invalid(error.to_string()))?;
    let body = serde_json::to_string(&made).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let insert = store
        .database
        .query("INSERT INTO audit_checkpoints (number, body, hash) VALUES (?, ?, ?)")
        .bind(signed(last.map_or(0, |(number, _)| number) + 1))
        .bind(body)
        .bind(made.hash());
    match insert.execute(store.database.pool()).await {
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(failed(error)),
        Ok(_) => Ok(true),
    }
}

async fn heads(store: &Store, doing: &str) -> Result<Vec<Head>, StoreError> {
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let rows = store.database.query("SELECT writer, seq, hash FROM audit_heads ORDER BY writer");
    let mut heads = Vec::new();
    for row in store.database.rows(rows, doing).await? {
        heads.push(Head {
            writer: row.try_get(0).map_err(failed)?,
            seq: number(&row, 1, doing)?,
            hash: row.try_get(2).map_err(failed)?,
        });
    }
    Ok(heads)
}

/// Removes what is older than the audit log is kept, until told to stop.
pub(crate) async fn keep_short(store: Arc<Store>, keep: Duration, mut stop: watch::Receiver<bool>) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopped(&mut stop) => return,
        }
        pause = EVERY;
        let removed = tokio::select! {
            removed = prune(&store, clock::now().minus(keep)) => removed,
            // What is left is removed after the next start.
            () = stopped(&mut stop) => return,
        };
        match removed {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old audit entries were removed"),
            Err(error) => tracing::warn!(%error, "old audit entries stay for now"),
        }
    }
}

/// Removes entries and checkpoints from before a time; says how many entries.
pub(crate) async fn prune(store: &Store, before: Timestamp) -> Result<u64, StoreError> {
    let before = before.minus(LONGEST);
    let known = let_go(store).await?;
    let mut next = known.clone();
    let mut removed: BTreeMap<String, Head> =
        known.entries.into_iter().map(|head| (head.writer.clone(), head)).collect();
    let doing = "looking for old audit entries";
    for head in heads(store, doing).await? {
        if let Some(old) = newest(store, &head.writer, before, doing).await? {
            let gone = removed.get(&head.writer).map_or(0, |gone| gone.seq);
            if old.seq > gone {
                removed.insert(head.writer, old);
            }
        }
    }
    let entries: Vec<Head> = removed.into_values().collect();
    old_checkpoints(store, before, &mut next).await?;
    // Checkpoints alone are not worth a statement.
    if entries != next.entries {
        next.entries = entries;
        if !sign(store, Some(next.clone())).await? {
            return Ok(0);
        }
    } else if next.entries.is_empty() {
        return Ok(0);
    } else {
        next = let_go(store).await?;
    }
    remove(store, &next).await
}

/// What the last statement about it says was removed.
async fn let_go(store: &Store) -> Result<LetGo, StoreError> {
    let doing = "looking for what was removed from the audit log";
    let query = store
        .database
        .query("SELECT body FROM audit_checkpoints WHERE body LIKE '%\"let_go\"%' ORDER BY number DESC LIMIT 1");
    let Some(row) = store.database.row(query, doing).await? else { return Ok(LetGo::nothing()) };
    let body = checkpoint(&row, 0, doing)?;
    Ok(body.let_go.unwrap_or_else(LetGo::nothing))
}

/// The newest entry of a writer from before a time.
async fn newest(store: &Store, writer: &str, before: Timestamp, doing: &str) -> Result<Option<Head>, StoreError> {
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    let query = store
        .database
        .query(
            "SELECT seq, hash FROM audit WHERE at_us < ? AND writer = ? \
             ORDER BY at_us DESC, writer DESC, seq DESC LIMIT 1",
        )
        .bind(before.micros())
        .bind(writer.to_owned());
    let Some(row) = store.database.row(query, doing).await? else { return Ok(None) };
    let (seq, hash) = (number(&row, 0, doing)?, row.try_get(1).map_err(failed)?);
    Ok(Some(Head { writer: writer.to_owned(), seq, hash }))
}

/// Goes on to the last checkpoint from before a time that has another one after it.
async fn old_checkpoints(store: &Store, before: Timestamp, last: &mut LetGo) -> Result<(), StoreError> {
    let doing = "looking for old checkpoints of the audit log";
    let failed = |error: sqlx::Error| unavailable(doing, &error);
    loop {
        let query = store
            .database
            .query("SELECT number, hash, body FROM audit_checkpoints WHERE number > ? ORDER BY number LIMIT ?")
            .bind(signed(last.checkpoint))
            .bind(ROWS);
        let rows = store.database.rows(query, doing).await?;
        let is_end = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
        let others = rows.len().saturating_sub(usize::from(is_end));
        for row in rows.iter().take(others) {
            if checkpoint(row, 2, doing)?.time >= before {
                return Ok(());
            }
            (last.checkpoint, last.hash) = (number(row, 0, doing)?, row.try_get(1).map_err(failed)?);
        }
        if is_end {
            return Ok(());
        }
    }
}

/// Removes what a statement says, little by little.
async fn remove(store: &Store, gone: &LetGo) -> Result<u64, StoreError> {
    let doing = "removing old audit entries";
    let mut removed = 0;
    for head in &gone.entries {
        let last = signed(head.seq);
        loop {
            let first = store.database.query("SELECT seq FROM audit WHERE writer = ? ORDER BY seq LIMIT 1");
            let first = store.database.row(first.bind(head.writer.clone()), doing).await?;
            let first = first.map(|row| number(&row, 0, doing)).transpose()?.map(signed);
            let Some(first) = first.filter(|first| *first <= last) else { break };
            let delete = store
                .database
                .query("DELETE FROM audit WHERE writer = ? AND seq <= ?")
                .bind(head.writer.clone())
                .bind(last.min(first.saturating_add(ROWS)));
            removed += store.database.execute(delete, doing).await?;
            tokio::time::sleep(PAUSE).await;
        }
    }
    let checkpoints = store.database.query("DELETE FROM audit_checkpoints WHERE number <= ?");
    store.database.execute(checkpoints.bind(signed(gone.checkpoint)), doing).await?;
    Ok(removed)
}

fn checkpoint(row: &AnyRow, column: usize, doing: &str) -> Result<CheckpointBody, StoreError> {
    let text: String = row.try_get(column).map_err(|error| unavailable(doing, &error))?;
    let read = serde_json::from_str::<Checkpoint>(&text).and_then(|checkpoint| checkpoint.read());
    read.map_err(|error| StoreError::Invalid(format!("a checkpoint of the audit log cannot be read: {error}")))
}

fn number(row: &AnyRow, column: usize, doing: &str) -> Result<u64, StoreError> {
    let number: i64 = row.try_get(column).map_err(|error| unavailable(doing, &error))?;
    Ok(u64::try_from(number).unwrap_or_default())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
