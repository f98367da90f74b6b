//! The tables: those of Helm's driver, made as its migrations make them, and our leases.
//!
//! Go: storage/driver/sql.go `ensureDBSetup` with rubenv/sql-migrate, which notes in
//! `gorp_migrations` what was done.

use sqlx::postgres::PgPool;
use sqlx::{Postgres, Transaction};

/// Name and statements of Helm's migrations.
const MIGRATIONS: &[(&str, &[&str])] = &[
    (
        "init",
        &[
            "CREATE TABLE releases_v1 (key VARCHAR(90), type VARCHAR(64) NOT NULL, body TEXT NOT NULL, \
             name VARCHAR(64) NOT NULL, namespace VARCHAR(64) NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, \
             owner TEXT NOT NULL, createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL DEFAULT 0, \
             PRIMARY KEY(key, namespace))",
            "CREATE INDEX ON releases_v1 (key, namespace)",
            "CREATE INDEX ON releases_v1 (version)",
            "CREATE INDEX ON releases_v1 (status)",
            "CREATE INDEX ON releases_v1 (owner)",
            "CREATE INDEX ON releases_v1 (createdAt)",
            "CREATE INDEX ON releases_v1 (modifiedAt)",
            "GRANT ALL ON releases_v1 TO PUBLIC",
            "ALTER TABLE releases_v1 ENABLE ROW LEVEL SECURITY",
        ],
    ),
    (
        "custom_labels",
        &[
            "CREATE TABLE custom_labels_v1 (releaseKey VARCHAR(64), releaseNamespace VARCHAR(67), key VARCHAR(317), \
             value VARCHAR(63))",
            "CREATE INDEX ON custom_labels_v1 (releaseKey, releaseNamespace)",
            "GRANT ALL ON custom_labels_v1 TO PUBLIC",
            "ALTER TABLE custom_labels_v1 ENABLE ROW LEVEL SECURITY",
        ],
    ),
];

const LEASES: &[&str] = &[
    "CREATE TABLE corten_leases_v1 (key VARCHAR(90), namespace VARCHAR(64), holder TEXT NOT NULL, \
     renewed TEXT NOT NULL, PRIMARY KEY (key, namespace))",
    "GRANT ALL ON corten_leases_v1 TO PUBLIC",
    "ALTER TABLE corten_leases_v1 ENABLE ROW LEVEL SECURITY",
];

/// Makes what is missing.
pub(super) async fn prepare(pool: &PgPool) -> Result<(), sqlx::Error> {
    let is_there = "SELECT to_regclass('gorp_migrations') IS NOT NULL AND to_regclass('corten_leases_v1') IS NOT NULL";
    let has_tables: bool = sqlx::query_scalar(is_there).fetch_one(pool).await?;
    if has_tables {
        let done: i64 =
            sqlx::query_scalar("SELECT count(*) FROM gorp_migrations WHERE id IN ('init', 'custom_labels')")
                .fetch_one(pool)
                .await?;
        if usize::try_from(done).is_ok_and(|done| done == MIGRATIONS.len()) {
            return Ok(());
        }
    }
    let mut transaction = pool.begin().await?;
    // One at a time: two first runs at once would both make the tables.
    sqlx::query("SELECT pg_advisory_xact_lock(7220861)").execute(&mut *transaction).await?;
    migrate(&mut transaction).await?;
    transaction.commit().await
}

async fn migrate(transaction: &mut Transaction<'_, Postgres>) -> Result<(), sqlx::Error> {
    let notes = "CREATE TABLE IF NOT EXISTS gorp_migrations \
                 (id text not null primary key, applied_at timestamp with time zone)";
    sqlx::query(notes).execute(&mut **transaction).await?;
    for (name, statements) in MIGRATIONS {
        let note = "INSERT INTO gorp_migrations (id, applied_at) VALUES ($1, now()) ON CONFLICT DO NOTHING";
        let inserted = sqlx::query(note).bind(*name).execute(&mut **transaction).await?;
        if inserted.rows_affected() == 0 {
            continue;
        }
        for statement in *statements {
            sqlx::query(*statement).execute(&mut **transaction).await?;
        }
    }
    let exists: bool =
        sqlx::query_scalar("SELECT to_regclass('corten_leases_v1') IS NOT NULL").fetch_one(&mut **transaction).await?;
    if !exists {
        for statement in LEASES {
            sqlx::query(*statement).execute(&mut **transaction).await?;
        }
    }
    Ok(())
}
