//! `template --dry-run=server`: rendered for a cluster, and checked by it.

use corten_actions::release::{DryRunMode, install};
use corten_actions::{TemplateOptions, TemplateOutcome};
use corten_chart::Chart;
use corten_render::Capabilities;
use corten_value::Value;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::install::of_flags;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

/// Lets the cluster check what would be installed, and lays out what was rendered. Go: newTemplateCmd runs
/// an installation that is a dry run.
pub(in crate::run) fn template(
    session: &mut Session<'_>,
    flags: &FlagSet,
    (chart, values): (Chart, &Value),
    mut options: TemplateOptions,
) -> Result<TemplateOutcome, Failure> {
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let mut checked = of_flags(session, flags, &options.dry_run.release_name, DryRunMode::Server)?;
    checked.server_side = flags.is_on("server-side");
    // Go: newTemplateCmd skips the check of the name this way.
    checked.replace = true;
    let flow = async {
        let outcome = install(&ports, chart.clone(), values, &checked).await;
        (outcome, ports.cluster.facts().await)
    };
    let (outcome, facts) = drive(session, &mut connection, &Interrupt::Ends, flow);
    let failed = |text: String| TemplateOutcome { error: Some(text.into_bytes()), ..TemplateOutcome::default() };
    if let Err(error) = &outcome
        && !(options.debug && error.release.is_some())
    {
        let hint = if error.release.is_some() { "\n\nUse --debug flag to render out invalid YAML" } else { "" };
        return Ok(failed(format!("{}{hint}", error.text)));
    }
    let facts = facts.map_err(|error| Failure::Error(error.to_string()))?;
    options.dry_run.cluster =
        Some(Capabilities { kube_version: facts.version, api_versions: facts.api_versions, ..Capabilities::default() });
    // What there was to say was said when the cluster checked it.
    let world = outfit.silent_world(session, flags)?;
    let mut shown = corten_actions::template(chart, values, &options, &world);
    if let Err(error) = outcome {
        shown.error = Some(error.text.into_bytes());
    }
    Ok(shown)
}
