//! Carrying out a plan: one function per step.

use corten_gotmpl::LogLevel;
use corten_release::flow::{Begin, Plan, Step};
use corten_release::ownership::{check_ownership, claim, generates_name};
use corten_release::{Extent, Object, ObjectKey, Propagation, Release, Status, Validation, WaitFor, WaitStrategy};
use corten_render::HookEvent;

use super::change::{Changer, Live};
use super::error::{ActionError, Cause};
use super::hooks::{HookRunner, joined_error};
use super::ledger::{Entry, Ledger};
use super::ports::WaitOptions;

/// Which operation is carried out; the texts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Install,
    Upgrade,
    Rollback,
}

/// A plan with everything it works on.
pub(super) struct Work<'a> {
    pub ledger: &'a Ledger<'a>,
    pub operation: Operation,
    pub plan: Plan,
    /// The stored revisions, oldest first.
    pub entries: &'a [Entry],
    /// What is deployed now, for an upgrade or rollback.
    pub current: Option<Release>,
    /// The objects that count as the release's already.
    pub originals: Vec<Object>,
    /// The objects that it shall have.
    pub targets: Vec<Object>,
    /// The targets as they were read last; outdated once hooks ran.
    pub live: Option<Vec<Live>>,
    pub changer: Changer<'a>,
    pub wait: WaitOptions,
    /// The description of a success.
    pub description: String,
    /// The places of targets that did not exist before.
    pub created: Vec<usize>,
    /// The step that failed.
    pub failed: Option<Step>,
}

impl Work<'_> {
    /// Carries out the steps before the record exists.
    pub(super) async fn begin(&mut self, release: &Release) -> Result<(), ActionError> {
        for step in self.plan.steps.clone() {
            match step {
                Step::FailAbandoned => self.fail_abandoned().await?,
                Step::Supersede => self.supersede_last().await?,
                Step::Prune => self.prune(release).await?,
                Step::Record => return self.record(release).await,
                _ => {}
            }
        }
        Ok(())
    }

    /// Carries out the steps after the record exists.
    pub(super) async fn perform(&mut self, release: &mut Release) -> Result<(), ActionError> {
        let steps = self.plan.steps.clone();
        let rest = steps.iter().skip_while(|step| **step != Step::Record).skip(1);
        for step in rest {
            let done = match step {
                Step::Hooks(event) => self.hooks(release, *event).await,
                Step::Change => self.change().await,
                Step::Wait => self.wait(release).await,
                Step::Finish => self.finish(release).await,
                _ => Ok(()),
            };
            if done.is_err() {
                self.failed = Some(*step);
                return done;
            }
        }
        Ok(())
    }

    async fn fail_abandoned(&self) -> Result<(), ActionError> {
        let Some(entry) = self.entries.iter().find(|entry| Some(entry.number) == self.plan.abandoned) else {
            return Ok(());
        };
        fail_entry(self.ledger, entry, "its process is gone").await
    }

    /// Go: install.go `replaceRelease`.
    async fn supersede_last(&self) -> Result<(), ActionError> {
        let Some(entry) = self.entries.iter().find(|entry| Some(entry.number) == self.plan.superseded) else {
            return Ok(());
        };
        let Ok(mut last) = entry.release() else { return Ok(()) };
        last.set_status(Status::Superseded, "superseded by new release");
        self.ledger.update(&last).await
    }

    /// Go: storage.go `removeLeastRecent`.
    async fn prune(&self, release: &Release) -> Result<(), ActionError> {
        let deletions = self.plan.pruned.iter().map(|revision| self.ledger.delete(&release.name, *revision));
        let results = futures::future::join_all(deletions).await;
        let errors: Vec<_> =
            results.into_iter().filter_map(Result::err).filter(|error| !error.is_not_found()).collect();
        let pruned = self.plan.pruned.len().to_string();
        let failed = errors.len().to_string();
        let attributes = [("count", pruned.as_str()), ("release", &release.name), ("errors", &failed)];
        self.ledger.ports.world.log(LogLevel::Debug, "pruned records", &attributes);
        match errors.as_slice() {
            [] => Ok(()),
            [error] => Err(error.clone().into()),
            [first, ..] => Err(ActionError::new(format!("encountered {failed} deletion errors. First is: {first}"))),
        }
    }

    async fn record(&self, release: &Release) -> Result<(), ActionError> {
        match (self.plan.begin, self.entries.last()) {
            (Begin::Continue, Some(last)) => self.ledger.take_over(release, last).await,
            _ => self.ledger.create(release).await,
        }
    }

    async fn hooks(&mut self, release: &mut Release, event: HookEvent) -> Result<(), ActionError> {
        let places = corten_release::hooks_of(&release.hooks, event);
        if places.is_empty() {
            return Ok(());
        }
        let runner = HookRunner { ledger: self.ledger, wait: self.wait, server_side: self.changer.server_side };
        // A hook may have changed what was read before.
        self.live = None;
        runner.run(release, event).await.map_err(|error| match (self.operation, event) {
            (Operation::Install, HookEvent::PreInstall) => error.context("failed pre-install"),
            (Operation::Install, _) => error.context("failed post-install"),
            (Operation::Upgrade, HookEvent::PreUpgrade) => error.context("pre-upgrade hooks failed"),
            (Operation::Upgrade, _) => error.context("post-upgrade hooks failed"),
            (Operation::Rollback, _) => error,
        })
    }

    async fn change(&mut self) -> Result<(), ActionError> {
        if self.operation == Operation::Install && self.originals.is_empty() {
            if !self.targets.is_empty() {
                let changer = Changer { force_conflicts: false, ..self.changer };
                changer.create(&mut self.targets).await?;
            }
            return Ok(());
        }
        let changed = self.changer.update(&self.originals, &mut self.targets, self.live.take()).await;
        self.created = changed.created;
        Ok(changed.result?)
    }

    async fn wait(&mut self, release: &Release) -> Result<(), ActionError> {
        if self.wait.strategy == WaitStrategy::HookOnly {
            return Ok(());
        }
        let until = WaitFor::Ready { jobs: self.wait.jobs };
        let request = self.wait.request(&self.targets, until, self.ledger.ports.observer);
        let waited = self.ledger.ports.cluster.wait(request).await;
        waited.map_err(|error| {
            let error = ActionError::from(error);
            if self.operation == Operation::Rollback {
                error.context(format_args!("release {} failed", release.name))
            } else {
                error
            }
        })
    }

    async fn finish(&mut self, release: &mut Release) -> Result<(), ActionError> {
        match self.operation {
            Operation::Install => {}
            Operation::Upgrade => self.supersede_current().await?,
            Operation::Rollback => self.supersede_deployed().await?,
        }
        release.info.status = Status::Deployed;
        release.info.description.clone_from(&self.description);
        match self.operation {
            // Go: install.go only logs when the last record cannot be written.
            Operation::Install => match self.ledger.update(release).await {
                Err(error) if error.cause != Cause::Lost => {
                    let world = self.ledger.ports.world;
                    world.log(LogLevel::Error, "failed to record the release", &[("error", &error.text)]);
                    Ok(())
                }
                result => result,
            },
            _ => self.ledger.update(release).await,
        }
    }

    async fn supersede_current(&mut self) -> Result<(), ActionError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.info.status = Status::Superseded;
        self.ledger.note(current).await
    }

    /// Go: rollback.go supersedes everything that is deployed.
    async fn supersede_deployed(&self) -> Result<(), ActionError> {
        let deployed = self.entries.iter().filter(|entry| entry.status == Status::Deployed);
        for mut release in deployed.filter_map(|entry| entry.release().ok()) {
            release.info.status = Status::Superseded;
            self.ledger.note(&release).await?;
        }
        Ok(())
    }

    /// Deletes what this run created. Go: `CleanupOnFail`.
    pub(super) async fn clean_up(&self) -> Result<(), ActionError> {
        let created: Vec<Object> = self.created.iter().filter_map(|place| self.targets.get(*place)).cloned().collect();
        if created.is_empty() {
            return Ok(());
        }
        let deleted = self.changer.delete(&created, Propagation::Background).await;
        deleted.map(|_| ()).map_err(|errors| joined_error(errors, ", ").context("unable to cleanup resources"))
    }
}

/// Marks a pending revision as failed, if nobody changed it since it was read.
pub(super) async fn fail_entry(ledger: &Ledger<'_>, entry: &Entry, why: &str) -> Result<(), ActionError> {
    let Ok(mut release) = entry.release() else { return Ok(()) };
    let operation = match release.info.status {
        Status::PendingInstall => "Release",
        Status::PendingUpgrade => "Upgrade",
        _ => "Rollback",
    };
    let name = corten_gostd::strconv::quote(release.name.as_bytes());
    release.set_status(Status::Failed, format!("{operation} {name} failed: {why}"));
    ledger.take_over(&release, entry).await
}

/// The objects of revisions, each once; those of the first revision come first.
pub(super) async fn objects_of(ledger: &Ledger<'_>, releases: &[&Release]) -> Result<Vec<Object>, ActionError> {
    let mut objects: Vec<Object> = Vec::new();
    for release in releases {
        let built = ledger.ports.cluster.build(&release.manifest, Validation::Ignore).await;
        let built = built.map_err(|error| {
            error.context("unable to build kubernetes objects from current release manifest").hint(
                "an API that the release uses may have been removed from the cluster: see \
                 https://helm.sh/docs/topics/kubernetes_apis/",
            )
        })?;
        let known: std::collections::BTreeSet<ObjectKey> = objects.iter().map(Object::key).collect();
        objects.extend(built.into_iter().filter(|object| !known.contains(&object.key())));
    }
    Ok(objects)
}

/// Whose objects are claimed, and how.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    /// `--take-ownership`.
    pub takes: bool,
}

impl Claim<'_> {
    /// Puts the marks of the release on all objects.
    pub(super) fn mark(&self, objects: &mut [Object]) {
        for object in objects {
            claim(object, self.name, self.namespace);
        }
    }

    /// Looks at the objects in the cluster, refuses those of others, and gives the places of those
    /// that exist. Go: validate.go `existingResourceConflict`, `requireAdoption`.
    pub(super) fn adopted(&self, objects: &[Object], live: &[Live]) -> Result<Vec<usize>, ActionError> {
        let mut adopted = Vec::new();
        for (place, (object, live)) in objects.iter().zip(live).enumerate() {
            if generates_name(object).map_err(ActionError::new)? {
                continue;
            }
            match live {
                Ok(None) => {}
                Ok(Some(live)) => {
                    if !self.takes {
                        check_ownership(live, self.name, self.namespace).map_err(|error| {
                            let what = object.described();
                            let text = format!("{what} exists and cannot be imported into the current release: {error}");
                            ActionError::new(text).hint(
                                "delete it, label and annotate it for this release, or use --take-ownership to adopt it",
                            )
                        })?;
                    }
                    adopted.push(place);
                }
                Err(error) => {
                    let what = object.described();
                    let doing = format!("could not get information about the resource {what}");
                    return Err(error.clone().context(doing).into());
                }
            }
        }
        Ok(adopted)
    }

    /// Reads objects and looks at them.
    pub(super) async fn read(
        &self,
        ledger: &Ledger<'_>,
        objects: &[Object],
        extent: Extent,
    ) -> Result<(Vec<usize>, Vec<Live>), ActionError> {
        let live = ledger.ports.cluster.read(objects, extent).await;
        self.adopted(objects, &live).map(|adopted| (adopted, live))
    }
}
