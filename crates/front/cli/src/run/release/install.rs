//! `install` installs a chart.

use corten_actions::release::{DryRunMode, InstallOptions, install};
use corten_gotmpl::World;
use corten_release::Release;

use super::connection::{Connection, Outfit, Scope, open};
use super::drive::{Interrupt, drive};
use super::{chart, failure_of, options, prefixed, show_release};
use crate::flags::FlagSet;
use crate::kube;
use crate::paths;
use crate::run::dry_run::{self, Otherwise};
use crate::session::{Failure, Session};

const FAILED: &str = "INSTALLATION FAILED: ";

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let dry_run = dry_run::mode(session, flags, Otherwise::Runs)?;
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let (name, reference) = name_and_chart(flags, arguments, &outfit.world).map_err(|error| prefixed(FAILED, error))?;
    let mut options = of_flags(session, flags, &name, dry_run)?;
    options.server_side = flags.is_on("server-side");
    options.replace = flags.is_on("replace");
    let called = &arguments[0];
    let release = perform(session, flags, (&mut connection, &outfit), (called, &reference), &options, FAILED)?;
    show_release(session, flags, &release, flags.is_on("hide-notes"))
}

/// The flags that `install` and `upgrade --install` share.
pub(super) fn of_flags(
    session: &Session<'_>,
    flags: &FlagSet,
    name: &str,
    dry_run: DryRunMode,
) -> Result<InstallOptions, Failure> {
    Ok(InstallOptions {
        name: name.to_owned(),
        namespace: kube::namespace(session),
        dry_run,
        render: options::render(session, flags)?,
        wait: options::wait(flags),
        // Go: newUpgradeCmd installs server-side unless told not to.
        server_side: flags.text("server-side") != "false",
        force_conflicts: flags.is_on("force-conflicts"),
        force_replace: flags.is_on("force-replace"),
        create_namespace: flags.is_on("create-namespace"),
        replace: false,
        rollback_on_failure: flags.is_on("rollback-on-failure"),
        skip_crds: flags.is_on("skip-crds"),
        take_ownership: flags.is_on("take-ownership"),
        validate: !flags.is_on("disable-openapi-validation"),
        description: flags.text("description").to_owned(),
        labels: options::labels(flags),
        slim: flags.is_on("slim"),
        kube_version: None,
        api_versions: Vec::new(),
    })
}

/// Loads the chart and installs it. Go: runInstall. The name that a signal prints is the first argument.
pub(super) fn perform(
    session: &mut Session<'_>,
    flags: &FlagSet,
    (connection, outfit): (&mut Connection, &Outfit),
    (called, reference): (&str, &str),
    options: &InstallOptions,
    prefix: &str,
) -> Result<Release, Failure> {
    let loaded = chart::load(session, flags, reference, &outfit.world).and_then(|(loaded, values)| {
        chart::check_installable(session, flags, &loaded)?;
        Ok((loaded, values))
    });
    let (loaded, values) = loaded.map_err(|error| prefixed(prefix, error))?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let interrupt = Interrupt::Stops { release: called, stop: &outfit.stop };
    let outcome = drive(session, connection, &interrupt, install(&ports, loaded, &values, options));
    outcome.map_err(|error| failure_of(session, prefix, &error))
}

/// Go: Install.NameAndChart.
fn name_and_chart(flags: &FlagSet, arguments: &[String], world: &dyn World) -> Result<(String, String), Failure> {
    let name_template = flags.text("name-template");
    let error = |text: &str| Err(Failure::Error(text.to_owned()));
    match arguments {
        [_, _] if flags.is_on("generate-name") => error("cannot set --generate-name and also specify a name"),
        [_, _] if !name_template.is_empty() => error("cannot set --name-template and also specify a name"),
        [name, chart] => Ok((name.clone(), chart.clone())),
        [chart] if !name_template.is_empty() => {
            Ok((corten_actions::template_name(name_template, world)?, chart.clone()))
        }
        [_] if !flags.is_on("generate-name") => error("must either provide a name or specify --generate-name"),
        [chart] => {
            let base = paths::base(chart);
            let base = if base == "." { "chart" } else { &base };
            let stem = base.split('.').next().unwrap_or_default();
            Ok((format!("{stem}-{}", world.now().div_euclid(1_000_000_000)), chart.clone()))
        }
        _ => {
            let others = arguments.get(2..).unwrap_or_default().join(", ");
            Err(Failure::Error(format!("expected at most two arguments, unexpected arguments: {others}")))
        }
    }
}
