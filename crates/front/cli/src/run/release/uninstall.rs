//! `uninstall` removes releases.

use corten_actions::release::{UninstallOptions, uninstall};
use corten_release::Propagation;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{failure, options};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let options = UninstallOptions {
        dry_run: flags.is_on("dry-run"),
        ignore_not_found: flags.is_on("ignore-not-found"),
        keep_history: flags.is_on("keep-history"),
        cascade: cascade(flags)?,
        wait: options::wait(flags),
        description: flags.text("description"),
    };
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    for name in arguments {
        let outcome = drive(session, &mut connection, &Interrupt::Ends, uninstall(&ports, name, &options));
        let uninstalled = outcome.map_err(|error| failure(session, &error))?;
        if let Some(uninstalled) = uninstalled.filter(|uninstalled| !uninstalled.info.is_empty()) {
            session.print(&format!("{}\n", uninstalled.info))?;
        }
        session.print(&format!("release \"{name}\" uninstalled\n"))?;
    }
    Ok(())
}

/// `--cascade`. Go: validateCascadeFlag.
fn cascade(flags: &FlagSet) -> Result<Propagation, Failure> {
    match flags.text("cascade") {
        "background" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" => Ok(Propagation::Orphan),
        other => Err(Failure::Error(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}
