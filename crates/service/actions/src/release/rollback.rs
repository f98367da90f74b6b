//! `rollback`. Go: action/rollback.go.

use corten_gotmpl::LogLevel;
use corten_release::flow::{FlowFacts, Pending, Plan, PlanError, Step, plan_rollback, rollback_target};
use corten_release::{Info, Release, ReleaseName, Status, StoreError, Validation, apply_method};

use super::change::Changer;
use super::error::{ActionError, Cause};
use super::install::same;
use super::ledger::{Entry, Ledger, Outcome, lost, revisions};
use super::ports::{DryRunMode, Ports, WaitOptions};
use super::upgrade::{ServerSide, UpgradeOptions};
use super::work::{Claim, Operation, Work, objects_of};

/// How to roll back.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct RollbackOptions {
    /// The name of the release.
    pub name: String,
    /// The revision to go back to; 0 is the one before.
    pub revision: i64,
    /// `--dry-run`.
    pub dry_run: DryRunMode,
    /// How to wait.
    pub wait: WaitOptions,
    /// `--server-side`.
    pub server_side: ServerSide,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// `--cleanup-on-fail`.
    pub cleanup_on_fail: bool,
    /// `--history-max`.
    pub history_max: i64,
    /// `--slim`.
    pub slim: bool,
}

impl RollbackOptions {
    /// What `--rollback-on-failure` does. Go: upgrade.go `failRelease`.
    pub(super) fn after_failure(upgrade: &UpgradeOptions, revision: i64) -> Self {
        Self {
            name: upgrade.name.clone(),
            revision,
            dry_run: DryRunMode::None,
            wait: upgrade.wait,
            server_side: upgrade.server_side.clone(),
            force_conflicts: upgrade.force_conflicts,
            force_replace: upgrade.force_replace,
            cleanup_on_fail: false,
            history_max: 0,
            slim: upgrade.slim,
        }
    }
}

/// Brings a release back to an earlier revision, as a new one.
///
/// # Errors
/// Helm's text of the first step that fails.
pub async fn rollback(ports: &Ports<'_>, options: &RollbackOptions) -> Result<(), ActionError> {
    let ledger = Ledger::new(*ports).slim(options.slim);
    Rollback { ledger: &ledger, options }.run().await
}

struct Rollback<'a> {
    ledger: &'a Ledger<'a>,
    options: &'a RollbackOptions,
}

/// What is stored of the release.
struct Found {
    entries: Vec<Entry>,
    pending: Option<Pending>,
    /// The last revision.
    last: Release,
}

/// The revision to be, and how it comes about.
struct Prepared {
    release: Release,
    plan: Plan,
    server_side: bool,
}

impl Rollback<'_> {
    async fn run(&self) -> Result<(), ActionError> {
        let found = self.find().await?;
        let prepared = self.prepare(&found)?;
        if self.options.dry_run.is_dry() {
            self.ledger.ports.world.log(LogLevel::Debug, "dry run", &[("name", &self.options.name)]);
            return Ok(());
        }
        self.perform(found, prepared).await
    }

    async fn find(&self) -> Result<Found, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let name = &options.name;
        let is_valid = ReleaseName::parse(name).is_ok();
        let history = async { if is_valid { self.ledger.history(name).await } else { Err(StoreError::NotFound) } };
        let (reachable, history) = futures::join!(ports.cluster.reachable(), history);
        reachable?;
        ports.world.log(LogLevel::Debug, "preparing rollback", &[("name", name)]);
        if !is_valid {
            return Err(ActionError::new(format!("prepareRollback: Release name is invalid: {name}")));
        }
        if options.revision < 0 {
            return Err(PlanError::InvalidRevision.into());
        }
        let mut entries = history?;
        // Go: rollback does not care whether an operation is under way.
        let pending = self.ledger.pending(name, &mut entries).await?;
        let last = self.ledger.last(name, &entries)?;
        Ok(Found { entries, pending, last })
    }

    fn plan(&self, found: &Found, wants_same: bool) -> Result<Plan, ActionError> {
        let options = self.options;
        let revisions = revisions(&found.entries);
        let facts = FlowFacts { revisions: &revisions, pending: found.pending, wants_same };
        Ok(plan_rollback(&facts, options.revision, options.history_max, options.wait.hooks)?)
    }

    /// Go: `prepareRollback`.
    fn prepare(&self, found: &Found) -> Result<Prepared, ActionError> {
        let (world, options) = (self.ledger.ports.world, self.options);
        // Refuses what cannot be planned at all.
        self.plan(found, false)?;
        let last = &found.last;
        let wanted = rollback_target(last.version, options.revision)?;
        let (from, to) = (last.version.to_string(), wanted.to_string());
        let attributes =
            [("name", options.name.as_str()), ("currentVersion", from.as_str()), ("targetVersion", to.as_str())];
        world.log(LogLevel::Debug, "rolling back", &attributes);
        let previous = found.entries.iter().find(|entry| entry.number == wanted);
        let previous = previous.ok_or(PlanError::NoRevision(wanted))?.own_release();
        let previous = previous.map_err(|error| ActionError::new(error.to_string()))?;
        let server_side = options.server_side.decide(&previous)?;
        let mut release = self.release(last, &previous, wanted, server_side);
        let wants_same = found.pending == Some(Pending::Abandoned) && same(last, &release);
        let plan = self.plan(found, wants_same)?;
        release.version = plan.revision;
        Ok(Prepared { release, plan, server_side })
    }

    /// Go: `performRollback`.
    async fn perform(&self, found: Found, prepared: Prepared) -> Result<(), ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let Prepared { mut release, plan, server_side } = prepared;
        let counts = |entry: &&Entry| Some(entry.number) == plan.base || plan.also.contains(&entry.number);
        let bases = found.entries.iter().rev().filter(counts).filter_map(|entry| entry.release().ok());
        let bases: Vec<Release> = bases.collect();
        let mut work = Work {
            ledger: self.ledger,
            operation: Operation::Rollback,
            plan,
            entries: &found.entries,
            current: Some(found.last),
            originals: Vec::new(),
            targets: Vec::new(),
            live: None,
            changer: Changer {
                cluster: ports.cluster,
                world: ports.world,
                server_side,
                force_conflicts: options.force_conflicts,
                force_replace: options.force_replace,
                three_way: false,
                migrates: true,
            },
            wait: options.wait,
            description: release.info.description.clone(),
            created: Vec::new(),
            failed: None,
        };
        ports.world.log(LogLevel::Debug, "creating rolled back release", &[("name", &options.name)]);
        work.begin(&release).await?;
        let performed = async {
            let bases: Vec<&Release> = bases.iter().collect();
            work.originals = objects_of(self.ledger, &bases).await?;
            let built = ports.cluster.build(&release.manifest, Validation::Ignore).await;
            work.targets =
                built.map_err(|error| error.context("unable to build kubernetes objects from new release manifest"))?;
            let claim = Claim { name: &release.name, namespace: &release.namespace, takes: true };
            claim.mark(&mut work.targets);
            work.perform(&mut release).await
        };
        let error = match self.ledger.guard(performed).await {
            Outcome::Done(Ok(())) => return Ok(()),
            Outcome::Done(Err(error)) if error.cause == Cause::Lost => return Err(error),
            Outcome::Done(Err(error)) => error,
            Outcome::Cancelled => ActionError::of(Cause::Cancelled, "context canceled"),
            Outcome::Lost => return Err(lost()),
        };
        Err(self.fail(&mut work, release, error).await)
    }

    /// A record like the one that is gone back to.
    fn release(&self, last: &Release, previous: &Release, wanted: i64, server_side: bool) -> Release {
        Release {
            name: self.options.name.clone(),
            namespace: last.namespace.clone(),
            chart: previous.chart.clone(),
            config: previous.config.clone(),
            info: Info {
                first_deployed: last.info.first_deployed.clone(),
                last_deployed: Some(self.ledger.ports.now()),
                status: Status::PendingRollback,
                notes: previous.info.notes.clone(),
                description: format!("Rollback to {wanted}"),
                ..Info::default()
            },
            version: last.version + 1,
            labels: previous.labels.clone(),
            manifest: previous.manifest.clone(),
            hooks: previous.hooks.clone(),
            apply_method: apply_method(server_side).to_owned(),
        }
    }

    /// Records a failure.
    ///
    /// Helm leaves the record pending when a hook or a manifest fails; here it is always marked as
    /// failed, so that nothing stays stuck.
    async fn fail(&self, work: &mut Work<'_>, mut release: Release, error: ActionError) -> ActionError {
        let world = self.ledger.ports.world;
        let name = corten_gostd::strconv::quote(release.name.as_bytes());
        let prefix = format!("release {} failed: ", release.name);
        let mut text = format!("Rollback {name} failed: {}", error.text);
        match work.failed {
            // What runs is neither the old revision nor the new one.
            Some(Step::Change) => {
                world.log(LogLevel::Warn, &text, &[]);
                if let Some(current) = work.current.as_mut().filter(|current| !current.info.status.is_pending()) {
                    current.info.status = Status::Superseded;
                    drop(self.ledger.note(current).await);
                }
            }
            Some(Step::Wait) => {
                let reason = error.text.strip_prefix(&prefix).unwrap_or(&error.text);
                text = format!("Release {name} failed: {reason}");
            }
            _ => {}
        }
        release.set_status(Status::Failed, text);
        if self.ledger.note(&release).await.is_err() {
            return lost();
        }
        if self.options.cleanup_on_fail
            && work.failed == Some(Step::Change)
            && let Err(cleanup) = work.clean_up().await
        {
            let text =
                format!("an error occurred while cleaning up resources. original rollback error: {}", cleanup.text);
            return error.reworded(text);
        }
        error
    }
}
