//! `status`: a revision and its objects in the cluster. Go: action/status.go.

use corten_release::{Release, Validation};
use corten_value::Value;

use super::error::ActionError;
use super::get::get;
use super::ports::Ports;

/// A revision, 0 for the last, with its live objects in `info.resources`, as tables when they are
/// printed as such.
///
/// # Errors
/// Helm's text.
pub async fn status(ports: &Ports<'_>, name: &str, revision: i64, as_table: bool) -> Result<Release, ActionError> {
    let mut release = get(ports, name, revision).await?;
    let objects = ports.cluster.build(&release.manifest, Validation::Ignore).await?;
    let found = ports.cluster.resources(&objects, as_table).await?;
    release.info.resources = found.into_iter().map(|(kind, objects)| (kind, Value::from(objects))).collect();
    Ok(release)
}
