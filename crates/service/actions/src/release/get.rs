//! `get` and what `get values` and `get metadata` show. Go: action/get*.go.

use std::collections::BTreeMap;

use corten_chart::{Compat, Dependency, coalesce_values};
use corten_release::{Labels, RecordChart, Release, ReleaseName};
use corten_value::Value;

use super::error::ActionError;
use super::ledger::Ledger;
use super::ports::Ports;

/// A revision of a release, 0 for the last.
///
/// # Errors
/// Helm's text.
pub async fn get(ports: &Ports<'_>, name: &str, revision: i64) -> Result<Release, ActionError> {
    let ledger = Ledger::new(*ports);
    let is_valid = ReleaseName::parse(name).is_ok();
    let content = async {
        if !is_valid {
            return Err(ActionError::new(format!("releaseContent: Release name is invalid: {name}")));
        }
        if revision > 0 {
            return ledger.get(name, revision).await;
        }
        let entries = ledger.history(name).await?;
        ledger.last(name, &entries)
    };
    let (reachable, release) = futures::join!(ports.cluster.reachable(), content);
    reachable?;
    release.map_err(|error| {
        if error.is_not_found() {
            error.hint("releases live in a namespace: helm list --all-namespaces")
        } else {
            error
        }
    })
}

/// The values that the user gave, or with `all` those that the chart was rendered with, as far as
/// the record tells (it does not hold subcharts).
///
/// # Errors
/// Helm's text.
pub async fn get_values(ports: &Ports<'_>, name: &str, revision: i64, all: bool) -> Result<Value, ActionError> {
    let release = get(ports, name, revision).await?;
    if !all {
        return Ok(release.config);
    }
    let chart = release.chart.as_ref().map(RecordChart::to_chart).unwrap_or_default();
    let mut warn = |warning| corten_render::log_warning(ports.world, &warning);
    coalesce_values(&chart, &release.config, Compat::default(), &mut warn)
        .map_err(|error| ActionError::new(error.to_string()))
}

/// What `get metadata` shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseMetadata {
    /// The name of the release.
    pub name: String,
    /// The name of the chart.
    pub chart: String,
    /// The version of the chart.
    pub version: String,
    /// The version of the application inside.
    pub app_version: String,
    /// The annotations of the chart; `None` for none at all.
    pub annotations: Option<BTreeMap<String, String>>,
    /// The labels of the record.
    pub labels: Labels,
    /// The dependencies of the chart.
    pub dependencies: Vec<Dependency>,
    /// The namespace.
    pub namespace: String,
    /// The number of the revision.
    pub revision: i64,
    /// The state.
    pub status: String,
    /// When it was deployed, RFC 3339 to the second.
    pub deployed_at: String,
    /// `ssa` or `csa`, empty for records of Helm 3.
    pub apply_method: String,
}

/// What there is to know about a revision besides its content.
///
/// # Errors
/// Helm's text.
pub async fn get_metadata(ports: &Ports<'_>, name: &str, revision: i64) -> Result<ReleaseMetadata, ActionError> {
    const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
    let release = get(ports, name, revision).await?;
    let metadata = release.chart.as_ref().and_then(|chart| chart.metadata.clone()).unwrap_or_default();
    let deployed = release.info.last_deployed.as_ref().map(|stamp| stamp.shown_in(&ports.world.local_zone()));
    let deployed = deployed.unwrap_or_else(corten_gostd::time::Time::zero).format(RFC3339);
    Ok(ReleaseMetadata {
        name: release.name,
        chart: metadata.name,
        version: metadata.version,
        app_version: metadata.app_version,
        annotations: metadata.annotations,
        labels: release.labels,
        dependencies: metadata.dependencies,
        namespace: release.namespace,
        revision: release.version,
        status: release.info.status.to_string(),
        deployed_at: String::from_utf8_lossy(&deployed).into_owned(),
        apply_method: release.apply_method,
    })
}
