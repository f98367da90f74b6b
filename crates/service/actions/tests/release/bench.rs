//! A cluster, a store and charts to try flows on.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::task::Poll;
use std::time::Duration;

use corten_actions::release::{
    ActionError, DryRunMode, InstallOptions, NeverCancelled, Ports, RenderFlags, RollbackOptions, ServerSide,
    UninstallOptions, Uninstalled, Unobserved, UpgradeOptions, ValuesMode, WaitOptions, install, rollback, uninstall,
    upgrade,
};
use corten_chart::{Chart, Compat, File, load_files};
use corten_release::{
    Body, BoxFuture, Content, Holder, Process, Propagation, Release, ReleaseStore as _, WaitStrategy,
};
use corten_testkit::{FixedWorld, MemoryCluster, Power, PoweredStore, StoppedProcess};
use corten_value::Value;
use futures::executor::block_on;
use futures::future::{Either, select};

pub(crate) struct Bench {
    pub(crate) cluster: MemoryCluster,
    pub(crate) store: PoweredStore,
    pub(crate) power: Arc<Power>,
    pub(crate) world: FixedWorld,
    process: StoppedProcess,
}

impl Default for Bench {
    fn default() -> Self {
        let power = Arc::new(Power::default());
        let store = PoweredStore { power: Arc::clone(&power), ..PoweredStore::default() };
        store.store.set_namespace("ns");
        let clock = Arc::new(AtomicI64::new(1_767_323_045_000_000_000));
        Self {
            cluster: MemoryCluster::new("ns", Arc::clone(&power)),
            store,
            power,
            world: FixedWorld::default(),
            process: StoppedProcess::new(1, clock),
        }
    }
}

impl Bench {
    pub(crate) fn ports(&self) -> Ports<'_> {
        Ports {
            cluster: &self.cluster,
            store: &self.store,
            process: &self.process,
            world: &self.world,
            observer: &Unobserved,
            cancel: &NeverCancelled,
        }
    }

    /// Runs a flow until it ends, or until the power does.
    pub(crate) fn run<T>(&self, flow: impl Future<Output = T>) -> Option<T> {
        let flow = std::pin::pin!(flow);
        match block_on(select(flow, self.power.is_out())) {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }

    pub(crate) fn install(&self, chart: Chart) -> Result<Release, ActionError> {
        let flow = async { install(&self.ports(), chart, &Value::empty_map(), &install_options()).await };
        self.run(flow).unwrap()
    }

    pub(crate) fn upgrade(&self, chart: Chart) -> Result<Release, ActionError> {
        let flow = async { upgrade(&self.ports(), chart, &Value::empty_map(), &upgrade_options()).await };
        self.run(flow).unwrap()
    }

    pub(crate) fn rollback(&self, revision: i64) -> Result<(), ActionError> {
        self.run(async { rollback(&self.ports(), &rollback_options(revision)).await }).unwrap()
    }

    pub(crate) fn uninstall(&self) -> Result<Option<Uninstalled>, ActionError> {
        self.run(async { uninstall(&self.ports(), "web", &uninstall_options()).await }).unwrap()
    }

    /// The states of all revisions, oldest first.
    pub(crate) fn states(&self) -> Vec<String> {
        self.records().iter().map(|release| release.info.status.to_string()).collect()
    }

    pub(crate) fn records(&self) -> Vec<Release> {
        let stored = block_on(self.store.store.list(Content::All)).unwrap();
        stored
            .into_iter()
            .map(|stored| match stored.body {
                Body::Release(release) => (*release).clone(),
                Body::Encoded(text) | Body::Head(text) => corten_release::codec::decode(&text).unwrap(),
            })
            .collect()
    }
}

/// A process whose heart beats as often as it is looked at.
pub(crate) struct Beating(StoppedProcess);

impl Default for Beating {
    fn default() -> Self {
        Self(StoppedProcess::new(2, Arc::new(AtomicI64::new(1_767_323_045_000_000_000))))
    }
}

impl Process for Beating {
    fn now(&self) -> i128 {
        self.0.now()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        let mut slept = false;
        Box::pin(std::future::poll_fn(move |context| {
            if std::mem::replace(&mut slept, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn holder(&self) -> Holder {
        self.0.holder()
    }

    fn is_alive(&self, holder: &Holder) -> Option<bool> {
        self.0.is_alive(holder)
    }
}

/// A chart of templates: names and texts.
pub(crate) fn chart(templates: &[(&str, &str)]) -> Chart {
    let file = |name: &str, text: &str| File::new(name, text.as_bytes().to_vec());
    let mut files = vec![file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")];
    files.extend(templates.iter().map(|(name, text)| file(&format!("templates/{name}"), text)));
    load_files(files, Compat::Helm4, &mut |_| {}).unwrap()
}

pub(crate) fn config(name: &str, text: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  text: {text}\n")
}

/// Five objects and a hook for every event.
pub(crate) fn five(text: &str) -> Chart {
    let hook = |name: &str, events: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {events}\n\
             \x20   helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\n"
        )
    };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n".to_owned();
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: v\nspec:\n  type: ClusterIP\n".to_owned();
    let templates = [
        ("a.yaml", config("a", text)),
        ("b.yaml", config("b", text)),
        ("c.yaml", config(&format!("c-{text}"), text)),
        ("s.yaml", secret),
        ("v.yaml", service),
        ("before.yaml", hook("before", "pre-install,pre-upgrade,pre-rollback,pre-delete")),
        ("after.yaml", hook("after", "post-install,post-upgrade,post-rollback,post-delete")),
    ];
    chart(&templates.each_ref().map(|(name, text)| (*name, text.as_str())))
}

pub(crate) fn wait() -> WaitOptions {
    WaitOptions {
        strategy: WaitStrategy::Watcher,
        jobs: false,
        timeout: Duration::from_mins(5),
        fail_fast: false,
        hooks: true,
    }
}

const RENDER: RenderFlags = RenderFlags {
    subchart_notes: false,
    hide_secret: false,
    skip_schema_validation: false,
    enable_dns: false,
    compat: Compat::Helm4,
    post_renderer: None,
};

pub(crate) fn install_options() -> InstallOptions {
    InstallOptions {
        name: "web".to_owned(),
        namespace: "ns".to_owned(),
        dry_run: DryRunMode::None,
        render: RENDER,
        wait: wait(),
        server_side: true,
        force_conflicts: false,
        force_replace: false,
        create_namespace: false,
        replace: false,
        rollback_on_failure: false,
        skip_crds: false,
        take_ownership: false,
        validate: true,
        description: String::new(),
        labels: corten_release::Labels::new(),
        slim: false,
        kube_version: None,
        api_versions: Vec::new(),
    }
}

pub(crate) fn upgrade_options() -> UpgradeOptions {
    UpgradeOptions {
        name: "web".to_owned(),
        dry_run: DryRunMode::None,
        render: RENDER,
        wait: wait(),
        server_side: ServerSide::Auto,
        force_conflicts: false,
        force_replace: false,
        values: ValuesMode::Default,
        history_max: 10,
        rollback_on_failure: false,
        cleanup_on_fail: false,
        take_ownership: false,
        validate: true,
        description: String::new(),
        labels: corten_release::Labels::new(),
        slim: false,
    }
}

pub(crate) fn rollback_options(revision: i64) -> RollbackOptions {
    RollbackOptions {
        name: "web".to_owned(),
        revision,
        dry_run: DryRunMode::None,
        wait: wait(),
        server_side: ServerSide::Auto,
        force_conflicts: false,
        force_replace: false,
        cleanup_on_fail: false,
        history_max: 10,
        slim: false,
    }
}

pub(crate) fn uninstall_options() -> UninstallOptions<'static> {
    UninstallOptions {
        dry_run: false,
        ignore_not_found: false,
        keep_history: false,
        cascade: Propagation::Background,
        wait: wait(),
        description: "",
    }
}
