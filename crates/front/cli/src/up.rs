//! `up` and `gateway`: everything of the gateway in one process, until it is told to stop.
//!
//! [`run`] reads the configuration, opens the store, connects servers, starts the listeners and says where
//! they are. `watch` takes changes of the file and of registered servers over without dropping calls.

mod announce;
mod desk;
mod kept;
mod records;
mod routes;
mod servers;
mod traces;
mod vault;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use corten_api::{ApiState, metrics_router};
use corten_gateway::{
    Authenticator, Doors, Gateway, Governed, HttpSettings, Listener, StoreShared, Tls, TlsFiles, nobody,
};
use corten_govern::Secret;
use corten_govern::metrics::{KindLabels, Metrics, ServerLabels};
use corten_govern::ports::TokenVerifier;
use corten_route::{Naming, Parts, Router, Sealer, Settings, Tracer};
use corten_store::{Store, SystemClock, Tokens};
use corten_upstream::Outside;
use tokio::net::TcpListener;

use crate::config::{self, Anonymous, Configuration, LogFormat, Names};

pub(crate) use servers::Hosting;

/// For how long the store may take to move what is spooled when the program ends.
const CLOSING: Duration = Duration::from_secs(5);

/// The environment: the value of a variable.
pub(crate) type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the command line says.
#[derive(Clone)]
pub(crate) struct Options {
    /// The configuration to read.
    pub(crate) file: Option<PathBuf>,
    /// The folder for the store, instead of the one in the file.
    pub(crate) data: Option<PathBuf>,
    /// The address to serve on, instead of the one in the file.
    pub(crate) listen: Option<String>,
    /// Whether child processes are run.
    pub(crate) hosting: Hosting,
    /// Whether the built-in server is run.
    pub(crate) is_demo: bool,
    /// The environment, for secrets.
    pub(crate) variables: Environment,
}

impl Options {
    /// The configuration with what the command line says over it.
    pub(crate) fn load(&self) -> Result<config::Loaded, String> {
        let mut loaded = config::load(self.file.as_deref())?;
        let configuration = &mut loaded.configuration;
        if let Some(listen) = &self.listen {
            configuration.listen.clone_from(listen);
        }
        if self.is_demo {
            let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
            let demo = config::Server {
                command: Some(program.to_string_lossy().into_owned()),
                args: vec!["demo-server".to_owned()],
                ..config::Server::default()
            };
            configuration.servers.entry("demo".to_owned()).or_insert(demo);
            if configuration.auth.anonymous == Anonymous::Refused {
                configuration.auth.anonymous = Anonymous::Loopback;
            }
        }
        Ok(loaded)
    }
}

/// Serves until the program is told to stop; `say` prints what a person needs to know.
pub(crate) async fn run(options: Options, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    let loaded = options.load()?;
    let configuration = &loaded.configuration;
    start_logging(configuration);
    // Who chose another provider before us is right.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let socket = bind(&configuration.listen).await?;
    let address = socket.local_addr().map_err(|error| format!("cannot find out the address: {error}"))?;
    check_anonymous(configuration, address)?;
    let url = public_url(configuration, address);
    let data = options.data(&loaded);
    let store = kept::open(&options, &loaded, &data).await?;
    let (made, rate) = records::of(&loaded)?;
    store.set_file_records(made, rate).await.map_err(|error| error.to_string())?;
    let outside = Arc::new(Outside {
        vault: Arc::new(vault::StoreVault::new(&store)),
        public_url: Some(url.clone()),
        supervisor: std::env::current_exe().ok().map(|program| (program, vec![crate::SUPERVISE.into()])),
    });
    let collector = traces::Collector::of(&configuration.traces, &options.variables)?.map(Arc::new);
    let router = router(&options, &loaded, &store, (&outside, collector.clone()))?;
    let gateway = Arc::new(Gateway::new(router.clone(), doors(configuration, &store, &router, (&outside, &url))));
    let tls = tls(&loaded)?;
    let metrics = serve_metrics(configuration, &store, &router).await;
    let first_key = store.make_first_key().await.map_err(|error| error.to_string())?;
    say(&announce::text(&announce::Facts {
        loaded: &loaded,
        url: &url,
        metrics,
        first_key: first_key.as_ref().map(Secret::expose).map(String::as_str),
        data: &data,
    }));
    let watching = tokio::spawn(watch::watch(watch::Watched {
        options,
        seen: watch::Seen::of(&loaded),
        started: loaded.configuration,
        place: (address, url),
        store: Arc::clone(&store),
        outside,
        gateway: Arc::clone(&gateway),
    }));
    corten_gateway::serve(vec![Listener { socket, tls }], gateway, stopped()).await;
    watching.abort();
    router.stop().await;
    store.close(CLOSING).await;
    if let Some(collector) = collector {
        // It waits for its thread, which must not hold up a worker of the runtime.
        drop(tokio::task::spawn_blocking(move || collector.close()).await);
    }
    Ok(())
}

/// Checks what can be checked without starting anything: records, policies, servers and their secrets.
pub(crate) fn check(options: &Options, loaded: &config::Loaded) -> Result<(), String> {
    let (made, rate) = records::of(loaded)?;
    corten_govern::Governance::build(Arc::new(made), rate, None).map_err(|error| error.to_string())?;
    kept::options(options, loaded, &options.data(loaded))?;
    let outside = Arc::new(Outside::plain());
    for config in servers::configured(options, loaded)? {
        servers::connected(loaded, config, &outside)?;
    }
    Ok(())
}

fn start_logging(configuration: &Configuration) {
    let filter = tracing_subscriber::EnvFilter::try_new(&configuration.log.level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A test may have started it already.
    drop(match configuration.log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    });
}

async fn bind(listen: &str) -> Result<TcpListener, String> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "\nanother program serves there: stop it, or choose an address with --listen"
            }
            _ => "",
        };
        format!("cannot serve on {listen}: {error}{hint}")
    })
}

/// Whoever can reach the address can call: that is allowed on this machine, and elsewhere when it is said.
fn check_anonymous(configuration: &Configuration, address: SocketAddr) -> Result<(), String> {
    if configuration.auth.anonymous == Anonymous::Loopback && !address.ip().is_loopback() {
        return Err(format!(
            "callers without a key are allowed, and {address} can be reached from other machines: \
             serve on a loopback address, or write auth: {{anonymous: anywhere}}"
        ));
    }
    Ok(())
}

fn public_url(configuration: &Configuration, address: SocketAddr) -> String {
    configuration.url.as_deref().map_or_else(
        || {
            let scheme = if configuration.tls.is_some() { "https" } else { "http" };
            let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { host_of(address) };
            format!("{scheme}://{host}:{}", address.port())
        },
        |url| url.trim_end_matches('/').to_owned(),
    )
}

fn host_of(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

fn router(
    options: &Options,
    loaded: &config::Loaded,
    store: &Arc<Store>,
    (outside, collector): (&Arc<Outside>, Option<Arc<traces::Collector>>),
) -> Result<Router, String> {
    let upstreams = servers::all(options, loaded, store, outside)?;
    Router::new(Parts {
        upstreams,
        settings: settings(&loaded.configuration),
        governor: Arc::new(Governed {
            live: store.live(),
            limiter: store.limits(),
            audit: store.audit(),
            clock: Arc::new(SystemClock),
            metrics: store.metrics(),
            is_anonymous: false,
        }),
        shared: Arc::new(StoreShared(store.shared())),
        sealer: Arc::new(Sealer::with(store.sealer())),
        tracer: collector.map(|collector| collector as Arc<dyn Tracer>),
    })
    .map_err(|error| error.to_string())
}

/// The settings of routing.
fn settings(configuration: &Configuration) -> Settings {
    Settings {
        naming: match configuration.names {
            Names::None => Naming::None,
            Names::Prefix => Naming::Prefix,
            Names::Priority => Naming::Priority,
            Names::Manual => Naming::Manual,
        },
        is_strict: configuration.lists.strict,
        list_wait: configuration.lists.timeout.0,
        page: usize::try_from(configuration.lists.page).unwrap_or(usize::MAX).max(1),
        stream_limit: configuration.limits.stream.0,
        session_keep: configuration.limits.idle.0,
        version: env!("CARGO_PKG_VERSION").into(),
        ..Settings::default()
    }
}

/// What decides how requests come in.
fn doors(
    configuration: &Configuration,
    store: &Arc<Store>,
    router: &Router,
    (outside, url): (&Arc<Outside>, &str),
) -> Doors {
    let tokens = tokens(configuration);
    let anonymous = configuration.auth.anonymous.is_allowed().then(|| nobody(anonymous_roles(configuration)));
    let authenticator = Authenticator {
        live: store.live(),
        tokens: tokens.clone(),
        anonymous: anonymous.clone(),
        clock: Arc::new(SystemClock),
        metrics: store.metrics(),
    };
    let desk = desk::RouterDesk::new(router.clone());
    let mut state = ApiState::new(Arc::clone(store), Arc::new(desk));
    if let Some(tokens) = tokens {
        state = state.with_tokens(tokens);
    }
    if let Some(anonymous) = anonymous {
        state = state.with_anonymous(anonymous.as_ref().clone());
    }
    let others = corten_api::router(&state).merge(routes::sign_ins(outside)).merge(routes::health(state));
    let limits = &configuration.limits;
    let at_once = usize::try_from(limits.concurrency).unwrap_or(usize::MAX);
    let settings = HttpSettings {
        url: Some(url.to_owned()),
        hosts: configuration.hosts.clone(),
        origins: configuration.cors.origins.clone(),
        issuers: configuration.auth.tokens.iter().map(|token| token.issuer.clone()).collect(),
        scopes: scopes(configuration),
        body: usize::try_from(limits.body.0).unwrap_or(usize::MAX),
        depth: usize::try_from(limits.depth).unwrap_or(usize::MAX),
        concurrency: at_once,
        ..HttpSettings::default()
    };
    Doors::new(authenticator, settings, Some(others))
}

/// The scopes that tokens need, of all issuers.
fn scopes(configuration: &Configuration) -> Vec<String> {
    let scopes = configuration.auth.tokens.iter().flat_map(|token| &token.scopes);
    scopes.cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// What callers without a key may do: use every server, unless the file says otherwise.
fn anonymous_roles(configuration: &Configuration) -> Vec<String> {
    let roles = &configuration.auth.anonymous_roles;
    if roles.is_empty() { vec!["developer".to_owned()] } else { roles.clone() }
}

fn tokens(configuration: &Configuration) -> Option<Arc<dyn TokenVerifier>> {
    let rules = records::token_rules(configuration);
    if rules.is_empty() {
        return None;
    }
    Some(Arc::new(Tokens::new(rules, reqwest::Client::new())))
}

fn tls(loaded: &config::Loaded) -> Result<Option<Tls>, String> {
    let Some(files) = &loaded.configuration.tls else { return Ok(None) };
    let folder = loaded.folder();
    let files = TlsFiles { certificate: folder.join(&files.certificate), key: folder.join(&files.key) };
    Tls::start(files).map(Some).map_err(|error| error.to_string())
}

/// Serves metrics on their own address. Whoever uses that address already loses us nothing but the metrics.
async fn serve_metrics(configuration: &Configuration, store: &Arc<Store>, router: &Router) -> Option<SocketAddr> {
    let listen = configuration.metrics.listen.as_str();
    if listen == "off" {
        return None;
    }
    let socket = match TcpListener::bind(listen).await {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!(%listen, %error, "metrics are not served; choose another address with metrics: {{listen: …}}");
            return None;
        }
    };
    let address = socket.local_addr().ok();
    let measured = router.clone();
    let router = metrics_router(store.metrics(), move |metrics| measure(metrics, &measured));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(socket, router).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    });
    address
}

/// Sets what is looked at rather than counted.
fn measure(metrics: &Metrics, router: &Router) {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (open, parked) = router.counts();
    for (kind, count) in [("open", open), ("parked", parked)] {
        metrics.sessions.get_or_create(&KindLabels { kind }).set(number(count));
    }
    metrics.tasks.set(number(tokio::runtime::Handle::current().metrics().num_alive_tasks()));
    // Servers that are gone are not shown any more.
    metrics.upstream_up.clear();
    for health in router.health() {
        let labels = ServerLabels { server: health.name.into() };
        metrics.upstream_up.get_or_create(&labels).set(i64::from(!health.is_resting));
    }
}

/// Ends when the program is told to stop.
async fn stopped() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return interrupted.await };
        tokio::select! {
            () = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
