//! Which subcharts take part, under which names, and what their parents import from them.
//!
//! Go: pkg/chart/v2/util/dependencies.go. [`process_dependencies`] runs once between loading and
//! rendering: aliases, then tags, then conditions, downwards; imports of values upwards.

mod enable;
mod import;

use corten_gostd::semver::{Constraints, Version};
use corten_value::Value;

use crate::coalesce::CoalesceError;
use crate::{Chart, Compat, Dependency, Warning};

/// Why dependencies cannot be processed; Display is Helm's text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// The values for a subchart are no table.
    #[error(transparent)]
    Coalesce(#[from] CoalesceError),
    /// Imported tables end up inside themselves (Helm overflows its stack).
    #[error("import-values of chart {0} put a table inside itself")]
    Cycle(String),
    /// Required charts are not there.
    #[error("found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
    Missing(Vec<String>),
}

/// Aliases, enables and disables subcharts and imports their values, given the user's values.
pub fn process_dependencies(
    chart: &mut Chart,
    values: &Value,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<(), DependencyError> {
    enable::process(chart, values, "", compat, warn)?;
    import::process(chart, compat, warn)
}

/// Checks that every chart in `dependencies` of Chart.yaml lies in charts/.
/// Go: action/install.go `CheckDependencies`.
pub fn check_dependencies(chart: &Chart, wanted: &[Dependency]) -> Result<(), DependencyError> {
    let is_missing = |wanted: &&Dependency| !chart.dependencies.iter().any(|chart| chart.name() == wanted.name);
    let missing: Vec<String> = wanted.iter().filter(is_missing).map(|wanted| wanted.name.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(DependencyError::Missing(missing)) }
}

/// Go: compatible.go `IsCompatibleRange`: nothing that does not parse is compatible.
pub(crate) fn is_compatible(range: &str, version: &str) -> bool {
    match (Version::parse(version), Constraints::parse(range)) {
        (Ok(version), Ok(range)) => range.check(&version),
        _ => false,
    }
}
