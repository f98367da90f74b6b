//! `upgrade`. Go: action/upgrade.go.

use corten_chart::{Chart, coalesce_tables, coalesce_values};
use corten_gotmpl::LogLevel;
use corten_release::flow::{Begin, FlowFacts, Pending, Plan, plan_upgrade};
use corten_release::{
    Extent, Info, Labels, Object, ObjectKey, RecordChart, Release, ReleaseName, SYSTEM_LABEL_ERROR, Status, StoreError,
    Validation, apply_method, is_system_label, merge_labels,
};
use corten_render::ReleaseOptions;
use corten_value::{Map, Value};

use super::change::Changer;
use super::error::{ActionError, Cause};
use super::install::same;
use super::ledger::{Entry, Ledger, Outcome, lost, pending_hint, revisions};
use super::ports::{DryRunMode, Ports, WaitOptions};
use super::render::{RenderFlags, capabilities};
use super::rollback::{RollbackOptions, rollback};
use super::work::{Claim, Operation, Work, objects_of};

/// `--server-side` of `upgrade` and `rollback`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerSide {
    /// As the revision before (`auto`).
    Auto,
    /// `true`.
    On,
    /// `false`.
    Off,
    /// Anything else; an error when it is needed, as in Helm.
    Unknown(String),
}

impl ServerSide {
    /// Reads the flag.
    pub fn parse(text: &str) -> Self {
        match text {
            "auto" => Self::Auto,
            "true" => Self::On,
            "false" => Self::Off,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Go: `getUpgradeServerSideValue`.
    pub(super) fn decide(&self, before: &Release) -> Result<bool, ActionError> {
        match self {
            Self::Auto => Ok(before.is_server_side()),
            Self::On => Ok(true),
            Self::Off => Ok(false),
            Self::Unknown(text) => {
                Err(ActionError::new(format!("invalid/unknown release server-side apply method: {text}")))
            }
        }
    }
}

/// What becomes of the values of the revision before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuesMode {
    /// They are kept only when no new ones are given.
    Default,
    /// `--reset-values`.
    Reset,
    /// `--reuse-values`.
    Reuse,
    /// `--reset-then-reuse-values`.
    ResetThenReuse,
}

/// How to upgrade.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct UpgradeOptions {
    /// The name of the release.
    pub name: String,
    /// `--dry-run`.
    pub dry_run: DryRunMode,
    /// How to render.
    pub render: RenderFlags,
    /// How to wait.
    pub wait: WaitOptions,
    /// `--server-side`.
    pub server_side: ServerSide,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// What becomes of the old values.
    pub values: ValuesMode,
    /// `--history-max`.
    pub history_max: i64,
    /// `--rollback-on-failure`.
    pub rollback_on_failure: bool,
    /// `--cleanup-on-fail`.
    pub cleanup_on_fail: bool,
    /// `--take-ownership`.
    pub take_ownership: bool,
    /// Not `--disable-openapi-validation`.
    pub validate: bool,
    /// `--description`.
    pub description: String,
    /// `--labels`; `null` takes one away.
    pub labels: Labels,
    /// `--slim`.
    pub slim: bool,
}

/// Upgrades a release and gives the new revision.
///
/// # Errors
/// Helm's text of the first step that fails, without `UPGRADE FAILED: `.
pub async fn upgrade(
    ports: &Ports<'_>,
    chart: Chart,
    values: &Value,
    options: &UpgradeOptions,
) -> Result<Release, ActionError> {
    let ledger = Ledger::new(*ports).slim(options.slim);
    let mut options = options.clone();
    options.wait = options.wait.watching_if(options.rollback_on_failure);
    let result = Box::pin(Upgrade { ledger: &ledger, options: &options }.run(chart, values)).await;
    result.map_err(|error| pending_hint(error, &options.name))
}

struct Upgrade<'a> {
    ledger: &'a Ledger<'a>,
    options: &'a UpgradeOptions,
}

/// What is stored of the release.
struct Found {
    entries: Vec<Entry>,
    pending: Option<Pending>,
    /// The last revision.
    last: Release,
    /// The revision that is upgraded, where it is another one.
    other: Option<Release>,
}

impl Found {
    /// The revision that is upgraded.
    fn current(&self) -> &Release {
        self.other.as_ref().unwrap_or(&self.last)
    }
}

/// A new revision, and how it comes about.
struct Prepared {
    release: Release,
    plan: Plan,
    targets: Vec<Object>,
    server_side: bool,
}

impl Upgrade<'_> {
    async fn run(&self, chart: Chart, values: &Value) -> Result<Release, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        // Asked for side by side; judged in Helm's order.
        let known = async { ReleaseName::parse(&options.name).is_ok().then_some(()) };
        let history = async {
            match known.await {
                Some(()) => self.ledger.history(&options.name).await,
                None => Err(StoreError::NotFound),
            }
        };
        let facts = async { drop(ports.cluster.facts().await) };
        let (reachable, history, ()) = futures::join!(ports.cluster.reachable(), history, facts);
        reachable?;
        ReleaseName::parse(&options.name)
            .map_err(|_| ActionError::new(format!("release name is invalid: {}", options.name)))?;
        ports.world.log(LogLevel::Debug, "preparing upgrade", &[("name", &options.name)]);
        if !options.dry_run.is_dry() && options.render.hide_secret {
            return Err(ActionError::new("hiding Kubernetes secrets requires a dry-run mode"));
        }
        let entries = match history {
            Err(StoreError::NotFound) => Vec::new(),
            history => history?,
        };
        let found = self.found(entries).await?;
        let prepared = self.prepare(&found, chart, values).await?;
        ports.world.log(LogLevel::Debug, "performing update", &[("name", &options.name)]);
        Box::pin(self.perform(found, prepared)).await
    }

    async fn found(&self, mut entries: Vec<Entry>) -> Result<Found, ActionError> {
        let name = &self.options.name;
        let pending = self.ledger.pending(name, &mut entries).await?;
        let plan = self.plan(&entries, pending, false)?;
        let last = self.ledger.last(name, &entries)?;
        let is_other = |entry: &&Entry| Some(entry.number) == plan.base && entry.number != last.version;
        let other = entries.iter().find(is_other).map(Entry::release).transpose();
        let other = other.map_err(|error| ActionError::new(error.to_string()))?;
        Ok(Found { entries, pending, last, other })
    }

    fn plan(&self, entries: &[Entry], pending: Option<Pending>, wants_same: bool) -> Result<Plan, ActionError> {
        let revisions = revisions(entries);
        let facts = FlowFacts { revisions: &revisions, pending, wants_same };
        let options = self.options;
        Ok(plan_upgrade(&facts, &options.name, options.history_max, options.wait.hooks)?)
    }

    /// Renders the new revision. Go: `prepareUpgrade`.
    async fn prepare(&self, found: &Found, mut chart: Chart, values: &Value) -> Result<Prepared, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let values = self.values(&mut chart, found.current(), values)?;
        options.render.process(&mut chart, &values, ports.world)?;
        // An interrupted run is taken up again under its own number when this one wants the same.
        let first = self.plan(&found.entries, found.pending, true)?;
        let prepared = self.rendered(found, &chart, &values, first).await?;
        let is_same = prepared.plan.begin == Begin::Create || same(&found.last, &prepared.release);
        let mut prepared = if is_same {
            prepared
        } else {
            let second = self.plan(&found.entries, found.pending, false)?;
            self.rendered(found, &chart, &values, second).await?
        };
        let validation = if options.validate { Validation::Strict } else { Validation::Ignore };
        prepared.targets = ports.cluster.build(&prepared.release.manifest, validation).await?;
        Ok(prepared)
    }

    async fn rendered(
        &self,
        found: &Found,
        chart: &Chart,
        values: &Value,
        plan: Plan,
    ) -> Result<Prepared, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let about = ReleaseOptions {
            name: options.name.clone(),
            namespace: found.current().namespace.clone(),
            revision: plan.revision,
            is_install: false,
            is_upgrade: true,
        };
        let capabilities = capabilities(ports.cluster.facts().await?, ports.world);
        let composed = options.render.compose(chart, values, ports.world)?;
        let rendered = options.render.render(chart, &composed, (&about, &capabilities), ports.world)?;
        if options.labels.keys().any(|name| is_system_label(name)) {
            return Err(ActionError::new(SYSTEM_LABEL_ERROR));
        }
        let server_side = options.server_side.decide(&found.last)?;
        ports.world.log(
            LogLevel::Debug,
            "determined release apply method",
            &[
                ("server_side_apply", if server_side { "true" } else { "false" }),
                ("previous_release_apply_method", &found.last.apply_method),
            ],
        );
        let release = Release {
            name: options.name.clone(),
            namespace: found.current().namespace.clone(),
            chart: Some(RecordChart::new(chart, &ports.world.local_zone())),
            config: values.clone(),
            info: Info {
                first_deployed: found.current().info.first_deployed.clone(),
                last_deployed: Some(ports.now()),
                status: Status::PendingUpgrade,
                description: "Preparing upgrade".to_owned(),
                notes: rendered.notes,
                ..Info::default()
            },
            version: plan.revision,
            manifest: rendered.manifest,
            hooks: rendered.hooks,
            labels: merge_labels(&found.last.labels, &options.labels),
            apply_method: apply_method(server_side).to_owned(),
        };
        Ok(Prepared { release, plan, targets: Vec::new(), server_side })
    }

    /// What the values of the revision before do to the new ones. Go: `reuseValues`.
    fn values(&self, chart: &mut Chart, current: &Release, values: &Value) -> Result<Value, ActionError> {
        let (world, options) = (self.ledger.ports.world, self.options);
        let log = |text: &str| world.log(LogLevel::Debug, text, &[]);
        let mut warn = |warning| corten_render::log_warning(world, &warning);
        match options.values {
            ValuesMode::Reset => {
                log("resetting values to the chart's original version");
                Ok(values.clone())
            }
            ValuesMode::Reuse => {
                log("reusing the old release's values");
                let old = current.chart.as_ref().map(RecordChart::to_chart).unwrap_or_default();
                let old = coalesce_values(&old, &current.config, options.render.compat, &mut warn)
                    .map_err(|error| ActionError::new(format!("failed to rebuild old values: {error}")))?;
                let values = coalesce_tables(values, &current.config, &mut warn);
                chart.values = old;
                Ok(values)
            }
            ValuesMode::ResetThenReuse => {
                log("merging values from old release to new values");
                Ok(coalesce_tables(values, &current.config, &mut warn))
            }
            ValuesMode::Default => {
                let is_empty = |values: &Value| values.as_map().is_none_or(Map::is_empty);
                if is_empty(values) && !is_empty(&current.config) {
                    log("copying values from old release");
                    return Ok(current.config.clone());
                }
                Ok(values.clone())
            }
        }
    }

    /// Brings the cluster to the new revision. Go: `performUpgrade`.
    async fn perform(&self, found: Found, prepared: Prepared) -> Result<Release, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let Prepared { mut release, plan, mut targets, server_side } = prepared;
        let mut bases = vec![found.current()];
        bases.extend(plan.also.contains(&found.last.version).then_some(&found.last));
        let mut originals =
            objects_of(self.ledger, &bases).await.map_err(|error| error.with_release(release.clone()))?;
        let claim = Claim { name: &release.name, namespace: &release.namespace, takes: options.take_ownership };
        claim.mark(&mut targets);
        // All targets are read at once: what is there decides about adoption and about each change.
        let is_dry = options.dry_run.is_dry();
        let live = self.adopt(&claim, &mut originals, &targets).await?;
        if is_dry {
            ports.world.log(LogLevel::Debug, "dry run for release", &[("name", &release.name)]);
            let given = &options.description;
            release.info.description = if given.is_empty() { "Dry run complete".to_owned() } else { given.clone() };
            return Ok(release);
        }
        if plan.begin == Begin::Continue {
            release.info.first_deployed.clone_from(&found.last.info.first_deployed);
        }
        let Found { entries, last, other, .. } = found;
        let current = other.unwrap_or(last);
        let given = &options.description;
        let mut work = Work {
            ledger: self.ledger,
            operation: Operation::Upgrade,
            plan,
            entries: &entries,
            changer: Changer {
                cluster: ports.cluster,
                world: ports.world,
                server_side,
                force_conflicts: options.force_conflicts,
                force_replace: options.force_replace,
                three_way: false,
                migrates: !current.is_server_side() && server_side,
            },
            current: Some(current),
            originals,
            targets,
            live: Some(live),
            wait: options.wait,
            description: if given.is_empty() { "Upgrade complete".to_owned() } else { given.clone() },
            created: Vec::new(),
            failed: None,
        };
        ports.world.log(LogLevel::Debug, "creating upgraded release", &[("name", &release.name)]);
        work.begin(&release).await?;
        let outcome = self.ledger.guard(work.perform(&mut release)).await;
        let error = match outcome {
            Outcome::Done(Ok(())) => return Ok(release),
            Outcome::Done(Err(error)) if error.cause == Cause::Lost => return Err(error),
            Outcome::Done(Err(error)) => error,
            Outcome::Cancelled => {
                // Go: handleContext knows of no objects that were created.
                work.created.clear();
                ActionError::of(Cause::Cancelled, "context canceled")
            }
            Outcome::Lost => return Err(lost()),
        };
        Err(self.fail(&work, release, error).await)
    }

    /// Looks at the targets in the cluster; those that are adopted count as the release's.
    async fn adopt(
        &self,
        claim: &Claim<'_>,
        originals: &mut Vec<Object>,
        targets: &[Object],
    ) -> Result<Vec<super::change::Live>, ActionError> {
        let live = self.ledger.ports.cluster.read(targets, Extent::Whole).await;
        let known: std::collections::BTreeSet<ObjectKey> = originals.iter().map(Object::key).collect();
        let is_new = |target: &Object| !known.contains(&target.key());
        let (new, states): (Vec<Object>, Vec<_>) = targets
            .iter()
            .zip(&live)
            .filter(|(target, _)| is_new(target))
            .map(|(target, live)| (target.clone(), live.clone()))
            .unzip();
        let adopted = claim.adopted(&new, &states).map_err(|error| error.context("unable to continue with update"))?;
        originals.extend(adopted.into_iter().filter_map(|place| new.get(place).cloned()));
        Ok(live)
    }

    /// Records a failure, and takes back what is asked for. Go: `failRelease`.
    async fn fail(&self, work: &Work<'_>, mut release: Release, error: ActionError) -> ActionError {
        let (ports, options) = (&self.ledger.ports, self.options);
        let quoted = corten_gostd::strconv::quote(release.name.as_bytes());
        ports.world.log(LogLevel::Warn, "upgrade failed", &[("name", &release.name), ("error", &error.text)]);
        release.set_status(Status::Failed, format!("Upgrade {quoted} failed: {}", error.text));
        if self.ledger.note(&release).await.is_err() {
            return lost();
        }
        if options.cleanup_on_fail
            && let Err(cleanup) = work.clean_up().await
        {
            let text = format!(
                "an error occurred while cleaning up resources. original upgrade error: {}: {}",
                error.text, cleanup.text
            );
            return error.reworded(text).with_release(release);
        }
        if !options.rollback_on_failure {
            return error.with_release(release);
        }
        let text = "Upgrade failed and rollback-on-failure is set, rolling back to previous successful release";
        ports.world.log(LogLevel::Debug, text, &[]);
        let reworded = self.roll_back(&release, &error.text).await;
        error.reworded(reworded).with_release(release)
    }

    /// Goes back to the last revision that succeeded and words what came of it.
    async fn roll_back(&self, release: &Release, error: &str) -> String {
        let history = match self.ledger.history(&release.name).await {
            Ok(history) => history,
            Err(problem) => {
                return format!(
                    "an error occurred while finding last successful release. original upgrade error: {error}: {problem}"
                );
            }
        };
        let succeeded = |entry: &&Entry| matches!(entry.status, Status::Superseded | Status::Deployed);
        let Some(target) = history.iter().rev().find(succeeded) else {
            return format!(
                "unable to find a previously successful release when attempting to rollback. original upgrade error: {error}"
            );
        };
        let options = RollbackOptions::after_failure(self.options, target.number);
        match Box::pin(rollback(&self.ledger.ports, &options)).await {
            Err(problem) => format!(
                "an error occurred while rolling back the release. original upgrade error: {error}: {}",
                problem.text
            ),
            Ok(()) => format!(
                "release {} failed, and has been rolled back due to rollback-on-failure being set: {error}",
                release.name
            ),
        }
    }
}

/// What `upgrade --install` has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    /// There is a release: upgrade it.
    Upgrade,
    /// There is none, or its first installation was interrupted: install.
    Install {
        /// It was uninstalled with its history kept (`--replace`).
        replace: bool,
    },
}

/// Decides between `install` and `upgrade` for `upgrade --install`. Go: cmd/upgrade.go.
///
/// # Errors
/// When the cluster or the store cannot be asked.
pub async fn first_step(ports: &Ports<'_>, name: &str) -> Result<FirstStep, ActionError> {
    let ledger = Ledger::new(*ports);
    let name_is_valid = ReleaseName::parse(name).is_ok();
    let history = async { if name_is_valid { ledger.history(name).await } else { Err(StoreError::NotFound) } };
    let (reachable, history) = futures::join!(ports.cluster.reachable(), history);
    reachable?;
    if !name_is_valid {
        return Err(ActionError::new(format!("release name is invalid: {name}")));
    }
    let mut entries = match history {
        Err(StoreError::NotFound) => return Ok(FirstStep::Install { replace: false }),
        history => history?,
    };
    let Some(last) = entries.last() else { return Ok(FirstStep::Upgrade) };
    match last.status {
        Status::Uninstalled => Ok(FirstStep::Install { replace: true }),
        Status::PendingInstall if last.stored.lease.is_some() => {
            let pending = ledger.pending(name, &mut entries).await?;
            let goes_on = pending == Some(Pending::Abandoned);
            Ok(if goes_on { FirstStep::Install { replace: false } } else { FirstStep::Upgrade })
        }
        _ => Ok(FirstStep::Upgrade),
    }
}
