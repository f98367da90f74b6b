//! `install`. Go: action/install.go.

use corten_chart::{Chart, Crd};
use corten_gotmpl::LogLevel;
use corten_release::flow::{Begin, FlowFacts, Pending, Plan, plan_install};
use corten_release::{
    APPLY_CLIENT_SIDE, Extent, Info, Labels, NoCluster, RecordChart, Release, ReleaseName, SYSTEM_LABEL_ERROR, Status,
    Validation, WaitFor, apply_method, is_system_label,
};
use corten_render::{Capabilities, KubeVersion, ReleaseOptions};
use corten_value::Value;
use std::time::Duration;

use super::change::Changer;
use super::error::{ActionError, Cause};
use super::ledger::{Entry, Ledger, Outcome, lost, revisions};
use super::ports::{DryRunMode, Ports, WaitOptions};
use super::render::{RenderFlags, RenderedRelease, capabilities};
use super::uninstall::{UninstallOptions, uninstall};
use super::work::{Claim, Operation, Work, objects_of};

/// How to install.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct InstallOptions {
    /// The name of the release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// `--dry-run`.
    pub dry_run: DryRunMode,
    /// How to render.
    pub render: RenderFlags,
    /// How to wait.
    pub wait: WaitOptions,
    /// `--server-side`.
    pub server_side: bool,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// `--create-namespace`.
    pub create_namespace: bool,
    /// `--replace`.
    pub replace: bool,
    /// `--rollback-on-failure`.
    pub rollback_on_failure: bool,
    /// `--skip-crds`.
    pub skip_crds: bool,
    /// `--take-ownership`.
    pub take_ownership: bool,
    /// Not `--disable-openapi-validation`.
    pub validate: bool,
    /// `--description`.
    pub description: String,
    /// `--labels`.
    pub labels: Labels,
    /// `--slim`.
    pub slim: bool,
    /// `--kube-version`, for client-side dry runs.
    pub kube_version: Option<KubeVersion>,
    /// `--api-versions`, for client-side dry runs.
    pub api_versions: Vec<String>,
}

/// Installs a chart and gives the release.
///
/// # Errors
/// Helm's text of the first step that fails, without `INSTALLATION FAILED: `.
pub async fn install(
    ports: &Ports<'_>,
    chart: Chart,
    values: &Value,
    options: &InstallOptions,
) -> Result<Release, ActionError> {
    let offline = NoCluster::default();
    let mut ports = *ports;
    if options.dry_run == DryRunMode::Client {
        ports.cluster = &offline;
    }
    let ledger = Ledger::new(ports).slim(options.slim);
    let mut options = options.clone();
    options.wait = options.wait.watching_if(options.rollback_on_failure);
    Box::pin(Installation { ledger: &ledger, options: &options }.run(chart, values)).await
}

struct Installation<'a> {
    ledger: &'a Ledger<'a>,
    options: &'a InstallOptions,
}

/// What an installation begins with.
struct Start {
    entries: Vec<Entry>,
    pending: Option<Pending>,
}

impl Installation<'_> {
    async fn run(&self, mut chart: Chart, values: &Value) -> Result<Release, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let start = self.start().await?;
        options.render.process(&mut chart, values, ports.world).map_err(|error| {
            ports.world.log(LogLevel::Error, "chart dependencies processing failed", &[("error", &error.text)]);
            error.context("chart dependencies processing failed")
        })?;
        self.definitions(&chart.crds()).await?;
        let capabilities = self.capabilities().await?;
        let composed = options.render.compose(&chart, values, ports.world)?;
        if options.labels.keys().any(|name| is_system_label(name)) {
            return Err(ActionError::new(SYSTEM_LABEL_ERROR));
        }
        let mut release = self.release(&chart, values);
        let about = ReleaseOptions {
            name: options.name.clone(),
            namespace: options.namespace.clone(),
            revision: 1,
            is_install: true,
            is_upgrade: false,
        };
        match options.render.render(&chart, &composed, (&about, &capabilities), ports.world) {
            Ok(rendered) => fill(&mut release, rendered),
            Err(error) => {
                release.set_status(Status::Failed, format!("failed to render resource: {}", error.text));
                return Err(error.with_release(release));
            }
        }
        release.set_status(Status::PendingInstall, "Initial install underway");
        self.put_into_cluster(release, &start).await
    }

    /// Asks the cluster and the store, side by side, and judges the name. Go: `availableName`.
    async fn start(&self) -> Result<Start, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let is_dry = options.dry_run.is_dry();
        let history = async {
            if is_dry || ReleaseName::parse(&options.name).is_err() {
                return Vec::new();
            }
            // Go: availableName takes an error for an empty history.
            self.ledger.history(&options.name).await.unwrap_or_default()
        };
        // Facts are asked for now, so that they are there when templates need them.
        let facts = async {
            if options.dry_run.asks_cluster() {
                drop(ports.cluster.facts().await);
            }
        };
        let (reachable, mut entries, ()) = futures::join!(ports.cluster.reachable(), history, facts);
        reachable.map_err(|error| {
            let error = error.context("cluster reachability check failed");
            ports.world.log(LogLevel::Error, &error.message, &[]);
            ActionError::from(error)
        })?;
        if !is_dry && options.render.hide_secret {
            let text = "hiding Kubernetes secrets requires a dry-run mode";
            ports.world.log(LogLevel::Error, text, &[]);
            return Err(ActionError::new(text));
        }
        let name_failed = |error: ActionError| {
            ports.world.log(LogLevel::Error, "release name check failed", &[("error", &error.text)]);
            error.context("release name check failed")
        };
        ReleaseName::parse(&options.name).map_err(|error| {
            let name = corten_gostd::strconv::quote(options.name.as_bytes());
            name_failed(ActionError::from(error).context(format_args!("release name {name}")))
        })?;
        let pending = self.ledger.pending(&options.name, &mut entries).await?;
        let start = Start { entries, pending };
        self.plan(&start, false).map_err(name_failed)?;
        Ok(start)
    }

    fn plan(&self, start: &Start, wants_same: bool) -> Result<Plan, ActionError> {
        let revisions = revisions(&start.entries);
        let facts = FlowFacts { revisions: &revisions, pending: start.pending, wants_same };
        let planned = plan_install(&facts, self.options.replace, self.options.wait.hooks);
        planned.map_err(|error| {
            let error = ActionError::from(error);
            match start.entries.last() {
                Some(last) if last.status.is_pending() => {
                    error.hint(format!("an installation is under way, or died: corten unlock {}", self.options.name))
                }
                _ => error.hint(format!("to change it: helm upgrade {}", self.options.name)),
            }
        })
    }

    /// Installs the files of crds/, one after another. Go: `installCRDs`.
    async fn definitions(&self, crds: &[Crd]) -> Result<(), ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        if crds.is_empty() || options.skip_crds || !options.dry_run.asks_cluster() {
            return Ok(());
        }
        if options.dry_run.is_dry() {
            let text = "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.";
            ports.world.log(LogLevel::Warn, text, &[]);
            return Ok(());
        }
        let changer = Changer { force_conflicts: options.force_conflicts, ..self.changer() };
        let mut all = Vec::new();
        for crd in crds {
            let failed = || format!("failed to install CRD {}", crd.file.name);
            let manifest = String::from_utf8_lossy(&crd.file.data);
            let built = ports.cluster.build(&manifest, Validation::Ignore).await;
            let mut objects = built.map_err(|error| ActionError::from(error.context(failed())))?;
            if objects.is_empty() {
                return Err(ActionError::new("resources are empty").context(failed()));
            }
            match changer.create(&mut objects).await {
                Ok(()) => all.extend(objects),
                Err(error) if error.is_already_exists() => {
                    ports.world.log(
                        LogLevel::Debug,
                        "CRD is already present. Skipping",
                        &[("crd", crd.file.name.as_ref())],
                    );
                }
                Err(error) => return Err(error.context(failed()).into()),
            }
        }
        if !all.is_empty() {
            let wait = WaitOptions { timeout: Duration::from_mins(1), ..options.wait };
            let until = WaitFor::Ready { jobs: false };
            ports.cluster.wait(wait.request(&all, until, ports.observer)).await?;
            ports.cluster.forget_apis();
        }
        Ok(())
    }

    async fn capabilities(&self) -> Result<Capabilities, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let mut capabilities = capabilities(ports.cluster.facts().await?, ports.world);
        if !options.dry_run.asks_cluster() {
            if let Some(version) = &options.kube_version {
                capabilities.kube_version = version.clone();
            }
            capabilities.api_versions.extend(options.api_versions.iter().cloned());
        } else if !options.api_versions.is_empty() {
            let text = "API Version list given outside of client only mode, this list will be ignored";
            ports.world.log(LogLevel::Debug, text, &[]);
        }
        Ok(capabilities)
    }

    /// Go: `createRelease`.
    fn release(&self, chart: &Chart, values: &Value) -> Release {
        let (ports, options) = (&self.ledger.ports, self.options);
        let now = ports.now();
        Release {
            name: options.name.clone(),
            info: Info {
                first_deployed: Some(now.clone()),
                last_deployed: Some(now),
                status: Status::Unknown,
                ..Info::default()
            },
            chart: Some(RecordChart::new(chart, &ports.world.local_zone())),
            config: values.clone(),
            version: 1,
            namespace: options.namespace.clone(),
            labels: options.labels.clone(),
            apply_method: apply_method(options.server_side).to_owned(),
            ..Release::default()
        }
    }

    async fn put_into_cluster(&self, mut release: Release, start: &Start) -> Result<Release, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let validation = if options.validate { Validation::Strict } else { Validation::Ignore };
        let built = ports.cluster.build(&release.manifest, validation).await;
        let mut targets = built.map_err(|error| {
            ActionError::from(error.context("unable to build kubernetes objects from release manifest"))
        })?;
        let claim = Claim { name: &release.name, namespace: &release.namespace, takes: options.take_ownership };
        claim.mark(&mut targets);
        let mut originals = Vec::new();
        if options.dry_run.asks_cluster() && !targets.is_empty() {
            let read = claim.read(self.ledger, &targets, Extent::Metadata).await;
            let (adopted, _) = read.map_err(|error| error.context("unable to continue with install"))?;
            originals.extend(adopted.into_iter().filter_map(|place| targets.get(place).cloned()));
        }
        if options.dry_run.is_dry() {
            "Dry run complete".clone_into(&mut release.info.description);
            return Ok(release);
        }
        let abandoned = abandoned(start);
        let wants_same = abandoned.as_ref().is_some_and(|old| same(old, &release));
        let plan = self.plan(start, wants_same)?;
        if let Some(old) = &abandoned {
            // What the interrupted run may have created is this release's as well.
            let known = objects_of(self.ledger, &[old]).await.unwrap_or_default();
            let missing = known.into_iter().filter(|object| !targets.iter().any(|target| target.key() == object.key()));
            originals.extend(missing);
        }
        self.create_namespace().await?;
        release.version = plan.revision;
        if let (Begin::Continue, Some(old)) = (plan.begin, &abandoned) {
            release.info.first_deployed.clone_from(&old.info.first_deployed);
        }
        let description = if options.description.is_empty() { "Install complete" } else { &options.description };
        let mut work = Work {
            ledger: self.ledger,
            operation: Operation::Install,
            plan,
            entries: &start.entries,
            current: None,
            originals,
            targets,
            live: None,
            changer: Changer { three_way: options.take_ownership && !options.server_side, ..self.changer() },
            wait: options.wait,
            description: description.to_owned(),
            created: Vec::new(),
            failed: None,
        };
        work.begin(&release).await?;
        let outcome = self.ledger.guard(work.perform(&mut release)).await;
        drop(work);
        let error = match outcome {
            Outcome::Done(Ok(())) => return Ok(release),
            Outcome::Done(Err(error)) if error.cause == Cause::Lost => return Err(error),
            Outcome::Done(Err(error)) => error,
            Outcome::Cancelled => ActionError::of(Cause::Cancelled, "context canceled"),
            Outcome::Lost => return Err(lost()),
        };
        Err(self.fail(release, error).await)
    }

    fn changer(&self) -> Changer<'_> {
        let options = self.options;
        Changer {
            cluster: self.ledger.ports.cluster,
            world: self.ledger.ports.world,
            server_side: options.server_side,
            force_conflicts: options.force_conflicts,
            force_replace: options.force_replace,
            three_way: false,
            migrates: true,
        }
    }

    async fn create_namespace(&self) -> Result<(), ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        if !options.create_namespace {
            return Ok(());
        }
        let name = &options.namespace;
        let manifest =
            format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    name: {name}\n  name: {name}\n");
        let mut objects = ports.cluster.build(&manifest, Validation::Strict).await?;
        let changer = Changer { force_conflicts: false, ..self.changer() };
        match changer.create(&mut objects).await {
            Err(error) if !error.is_already_exists() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Records a failure, or takes everything back. Go: `failRelease`.
    async fn fail(&self, mut release: Release, error: ActionError) -> ActionError {
        let (ports, options) = (&self.ledger.ports, self.options);
        let name = corten_gostd::strconv::quote(options.name.as_bytes());
        release.set_status(Status::Failed, format!("Release {name} failed: {}", error.text));
        if !options.rollback_on_failure {
            // There is another error to deal with.
            drop(self.ledger.note(&release).await);
            return error.with_release(release);
        }
        let text = "install failed and rollback-on-failure is set, uninstalling release";
        ports.world.log(LogLevel::Debug, text, &[("release", &options.name)]);
        let undo = UninstallOptions::after_failure(options.wait);
        let reworded = match Box::pin(uninstall(ports, &options.name, &undo)).await {
            Err(undo) => format!(
                "an error occurred while uninstalling the release. original install error: {}: {}",
                error.text, undo.text
            ),
            Ok(_) => format!(
                "release {} failed, and has been uninstalled due to rollback-on-failure being set: {}",
                options.name, error.text
            ),
        };
        error.reworded(reworded).with_release(release)
    }
}

fn fill(release: &mut Release, rendered: RenderedRelease) {
    release.hooks = rendered.hooks;
    release.manifest = rendered.manifest;
    release.info.notes = rendered.notes;
}

/// The release of the revision that an interrupted run left.
fn abandoned(start: &Start) -> Option<Release> {
    let last = start.entries.last().filter(|_| start.pending == Some(Pending::Abandoned))?;
    last.release().ok()
}

/// Whether an interrupted run wanted just what this one wants.
pub(super) fn same(old: &Release, new: &Release) -> bool {
    let hooks = |release: &Release| release.hooks.iter().map(|hook| hook.manifest.clone()).collect::<Vec<_>>();
    let method = |release: &Release| match release.apply_method.as_str() {
        "" => APPLY_CLIENT_SIDE.to_owned(),
        method => method.to_owned(),
    };
    old.manifest == new.manifest && hooks(old) == hooks(new) && method(old) == method(new)
}
