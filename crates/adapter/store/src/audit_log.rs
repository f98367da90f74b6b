//! Reads the audit log: pages for people, all of it for export and verification.

use corten_govern::audit::{ChainVerifier, Checkpoint, Entry, Summary, Verifier};
use corten_govern::ports::{AuditLog, AuditPage, AuditQuery, BoxFuture, StoreError};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::database::{Database, unavailable};
use crate::mover::cut;
use crate::store::Store;

const DOING: &str = "reading the audit log";

/// Rows that are read at once when all are.
const PAGE: i64 = 1_000;

/// A place in the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place(i64, String, i64);

impl Place {
    fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(format!("{}\n{}\n{}", self.0, self.1, self.2).as_bytes())
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split('\n');
        let place = Self(parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(place)
    }
}

impl AuditLog for Store {
    fn find(&self, query: AuditQuery) -> BoxFuture<'_, Result<AuditPage, StoreError>> {
        Box::pin(find(&self.database, query))
    }
}

/// Also a name that no column holds is looked for: within the page that the other conditions give.
async fn find(database: &Database, query: AuditQuery) -> Result<AuditPage, StoreError> {
    let limit = query.limit.clamp(1, 1_000) as usize;
    let cursor = query.cursor.as_deref().map(|text| {
        Place::parse(text).ok_or_else(|| StoreError::Invalid("the cursor is not one that a page gave".to_owned()))
    });
    let mut place = cursor.transpose()?;
    let mut page = AuditPage::default();
    // A rare name must not make one request read the whole log.
    for _ in 0..20 {
        let rows = some_rows(database, &query, place.as_ref()).await?;
        let is_end = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for row in rows {
            let failed = |error: sqlx::Error| unavailable(DOING, &error);
            place = Some(Place(
                row.try_get(2).map_err(failed)?,
                row.try_get(3).map_err(failed)?,
                row.try_get(4).map_err(failed)?,
            ));
            let entry = entry(&row)?;
            if let Some(name) = &query.name {
                let body = entry.read().map_err(|error| StoreError::Invalid(error.to_string()))?;
                if body.event.name.as_ref() != Some(name) {
                    continue;
                }
            }
            if page.entries.len() == limit {
                return Ok(page);
            }
            page.entries.push(entry);
            page.next = place.as_ref().map(Place::to_text);
        }
        if is_end {
            page.next = None;
            return Ok(page);
        }
        page.next = place.as_ref().map(Place::to_text);
        if page.entries.len() == limit {
            return Ok(page);
        }
    }
    Ok(page)
}

async fn some_rows(database: &Database, query: &AuditQuery, after: Option<&Place>) -> Result<Vec<AnyRow>, StoreError> {
    let mut sql = "SELECT hash, body, at_us, writer, seq FROM audit WHERE 1 = 1".to_owned();
    let mut texts: Vec<String> = Vec::new();
    let mut conditions = |condition: &str, value: Option<String>, texts: &mut Vec<String>| {
        if let Some(value) = value {
            sql.push_str(condition);
            texts.push(value);
        }
    };
    conditions(" AND caller = ?", query.caller.clone().map(cut), &mut texts);
    conditions(" AND server = ?", query.server.clone().map(cut), &mut texts);
    conditions(" AND kind = ?", query.kind.map(|kind| kind.as_str().to_owned()), &mut texts);
    conditions(" AND outcome = ?", query.outcome.map(|outcome| outcome.as_str().to_owned()), &mut texts);
    let mut numbers = Vec::new();
    if let Some(from) = query.from {
        sql.push_str(" AND at_us >= ?");
        numbers.push(from.micros());
    }
    if let Some(until) = query.until {
        sql.push_str(" AND at_us < ?");
        numbers.push(until.micros());
    }
    if after.is_some() {
        sql.push_str(" AND (at_us < ? OR (at_us = ? AND (writer < ? OR (writer = ? AND seq < ?))))");
    }
    sql.push_str(" ORDER BY at_us DESC, writer DESC, seq DESC LIMIT ?");
    let mut statement = database.query_made(sql);
    for text in texts {
        statement = statement.bind(text);
    }
    for number in numbers {
        statement = statement.bind(number);
    }
    if let Some(Place(time, writer, seq)) = after {
        statement = statement.bind(*time).bind(*time).bind(writer.clone()).bind(writer.clone()).bind(*seq);
    }
    let limit = if query.name.is_some() { PAGE } else { i64::from(query.limit.clamp(1, 1_000)) + 1 };
    database.rows(statement.bind(limit), DOING).await
}

fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    let failed = |error: sqlx::Error| unavailable(DOING, &error);
    let body: String = row.try_get(1).map_err(failed)?;
    let body =
        serde_json::value::RawValue::from_string(body).map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok(Entry { hash: row.try_get(0).map_err(failed)?, body })
}

/// The audit log of a database, for `corten audit`, while other processes use it.
#[derive(Debug)]
pub struct AuditReader {
    database: Database,
}

impl AuditReader {
    /// Opens a database.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(url).await? })
    }

    /// Calls `write` with every line of an export: checkpoints, then entries by writer and number.
    pub async fn export(&self, mut write: impl FnMut(&str) -> std::io::Result<()>) -> Result<u64, StoreError> {
        let mut lines = 0;
        let failed = |error: std::io::Error| StoreError::Unavailable {
            doing: "writing the export".to_owned(),
            reason: error.to_string(),
        };
        let mut number = 0;
        loop {
            let checkpoints = self.checkpoints(number).await?;
            let Some((last, _)) = checkpoints.last() else { break };
            number = *last;
            for (_, text) in checkpoints {
                write(&text).map_err(failed)?;
                lines += 1;
            }
        }
        let mut after = (String::new(), 0);
        while let Some(entries) = self.entries(&mut after).await? {
            for entry in entries {
                let text = serde_json::to_string(&entry).map_err(|error| StoreError::Invalid(error.to_string()))?;
                write(&text).map_err(failed)?;
                lines += 1;
            }
        }
        Ok(lines)
    }

    /// Checks everything.
    pub async fn verify(&self, verifier: &dyn Verifier) -> Result<Summary, StoreError> {
        let mut check = ChainVerifier::default();
        let mut number = 0;
        loop {
            let checkpoints = self.checkpoints(number).await?;
            let Some((last, _)) = checkpoints.last() else { break };
            number = *last;
            for (number, text) in checkpoints {
                check_checkpoint(&mut check, &text, u64::try_from(number).unwrap_or_default(), verifier);
            }
        }
        let mut after = (String::new(), 0);
        while let Some(entries) = self.entries(&mut after).await? {
            for entry in &entries {
                check.entry(entry);
            }
        }
        Ok(check.finish())
    }

    async fn checkpoints(&self, after: i64) -> Result<Vec<(i64, String)>, StoreError> {
        let failed = |error: sqlx::Error| unavailable(DOING, &error);
        let query = self
            .database
            .query("SELECT number, body FROM audit_checkpoints WHERE number > ? ORDER BY number LIMIT ?")
            .bind(after)
            .bind(PAGE);
        let rows = self.database.rows(query, DOING).await?;
        rows.iter().map(|row| Ok((row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?))).collect()
    }

    async fn entries(&self, after: &mut (String, i64)) -> Result<Option<Vec<Entry>>, StoreError> {
        let failed = |error: sqlx::Error| unavailable(DOING, &error);
        let query = self
            .database
            .query(
                "SELECT hash, body, at_us, writer, seq FROM audit WHERE writer > ? OR (writer = ? AND seq > ?) \
                 ORDER BY writer, seq LIMIT ?",
            )
            .bind(after.0.clone())
            .bind(after.0.clone())
            .bind(after.1)
            .bind(PAGE);
        let rows = self.database.rows(query, DOING).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        *after = (last.try_get(3).map_err(failed)?, last.try_get(4).map_err(failed)?);
        rows.iter().map(entry).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

/// Checks an export, line by line.
pub fn verify_export(
    lines: impl Iterator<Item = std::io::Result<String>>,
    verifier: &dyn Verifier,
) -> std::io::Result<Summary> {
    let mut check = ChainVerifier::default();
    let mut number = 0;
    for line in lines {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with(r#"{"checkpoint""#) {
            number += 1;
            check_checkpoint(&mut check, &line, number, verifier);
            continue;
        }
        match serde_json::from_str::<Entry>(&line) {
            Ok(entry) => check.entry(&entry),
            Err(_) => check.unreadable(),
        }
    }
    Ok(check.finish())
}

fn check_checkpoint(check: &mut ChainVerifier, text: &str, number: u64, verifier: &dyn Verifier) {
    match serde_json::from_str::<Checkpoint>(text) {
        Ok(checkpoint) => check.checkpoint(&checkpoint, verifier),
        Err(_) => check.unreadable_checkpoint(number),
    }
}
