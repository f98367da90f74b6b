//! `template` renders a chart.

use corten_actions::{DryRunOptions, FileWrite, TemplateOptions, TemplateOutcome, WriteMode};
use corten_chart::Chart;
use corten_gostd::strconv;
use corten_gotmpl::{LogLevel, World};
use corten_host::Loader;
use corten_value::Value;

use super::{chart_source, report};
use crate::flags::FlagSet;
use crate::kube;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let compat = chart_source::compat(flags)?;
    let style = report::style(session, flags)?;
    let kube_version = chart_source::kube_version(flags)?;
    let mode = dry_run_mode(session, flags)?;
    let world = chart_source::world(session, flags)?;
    let (release_name, reference) = name_and_chart(flags, arguments, &world)?;
    let path = chart_source::locate(session, flags, &reference)?;
    session.log(LogLevel::Debug, "Chart path", &[("path", &path.to_string_lossy())]);
    let values = chart_source::values(session, flags, compat).map_err(|error| error.to_string())?;
    let chart = chart_source::load(&path, Loader::General, compat, &world)?;
    check_chart(session, flags, &chart)?;
    if mode == Mode::Server {
        return Err(Failure::Hint {
            error: "this build does not ask a cluster yet".to_owned(),
            hint: "use --dry-run=client, with --kube-version and --api-versions for what the cluster has".to_owned(),
        });
    }
    let options = TemplateOptions {
        dry_run: DryRunOptions {
            release_name,
            namespace: kube::namespace(session),
            kube_version,
            api_versions: flags.list("api-versions").to_vec(),
            is_upgrade: flags.is_on("is-upgrade"),
            skip_schema_validation: flags.is_on("skip-schema-validation"),
            enable_dns: flags.is_on("enable-dns"),
            compat,
        },
        include_crds: flags.is_on("include-crds"),
        skip_tests: flags.is_on("skip-tests"),
        no_hooks: flags.is_on("no-hooks"),
        hide_secret: false,
        show_only: flags.list("show-only").to_vec(),
        output_dir: Some(flags.text("output-dir").to_owned()).filter(|folder| !folder.is_empty()),
        use_release_name: flags.is_on("release-name"),
        debug: session.settings.debug,
    };
    let again = (style != report::Style::Helm).then(|| (chart.clone(), values.clone()));
    let outcome = corten_actions::template(chart, &values, &options, &world);
    finish(session, outcome, again, style, (&options.dry_run, &world))
}

/// Prints and writes what came out, then fails with what went wrong.
fn finish(
    session: &mut Session<'_>,
    outcome: TemplateOutcome,
    again: Option<(Chart, Value)>,
    style: report::Style,
    (options, world): (&DryRunOptions, &dyn World),
) -> Result<(), Failure> {
    write(session, &outcome.writes)?;
    session.print_bytes(&outcome.output)?;
    let Some(error) = outcome.error else { return Ok(()) };
    let error = String::from_utf8_lossy(&error).into_owned();
    let Some((chart, values)) = again else { return Err(Failure::Error(error)) };
    let diagnosis = corten_actions::diagnose(chart, &values, options, world);
    report::fail(session, style, &error, &diagnosis.findings, &diagnosis.sources)
}

fn write(session: &mut Session<'_>, writes: &[FileWrite]) -> Result<(), Failure> {
    let plain =
        writes.iter().map(|write| (write.path.as_str(), write.data.as_slice(), write.mode == WriteMode::Append));
    match corten_host::write_files(plain) {
        Ok(lines) => session.print(&lines),
        Err((path, error)) => Err(Failure::Error(corten_host::path_error("open", std::path::Path::new(&path), &error))),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Client,
    Server,
}

/// Go: helpers.go cmdGetDryRunFlagStrategy, for `template`.
fn dry_run_mode(session: &mut Session<'_>, flags: &FlagSet) -> Result<Mode, Failure> {
    let text = flags.text("dry-run").to_owned();
    let invalid = |choices: &str| {
        let quoted = strconv::quote(text.as_bytes());
        Failure::Error(format!("invalid dry-run value ({quoted}). Must be {choices}"))
    };
    let mode = match text.as_str() {
        "unset" => {
            let warning = "--dry-run is deprecated and should be replaced with '--dry-run=client'";
            session.log(LogLevel::Warn, warning, &[]);
            Mode::Client
        }
        "client" => Mode::Client,
        "server" => Mode::Server,
        "none" => return Err(invalid("\"server\" or \"client\"")),
        text => match strconv::parse_bool(text.as_bytes()) {
            Err(_) => return Err(invalid("\"none\", \"server\", or \"client\"")),
            Ok(false) => return Err(invalid("\"server\" or \"client\"")),
            Ok(true) => {
                let warning = format!(
                    "boolean '--dry-run={text}' flag is deprecated and must be replaced with '--dry-run=client'"
                );
                session.log(LogLevel::Warn, &warning, &[]);
                Mode::Client
            }
        },
    };
    Ok(if flags.is_on("validate") { Mode::Server } else { mode })
}

/// Go: Install.NameAndChart, where the name is `release-name` unless told otherwise.
fn name_and_chart(flags: &FlagSet, arguments: &[String], world: &dyn World) -> Result<(String, String), Failure> {
    let name_template = flags.text("name-template");
    match arguments {
        [_, _] if flags.is_on("generate-name") => {
            Err(Failure::Error("cannot set --generate-name and also specify a name".to_owned()))
        }
        [_, _] if !name_template.is_empty() => {
            Err(Failure::Error("cannot set --name-template and also specify a name".to_owned()))
        }
        [name, chart] => Ok((name.clone(), chart.clone())),
        [chart] if !name_template.is_empty() => {
            Ok((corten_actions::template_name(name_template, world)?, chart.clone()))
        }
        [chart] => Ok(("release-name".to_owned(), chart.clone())),
        _ => {
            let others = arguments.get(2..).unwrap_or_default().join(", ");
            Err(Failure::Error(format!("expected at most two arguments, unexpected arguments: {others}")))
        }
    }
}

/// Go: what runInstall checks before it renders.
fn check_chart(session: &mut Session<'_>, flags: &FlagSet, chart: &Chart) -> Result<(), Failure> {
    let kind = &chart.metadata.chart_type;
    if !matches!(kind.as_str(), "" | "application") {
        return Err(Failure::Error(format!("{kind} charts are not installable")));
    }
    if chart.metadata.deprecated {
        session.log(LogLevel::Warn, "this chart is deprecated", &[]);
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    match corten_chart::check_dependencies(chart, &chart.metadata.dependencies) {
        Ok(()) => Ok(()),
        Err(_) if flags.is_on("dependency-update") => Err(Failure::Hint {
            error: "cannot update the chart's dependencies: this build does not reach repositories yet".to_owned(),
            hint: "run \"helm dependency update\" of Helm 4.2.4 on the chart first".to_owned(),
        }),
        Err(error) => Err(Failure::Error(format!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' \
             to fetch missing dependencies: {error}"
        ))),
    }
}
