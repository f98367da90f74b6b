//! How often keys are used: counted in memory, written down every two seconds.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::Timestamp;
use corten_govern::ports::{BoxFuture, KeyStore, KeyUses, StoreError};
use sqlx::Row as _;
use tokio::sync::watch;

use crate::database::unavailable;
use crate::store::{Store, stopped};

const EVERY: Duration = Duration::from_secs(2);

impl KeyStore for Store {
    fn uses<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<KeyUses, StoreError>> {
        Box::pin(async move {
            let doing = "reading use counts";
            let query = self.database.query("SELECT uses, last_used FROM key_uses WHERE id = ?").bind(id.to_owned());
            let mut uses = KeyUses::default();
            if let Some(row) = self.database.row(query, doing).await? {
                let failed = |error: sqlx::Error| unavailable(doing, &error);
                uses.count = u64::try_from(row.try_get::<i64, _>(0).map_err(failed)?).unwrap_or_default();
                uses.last = Some(Timestamp::from_micros(row.try_get(1).map_err(failed)?));
            }
            if let Some(pending) = self.live.load().keys.uses(id) {
                uses.count += pending.pending();
            }
            Ok(uses)
        })
    }
}

/// Writes counts down until told to stop, and once more then.
pub(crate) async fn run(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    loop {
        let is_last = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = stopped(&mut stop) => true,
        };
        let snapshot = store.live.load();
        for (key, uses) in snapshot.keys.iter() {
            let Some((count, last)) = uses.take() else { continue };
            if let Err(error) = write(&store, &key.id, count, last).await {
                uses.give_back(count);
                tracing::debug!(%error, "use counts are kept in memory for now");
                break;
            }
        }
        if is_last {
            return;
        }
    }
}

async fn write(store: &Store, id: &str, count: u64, last: Timestamp) -> Result<(), StoreError> {
    let doing = "writing use counts";
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let update = store
        .database
        .query("UPDATE key_uses SET uses = uses + ?, last_used = ? WHERE id = ?")
        .bind(count)
        .bind(last.micros())
        .bind(id.to_owned());
    if store.database.execute(update, doing).await? == 0 {
        let insert = store
            .database
            .query("INSERT INTO key_uses (id, uses, last_used) VALUES (?, ?, ?)")
            .bind(id.to_owned())
            .bind(count)
            .bind(last.micros());
        store.database.execute(insert, doing).await?;
    }
    Ok(())
}
