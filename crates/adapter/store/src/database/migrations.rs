//! The tables, as one list of statements for every database.
//!
//! Each statement is a step with a number; `meta` remembers the last one that was done. Steps are
//! only ever added at the end. Replicas that start together take turns.

use corten_govern::ports::StoreError;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Row as _};

use crate::database::{Database, Dialect, unavailable};

/// `{id}` is an identifier of at most 191 characters, compared byte for byte; `{text}` is text of
/// any length.
const STEPS: &[&str] = &[
    "CREATE TABLE records (kind {id} NOT NULL, id {id} NOT NULL, version BIGINT NOT NULL, updated BIGINT NOT NULL, \
     body {text} NOT NULL, PRIMARY KEY (kind, id))",
    "CREATE TABLE changes (topic {id} NOT NULL PRIMARY KEY, version BIGINT NOT NULL)",
    "CREATE TABLE key_uses (id {id} NOT NULL PRIMARY KEY, uses BIGINT NOT NULL, last_used BIGINT NOT NULL)",
    "CREATE TABLE audit (writer {id} NOT NULL, seq BIGINT NOT NULL, at_us BIGINT NOT NULL, kind {id} NOT NULL, \
     outcome {id} NOT NULL, caller {id} NOT NULL, server {id}, hash {id} NOT NULL, body {text} NOT NULL, \
     PRIMARY KEY (writer, seq))",
    "CREATE INDEX audit_by_time ON audit (at_us, writer, seq)",
    "CREATE TABLE audit_heads (writer {id} NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash {id} NOT NULL)",
    "CREATE TABLE audit_checkpoints (number BIGINT NOT NULL PRIMARY KEY, body {text} NOT NULL, hash {id} NOT NULL)",
    "CREATE TABLE shared (id {id} NOT NULL PRIMARY KEY, expires BIGINT NOT NULL, body {text} NOT NULL)",
    "CREATE TABLE revoked (id {id} NOT NULL PRIMARY KEY, expires BIGINT NOT NULL)",
    "CREATE TABLE vault (caller {id} NOT NULL, server {id} NOT NULL, updated BIGINT NOT NULL, body {text} NOT NULL, \
     PRIMARY KEY (caller, server))",
    "ALTER TABLE changes ADD COLUMN at_us BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE revoked ADD COLUMN at_us BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX revoked_by_time ON revoked (at_us)",
    "CREATE INDEX revoked_by_end ON revoked (expires)",
    "CREATE INDEX shared_by_end ON shared (expires)",
];

const DOING: &str = "bringing the tables up to date";

/// Does the steps that are not done yet.
pub(super) async fn run(database: &Database) -> Result<(), StoreError> {
    let mut connection = database.pool().acquire().await.map_err(|error| unavailable(DOING, &error))?;
    lock(&mut connection, database.dialect, true).await?;
    let done = steps(&mut connection, database.dialect).await;
    let unlocked = lock(&mut connection, database.dialect, false).await;
    done.and(unlocked)
}

async fn steps(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| unavailable(DOING, &error);
    let meta = "CREATE TABLE IF NOT EXISTS meta (id {id} NOT NULL PRIMARY KEY, body {text} NOT NULL)";
    connection.execute(AssertSqlSafe(types(meta, dialect))).await.map_err(failed)?;
    let row = connection.fetch_optional("SELECT body FROM meta WHERE id = 'step'").await.map_err(failed)?;
    let done = if let Some(row) = &row {
        row.try_get::<String, _>(0).map_err(failed)?.parse::<usize>().unwrap_or_default()
    } else {
        connection.execute("INSERT INTO meta (id, body) VALUES ('step', '0')").await.map_err(failed)?;
        0
    };
    if done > STEPS.len() {
        return Err(StoreError::Invalid(format!(
            "the database was used by a newer version (step {done}, this version knows {}); use that version or another database",
            STEPS.len()
        )));
    }
    for (number, step) in STEPS.iter().enumerate().skip(done) {
        // MySQL commits tables at once: a step that was done before a crash may be there already.
        let mut work = connection.begin().await.map_err(failed)?;
        if let Err(error) = work.execute(AssertSqlSafe(types(step, dialect))).await
            && !(dialect == Dialect::MySql && is_there_already(&error))
        {
            return Err(failed(error));
        }
        let remember = format!("UPDATE meta SET body = '{}' WHERE id = 'step'", number + 1);
        work.execute(AssertSqlSafe(remember)).await.map_err(failed)?;
        work.commit().await.map_err(failed)?;
    }
    Ok(())
}

fn types(step: &str, dialect: Dialect) -> String {
    let (id, text) = match dialect {
        Dialect::Sqlite => ("TEXT", "TEXT"),
        Dialect::Postgres => ("VARCHAR(191) COLLATE \"C\"", "TEXT"),
        Dialect::MySql => (
            "VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        ),
    };
    step.replace("{id}", id).replace("{text}", text)
}

/// MySQL 1050: the table exists; 1060: the column exists; 1061: the index exists.
fn is_there_already(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        let message = error.message();
        ["already exists", "Duplicate column name", "Duplicate key name"].iter().any(|text| message.contains(text))
    })
}

async fn lock(connection: &mut AnyConnection, dialect: Dialect, is_begin: bool) -> Result<(), StoreError> {
    let statement = match (dialect, is_begin) {
        // One process owns a SQLite file, and each step is a transaction.
        (Dialect::Sqlite, _) => return Ok(()),
        (Dialect::Postgres, true) => "SELECT pg_advisory_lock(7233101)",
        (Dialect::Postgres, false) => "SELECT pg_advisory_unlock(7233101)",
        (Dialect::MySql, true) => "DO GET_LOCK('corten_steps', 60)",
        (Dialect::MySql, false) => "DO RELEASE_LOCK('corten_steps')",
    };
    // Sent without preparing: the lock functions have result types that no row of ours has.
    sqlx::raw_sql(statement).execute(connection).await.map_err(|error| unavailable(DOING, &error))?;
    Ok(())
}
