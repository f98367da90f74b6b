//! `unlock` (ours): a release that is stuck in a pending state becomes one that failed.

use corten_release::flow::Pending;
use corten_release::{ReleaseName, Status};

use super::error::{ActionError, Cause};
use super::ledger::Ledger;
use super::ports::Ports;
use super::work::fail_entry;

/// What was unlocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// The revision that was pending.
    pub revision: i64,
    /// The state it was in.
    pub was: Status,
    /// Who held it, when that is known.
    pub holder: Option<String>,
}

/// Marks the pending revision of a release as failed; `None` when none is pending.
///
/// A revision that somebody works on is left alone unless `force` is given.
///
/// # Errors
/// When the release does not exist, or somebody works on it.
pub async fn unlock(ports: &Ports<'_>, name: &str, force: bool) -> Result<Option<Unlocked>, ActionError> {
    let ledger = Ledger::new(*ports);
    ReleaseName::parse(name)?;
    let (reachable, entries) = futures::join!(ports.cluster.reachable(), ledger.history(name));
    reachable?;
    let mut entries = entries?;
    if !force {
        let has_lease = entries.last().is_some_and(|last| last.stored.lease.is_some());
        if ledger.pending(name, &mut entries).await? == Some(Pending::Held) && has_lease {
            let holder = entries.last().and_then(|last| last.stored.lease.as_ref());
            let holder = holder.map(|lease| lease.holder.to_string()).unwrap_or_default();
            let text = format!("release {name} is being worked on by {holder}");
            return Err(ActionError::of(Cause::Pending, text).hint("--force unlocks it all the same"));
        }
    }
    let Some(last) = entries.last().filter(|last| last.status.is_pending()) else { return Ok(None) };
    fail_entry(&ledger, last, "it was unlocked").await?;
    Ok(Some(Unlocked {
        revision: last.number,
        was: last.status.clone(),
        holder: last.stored.lease.as_ref().map(|lease| lease.holder.to_string()),
    }))
}
