//! What a release command works with: the cluster, the store of records, and the runtime between them.
//!
//! `HELM_DRIVER` chooses the store. With `memory` the records come from the files of
//! `HELM_MEMORY_DRIVER_DATA` and nothing is ever written to a cluster. Go: action.Configuration.Init and
//! loadReleasesInMemory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use corten_actions::release::{Observer, Ports};
use corten_cluster::{KubeFlags, Kubernetes, ObjectStore, Options, RecordKind, SqlStore};
use corten_gostd::json;
use corten_gotmpl::LogLevel;
use corten_host::HostProcess;
use corten_release::{Cluster, MemoryStore, NoCluster, ObjectState, ReleaseStore, WaitObserver, codec};
use corten_value::Value;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::drive::Stop;
use super::world::ClusterWorld;
use crate::flags::FlagSet;
use crate::kube;
use crate::run::chart_source;
use crate::runtime;
use crate::session::{Failure, Session};

/// Something to say while a flow runs.
#[derive(Debug)]
pub(super) enum Note {
    /// The API server warns.
    Warning(String),
    /// An object that is waited for changed.
    State(ObjectState),
    /// A line of the log.
    Log { level: LogLevel, message: String, attributes: Vec<(String, String)> },
}

/// What runs flows, and what they say.
pub(super) struct Connection {
    /// Runs the flows.
    pub(super) runtime: Runtime,
    /// What is to be said, as it comes.
    pub(super) notes: UnboundedReceiver<Note>,
    /// Whether waiting was asked for, so that its steps are told in a pipe, too.
    pub(super) tells_waits: bool,
}

/// What flows work with.
pub(super) struct Outfit {
    /// The API server that flags and files name.
    kubernetes: Arc<Kubernetes>,
    /// Whether the records only live in this process.
    is_memory: bool,
    store: Arc<dyn ReleaseStore>,
    /// What templates see.
    pub(super) world: ClusterWorld,
    say: Sayer,
    /// Stops the flow.
    pub(super) stop: Stop,
}

/// The cluster of a flow.
pub(super) enum Port<'a> {
    /// The one of the kubeconfig.
    Real(&'a Kubernetes),
    /// None, but for the facts of one.
    None(NoCluster<'a>),
}

/// Says things from within a flow.
#[derive(Clone, Debug)]
pub(super) struct Sayer(UnboundedSender<Note>);

impl Sayer {
    /// Says it, unless nobody listens any more.
    pub(super) fn say(&self, note: Note) {
        drop(self.0.send(note));
    }
}

impl WaitObserver for Sayer {
    fn changed(&self, state: &ObjectState) {
        self.say(Note::State(state.clone()));
    }
}

impl Observer for Sayer {
    /// Go: log.Writer makes a log line of every write.
    fn hook_log(&self, _: &str, _: &str, _: &str, log: &[u8]) {
        let text = String::from_utf8_lossy(log).into_owned();
        let message = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        self.say(Note::Log { level: LogLevel::Info, message, attributes: Vec::new() });
    }
}

/// Which records are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those of the namespace.
    Namespace,
    /// Those of all namespaces.
    All,
}

/// Opens the store; the cluster is asked when a flow needs it.
pub(super) fn open(session: &Session<'_>, flags: &FlagSet, scope: Scope) -> Result<(Connection, Outfit), Failure> {
    let (sender, notes) = unbounded_channel();
    let say = Sayer(sender);
    let kubernetes = Arc::new(kubernetes(session, &say));
    let namespace = match scope {
        Scope::Namespace => kube::namespace(session),
        Scope::All => String::new(),
    };
    let store = store(session, &kubernetes, &namespace)?;
    let runtime = runtime::start()?;
    let world = ClusterWorld {
        host: chart_source::world(session, flags)?,
        cluster: Arc::clone(&kubernetes) as Arc<dyn Cluster>,
        runtime: runtime.handle().clone(),
        say: say.clone(),
    };
    // Go: `list -A` opens everything anew, and then there is a cluster behind the memory driver, too.
    let is_memory = session.variable("HELM_DRIVER").as_deref() == Some("memory") && scope == Scope::Namespace;
    let outfit = Outfit { kubernetes, is_memory, store, world, say, stop: Stop::default() };
    let tells_waits = matches!(flags.text("wait"), "watcher" | "legacy") || flags.is_on("rollback-on-failure");
    Ok((Connection { runtime, notes, tells_waits }, outfit))
}

fn kubernetes(session: &Session<'_>, say: &Sayer) -> Kubernetes {
    let settings = &session.settings;
    let flags = KubeFlags {
        kubeconfig: settings.kube_config.clone(),
        context: settings.kube_context.clone(),
        namespace: settings.namespace.clone(),
        token: settings.kube_token.clone(),
        as_user: settings.kube_as_user.clone(),
        as_groups: settings.kube_as_groups.clone(),
        apiserver: settings.kube_api_server.clone(),
        ca_file: settings.kube_ca_file.clone(),
        tls_server_name: settings.kube_tls_server_name.clone(),
        insecure: settings.kube_insecure,
    };
    let warnings = say.clone();
    #[expect(clippy::cast_possible_truncation, reason = "the flag is read as a float32")]
    let qps = settings.qps as f32;
    let options = Options {
        qps,
        burst: u32::try_from(settings.burst_limit).unwrap_or_default(),
        warn: Arc::new(move |text| warnings.say(Note::Warning(text.to_owned()))),
        ..Options::default()
    };
    Kubernetes::new(flags, options)
}

fn store(
    session: &Session<'_>,
    kubernetes: &Arc<Kubernetes>,
    namespace: &str,
) -> Result<Arc<dyn ReleaseStore>, Failure> {
    let objects = |kind| Arc::new(ObjectStore::new(Arc::clone(kubernetes), kind, namespace));
    Ok(match session.variable("HELM_DRIVER").unwrap_or_default().as_str() {
        "memory" => Arc::new(memory(session, namespace)?),
        "sql" => {
            let address = session.variable("HELM_DRIVER_SQL_CONNECTION_STRING").unwrap_or_default();
            Arc::new(SqlStore::new(address, namespace))
        }
        "configmap" | "configmaps" => objects(RecordKind::ConfigMap),
        _ => objects(RecordKind::Secret),
    })
}

/// The records of another namespace; none for the one at hand.
pub(super) fn other_namespace(
    session: &Session<'_>,
    outfit: &Outfit,
    namespace: &str,
) -> Result<Option<Arc<dyn ReleaseStore>>, Failure> {
    if namespace.is_empty() {
        return Ok(None);
    }
    store(session, &outfit.kubernetes, namespace).map(Some)
}

impl Outfit {
    /// The cluster that flows act on: none where the records only live in this process.
    pub(super) fn port(&self) -> Port<'_> {
        let kubernetes = self.kubernetes.as_ref();
        if self.is_memory { Port::None(NoCluster { facts: Some(kubernetes) }) } else { Port::Real(kubernetes) }
    }

    /// The same world, whose log lines are dropped: for what is rendered a second time.
    pub(super) fn silent_world(&self, session: &Session<'_>, flags: &FlagSet) -> Result<ClusterWorld, Failure> {
        let (sender, _) = unbounded_channel();
        Ok(ClusterWorld {
            host: chart_source::world(session, flags)?,
            cluster: Arc::clone(&self.world.cluster),
            runtime: self.world.runtime.clone(),
            say: Sayer(sender),
        })
    }

    /// Everything that a flow touches.
    pub(super) fn ports<'a>(&'a self, port: &'a Port<'a>) -> Ports<'a> {
        let cluster: &dyn Cluster = match port {
            Port::Real(kubernetes) => *kubernetes,
            Port::None(none) => none,
        };
        let Self { store, world, say, stop, .. } = self;
        Ports { cluster, store: store.as_ref(), process: &HostProcess, world, observer: say, cancel: stop }
    }
}

/// The memory driver with its files. Go's `log.Fatal` puts no space between a text and an error.
pub(crate) fn memory(session: &Session<'_>, namespace: &str) -> Result<MemoryStore, Failure> {
    let store = MemoryStore::new("");
    for file in session.variable("HELM_MEMORY_DRIVER_DATA").unwrap_or_default().split(':') {
        let content = fs::read(file).map_err(|error| {
            let cause = corten_host::path_error("open", Path::new(file), &error);
            Failure::Fatal(format!("Unable to read memory driver data{cause}"))
        })?;
        let broken = |cause: &str| Failure::Fatal(format!("Unable to unmarshal memory driver data: {cause}"));
        let releases = corten_yaml::decode(&content).map_err(|error| broken(&error.to_string()))?;
        for release in releases.as_list().unwrap_or_default() {
            let release =
                codec::from_json(&json::encode(release, false)).map_err(|error| broken(&error.to_string()))?;
            store.load(release).map_err(|error| Failure::Fatal(error.to_string()))?;
        }
        if !matches!(releases, Value::List(_) | Value::Null) {
            return Err(broken("json: cannot unmarshal object into Go value of type []*v1.Release"));
        }
    }
    store.set_namespace(namespace);
    Ok(store)
}
