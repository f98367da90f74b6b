//! What a test stands on: a database of its own and stores on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use corten_govern::Secret;
use corten_store::{Store, StoreOptions};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

/// The variable that names a server on which databases can be made; SQLite without it.
pub(crate) const DATABASE: &str = "CORTEN_TEST_DATABASE";

/// The variable that names a Redis.
pub(crate) const REDIS: &str = "CORTEN_TEST_REDIS";

/// A database of one test.
pub(crate) struct Bench {
    folder: PathBuf,
    url: String,
    server: Option<(String, String)>,
    stores: u32,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let id = random();
        let folder = std::env::temp_dir().join(format!("corten-suite-{id}"));
        std::fs::create_dir_all(&folder).unwrap();
        let Ok(server) = std::env::var(DATABASE) else {
            let url = corten_store::sqlite_url(&folder);
            return Self { folder, url, server: None, stores: 0 };
        };
        sqlx::any::install_default_drivers();
        let name = format!("corten_{id}");
        let mut connection = connect(&server).await;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { folder, url: format!("{base}/{name}"), server: Some((server, name)), stores: 0 }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The options of one more replica on the database.
    pub(crate) fn options(&mut self) -> StoreOptions {
        self.stores += 1;
        let mut options = StoreOptions::new(self.folder.join(format!("replica{}", self.stores)));
        options.database = Some(Secret::new(self.url.clone()));
        options.redis = std::env::var(REDIS).ok().map(Secret::new);
        options.seal_keys = vec![Secret::new([7; 32])];
        options
    }

    /// One more replica on the database.
    pub(crate) async fn store(&mut self) -> Arc<Store> {
        let options = self.options();
        Store::open(options).await.unwrap()
    }

    /// Runs statements behind the stores' backs.
    pub(crate) async fn sql(&self, sql: &str) -> u64 {
        let mut connection = connect(&self.url).await;
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
        done.rows_affected()
    }

    /// Closes stores and removes the database.
    pub(crate) async fn end(self, stores: &[Arc<Store>]) {
        for store in stores {
            store.close(Duration::from_secs(5)).await;
        }
        if let Some((server, name)) = &self.server {
            let mut connection = connect(server).await;
            drop(connection.execute(AssertSqlSafe(format!("DROP DATABASE {name}"))).await);
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

pub(crate) fn random() -> String {
    let mut id = [0; 6];
    getrandom::fill(&mut id).unwrap();
    data_encoding::HEXLOWER.encode(&id)
}

/// Waits until something is true, at most as long as changes may take.
pub(crate) async fn within_a_second(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(1);
    while !is_true().await {
        assert!(tokio::time::Instant::now() < end, "not within a second: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}
