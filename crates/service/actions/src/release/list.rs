//! `list`: one revision of every release. Go: action/list.go.

use std::collections::BTreeMap;

use corten_gostd::regexp::Regexp;
use corten_release::codec::Summary;
use corten_release::{Body, Content, Labels, Selector, Status, StoreError, Stored, Timestamp, parse_key};
use futures::future::join_all;

use super::error::ActionError;
use super::ledger::summary_of;
use super::ports::Ports;

/// In which order releases are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// By name.
    Name,
    /// By name, backwards.
    NameReversed,
    /// By date, the oldest first.
    Date,
    /// By date, the newest first.
    DateReversed,
}

/// What to list.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// `--filter`: a regular expression for names.
    pub filter: String,
    /// `--selector`.
    pub selector: String,
    /// The states to show; empty for all that Helm knows.
    pub states: Vec<Status>,
    /// The order.
    pub order: ListOrder,
    /// `--max`, 0 for all.
    pub most: usize,
    /// `--offset`.
    pub offset: usize,
}

/// A release in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListItem {
    /// Its namespace.
    pub namespace: String,
    /// The number of its revision.
    pub revision: i64,
    /// What is shown of it.
    pub summary: Summary,
}

/// Lists releases. Only records that are shown are read, and of those only the beginning.
///
/// # Errors
/// Helm's text.
pub async fn list(ports: &Ports<'_>, options: &ListOptions) -> Result<Vec<ListItem>, ActionError> {
    // Go: superseded revisions are never the last ones, so that asking for them alone asks for all.
    let all = options.states == [Status::Superseded];
    let content = if all { Content::All } else { Content::Current };
    let found = if ports.store.is_in_cluster() {
        let found = ports.store.list(content).await;
        if found.is_err() {
            // Helm asks this first, and says why there is no answer.
            ports.cluster.reachable().await?;
        }
        found
    } else {
        let (reachable, found) = futures::join!(ports.cluster.reachable(), ports.store.list(content));
        reachable?;
        found
    };
    let filter = match options.filter.as_str() {
        "" => None,
        pattern => Some(Regexp::compile(pattern).map_err(|error| ActionError::new(error.to_string()))?),
    };
    let mut found = found?;
    let total = found.len();
    let mut items = loop {
        match chosen(&found, filter.as_ref(), &options.states, all) {
            Ok(items) => break items,
            Err(short) => complete(ports, &mut found, &short).await?,
        }
    };
    // Go: the selector is read even when nothing was found to select from.
    let selector = Selector::parse(&options.selector).map_err(|error| ActionError::new(error.to_string()))?;
    items.retain(|(_, labels)| selector.matches(labels));
    let mut items: Vec<ListItem> = items.into_iter().map(|(item, _)| item).collect();
    sort(&mut items, options.order);
    let most = if options.most > 0 { options.most.min(total) } else { total };
    Ok(items.into_iter().skip(options.offset).take(most).collect())
}

/// Reads records whose beginning does not tell enough; what is gone meanwhile stays away.
async fn complete(ports: &Ports<'_>, found: &mut [Stored], short: &[usize]) -> Result<(), ActionError> {
    let keys: Vec<String> = short.iter().filter_map(|place| Some(found.get(*place)?.key.clone())).collect();
    let whole = join_all(keys.iter().map(|key| ports.store.get(key))).await;
    for (place, whole) in short.iter().zip(whole) {
        let Some(stored) = found.get_mut(*place) else { continue };
        stored.body = match whole {
            Ok(whole) => whole.body,
            Err(StoreError::NotFound) => Body::Encoded("".into()),
            Err(error) => return Err(error.into()),
        };
    }
    Ok(())
}

/// The number of a revision, its place among the records, and the record.
type Found<'a> = (i64, usize, &'a Stored);

/// One revision of each release with a state that is asked for; or the places of those records whose beginning does
/// not tell enough.
fn chosen<'a>(
    found: &'a [Stored],
    filter: Option<&Regexp>,
    states: &[Status],
    all: bool,
) -> Result<Vec<(ListItem, &'a Labels)>, Vec<usize>> {
    let mut releases: BTreeMap<(&str, &str), Vec<Found<'_>>> = BTreeMap::new();
    for (place, stored) in found.iter().enumerate() {
        let Some((name, revision)) = identity(stored) else { continue };
        if filter.is_none_or(|filter| filter.is_match(name)) {
            releases.entry((stored.namespace.as_str(), name)).or_default().push((revision, place, stored));
        }
    }
    let mut items = Vec::new();
    let mut short = Vec::new();
    for mut revisions in releases.into_values() {
        revisions.sort_by_key(|(revision, ..)| std::cmp::Reverse(*revision));
        let item = |(revision, place, stored): Found<'a>| {
            let summary = summary_of(stored);
            if summary.is_none() && matches!(stored.body, Body::Head(_)) {
                short.push(place);
            }
            let summary = summary?;
            let namespace = stored.namespace.clone();
            Some((ListItem { namespace, revision, summary }, &stored.labels))
        };
        let shown = revisions.into_iter().filter_map(item).take(if all { usize::MAX } else { 1 });
        items.extend(shown.filter(|(item, _)| is_wanted(&item.summary.info.status, states)));
    }
    if short.is_empty() { Ok(items) } else { Err(short) }
}

fn is_wanted(status: &Status, wanted: &[Status]) -> bool {
    // Go: ListAll leaves out what is unknown.
    if wanted.is_empty() { !matches!(status, Status::Unknown | Status::Other(_)) } else { wanted.contains(status) }
}

fn identity(stored: &Stored) -> Option<(&str, i64)> {
    let label = |name: &str| stored.labels.get(name).map(String::as_str);
    match (label("name"), label("version").and_then(|text| text.parse().ok())) {
        (Some(name), Some(revision)) => Some((name, revision)),
        _ => parse_key(&stored.key),
    }
}

fn sort(items: &mut [ListItem], order: ListOrder) {
    let seconds = |item: &ListItem| item.summary.info.last_deployed.as_ref().map_or(i64::MIN, Timestamp::unix);
    // Ties of equal names keep the order of namespaces.
    match order {
        ListOrder::Name => items.sort_by(|left, right| left.summary.name.cmp(&right.summary.name)),
        ListOrder::NameReversed => items.sort_by(|left, right| right.summary.name.cmp(&left.summary.name)),
        ListOrder::Date | ListOrder::DateReversed => {
            items
                .sort_by(|left, right| (seconds(left), &left.summary.name).cmp(&(seconds(right), &right.summary.name)));
            if order == ListOrder::DateReversed {
                items.reverse();
            }
        }
    }
}
