//! `status` shows the state of a release and its objects.

use corten_actions::release::status;
use corten_release::codec::to_json;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{Format, block, failure, format, show};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let as_table = format(flags) == Format::Table;
    let flow = status(&ports, &arguments[0], flags.number("revision"), as_table);
    let found = drive(session, &mut connection, &Interrupt::Ends, flow);
    let mut release = found.map_err(|error| failure(session, &error))?;
    // Go: newStatusCmd strips the chart from the output.
    release.chart = None;
    let shown = block(session, flags, None)?;
    show(session, format(flags), || shown.text(&release), || to_json(&release))
}
