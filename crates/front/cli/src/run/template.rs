//! `template` renders a chart.

use corten_actions::release::DryRunMode;
use corten_actions::{DryRunOptions, FileWrite, Printed, TemplateOptions, WriteMode};
use corten_diag::Sources;
use corten_gotmpl::{LogLevel, World};
use corten_host::Loader;

use super::chart_source::Refusal;
use super::dry_run::{self, Otherwise};
use super::{chart_source, post_renderer, release, report};
use crate::flags::FlagSet;
use crate::kube;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let compat = chart_source::compat(flags)?;
    let style = report::style(session, flags)?;
    let kube_version = chart_source::kube_version(flags)?;
    let mode = dry_run::mode(session, flags, Otherwise::Nothing)?;
    let mode = if flags.is_on("validate") { DryRunMode::Server } else { mode };
    let world = chart_source::world(session, flags)?;
    let (release_name, reference) = name_and_chart(flags, arguments, &world)?;
    let path = chart_source::locate(session, flags, &reference)?;
    session.log(LogLevel::Debug, "Chart path", &[("path", &path.to_string_lossy())]);
    let values = chart_source::values(session, flags, compat).map_err(|error| error.to_string())?;
    let chart = chart_source::load(&path, Loader::General, compat, &world)?;
    chart_source::check_chart(session, flags, &chart, Refusal::Libraries)?;
    let options = TemplateOptions {
        dry_run: DryRunOptions {
            release_name,
            namespace: kube::namespace(session),
            cluster: None,
            post_renderer: post_renderer::of_flags(session, flags)?,
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
    if mode == DryRunMode::Server {
        let outcome = release::template(session, flags, (chart, &values), options)?;
        write(session, &outcome.writes)?;
        print(session, &outcome.output)?;
        let error = outcome.error.map(|error| String::from_utf8_lossy(&error).into_owned());
        return error.map_or(Ok(()), |error| Err(Failure::Error(error)));
    }
    let again = (style != report::Style::Helm).then(|| chart.clone());
    let outcome = corten_actions::template(chart, &values, &options, &world);
    write(session, &outcome.writes)?;
    print(session, &outcome.output)?;
    let Some(error) = outcome.error else { return Ok(()) };
    let error = String::from_utf8_lossy(&error).into_owned();
    let Some(chart) = again else { return Err(Failure::Error(error)) };
    let mut sources = Sources::default();
    let files = chart_source::values_files(flags);
    let world = chart_source::silent_world(session, flags)?;
    let locate = |name: &str| report::disk::locate(&path, name);
    let findings =
        corten_actions::diagnose(chart, (&values, &files), &options.dry_run, &world, (&mut sources, &locate));
    report::fail(session, style, &error, &findings, &sources)
}

fn print(session: &mut Session<'_>, printed: &Printed) -> Result<(), Failure> {
    printed.pieces().try_for_each(|piece| session.print_bytes(piece))
}

fn write(session: &mut Session<'_>, writes: &[FileWrite]) -> Result<(), Failure> {
    let plain =
        writes.iter().map(|write| (write.path.as_str(), write.data.as_slice(), write.mode == WriteMode::Append));
    match corten_host::write_files(plain) {
        Ok(lines) => session.print(&lines),
        Err((path, error)) => Err(Failure::Error(corten_host::path_error("open", std::path::Path::new(&path), &error))),
    }
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
