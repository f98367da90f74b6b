//! `history` lists the revisions of a release.

use corten_actions::release::history;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{failure, format, show};
use crate::flags::FlagSet;
use crate::print::list;
use crate::run::chart_source;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let most = usize::try_from(flags.number("max")).unwrap_or_default();
    let flow = history(&ports, &arguments[0], most);
    let found = drive(session, &mut connection, &Interrupt::Ends, flow);
    let mut items = found.map_err(|error| failure(session, &error))?;
    // Go: at most none is none, where flows take 0 for no limit.
    items.truncate(if most == 0 { 0 } else { most });
    let zone = chart_source::zone(session, flags)?;
    show(session, format(flags), || list::history_table(&items, &zone), || list::history_json(&items))
}
