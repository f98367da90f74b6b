//! The commands that work on releases: one module per command, over the flows of `corten_actions`.
//!
//! A command reads its flags, opens a [`connection`], lets a flow run while what the flow says is printed
//! ([`drive`]), and prints the result.

mod chart;
pub(crate) mod complete;
mod connection;
mod diff;
mod drive;
mod get;
mod history;
mod install;
mod list;
mod options;
mod rollback;
mod status;
mod template;
mod test;
mod uninstall;
mod unlock;
mod upgrade;
mod world;

pub(super) use template::template;

use corten_actions::release::ActionError;
use corten_chart::coalesce_values;
use corten_gotmpl::World as _;
use corten_release::{RecordChart, Release};
use corten_value::Value;

use super::chart_source;
use crate::flags::FlagSet;
use crate::print::block::Block;
use crate::print::color::Palette;
use crate::session::{Failure, Session};
use crate::table::{Program, Verb};

pub(super) fn run(session: &mut Session<'_>, verb: Verb, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    match verb {
        Verb::Install => install::run(session, flags, arguments),
        Verb::Upgrade => upgrade::run(session, flags, arguments),
        Verb::Rollback => rollback::run(session, flags, arguments),
        Verb::Uninstall => uninstall::run(session, flags, arguments),
        Verb::List => list::run(session, flags),
        Verb::History => history::run(session, flags, arguments),
        Verb::Status => status::run(session, flags, arguments),
        Verb::Get(part) => get::run(session, part, flags, arguments),
        Verb::Test => test::run(session, flags, arguments),
        Verb::Unlock => unlock::run(session, flags, arguments),
        Verb::Diff(comparison) => diff::run(session, comparison, flags, arguments),
        Verb::Plan => diff::plan(session, flags, arguments),
    }
}

/// An error of a flow, with what else is known where people read it.
///
/// Programs that read Helm's output get Helm's text alone.
fn failure(session: &Session<'_>, error: &ActionError) -> Failure {
    failure_of(session, "", error)
}

/// The same with what failed before it, as in `UPGRADE FAILED: …`.
fn failure_of(session: &Session<'_>, prefix: &str, error: &ActionError) -> Failure {
    let text = format!("{prefix}{}", error.text);
    let for_people = session.is_terminal || session.program == Program::Corten;
    if error.hints.is_empty() || !for_people {
        return Failure::Error(text);
    }
    Failure::Hint { error: text, hint: error.hints.join("\n") }
}

/// Puts what failed before the text of an error.
fn prefixed(prefix: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Error(text) => Failure::Error(format!("{prefix}{text}")),
        Failure::Hint { error, hint } => Failure::Hint { error: format!("{prefix}{error}"), hint },
        other => other,
    }
}

/// `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Table,
    Json,
    Yaml,
}

fn format(flags: &FlagSet) -> Format {
    match flags.text("output") {
        "json" => Format::Json,
        "yaml" => Format::Yaml,
        _ => Format::Table,
    }
}

/// Prints a result: a table, or JSON that YAML is made of. Go: output.Format.Write.
fn show(
    session: &mut Session<'_>,
    format: Format,
    table: impl FnOnce() -> String,
    json: impl FnOnce() -> Vec<u8>,
) -> Result<(), Failure> {
    match format {
        Format::Table => session.print(&table()),
        Format::Json => session.print_bytes(&crate::print::json::line(json())),
        Format::Yaml => {
            let text = crate::print::json::yaml(&json())?;
            session.print(&text)
        }
    }
}

/// Prints what became of a release. Go: the statusPrinter of install, upgrade and test.
fn show_release(
    session: &mut Session<'_>,
    flags: &FlagSet,
    release: &Release,
    hides_notes: bool,
) -> Result<(), Failure> {
    let computed = if session.settings.debug { Some(computed(session, flags, release)?) } else { None };
    let mut shown = block(session, flags, computed.as_ref())?;
    shown.hides_notes = hides_notes;
    show(session, format(flags), || shown.text(release), || corten_release::codec::to_json(release))
}

/// How a release is laid out; with computed values also values, hooks and manifest are shown.
fn block<'v>(session: &Session<'_>, flags: &FlagSet, computed: Option<&'v Value>) -> Result<Block<'v>, Failure> {
    let world = chart_source::world(session, flags)?;
    Ok(Block {
        palette: palette(session),
        zone: world.local_zone(),
        now: world.now(),
        chart: false,
        computed,
        hides_notes: false,
    })
}

/// The values of the chart with those given. Go: util.CoalesceValues of what is recorded.
fn computed(session: &Session<'_>, flags: &FlagSet, release: &Release) -> Result<Value, Failure> {
    let compat = chart_source::compat(flags)?;
    let world = chart_source::world(session, flags)?;
    let chart = release.chart.as_ref().map(RecordChart::to_chart).unwrap_or_default();
    let mut warn = |warning| corten_render::log_warning(&world, &warning);
    coalesce_values(&chart, &release.config, compat, &mut warn).map_err(|error| Failure::Error(error.to_string()))
}

/// Colours of standard error, for the view of a wait.
fn palette_of_errors(session: &Session<'_>) -> Palette {
    if session.is_coloured() { Palette::Ansi } else { Palette::Plain }
}

/// Colours of standard output, where Helm has them: only on a terminal, or where they are asked for.
fn palette(session: &Session<'_>) -> Palette {
    let is_on = match session.settings.color.as_str() {
        "never" => false,
        "always" => true,
        _ => session.is_output_terminal,
    };
    if is_on { Palette::Ansi } else { Palette::Plain }
}
