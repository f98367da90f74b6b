//! One door to SQLite, PostgreSQL and MySQL or MariaDB.
//!
//! Statements are written once, with `?` for parameters and in the SQL that all of them share;
//! where they differ, [`Dialect`] says how. Times are microseconds, identifiers compare byte for
//! byte everywhere.

mod migrations;

use std::time::Duration;

use corten_govern::ports::StoreError;
use sqlx::any::{Any, AnyArguments, AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Executor as _, Transaction};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
    MySql,
}

/// A pool of connections.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pool: AnyPool,
    dialect: Dialect,
}

/// A transaction; rolled back unless it is committed.
pub(crate) type Work = Transaction<'static, Any>;

pub(crate) type Query<'q> = sqlx::query::Query<'q, Any, AnyArguments>;

/// How long a statement waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);

impl Dialect {
    /// Reads the scheme of a database's address.
    pub(crate) fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::MySql),
            _ => None,
        }
    }

    /// `?` as this database writes parameters.
    fn parameters(self, sql: &'static str) -> AssertSqlSafe<String> {
        if self != Self::Postgres {
            return AssertSqlSafe(sql.to_owned());
        }
        let mut text = String::with_capacity(sql.len() + 16);
        let mut number = 0;
        for (at, part) in sql.split('?').enumerate() {
            if at > 0 {
                number += 1;
                text.push('$');
                text.push_str(&number.to_string());
            }
            text.push_str(part);
        }
        AssertSqlSafe(text)
    }
}

impl Database {
    /// Connects and brings the tables up to date.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let doing = "opening the database";
        let Some(dialect) = Dialect::of(url) else {
            return Err(StoreError::Invalid(
                "the database's address must begin with sqlite:, postgres:// or mysql://".to_owned(),
            ));
        };
        sqlx::any::install_default_drivers();
        // The driver of MySQL speaks to MariaDB as well, but does not know its scheme.
        let url = url.replacen("mariadb:", "mysql:", 1);
        let options = AnyPoolOptions::new()
            .max_connections(if dialect == Dialect::Sqlite { 4 } else { 8 })
            .acquire_timeout(ACQUIRE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        connection.execute("PRAGMA journal_mode = WAL").await?;
                        connection.execute("PRAGMA synchronous = NORMAL").await?;
                        connection.execute("PRAGMA busy_timeout = 5000").await?;
                        connection.execute("PRAGMA foreign_keys = ON").await?;
                        // Each connection has a cache of its own; what is read often is in memory anyway.
                        connection.execute("PRAGMA cache_size = -256").await?;
                    }
                    Ok(())
                })
            });
        let pool = options.connect(&url).await.map_err(|error| unavailable(doing, &error))?;
        let database = Self { pool, dialect };
        migrations::run(&database).await?;
        Ok(database)
    }

    /// A statement with its parameters still to be bound.
    pub(crate) fn query(&self, sql: &'static str) -> Query<'static> {
        sqlx::query(self.dialect.parameters(sql))
    }

    /// A statement that differs from call to call; made of our own text only.
    pub(crate) fn query_made(&self, sql: String) -> Query<'static> {
        // The text is ours; parameters are bound.
        if self.dialect == Dialect::Postgres {
            let mut text = String::with_capacity(sql.len() + 64);
            for (at, part) in sql.split('?').enumerate() {
                if at > 0 {
                    text.push('$');
                    text.push_str(&at.to_string());
                }
                text.push_str(part);
            }
            return sqlx::query(AssertSqlSafe(text));
        }
        sqlx::query(AssertSqlSafe(sql))
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self, doing: &str) -> Result<Work, StoreError> {
        let begun = match self.dialect {
            // A transaction that begins by reading could not become a writer while another one writes.
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres | Dialect::MySql => self.pool.begin().await,
        };
        begun.map_err(|error| unavailable(doing, &error))
    }

    /// Runs a statement; says how many rows it touched.
    pub(crate) async fn execute(&self, query: Query<'_>, doing: &str) -> Result<u64, StoreError> {
        let done = query.execute(&self.pool).await.map_err(|error| unavailable(doing, &error))?;
        Ok(done.rows_affected())
    }

    /// All rows.
    pub(crate) async fn rows(&self, query: Query<'_>, doing: &str) -> Result<Vec<AnyRow>, StoreError> {
        query.fetch_all(&self.pool).await.map_err(|error| unavailable(doing, &error))
    }

    /// The first row.
    pub(crate) async fn row(&self, query: Query<'_>, doing: &str) -> Result<Option<AnyRow>, StoreError> {
        query.fetch_optional(&self.pool).await.map_err(|error| unavailable(doing, &error))
    }

    /// Says whether it answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.execute(sqlx::query("SELECT 1"), "asking the database whether it is there").await.map(drop)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

/// What a failed statement means. The message of a driver never holds the address with its password.
pub(crate) fn unavailable(doing: &str, error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable { doing: doing.to_owned(), reason: error.to_string() }
}

/// Says whether a statement failed because a row of that key is there.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn parameters_are_numbered_for_postgres() {
        assert_eq!(Dialect::Postgres.parameters("a = ? AND b = ?").0, "a = $1 AND b = $2");
        assert_eq!(Dialect::MySql.parameters("a = ? AND b = ?").0, "a = ? AND b = ?");
        assert_eq!(Dialect::of("mariadb://x"), Some(Dialect::MySql));
        assert_eq!(Dialect::of("/a/file"), None);
    }
}
