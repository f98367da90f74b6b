//! The labels of stored records: the driver's own and the user's.

use crate::{Labels, Release};

/// The labels that belong to the drivers, in the order in which Helm names them.
pub const SYSTEM_LABELS: &[&str] = &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// The text of the error for user labels that are the driver's. Go: install.go.
pub const SYSTEM_LABEL_ERROR: &str = "user supplied labels contains system reserved label name. \
     System labels: [name owner status version createdAt modifiedAt]";

/// Whether a label belongs to the drivers.
pub fn is_system_label(name: &str) -> bool {
    SYSTEM_LABELS.contains(&name)
}

/// The user's labels among those of a stored object. Go: util.go `filterSystemLabels`.
pub fn user_labels(stored: &Labels) -> Labels {
    stored.iter().filter(|(name, _)| !is_system_label(name)).map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// When a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// For the first time.
    Create,
    /// Over an earlier state of it.
    Update,
}

/// The labels that a Secret or `ConfigMap` gets. Go: secrets.go `Create`, `Update` and
/// `newSecretsObject`.
///
/// A revision that was found by query brings the driver's labels of its predecessor along, so that
/// `createdAt` is then the time of the first revision: Helm lets them win over the current time.
pub fn stored_labels(release: &Release, write: WriteKind, unix_seconds: i64) -> Labels {
    let mut labels = Labels::new();
    let stamp = match write {
        WriteKind::Create => "createdAt",
        WriteKind::Update => "modifiedAt",
    };
    labels.insert(stamp.to_owned(), unix_seconds.to_string());
    labels.extend(release.labels.iter().map(|(name, text)| (name.clone(), text.clone())));
    labels.extend(query_labels(release));
    labels
}

/// The labels that every driver can be queried by.
pub fn query_labels(release: &Release) -> Labels {
    [
        ("name", release.name.clone()),
        ("owner", "helm".to_owned()),
        ("status", release.info.status.to_string()),
        ("version", release.version.to_string()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect()
}

/// The labels of an upgraded release: the old ones under the new ones, `null` removes.
/// Go: upgrade.go `mergeCustomLabels`.
pub fn merge_labels(current: &Labels, wanted: &Labels) -> Labels {
    let mut labels = current.clone();
    labels.extend(wanted.iter().map(|(name, text)| (name.clone(), text.clone())));
    labels.retain(|_, text| text != "null");
    labels
}
