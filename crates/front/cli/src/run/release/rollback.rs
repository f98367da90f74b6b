//! `rollback` brings a release back to an earlier revision.

use corten_actions::release::{RollbackOptions, ServerSide, rollback};
use corten_gostd::strconv;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{failure, options};
use crate::flags::FlagSet;
use crate::run::dry_run::{self, Otherwise};
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let revision = revision(arguments.get(1))?;
    let options = RollbackOptions {
        name: arguments[0].clone(),
        revision,
        dry_run: dry_run::mode(session, flags, Otherwise::Runs)?,
        wait: options::wait(flags),
        server_side: ServerSide::parse(flags.text("server-side")),
        force_conflicts: flags.is_on("force-conflicts"),
        force_replace: flags.is_on("force-replace"),
        cleanup_on_fail: flags.is_on("cleanup-on-fail"),
        history_max: flags.number("history-max"),
        slim: flags.is_on("slim"),
    };
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let outcome = drive(session, &mut connection, &Interrupt::Ends, rollback(&ports, &options));
    outcome.map_err(|error| failure(session, &error))?;
    session.print("Rollback was a success! Happy Helming!\n")
}

/// The number of a revision, 0 where none is named.
pub(super) fn revision(argument: Option<&String>) -> Result<i64, Failure> {
    let Some(text) = argument else { return Ok(0) };
    strconv::atoi(text.as_bytes())
        .map_err(|error| Failure::Error(format!("could not convert revision to a number: {error}")))
}
