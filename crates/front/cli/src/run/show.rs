//! `show` prints what is in a chart.

use corten_actions::ShowSection;
use corten_host::Loader;

use super::chart_source;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Section;

pub(super) fn run(
    session: &mut Session<'_>,
    section: Section,
    flags: &FlagSet,
    arguments: &[String],
) -> Result<(), Failure> {
    let compat = chart_source::compat(flags)?;
    let world = chart_source::world(session, flags)?;
    let path = chart_source::locate(session, flags, &arguments[0])?;
    let chart = chart_source::load(&path, Loader::Plain, compat, &world)?;
    let section = match section {
        Section::All => ShowSection::All,
        Section::Chart => ShowSection::Chart,
        Section::Crds => ShowSection::Crds,
        Section::Readme => ShowSection::Readme,
        Section::Values => ShowSection::Values,
    };
    let text = corten_actions::show(&chart, section, flags.text("jsonpath"))?;
    session.print_bytes(&text)
}
