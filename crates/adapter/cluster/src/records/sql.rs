//! Release records in PostgreSQL, in the tables of Helm's driver.
//!
//! Go: storage/driver/sql.go. The leases of pending records lie in a table of ours beside them; the
//! version of a record is the transaction that wrote its row last (`xmin`).

mod address;
mod schema;

use std::sync::Arc;

use corten_release::{
    Body, BoxFuture, Content, Fence, Holder, Labels, Lease, Record, ReleaseStore, StoreError, Stored, Timestamp, codec,
    query_labels, user_labels,
};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{Postgres, QueryBuilder, Row as _, Transaction};
use tokio::sync::OnceCell;

/// Records of one namespace, or of all (empty).
pub struct SqlStore {
    address: String,
    namespace: String,
    pool: OnceCell<PgPool>,
}

/// Go: sql.go `labelMap`.
const COLUMNS: &[(&str, &str)] = &[
    ("createdAt", "createdat"),
    ("modifiedAt", "modifiedat"),
    ("name", "name"),
    ("owner", "owner"),
    ("status", "status"),
    ("version", "version"),
];

fn other(error: &sqlx::Error) -> StoreError {
    StoreError::Other(text(error))
}

/// Go: lib/pq puts its name before what the server says.
fn text(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => format!("pq: {}", refusal.message()),
        other => other.to_string(),
    }
}

impl SqlStore {
    /// The records of a namespace in the database of `HELM_DRIVER_SQL_CONNECTION_STRING`; it is
    /// connected to at the first call.
    pub fn new(address: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { address: address.into(), namespace: namespace.into(), pool: OnceCell::new() }
    }

    async fn pool(&self) -> Result<&PgPool, StoreError> {
        self.pool
            .get_or_try_init(|| async {
                let failed = |cause: String| StoreError::Other(format!("unable to instantiate SQL driver: {cause}"));
                let options = address::options(&self.address).map_err(failed)?;
                let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await;
                let pool = pool.map_err(|error| failed(text(&error)))?;
                schema::prepare(&pool).await.map_err(|error| failed(text(&error)))?;
                Ok(pool)
            })
            .await
    }

    async fn select(&self, conditions: &[(&'static str, &str)]) -> Result<Vec<PgRow>, StoreError> {
        let mut query = QueryBuilder::<Postgres>::new(
            "SELECT r.key, r.namespace, r.body, r.xmin::text AS fence, l.holder, l.renewed, \
             ARRAY(SELECT c.key || '=' || c.value FROM custom_labels_v1 c \
             WHERE c.releasekey = r.key AND c.releasenamespace = r.namespace ORDER BY 1) AS labels \
             FROM releases_v1 r LEFT JOIN corten_leases_v1 l ON l.key = r.key AND l.namespace = r.namespace WHERE true",
        );
        for (column, value) in conditions {
            query.push(" AND r.").push(*column).push("::text = ").push_bind(*value);
        }
        if !self.namespace.is_empty() {
            query.push(" AND r.namespace = ").push_bind(self.namespace.as_str());
        }
        query.build().fetch_all(self.pool().await?).await.map_err(|error| other(&error))
    }

    async fn get_now(&self, key: &str) -> Result<Stored, StoreError> {
        let rows = self.select(&[("key", key)]).await?;
        rows.first().ok_or(StoreError::NotFound).and_then(stored)
    }

    async fn list_now(&self) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::new();
        for row in self.select(&[("owner", "helm")]).await? {
            let mut record = stored(&row)?;
            if let Body::Encoded(text) = &record.body
                && let Ok(release) = codec::decode(text)
            {
                record.labels.extend(query_labels(&release));
            }
            found.push(record);
        }
        Ok(found)
    }

    async fn query_now(&self, labels: &Labels) -> Result<Vec<Stored>, StoreError> {
        let mut conditions = Vec::new();
        for (name, value) in labels {
            let Some((_, column)) = COLUMNS.iter().find(|(label, _)| label == name) else {
                return Err(StoreError::Other(format!("unknown label {name}")));
            };
            conditions.push((*column, value.as_str()));
        }
        let rows = self.select(&conditions).await?;
        if rows.is_empty() {
            return Err(StoreError::NotFound);
        }
        rows.iter().map(stored).collect()
    }

    async fn create_now(&self, record: &Record) -> Result<Fence, StoreError> {
        let pool = self.pool().await?;
        let namespace = namespace_of(record);
        let begun = pool.begin().await;
        let mut transaction =
            begun.map_err(|error| StoreError::Other(format!("error beginning transaction: {}", text(&error))))?;
        let labels = query_labels(&record.release);
        let inserted = sqlx::query(
            "INSERT INTO releases_v1 (key, type, body, name, namespace, version, status, owner, createdAt) \
             VALUES ($1, 'helm.sh/release.v1', $2, $3, $4, $5, $6, 'helm', extract(epoch from now())::int) \
             RETURNING xmin::text AS fence",
        )
        .bind(&record.key)
        .bind(body(record))
        .bind(&record.release.name)
        .bind(namespace)
        .bind(i32::try_from(record.release.version).unwrap_or(i32::MAX))
        .bind(labels.get("status"))
        .fetch_one(&mut *transaction)
        .await;
        let row = match inserted {
            Ok(row) => row,
            Err(sqlx::Error::Database(refusal)) if refusal.is_unique_violation() => return Err(StoreError::Exists),
            Err(error) => return Err(other(&error)),
        };
        for (name, value) in user_labels(&record.labels) {
            sqlx::query(
                "INSERT INTO custom_labels_v1 (releaseKey, releaseNamespace, key, value) VALUES ($1, $2, $3, $4)",
            )
            .bind(&record.key)
            .bind(namespace)
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(|error| other(&error))?;
        }
        set_lease(&mut transaction, &record.key, namespace, record.lease.as_ref()).await?;
        transaction.commit().await.map_err(|error| other(&error))?;
        fence(&row)
    }

    async fn update_now(&self, record: &Record, known: Option<&Fence>) -> Result<Fence, StoreError> {
        let namespace = namespace_of(record);
        let mut transaction = self.pool().await?.begin().await.map_err(|error| other(&error))?;
        let labels = query_labels(&record.release);
        let row = sqlx::query(
            "UPDATE releases_v1 SET body = $3, name = $4, version = $5, status = $6, owner = 'helm', \
             modifiedAt = extract(epoch from now())::int \
             WHERE key = $1 AND namespace = $2 AND ($7::text IS NULL OR xmin::text = $7) RETURNING xmin::text AS fence",
        )
        .bind(&record.key)
        .bind(namespace)
        .bind(body(record))
        .bind(&record.release.name)
        .bind(i32::try_from(record.release.version).unwrap_or(i32::MAX))
        .bind(labels.get("status"))
        .bind(known.map(|fence| fence.0.as_str()))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(|error| other(&error))?;
        let Some(row) = row else {
            // Go: an update of what is not there says nothing.
            let text = format!("update: failed to update: {} was changed by somebody else", record.key);
            return if known.is_some() { Err(StoreError::Conflict(text)) } else { Ok(Fence::default()) };
        };
        set_lease(&mut transaction, &record.key, namespace, record.lease.as_ref()).await?;
        transaction.commit().await.map_err(|error| other(&error))?;
        fence(&row)
    }

    async fn renew_now(&self, key: &str, lease: &Lease, known: &Fence) -> Result<Fence, StoreError> {
        let mut transaction = self.pool().await?.begin().await.map_err(|error| other(&error))?;
        let found = self.locked(&mut transaction, key).await?;
        if found != known.0 {
            return Err(StoreError::Conflict(format!(
                "cannot renew the lease of {key}: it was changed by somebody else"
            )));
        }
        set_lease(&mut transaction, key, &self.namespace, Some(lease)).await?;
        transaction.commit().await.map_err(|error| other(&error))?;
        Ok(known.clone())
    }

    /// The version of a record that stays as it is until the transaction ends.
    async fn locked(&self, transaction: &mut Transaction<'_, Postgres>, key: &str) -> Result<String, StoreError> {
        let found =
            sqlx::query("SELECT xmin::text AS fence FROM releases_v1 WHERE key = $1 AND namespace = $2 FOR UPDATE")
                .bind(key)
                .bind(&self.namespace)
                .fetch_optional(&mut **transaction)
                .await
                .map_err(|error| other(&error))?;
        found.as_ref().ok_or(StoreError::NotFound).and_then(fence).map(|fence| fence.0)
    }

    async fn delete_now(&self, key: &str, known: Option<&Fence>) -> Result<(), StoreError> {
        let mut transaction = self.pool().await?.begin().await.map_err(|error| other(&error))?;
        let found = self.locked(&mut transaction, key).await?;
        if known.is_some_and(|known| known.0 != found) {
            return Err(StoreError::Conflict(format!("cannot delete {key}: it was changed by somebody else")));
        }
        for statement in [
            "DELETE FROM releases_v1 WHERE key = $1 AND namespace = $2",
            "DELETE FROM custom_labels_v1 WHERE releaseKey = $1 AND releaseNamespace = $2",
            "DELETE FROM corten_leases_v1 WHERE key = $1 AND namespace = $2",
        ] {
            let deleted = sqlx::query(statement).bind(key).bind(&self.namespace).execute(&mut *transaction).await;
            deleted.map_err(|error| other(&error))?;
        }
        transaction.commit().await.map_err(|error| other(&error))
    }
}

/// Go: a release without a namespace is kept under `default`.
fn namespace_of(record: &Record) -> &str {
    if record.namespace.is_empty() { "default" } else { &record.namespace }
}

async fn set_lease(
    transaction: &mut Transaction<'_, Postgres>,
    key: &str,
    namespace: &str,
    lease: Option<&Lease>,
) -> Result<(), StoreError> {
    let query = match lease {
        None => sqlx::query("DELETE FROM corten_leases_v1 WHERE key = $1 AND namespace = $2").bind(key).bind(namespace),
        Some(lease) => sqlx::query(
            "INSERT INTO corten_leases_v1 (key, namespace, holder, renewed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (key, namespace) DO UPDATE SET holder = $3, renewed = $4",
        )
        .bind(key)
        .bind(namespace)
        .bind(lease.holder.text())
        .bind(lease.renewed.text()),
    };
    query.execute(&mut **transaction).await.map(drop).map_err(|error| other(&error))
}

fn body(record: &Record) -> String {
    match &record.body {
        Body::Encoded(text) | Body::Head(text) => text.as_ref().to_owned(),
        Body::Release(release) => codec::encode(release),
    }
}

fn fence(row: &PgRow) -> Result<Fence, StoreError> {
    row.try_get("fence").map(Fence).map_err(|error| other(&error))
}

fn stored(row: &PgRow) -> Result<Stored, StoreError> {
    let read = || -> Result<Stored, sqlx::Error> {
        let pairs: Vec<String> = row.try_get("labels")?;
        let label = |pair: &String| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let labels: Labels = pairs.iter().filter_map(label).collect();
        let holder: Option<String> = row.try_get("holder")?;
        let renewed: Option<String> = row.try_get("renewed")?;
        let text: String = row.try_get("body")?;
        Ok(Stored {
            key: row.try_get("key")?,
            namespace: row.try_get("namespace")?,
            labels: user_labels(&labels),
            lease: lease(holder.as_deref(), renewed.as_deref()),
            fence: Fence(row.try_get("fence")?),
            body: Body::Encoded(Arc::from(text)),
        })
    };
    read().map_err(|error| other(&error))
}

fn lease(holder: Option<&str>, renewed: Option<&str>) -> Option<Lease> {
    Some(Lease { holder: Holder::parse(holder?)?, renewed: Timestamp::parse(renewed?).ok()?? })
}

impl ReleaseStore for SqlStore {
    fn driver(&self) -> &'static str {
        "SQL"
    }

    fn limit(&self) -> Option<usize> {
        None
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>> {
        Box::pin(self.get_now(key))
    }

    fn is_in_cluster(&self) -> bool {
        false
    }

    fn list(&self, _: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>> {
        Box::pin(self.list_now())
    }

    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        Box::pin(self.query_now(labels))
    }

    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.create_now(record))
    }

    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.update_now(record, fence))
    }

    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>> {
        Box::pin(self.renew_now(key, lease, fence))
    }

    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.delete_now(key, fence))
    }
}
