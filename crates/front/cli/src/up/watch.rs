//! Takes changes over while calls go on: of the file, and of servers registered over the API.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use corten_gateway::Gateway;
use corten_govern::{Origin, Server, Versioned};
use corten_store::Store;
use corten_upstream::Outside;

use super::{Options, check_anonymous, doors, records, servers, settings};
use crate::config::{Configuration, FILE, Loaded};

/// How often it is looked: a change is in force within a second.
const LOOK: Duration = Duration::from_millis(500);

/// What is watched, and what changes go to.
pub(super) struct Watched {
    pub(super) options: Options,
    pub(super) seen: Seen,
    /// What it was started with.
    pub(super) started: Configuration,
    /// Where it serves, and what clients call that.
    pub(super) place: (SocketAddr, String),
    pub(super) store: Arc<Store>,
    pub(super) outside: Arc<Outside>,
    pub(super) gateway: Arc<Gateway>,
}

/// What tells whether the file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen(Option<(SystemTime, u64)>);

impl Seen {
    pub(super) fn of(loaded: &Loaded) -> Self {
        Self::at(loaded.file.as_deref().unwrap_or(Path::new(FILE)))
    }

    fn at(file: &Path) -> Self {
        let found = std::fs::metadata(file).ok();
        Self(found.and_then(|found| Some((found.modified().ok()?, found.len()))))
    }
}

/// Looks until it is aborted. What cannot be taken over is logged, and the old stays in force.
pub(super) async fn watch(mut watched: Watched) {
    let mut registered = registered(&watched.store);
    loop {
        tokio::time::sleep(LOOK).await;
        let file = watched.options.file.clone().unwrap_or_else(|| FILE.into());
        let seen = Seen::at(&file);
        let now = self::registered(&watched.store);
        if seen == watched.seen && now == registered {
            continue;
        }
        let is_file = seen != watched.seen;
        watched.seen = seen;
        registered = now;
        match take_over(&watched, is_file).await {
            Ok(()) if is_file => tracing::info!(file = %file.display(), "the configuration is read again"),
            Ok(()) => tracing::info!("the registered servers changed"),
            Err(error) => tracing::error!(%error, "a change is not taken over; the old configuration stays in force"),
        }
    }
}

fn registered(store: &Store) -> Vec<Versioned<Server>> {
    let live = store.live().load();
    live.records.servers.iter().filter(|server| server.origin == Origin::Api).cloned().collect()
}

/// Checks everything before the first part of it is in force.
async fn take_over(watched: &Watched, is_file: bool) -> Result<(), String> {
    let loaded = watched.options.load()?;
    let configuration = &loaded.configuration;
    let (address, url) = &watched.place;
    check_anonymous(configuration, *address)?;
    let (made, rate) = records::of(&loaded)?;
    let upstreams = servers::all(&watched.options, &loaded, &watched.store, &watched.outside)?;
    if is_file {
        watched.store.set_file_records(made, rate).await.map_err(|error| error.to_string())?;
    }
    let router = &watched.gateway.router;
    router.reload(upstreams, settings(configuration)).await;
    if is_file {
        watched.gateway.replace(doors(configuration, &watched.store, router, (&watched.outside, url)));
        let later = with_the_next_start(&watched.started, configuration);
        if !later.is_empty() {
            tracing::warn!(fields = later.join(", "), "what changed there is in force with the next start");
        }
    }
    Ok(())
}

/// The fields that changed and are read at the start only.
fn with_the_next_start(started: &Configuration, now: &Configuration) -> Vec<&'static str> {
    let fields = [
        ("listen", started.listen == now.listen),
        ("url", started.url == now.url),
        ("data", started.data == now.data),
        ("tls", started.tls == now.tls),
        ("metrics", started.metrics == now.metrics),
        ("store", started.store == now.store),
        ("redis", started.redis == now.redis),
        ("seal_keys", started.seal_keys == now.seal_keys),
        ("audit", started.audit == now.audit),
        ("log", started.log == now.log),
        ("traces", started.traces == now.traces),
    ];
    fields.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}
