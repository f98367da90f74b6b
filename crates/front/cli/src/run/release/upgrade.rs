//! `upgrade` brings a release to another chart or other values, or installs it.

use corten_actions::release::{DryRunMode, FirstStep, ServerSide, UpgradeOptions, ValuesMode, first_step, upgrade};
use corten_gostd::strconv::quote;

use super::connection::{Connection, Outfit, Scope, open};
use super::drive::{Interrupt, drive};
use super::{Format, chart, failure, failure_of, format, install, options, show_release};
use crate::flags::FlagSet;
use crate::run::dry_run::{self, Otherwise};
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let dry_run = dry_run::mode(session, flags, Otherwise::Runs)?;
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let [name, reference] = arguments else { return Ok(()) };
    if flags.is_on("install") {
        let port = outfit.port();
        let ports = outfit.ports(&port);
        let decided = drive(session, &mut connection, &Interrupt::Ends, first_step(&ports, name));
        if let FirstStep::Install { replace } = decided.map_err(|error| failure(session, &error))? {
            return first(session, flags, (&mut connection, &outfit), (name, reference), (dry_run, replace));
        }
    }
    let (loaded, values) = chart::load(session, flags, reference, &outfit.world)?;
    chart::check(session, flags, &loaded)?;
    let options = of_flags(session, flags, name, dry_run)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let interrupt = Interrupt::Stops { release: name, stop: &outfit.stop };
    let outcome = drive(session, &mut connection, &interrupt, upgrade(&ports, loaded, &values, &options));
    let release = outcome.map_err(|error| failure_of(session, "UPGRADE FAILED: ", &error))?;
    if format(flags) == Format::Table {
        session.print(&format!("Release {} has been upgraded. Happy Helming!\n", quote(name.as_bytes())))?;
    }
    show_release(session, flags, &release, flags.is_on("hide-notes"))
}

/// `upgrade --install` of what is not there yet. Go: its errors have no prefix.
fn first(
    session: &mut Session<'_>,
    flags: &FlagSet,
    (connection, outfit): (&mut Connection, &Outfit),
    (name, reference): (&str, &str),
    (dry_run, replace): (DryRunMode, bool),
) -> Result<(), Failure> {
    if format(flags) == Format::Table {
        let quoted = quote(name.as_bytes());
        session.print(&format!("Release {quoted} does not exist. Installing it now.\n"))?;
    }
    let mut options = install::of_flags(session, flags, name, dry_run)?;
    options.replace = replace;
    let release = install::perform(session, flags, (connection, outfit), (name, reference), &options, "")?;
    show_release(session, flags, &release, flags.is_on("hide-notes"))
}

pub(super) fn of_flags(
    session: &Session<'_>,
    flags: &FlagSet,
    name: &str,
    dry_run: DryRunMode,
) -> Result<UpgradeOptions, Failure> {
    let values = match () {
        () if flags.is_on("reset-values") => ValuesMode::Reset,
        () if flags.is_on("reuse-values") => ValuesMode::Reuse,
        () if flags.is_on("reset-then-reuse-values") => ValuesMode::ResetThenReuse,
        () => ValuesMode::Default,
    };
    Ok(UpgradeOptions {
        name: name.to_owned(),
        dry_run,
        render: options::render(session, flags)?,
        wait: options::wait(flags),
        server_side: ServerSide::parse(flags.text("server-side")),
        force_conflicts: flags.is_on("force-conflicts"),
        force_replace: flags.is_on("force-replace"),
        values,
        history_max: flags.number("history-max"),
        rollback_on_failure: flags.is_on("rollback-on-failure"),
        cleanup_on_fail: flags.is_on("cleanup-on-fail"),
        take_ownership: flags.is_on("take-ownership"),
        validate: !flags.is_on("disable-openapi-validation"),
        description: flags.text("description").to_owned(),
        labels: options::labels(flags),
        slim: flags.is_on("slim"),
    })
}
