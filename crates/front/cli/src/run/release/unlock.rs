//! `unlock` (ours) ends an operation that never finished.

use corten_actions::release::unlock;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::failure;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let name = &arguments[0];
    let outcome = drive(session, &mut connection, &Interrupt::Ends, unlock(&ports, name, flags.is_on("force")));
    let text = match outcome.map_err(|error| failure(session, &error))? {
        None => format!("release \"{name}\" is not locked\n"),
        Some(unlocked) => {
            let holder = unlocked.holder.map(|holder| format!(", held by {holder}")).unwrap_or_default();
            format!(
                "release \"{name}\" unlocked: revision {} was {}{holder}, and is failed now\n",
                unlocked.revision, unlocked.was
            )
        }
    };
    session.print(&text)
}
