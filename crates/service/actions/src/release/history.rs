//! `history`: the revisions of a release. Go: action/history.go, cmd/history.go.

use corten_release::ReleaseName;
use corten_release::codec::Summary;

use super::error::ActionError;
use super::ledger::{Ledger, summary_of};
use super::ports::Ports;

/// A revision.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryItem {
    /// Its number.
    pub revision: i64,
    /// What is shown of it.
    pub summary: Summary,
}

/// The last revisions of a release, oldest first; at most `most`, all for 0.
///
/// # Errors
/// Helm's text.
pub async fn history(ports: &Ports<'_>, name: &str, most: usize) -> Result<Vec<HistoryItem>, ActionError> {
    let ledger = Ledger::new(*ports);
    let is_valid = ReleaseName::parse(name).is_ok();
    let revisions =
        async { if is_valid { ledger.history(name).await } else { Err(corten_release::StoreError::NotFound) } };
    let (reachable, revisions) = futures::join!(ports.cluster.reachable(), revisions);
    reachable?;
    if !is_valid {
        return Err(ActionError::new(format!("release name is invalid: {name}")));
    }
    let mut items: Vec<HistoryItem> = revisions?
        .iter()
        .filter_map(|entry| Some(HistoryItem { revision: entry.number, summary: summary_of(&entry.stored)? }))
        .collect();
    if most > 0 {
        items.drain(..items.len().saturating_sub(most));
    }
    Ok(items)
}
