//! `version` prints the version.

use corten_render::BuildInfo;

use super::chart_source;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Program;

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let build = BuildInfo::default();
    let template = flags.text("template");
    if !template.is_empty() {
        let world = chart_source::world(session, flags)?;
        let (text, outcome) = corten_actions::version_template(template, &build, &world);
        session.print_bytes(&text)?;
        return Ok(outcome?);
    }
    let text = match session.program {
        Program::Helm if flags.is_on("short") => corten_actions::version_short(&build),
        Program::Helm => corten_actions::version_line(&build),
        Program::Corten => own(&build, flags.is_on("short")),
    };
    session.print(&text)
}

/// Our own version, and the one of Helm that we stand in for.
fn own(build: &BuildInfo, is_short: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if is_short { format!("v{version}\n") } else { format!("corten v{version} (as Helm {})\n", build.version) }
}
