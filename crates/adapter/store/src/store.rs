//! The store as a whole: opened once, handed around, closed at the end.
//!
//! Owns the database, the snapshot in force, the audit spool and the tasks that keep them in step:
//! changes of other replicas are looked for every 400 ms, spooled entries are moved, checkpoints
//! are signed, use counts are written down. Reading on the way of a call touches memory only.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use corten_govern::audit::Signer as _;
use corten_govern::metrics::Metrics;
use corten_govern::ports::{AuditSink as _, StoreError};
use corten_govern::{Governance, KEY_ENTROPY, Live, NewKey, Rate, Records, Secret, Timestamp, make_key};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock;
use crate::database::Database;
use crate::error::OpenError;
use crate::limits::Limits;
use crate::redis_link::RedisLink;
use crate::secrets::{self, Ed25519Signer, SEAL_KEY, Seals};
use crate::shared::Shared;
use crate::spool::{Spool, SyncMode};
use crate::{checkpoints, mover, records};

/// How the store is to be opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where keys, the spool and, unless `database` says otherwise, the database are.
    pub data: PathBuf,
    /// `sqlite:…`, `postgres://…` or `mysql://…`; SQLite in the data directory when left out.
    pub database: Option<Secret<String>>,
    /// `redis://…`, or `rediss://…` over TLS, for what replicas share; the database when left out.
    pub redis: Option<Secret<String>>,
    /// When audit entries reach the disk itself.
    pub sync: SyncMode,
    /// For how long audit entries are kept at least; none keeps them all.
    pub keep_audit: Option<Duration>,
    /// Sealing keys, newest first; made in the data directory when there are none.
    pub seal_keys: Vec<Secret<[u8; SEAL_KEY]>>,
    /// The limit of each caller without one of its own; none switches it off.
    pub default_rate: Option<Rate>,
    /// Where counts go.
    pub metrics: Arc<Metrics>,
}

impl StoreOptions {
    /// The defaults for a data directory.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            database: None,
            redis: None,
            sync: SyncMode::Grouped,
            keep_audit: None,
            seal_keys: Vec::new(),
            default_rate: Some(Rate::DEFAULT),
            metrics: Arc::new(Metrics::new()),
        }
    }
}

/// The opened store.
#[derive(Debug)]
pub struct Store {
    pub(crate) database: Database,
    pub(crate) live: Arc<Live<Governance>>,
    pub(crate) metrics: Arc<Metrics>,
    spool: Arc<Spool>,
    seals: Arc<Seals>,
    signer: Arc<Ed25519Signer>,
    shared: Arc<Shared>,
    limits: Arc<Limits>,
    pub(crate) file: Mutex<FileRecords>,
    /// Held while the snapshot is made anew: the version of the records it was made from.
    pub(crate) refreshing: tokio::sync::Mutex<Option<u64>>,
    /// The last spooled entry that the database has.
    moved: AtomicU64,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What the operator's file brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileRecords {
    pub(crate) records: Arc<Records>,
    pub(crate) default_rate: Option<Rate>,
}

impl Store {
    /// Opens everything and starts the tasks. Needs a running tokio.
    pub async fn open(options: StoreOptions) -> Result<Arc<Self>, OpenError> {
        let keys = options.data.join("keys");
        make_folder(&options.data)?;
        make_folder(&keys)?;
        let spool = Arc::new(Spool::open(&options.data.join("spool"), options.sync, Arc::clone(&options.metrics))?);
        let url = match &options.database {
            Some(url) => url.expose().clone(),
            None => sqlite_url(&options.data),
        };
        let database = Database::open(&url).await?;
        let seals = match options.seal_keys.as_slice() {
            [] => Seals::new(&[secrets::seal_key(&keys)?])?,
            given => Seals::new(given)?,
        };
        check_seal_key(&database, &seals).await?;
        let signer = Arc::new(secrets::signer(&keys)?);
        let redis = options.redis.as_ref().map(RedisLink::new).transpose()?;
        let empty = Governance::build(Arc::default(), options.default_rate, None)?;
        let store = Arc::new(Self {
            shared: Arc::new(Shared::new(database.clone(), redis.clone(), options.database.is_none())),
            limits: Arc::new(Limits::new(redis)),
            database,
            live: Arc::new(Live::new(empty)),
            metrics: options.metrics,
            spool,
            seals: Arc::new(seals),
            signer,
            file: Mutex::new(FileRecords { records: Arc::default(), default_rate: options.default_rate }),
            refreshing: tokio::sync::Mutex::new(None),
            moved: AtomicU64::new(0),
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
        });
        records::refresh(&store, true).await?;
        store.shared.refresh().await?;
        store.metrics.store_up.set(1);
        store.start(options.keep_audit);
        Ok(store)
    }

    /// The snapshot in force; every holder sees the next one.
    pub fn live(&self) -> Arc<Live<Governance>> {
        Arc::clone(&self.live)
    }

    /// The audit log's writing end.
    pub fn audit(&self) -> Arc<Spool> {
        Arc::clone(&self.spool)
    }

    /// What replicas share.
    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Counts calls against limits.
    pub fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// Seals session ids and states.
    pub fn sealer(&self) -> Arc<Seals> {
        Arc::clone(&self.seals)
    }

    /// The metrics that were given, or made.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Puts what the operator's file says in force, at first and whenever it changes. Nothing
    /// changes when it does not fit together.
    pub async fn set_file_records(&self, records: Records, default_rate: Option<Rate>) -> Result<(), OpenError> {
        let next = FileRecords { records: Arc::new(records), default_rate };
        let before = std::mem::replace(&mut *self.file.lock().unwrap_or_else(PoisonError::into_inner), next);
        if let Err(error) = records::refresh(self, true).await {
            *self.file.lock().unwrap_or_else(PoisonError::into_inner) = before;
            return Err(error);
        }
        Ok(())
    }

    /// Makes the first administrator's key, once for a database that has no key: shown once.
    pub async fn make_first_key(&self) -> Result<Option<Secret<String>>, OpenError> {
        if !self.live.load().records.keys.is_empty() {
            return Ok(None);
        }
        let mut new = generate_key("first administrator")?;
        new.key.scopes = vec!["admin".to_owned(), "mcp".to_owned()];
        new.key.roles = vec!["admin".to_owned()];
        let is_first = records::create_first_key(self, &new.key).await?;
        Ok(is_first.then_some(new.secret))
    }

    /// Says whether the database answers, within a second.
    pub async fn check(&self) -> Result<(), StoreError> {
        let asked = tokio::time::timeout(Duration::from_secs(1), self.database.ping()).await;
        let result = asked.unwrap_or_else(|_| {
            Err(StoreError::Unavailable {
                doing: "asking the database whether it is there".to_owned(),
                reason: "it did not answer within a second".to_owned(),
            })
        });
        self.metrics.store_up.set(i64::from(result.is_ok()));
        result
    }

    /// Entries that are in the spool and not in the database.
    pub fn audit_backlog(&self) -> u64 {
        self.spool.written().saturating_sub(self.moved.load(Ordering::Acquire))
    }

    /// Notes how far the mover has come.
    pub(crate) fn set_moved(&self, seq: u64) {
        self.moved.store(seq, Ordering::Release);
        self.metrics.audit_waiting.set(i64::try_from(self.audit_backlog()).unwrap_or(i64::MAX));
    }

    /// Ends the tasks, moves what is spooled as far as that goes within the time, and closes.
    pub async fn close(&self, within: Duration) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let spool = Arc::clone(&self.spool);
        // Joining a thread blocks; it takes one sync of a file.
        drop(tokio::task::spawn_blocking(move || spool.close()).await);
        let end = tokio::time::Instant::now() + within;
        for mut task in tasks {
            if tokio::time::timeout_at(end, &mut task).await.is_err() {
                task.abort();
                tracing::warn!("the store did not finish in time; spooled entries are moved at the next start");
            }
        }
        self.database.close().await;
    }

    pub(crate) fn spool(&self) -> &Spool {
        &self.spool
    }

    pub(crate) fn signer(&self) -> &Ed25519Signer {
        &self.signer
    }

    pub(crate) fn seals(&self) -> &Seals {
        &self.seals
    }

    /// The public key of this installation's checkpoints, in base64.
    pub fn signing_key(&self) -> String {
        self.signer.key_id()
    }

    /// Says whether calls can be recorded.
    pub fn is_recording(&self) -> bool {
        self.spool.is_writable()
    }

    /// Removes audit entries from before a time, as happens every hour for those that are kept no longer; says how
    /// many.
    pub async fn remove_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        checkpoints::prune(self, before).await
    }

    fn start(self: &Arc<Self>, keep_audit: Option<Duration>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(tokio::spawn(records::keep_fresh(Arc::clone(self), self.stop.subscribe())));
        tasks.push(tokio::spawn(mover::run(Arc::clone(self), self.stop.subscribe())));
        if let Some(keep) = keep_audit {
            tasks.push(tokio::spawn(checkpoints::keep_short(Arc::clone(self), keep, self.stop.subscribe())));
        }
        tasks.push(tokio::spawn(crate::key_uses::run(Arc::clone(self), self.stop.subscribe())));
    }
}

/// Waits until the store is closed, or gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Makes a key with randomness of the system.
pub fn generate_key(name: &str) -> Result<NewKey, OpenError> {
    let mut entropy = [0; KEY_ENTROPY];
    getrandom::fill(&mut entropy).map_err(|_| OpenError::Randomness)?;
    Ok(make_key(name, &entropy, clock::now()))
}

/// The address of the database in a data directory.
pub fn sqlite_url(data: &std::path::Path) -> String {
    format!("sqlite:{}?mode=rwc", escape(&data.join("corten.db").to_string_lossy()))
}

/// The driver reads the path as part of a URL.
fn escape(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn make_folder(path: &std::path::Path) -> Result<(), OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| OpenError::File { path: path.to_owned(), reason: error.to_string() })
}

/// Remembers which key seals, so that a replica with another one is told at its start.
async fn check_seal_key(database: &Database, seals: &Seals) -> Result<(), OpenError> {
    use sqlx::Row as _;
    let doing = "checking the sealing key";
    for _ in 0..2 {
        let row = database.row(database.query("SELECT body FROM meta WHERE id = 'seal_key'"), doing).await?;
        if let Some(row) = row {
            let theirs: String = row.try_get(0).map_err(|error| crate::database::unavailable(doing, &error))?;
            if theirs == seals.fingerprint() {
                return Ok(());
            }
            if seals.knows(&theirs) {
                // The newest key is the one that later replicas must know.
                let update = database.query("UPDATE meta SET body = ? WHERE id = 'seal_key'");
                database.execute(update.bind(seals.fingerprint().to_owned()), doing).await?;
                return Ok(());
            }
            return Err(OpenError::OtherSealKey { theirs, ours: seals.fingerprint().to_owned() });
        }
        let insert =
            database.query("INSERT INTO meta (id, body) VALUES ('seal_key', ?)").bind(seals.fingerprint().to_owned());
        // Another replica may be first; then its key is read.
        if database.execute(insert, doing).await.is_ok() {
            return Ok(());
        }
    }
    Ok(())
}
