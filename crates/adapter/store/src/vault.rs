//! Users' tokens at upstream servers, sealed before they reach the database.

use corten_govern::Secret;
use corten_govern::ports::{BoxFuture, Sealer as _, StoreError, TokenVault};
use data_encoding::BASE64;
use sqlx::Row as _;

use crate::clock;
use crate::database::unavailable;
use crate::store::Store;

/// Ties a sealed token to its user and server: moved to another row, it does not open.
fn purpose(user: &str, server: &str) -> String {
    format!("vault\n{user}\n{server}")
}

/// Users' identities may be longer than a database's keys.
fn row_key(user: &str) -> String {
    corten_govern::hash_key(user)
}

impl TokenVault for Store {
    fn put<'a>(
        &'a self,
        user: &'a str,
        server: &'a str,
        token: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let doing = "keeping an upstream token";
            let failed = |error: sqlx::Error| unavailable(doing, &error);
            let sealed = self.seals().seal(&purpose(user, server), token.expose());
            if sealed.is_empty() {
                return Err(StoreError::Unavailable {
                    doing: doing.to_owned(),
                    reason: "it cannot be sealed".to_owned(),
                });
            }
            let mut work = self.database.begin(doing).await?;
            let delete = self.database.query("DELETE FROM vault WHERE caller = ? AND server = ?");
            delete.bind(row_key(user)).bind(server.to_owned()).execute(&mut *work).await.map_err(failed)?;
            let insert = self
                .database
                .query("INSERT INTO vault (caller, server, updated, body) VALUES (?, ?, ?, ?)")
                .bind(row_key(user))
                .bind(server.to_owned())
                .bind(clock::now().micros())
                .bind(BASE64.encode(&sealed));
            insert.execute(&mut *work).await.map_err(failed)?;
            work.commit().await.map_err(failed)
        })
    }

    fn get<'a>(&'a self, user: &'a str, server: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        Box::pin(async move {
            let doing = "reading an upstream token";
            let query = self.database.query("SELECT body FROM vault WHERE caller = ? AND server = ?");
            let query = query.bind(row_key(user)).bind(server.to_owned());
            let Some(row) = self.database.row(query, doing).await? else { return Ok(None) };
            let text: String = row.try_get(0).map_err(|error| unavailable(doing, &error))?;
            let sealed = BASE64.decode(text.as_bytes()).unwrap_or_default();
            // A token that no known key opens is as good as none: the user connects again.
            Ok(self.seals().open(&purpose(user, server), &sealed).map(Secret::new))
        })
    }

    fn delete<'a>(&'a self, user: &'a str, server: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let query = self.database.query("DELETE FROM vault WHERE caller = ? AND server = ?");
            let query = query.bind(row_key(user)).bind(server.to_owned());
            self.database.execute(query, "forgetting an upstream token").await.map(drop)
        })
    }
}
