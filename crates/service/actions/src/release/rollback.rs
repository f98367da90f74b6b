//! `rollback`. Go: action/rollback.go.

use corten_gotmpl::LogLevel;
use corten_release::flow::{Begin, FlowFacts, Pending, PlanError, plan_rollback, rollback_target};
use corten_release::{Info, Release, ReleaseName, Status, Validation, apply_method};

use super::change::Changer;
use super::error::{ActionError, Cause};
use super::install::same;
use super::ledger::{Ledger, Outcome, lost, revisions};
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

impl Rollback<'_> {
    async fn run(&self) -> Result<(), ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let name = &options.name;
        let is_valid = ReleaseName::parse(name).is_ok();
        let history = async {
            if is_valid { self.ledger.history(name).await } else { Err(corten_release::StoreError::NotFound) }
        };
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
        let wanted = rollback_target(last.version, options.revision)?;
        let facts_of = revisions(&entries);
        let mut facts = FlowFacts { revisions: &facts_of, pending, wants_same: false };
        let hooks = options.wait.hooks;
        plan_rollback(&facts, options.revision, options.history_max, hooks)?;
        let current_number = last.version.to_string();
        ports.world.log(
            LogLevel::Debug,
            "rolling back",
            &[("name", name), ("currentVersion", &current_number), ("targetVersion", &wanted.to_string())],
        );
        let previous = entries.iter().find(|entry| entry.number == wanted).map(super::ledger::Entry::own_release);
        let previous =
            previous.ok_or(PlanError::NoRevision(wanted))?.map_err(|error| ActionError::new(error.to_string()))?;
        let server_side = options.server_side.decide(&previous)?;
        let mut release = self.release(&last, &previous, wanted, server_side);
        facts.wants_same = pending == Some(Pending::Abandoned) && same(&last, &release);
        let plan = plan_rollback(&facts, options.revision, options.history_max, hooks)?;
        release.version = plan.revision;
        if options.dry_run.is_dry() {
            ports.world.log(LogLevel::Debug, "dry run", &[("name", name)]);
            return Ok(());
        }
        let bases: Vec<Release> = entries
            .iter()
            .rev()
            .filter(|entry| Some(entry.number) == plan.base || plan.also.contains(&entry.number))
            .filter_map(|entry| entry.release().ok())
            .collect();
        let description = release.info.description.clone();
        let mut work = Work {
            ledger: self.ledger,
            operation: Operation::Rollback,
            plan,
            entries: &entries,
            current: Some(last),
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
            description,
            created: Vec::new(),
            superseded: false,
        };
        ports.world.log(LogLevel::Debug, "creating rolled back release", &[("name", name)]);
        work.begin(&release).await?;
        let performed = async {
            let bases: Vec<&Release> = bases.iter().collect();
            work.originals = objects_of(self.ledger, &bases).await?;
            work.targets = ports
                .cluster
                .build(&release.manifest, Validation::Ignore)
                .await
                .map_err(|error| error.context("unable to build kubernetes objects from new release manifest"))?;
            let claim = Claim { name: &release.name, namespace: &release.namespace, takes: true };
            claim.mark(&mut work.targets);
            work.perform(&mut release).await
        };
        match self.ledger.guard(performed).await {
            Outcome::Done(Ok(())) => Ok(()),
            Outcome::Done(Err(error)) if error.cause == Cause::Lost => Err(error),
            Outcome::Done(Err(error)) => Err(self.fail(&mut work, release, error).await),
            Outcome::Cancelled => {
                let error = ActionError::of(Cause::Cancelled, "context canceled");
                Err(self.fail(&mut work, release, error).await)
            }
            Outcome::Lost => Err(lost()),
        }
    }

    /// Go: `prepareRollback`.
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
        let ports = &self.ledger.ports;
        let name = corten_gostd::strconv::quote(release.name.as_bytes());
        let waited = error.text.strip_prefix(&format!("release {} failed: ", release.name));
        let text = match waited {
            Some(reason) => format!("Release {name} failed: {reason}"),
            None => {
                let text = format!("Rollback {name} failed: {}", error.text);
                ports.world.log(LogLevel::Warn, &text, &[]);
                // Go: only what was deployed is superseded when objects cannot be changed.
                if let Some(current) = &mut work.current
                    && work.plan.begin == Begin::Create
                    && !current.info.status.is_pending()
                {
                    current.info.status = Status::Superseded;
                    drop(self.ledger.note(current).await);
                }
                text
            }
        };
        release.set_status(Status::Failed, text);
        if self.ledger.note(&release).await.is_err() {
            return lost();
        }
        if self.options.cleanup_on_fail
            && waited.is_none()
            && let Err(cleanup) = work.clean_up().await
        {
            let text =
                format!("an error occurred while cleaning up resources. original rollback error: {}", cleanup.text);
            return error.reworded(text);
        }
        error
    }
}
