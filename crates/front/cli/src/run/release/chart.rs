//! The chart and the values that a release is made of.

use corten_chart::Chart;
use corten_gotmpl::LogLevel;
use corten_host::Loader;
use corten_value::Value;

use super::world::ClusterWorld;
use crate::flags::FlagSet;
use crate::run::chart_source::{self, Refusal};
use crate::session::{Failure, Session};

/// Locates and loads the chart and merges the values, in Helm's order.
pub(super) fn load(
    session: &mut Session<'_>,
    flags: &FlagSet,
    reference: &str,
    world: &ClusterWorld,
) -> Result<(Chart, Value), Failure> {
    let compat = chart_source::compat(flags)?;
    let path = chart_source::locate(session, flags, reference)?;
    session.log(LogLevel::Debug, "Chart path", &[("path", &path.to_string_lossy())]);
    let values = chart_source::values(session, flags, compat).map_err(|error| error.to_string())?;
    let chart = chart_source::load(&path, Loader::General, compat, world)?;
    Ok((chart, values))
}

/// Go: what runInstall checks before it installs.
pub(super) fn check_installable(session: &mut Session<'_>, flags: &FlagSet, chart: &Chart) -> Result<(), Failure> {
    chart_source::check_chart(session, flags, chart, Refusal::Libraries)
}

/// Go: what newUpgradeCmd checks; it lets charts of any type pass.
pub(super) fn check(session: &mut Session<'_>, flags: &FlagSet, chart: &Chart) -> Result<(), Failure> {
    chart_source::check_chart(session, flags, chart, Refusal::Nothing)
}
