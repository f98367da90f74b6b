//! What a flow will do: pure decisions over the revisions that are stored.
//!
//! [`plan_install`], [`plan_upgrade`] and [`plan_rollback`] turn facts into a [`Plan`]: the number of
//! the revision, what happens to the others, and the steps in order. `service/actions` carries it
//! out. A pending revision whose holder is gone is [`Abandoned`](Pending::Abandoned): the next run
//! goes on with it when it wants the very same, and fails it otherwise; either way the objects of
//! the abandoned revision count as the release's, so that none is orphaned.

use corten_render::HookEvent;

use crate::Status;

/// What is known of a stored revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub number: i64,
    /// Its state.
    pub status: Status,
}

/// What is known of the last revision, when it is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Somebody works on it, or nobody can tell (Helm leaves no lease).
    Held,
    /// The process that worked on it is gone.
    Abandoned,
}

/// The facts of a flow.
#[derive(Clone, Debug)]
pub struct FlowFacts<'a> {
    /// All revisions, oldest first.
    pub revisions: &'a [Revision],
    /// How the last one is pending, if it is.
    pub pending: Option<Pending>,
    /// Whether the flow wants exactly what the abandoned revision was to become.
    pub wants_same: bool,
}

/// How the record of the new revision begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// It is stored for the first time.
    Create,
    /// An abandoned one is taken over.
    Continue,
}

/// A step of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Marks [`Plan::abandoned`] as failed.
    FailAbandoned,
    /// Marks [`Plan::superseded`] as superseded, before the new revision exists (`--replace`).
    Supersede,
    /// Deletes [`Plan::pruned`].
    Prune,
    /// Stores the pending record.
    Record,
    /// Runs the hooks of an event.
    Hooks(HookEvent),
    /// Creates, changes and deletes objects.
    Change,
    /// Waits until they are ready.
    Wait,
    /// Supersedes what was deployed and marks the new revision as deployed.
    Finish,
}

/// What a flow will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number of the new revision.
    pub revision: i64,
    /// How its record begins.
    pub begin: Begin,
    /// The revision whose objects are changed; none when nothing runs yet.
    pub base: Option<i64>,
    /// More revisions whose objects count as the release's: abandoned ones.
    pub also: Vec<i64>,
    /// The abandoned revision that is failed.
    pub abandoned: Option<i64>,
    /// The revision that is superseded before the new one exists.
    pub superseded: Option<i64>,
    /// The revisions that go, oldest first.
    pub pruned: Vec<i64>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Why a flow cannot begin; Display is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The name is taken.
    #[error("cannot reuse a name that is still in use")]
    NameInUse,
    /// An operation is under way.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    Pending,
    /// Nothing is deployed that could be upgraded.
    #[error("{} has no deployed releases", corten_gostd::strconv::quote(.0.as_bytes()))]
    NotDeployed(String),
    /// The revision to roll back to is not stored.
    #[error("release has no {0} version")]
    NoRevision(i64),
    /// A revision below 0.
    #[error("invalid release revision")]
    InvalidRevision,
}

/// Plans an installation. Go: install.go `availableName`, `replaceRelease`.
///
/// # Errors
/// When the name is taken.
pub fn plan_install(facts: &FlowFacts<'_>, replace: bool, hooks: bool) -> Result<Plan, PlanError> {
    let mut plan = Plan::of(1, HookEvent::PreInstall, HookEvent::PostInstall, hooks);
    let Some(last) = facts.revisions.last() else { return Ok(plan) };
    let is_abandoned = facts.pending == Some(Pending::Abandoned) && last.status == Status::PendingInstall;
    if is_abandoned {
        plan.take_over(last.number, facts.wants_same);
        return Ok(plan);
    }
    if !(replace && matches!(last.status, Status::Uninstalled | Status::Failed)) {
        return Err(PlanError::NameInUse);
    }
    plan.revision = last.number + 1;
    // Go: replaceRelease leaves a failed release as it is.
    if last.status != Status::Failed {
        plan.superseded = Some(last.number);
        plan.steps.insert(0, Step::Supersede);
    }
    Ok(plan)
}

/// Plans an upgrade. Go: upgrade.go `prepareUpgrade`.
///
/// # Errors
/// When an operation is under way, or nothing is deployed.
pub fn plan_upgrade(facts: &FlowFacts<'_>, name: &str, history_max: i64, hooks: bool) -> Result<Plan, PlanError> {
    let not_deployed = || PlanError::NotDeployed(name.to_owned());
    let last = facts.revisions.last().ok_or_else(not_deployed)?;
    let is_abandoned = facts.pending == Some(Pending::Abandoned);
    if last.status.is_pending() && !is_abandoned {
        return Err(PlanError::Pending);
    }
    let mut plan = Plan::of(last.number + 1, HookEvent::PreUpgrade, HookEvent::PostUpgrade, hooks);
    plan.base = Some(base(facts).ok_or_else(not_deployed)?);
    if is_abandoned {
        plan.take_over(last.number, facts.wants_same && last.status == Status::PendingUpgrade);
    }
    plan.prune(facts.revisions, history_max);
    Ok(plan)
}

/// Plans a rollback to a revision, 0 for the one before. Go: rollback.go `prepareRollback`.
///
/// # Errors
/// When there is no such revision.
pub fn plan_rollback(facts: &FlowFacts<'_>, target: i64, history_max: i64, hooks: bool) -> Result<Plan, PlanError> {
    let last = facts.revisions.last().ok_or(PlanError::NoRevision(target))?;
    let target = rollback_target(last.number, target)?;
    if !facts.revisions.iter().any(|revision| revision.number == target) {
        return Err(PlanError::NoRevision(target));
    }
    let mut plan = Plan::of(last.number + 1, HookEvent::PreRollback, HookEvent::PostRollback, hooks);
    plan.base = Some(last.number);
    if facts.pending == Some(Pending::Abandoned) {
        // What was deployed before the abandoned revision may still have objects.
        plan.base = base(facts).or(plan.base);
        plan.take_over(last.number, facts.wants_same && last.status == Status::PendingRollback);
    }
    plan.prune(facts.revisions, history_max);
    Ok(plan)
}

/// The revision that a rollback goes to, 0 meaning the one before the last.
///
/// # Errors
/// For a number below 0.
pub fn rollback_target(last: i64, wanted: i64) -> Result<i64, PlanError> {
    match wanted {
        0 => Ok(last - 1),
        wanted if wanted < 0 => Err(PlanError::InvalidRevision),
        wanted => Ok(wanted),
    }
}

/// The revision whose objects are in the cluster: the last deployed one, else the last one when it
/// failed or was superseded, leaving out an abandoned one.
fn base(facts: &FlowFacts<'_>) -> Option<i64> {
    let deployed = facts.revisions.iter().rev().find(|revision| revision.status == Status::Deployed);
    if let Some(deployed) = deployed {
        return Some(deployed.number);
    }
    let mut older = facts.revisions.iter().rev();
    let last = older.next()?;
    let counts = |status: &Status| matches!(status, Status::Failed | Status::Superseded);
    if facts.pending == Some(Pending::Abandoned) {
        // A run that died between superseding the old revision and deploying the new one.
        let before = older.find(|revision| counts(&revision.status));
        return Some(before.unwrap_or(last).number);
    }
    counts(&last.status).then_some(last.number)
}

/// The revisions that go so that one more fits: the oldest ones, never the last that is deployed.
/// Go: storage.go `removeLeastRecent`.
fn pruned(revisions: &[Revision], history_max: i64) -> Vec<i64> {
    let Ok(most) = usize::try_from(history_max - 1) else { return Vec::new() };
    let deployed = revisions.iter().rev().find(|revision| revision.status == Status::Deployed);
    let surplus = revisions.len().saturating_sub(most);
    let numbers = revisions.iter().map(|revision| revision.number);
    numbers.filter(|number| deployed.is_none_or(|deployed| deployed.number != *number)).take(surplus).collect()
}

impl Plan {
    fn of(revision: i64, before: HookEvent, after: HookEvent, hooks: bool) -> Self {
        let mut steps = vec![Step::Record];
        steps.extend(hooks.then_some(Step::Hooks(before)));
        steps.extend([Step::Change, Step::Wait]);
        steps.extend(hooks.then_some(Step::Hooks(after)));
        steps.push(Step::Finish);
        Self {
            revision,
            begin: Begin::Create,
            base: None,
            also: Vec::new(),
            abandoned: None,
            superseded: None,
            pruned: Vec::new(),
            steps,
        }
    }

    fn take_over(&mut self, abandoned: i64, goes_on: bool) {
        self.also.push(abandoned);
        if goes_on {
            self.revision = abandoned;
            self.begin = Begin::Continue;
        } else {
            self.revision = abandoned + 1;
            self.abandoned = Some(abandoned);
            self.steps.insert(0, Step::FailAbandoned);
        }
    }

    fn prune(&mut self, revisions: &[Revision], history_max: i64) {
        if self.begin == Begin::Continue {
            return;
        }
        let kept = |number: &i64| self.base != Some(*number) && !self.also.contains(number);
        self.pruned = pruned(revisions, history_max).into_iter().filter(kept).collect();
        if !self.pruned.is_empty() {
            let place = self.steps.iter().position(|step| *step == Step::Record).unwrap_or(0);
            self.steps.insert(place, Step::Prune);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revisions(states: &[&str]) -> Vec<Revision> {
        let revision = |(number, name): (i64, &&str)| Revision { number, status: Status::parse(name) };
        (1..).zip(states).map(revision).collect()
    }

    fn facts(revisions: &[Revision]) -> FlowFacts<'_> {
        FlowFacts { revisions, pending: None, wants_same: false }
    }

    #[test]
    fn a_name_in_use_is_refused() {
        for state in ["deployed", "pending-install", "superseded"] {
            let stored = revisions(&[state]);
            assert_eq!(plan_install(&facts(&stored), true, true), Err(PlanError::NameInUse), "{state}");
        }
        let stored = revisions(&["uninstalled"]);
        assert_eq!(plan_install(&facts(&stored), false, true), Err(PlanError::NameInUse));
        let plan = plan_install(&facts(&stored), true, true).unwrap();
        assert_eq!((plan.revision, plan.superseded), (2, Some(1)));
    }

    #[test]
    fn an_upgrade_changes_what_is_deployed() {
        let stored = revisions(&["superseded", "deployed", "failed"]);
        let plan = plan_upgrade(&facts(&stored), "web", 10, true).unwrap();
        assert_eq!((plan.revision, plan.base), (4, Some(2)));
        let stored = revisions(&["failed"]);
        assert_eq!(plan_upgrade(&facts(&stored), "web", 10, true).unwrap().base, Some(1));
        let stored = revisions(&["uninstalled"]);
        assert_eq!(
            plan_upgrade(&facts(&stored), "web", 10, true).unwrap_err().to_string(),
            "\"web\" has no deployed releases"
        );
    }

    #[test]
    fn pending_revisions_lock_out_unless_their_holder_is_gone() {
        let stored = revisions(&["deployed", "pending-upgrade"]);
        assert_eq!(plan_upgrade(&facts(&stored), "web", 10, true), Err(PlanError::Pending));
        let mut facts = FlowFacts { revisions: &stored, pending: Some(Pending::Abandoned), wants_same: true };
        let plan = plan_upgrade(&facts, "web", 10, true).unwrap();
        assert_eq!((plan.revision, plan.begin, plan.base), (2, Begin::Continue, Some(1)));
        facts.wants_same = false;
        let plan = plan_upgrade(&facts, "web", 10, true).unwrap();
        assert_eq!((plan.revision, plan.abandoned, plan.also), (3, Some(2), vec![2]));
        assert_eq!(plan.steps[0], Step::FailAbandoned);
    }

    #[test]
    fn a_run_that_died_while_finishing_keeps_its_base() {
        let stored = revisions(&["superseded", "superseded", "pending-upgrade"]);
        let facts = FlowFacts { revisions: &stored, pending: Some(Pending::Abandoned), wants_same: true };
        assert_eq!(plan_upgrade(&facts, "web", 10, true).unwrap().base, Some(2));
    }

    #[test]
    fn pruning_keeps_what_is_deployed() {
        let stored = revisions(&["deployed", "failed", "failed", "failed"]);
        let plan = plan_upgrade(&facts(&stored), "web", 3, true).unwrap();
        assert_eq!(plan.pruned, [2, 3]);
        assert_eq!(plan_upgrade(&facts(&stored), "web", 0, true).unwrap().pruned, [0_i64; 0]);
    }

    #[test]
    fn rollbacks_go_to_stored_revisions() {
        let stored = revisions(&["superseded", "deployed"]);
        assert_eq!(plan_rollback(&facts(&stored), 0, 10, true).unwrap().revision, 3);
        assert_eq!(plan_rollback(&facts(&stored), 7, 10, true), Err(PlanError::NoRevision(7)));
        assert_eq!(plan_rollback(&facts(&stored), -1, 10, true), Err(PlanError::InvalidRevision));
    }
}
