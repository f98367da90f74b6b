//! The record of a revision: what Helm stores of every installation, upgrade and rollback.

use std::collections::BTreeMap;

use corten_value::Value;

use crate::{Hook, RecordChart, Status, Timestamp};

/// Names and texts of a record's labels.
pub type Labels = BTreeMap<String, String>;

/// A revision of a release. Go: `release/v1/release.go`; see [`codec`](crate::codec) for its JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    /// The name.
    pub name: String,
    /// Times, state and notes.
    pub info: Info,
    /// The chart; `None` only in records that others wrote without one.
    pub chart: Option<RecordChart>,
    /// The values that the user gave: a table, or null.
    pub config: Value,
    /// The documents in install order, hooks left out.
    pub manifest: String,
    /// The hooks, by kind.
    pub hooks: Vec<Hook>,
    /// The number of the revision, from 1.
    pub version: i64,
    /// The namespace of the record, and of objects that name none.
    pub namespace: String,
    /// Labels of the stored record; not part of its JSON. As in Helm, a record that was found by
    /// query carries the labels of the driver too, one that was read by key only the user's.
    pub labels: Labels,
    /// `ssa`, `csa`, or empty in records of Helm 3, which means `csa`.
    pub apply_method: String,
}

/// Times, state and notes of a revision. Go: `release/v1/info.go`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// When the first revision was deployed.
    pub first_deployed: Option<Timestamp>,
    /// When this revision was deployed.
    pub last_deployed: Option<Timestamp>,
    /// When it was uninstalled.
    pub deleted: Option<Timestamp>,
    /// One sentence about what happened.
    pub description: String,
    /// The state.
    pub status: Status,
    /// The text of NOTES.txt.
    pub notes: String,
    /// The live objects by `version/Kind`, only filled by `status`; a table, or null.
    pub resources: Value,
}

impl Release {
    /// The name of the stored object: `sh.helm.release.v1.NAME.vREVISION`.
    pub fn key(&self) -> String {
        record_key(&self.name, self.version)
    }

    /// What names the revision and tells its state, without the chart and what came of it.
    #[must_use]
    pub fn head(&self) -> Self {
        Self {
            name: self.name.clone(),
            info: Info { status: self.info.status.clone(), ..Info::default() },
            version: self.version,
            namespace: self.namespace.clone(),
            labels: self.labels.clone(),
            apply_method: self.apply_method.clone(),
            ..Self::default()
        }
    }

    /// Sets state and description.
    pub fn set_status(&mut self, status: Status, description: impl Into<String>) {
        self.info.status = status;
        self.info.description = description.into();
    }

    /// Whether the revision was applied server-side.
    pub fn is_server_side(&self) -> bool {
        self.apply_method == APPLY_SERVER_SIDE
    }
}

/// [`Release::apply_method`] of server-side apply.
pub const APPLY_SERVER_SIDE: &str = "ssa";

/// [`Release::apply_method`] of client-side apply.
pub const APPLY_CLIENT_SIDE: &str = "csa";

/// The word for how objects are applied.
pub fn apply_method(server_side: bool) -> &'static str {
    if server_side { APPLY_SERVER_SIDE } else { APPLY_CLIENT_SIDE }
}

const KEY_PREFIX: &str = "sh.helm.release.v1.";

/// The name of the stored object of a revision. Go: storage.go `makeKey`.
pub fn record_key(name: &str, revision: i64) -> String {
    format!("{KEY_PREFIX}{name}.v{revision}")
}

/// Name and revision of a key; `None` for what is no key of ours.
pub fn parse_key(key: &str) -> Option<(&str, i64)> {
    let (name, revision) = key.strip_prefix(KEY_PREFIX)?.rsplit_once(".v")?;
    Some((name, revision.parse().ok()?))
}
