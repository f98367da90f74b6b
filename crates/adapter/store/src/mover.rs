//! Moves synced entries from the spool to the database, and signs checkpoints over them.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::audit::Entry;
use corten_govern::ports::StoreError;
use sqlx::Row as _;
use tokio::sync::watch;

use crate::checkpoints;
use crate::database::unavailable;
use crate::spool::Reader;
use crate::store::{Store, stopped};

/// How many entries a statement may have. A hundred with nine parameters each stay below every database's bound; a
/// connection keeps each statement that it was given once, so that there must not be one for every number.
const ROWS: [usize; 3] = [100, 10, 1];

/// Bytes of entries of one transaction.
const BATCH: usize = 256 * 1024;

/// How often a checkpoint is made while there are new entries.
const CHECKPOINT: Duration = Duration::from_mins(1);

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// What entries gather in before they are moved, so that the database sees few, large transactions.
const GATHER: Duration = Duration::from_millis(250);

const DOING: &str = "moving audit entries";

/// Moves until told to stop, then what is left.
pub(crate) async fn run(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    let mut state = Mover { reader: Reader::new(store.spool().folder()), moved: None, covered: 0 };
    let mut next_checkpoint = tokio::time::Instant::now() + CHECKPOINT;
    loop {
        let is_last = *stop.borrow();
        let result = state.move_all(&store).await;
        store.set_moved(state.moved.unwrap_or_default());
        let is_time = is_last || tokio::time::Instant::now() >= next_checkpoint;
        let result = match result {
            Ok(()) if is_time => {
                next_checkpoint = tokio::time::Instant::now() + CHECKPOINT;
                state.checkpoint(&store).await
            }
            other => other,
        };
        if let Err(error) = result {
            tracing::warn!(%error, "audit entries stay in the spool for now");
            state.moved = None;
            state.reader.rewind();
            if is_last {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stopped(&mut stop) => {}
            }
            continue;
        }
        // Written, not only synced: the last entries reach the disk a moment after they are written.
        if is_last && store.spool().written() <= state.moved.unwrap_or_default() {
            return;
        }
        if is_last {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        }
        tokio::select! {
            () = store.spool().wait_for_synced() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep_until(next_checkpoint) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

#[derive(Debug)]
struct Mover {
    reader: Reader,
    /// The last entry in the database, once known.
    moved: Option<u64>,
    /// The last entry of ours that a checkpoint covers.
    covered: u64,
}

impl Mover {
    async fn move_all(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut moved = match self.moved {
            Some(moved) => moved,
            None => last_moved(store).await?,
        };
        self.moved = Some(moved);
        store.set_moved(moved);
        loop {
            let synced = store.spool().synced();
            let read = self.reader.read(moved + 1, synced, BATCH);
            let entries = read.map_err(|error| StoreError::Unavailable {
                doing: "reading the audit spool".to_owned(),
                reason: error.to_string(),
            })?;
            let Some(last) = entries.last() else { break };
            let (seq, _) = number(last)?;
            insert(store, &entries).await?;
            moved = seq;
            self.moved = Some(moved);
            store.set_moved(moved);
        }
        let removed = self.reader.remove_until(moved);
        removed.map_err(|error| StoreError::Unavailable {
            doing: "removing what was moved from the audit spool".to_owned(),
            reason: error.to_string(),
        })
    }

    /// Signs how far every chain in the database has come, if ours has come further since.
    async fn checkpoint(&mut self, store: &Store) -> Result<(), StoreError> {
        let moved = self.moved.unwrap_or_default();
        // When another replica made this one at the same moment, ours comes with the next round.
        if moved > self.covered && checkpoints::sign(store, None).await? {
            self.covered = moved;
        }
        Ok(())
    }
}

/// The last entry of our chain that the database has.
async fn last_moved(store: &Store) -> Result<u64, StoreError> {
    let query = store.database.query("SELECT seq FROM audit_heads WHERE writer = ?").bind(store.spool().writer());
    let Some(row) = store.database.row(query, DOING).await? else { return Ok(0) };
    let seq: i64 = row.try_get(0).map_err(|error| unavailable(DOING, &error))?;
    Ok(u64::try_from(seq).unwrap_or_default())
}

/// Adds entries and the new head in one transaction, so that a repeated attempt knows where it is.
async fn insert(store: &Store, entries: &[Entry]) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| unavailable(DOING, &error);
    let mut work = store.database.begin(DOING).await?;
    let mut left = entries;
    while let Some(count) = ROWS.into_iter().find(|rows| *rows <= left.len()) {
        let (rows, rest) = left.split_at(count);
        left = rest;
        let mut sql = String::with_capacity(160 + rows.len() * 28);
        sql.push_str("INSERT INTO audit (writer, seq, at_us, kind, outcome, caller, server, hash, body) VALUES ");
        for at in 0..rows.len() {
            sql.push_str(if at == 0 { "(?, ?, ?, ?, ?, ?, ?, ?, ?)" } else { ", (?, ?, ?, ?, ?, ?, ?, ?, ?)" });
        }
        let mut query = store.database.query_made(sql);
        for entry in rows {
            let body = entry.read().map_err(|error| StoreError::Invalid(error.to_string()))?;
            let (event, seq) = (body.event, i64::try_from(body.seq).unwrap_or(i64::MAX));
            query = query.bind(body.writer).bind(seq).bind(event.time.micros());
            query = query.bind(event.kind.as_str()).bind(event.outcome.as_str()).bind(cut(event.caller));
            query = query.bind(event.server.map(cut)).bind(entry.hash.clone()).bind(entry.body.get().to_owned());
        }
        query.execute(&mut *work).await.map_err(failed)?;
    }
    if let Some(last) = entries.last() {
        let (seq, writer) = number(last)?;
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let update = store.database.query("UPDATE audit_heads SET seq = ?, hash = ? WHERE writer = ?");
        let update = update.bind(seq).bind(last.hash.clone()).bind(writer.clone());
        if update.execute(&mut *work).await.map_err(failed)?.rows_affected() == 0 {
            let head = store.database.query("INSERT INTO audit_heads (writer, seq, hash) VALUES (?, ?, ?)");
            head.bind(writer).bind(seq).bind(last.hash.clone()).execute(&mut *work).await.map_err(failed)?;
        }
    }
    work.commit().await.map_err(failed)
}

fn number(entry: &Entry) -> Result<(u64, String), StoreError> {
    let body = entry.read().map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok((body.seq, body.writer))
}

/// What columns by which entries are found hold of a text: its beginning, without the character
/// that PostgreSQL takes nowhere. The body holds all of it.
pub(crate) fn cut(text: String) -> String {
    const COLUMN: usize = 191;
    let mut text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    if let Some((at, _)) = text.char_indices().nth(COLUMN) {
        text.truncate(at);
    }
    text
}
