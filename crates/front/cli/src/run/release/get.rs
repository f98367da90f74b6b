//! `get` prints what is stored of a release.

use corten_actions::release::{get, get_values};
use corten_release::Release;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{block, computed, failure, format, show};
use crate::flags::FlagSet;
use crate::print::block::hook_document;
use crate::print::{formatted, metadata};
use crate::run::chart_source;
use crate::session::{Failure, Session};
use crate::table::Part;

pub(super) fn run(session: &mut Session<'_>, part: Part, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let side = outfit.port();
    let ports = outfit.ports(&side);
    let (name, revision) = (&arguments[0], flags.number("revision"));
    if part == Part::Values {
        let is_all = flags.is_on("all");
        let found = drive(session, &mut connection, &Interrupt::Ends, get_values(&ports, name, revision, is_all));
        let values = found.map_err(|error| failure(session, &error))?;
        let title = if is_all { "COMPUTED" } else { "USER-SUPPLIED" };
        let table = || format!("{title} VALUES:\n{}", corten_yaml::encode(&values).unwrap_or_default());
        return show(session, format(flags), table, || corten_gostd::json::encode(&values, true));
    }
    let found = drive(session, &mut connection, &Interrupt::Ends, get(&ports, name, revision));
    let release = found.map_err(|error| failure(session, &error))?;
    print(session, part, flags, &release)
}

fn print(session: &mut Session<'_>, part: Part, flags: &FlagSet, release: &Release) -> Result<(), Failure> {
    match part {
        Part::All => all(session, flags, release),
        Part::Hooks => session.print(&release.hooks.iter().map(hook_document).collect::<String>()),
        Part::Manifest => session.print(&format!("{}\n", release.manifest)),
        Part::Metadata => {
            let zone = chart_source::zone(session, flags)?;
            let (table, json) = (|| metadata::table(release, &zone), || metadata::json(release, &zone));
            show(session, format(flags), table, json)
        }
        Part::Notes if !release.info.notes.is_empty() => session.print(&format!("NOTES:\n{}\n", release.info.notes)),
        Part::Notes | Part::Values => Ok(()),
    }
}

fn all(session: &mut Session<'_>, flags: &FlagSet, release: &Release) -> Result<(), Failure> {
    let template = flags.text("template");
    if !template.is_empty() {
        let world = chart_source::world(session, flags)?;
        let (text, outcome) = formatted::formatted(template, release, &world);
        session.print_bytes(&text)?;
        return Ok(outcome?);
    }
    let computed = computed(session, flags, release)?;
    let mut shown = block(session, flags, Some(&computed))?;
    shown.chart = true;
    session.print(&shown.text(release))
}
