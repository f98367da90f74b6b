//! `lint` checks charts, in folders and archives.

mod facts;

use std::path::Path;

use corten_actions::{DryRunOptions, LintMessage, LintOptions, LintResult, ValuesFile};
use corten_diag::{Diagnostic, Severity, Sources};
use corten_gotmpl::World;
use corten_host::Loader;
use corten_value::Value;

use super::chart_source;
use super::report::{self, Style, disk};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::{kube, paths};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let compat = chart_source::compat(flags)?;
    let style = report::style(session, flags)?;
    let kube_version = chart_source::kube_version(flags)?;
    let mut charts = arguments.to_vec();
    if flags.is_on("with-subcharts") {
        for chart in arguments {
            add_subcharts(Path::new(&paths::join(&[chart, "charts"])), &mut charts);
        }
    }
    let world = chart_source::world(session, flags)?;
    let values = chart_source::values(session, flags, compat).map_err(|error| error.to_string())?;
    let options = LintOptions {
        namespace: kube::namespace(session),
        kube_version,
        skip_schema_validation: flags.is_on("skip-schema-validation"),
        compat,
    };
    let results: Vec<(String, LintResult)> = charts
        .into_iter()
        .map(|chart| {
            let result = match facts::read(&chart, compat) {
                Ok(facts) => corten_actions::lint(&facts, &values, &options, &world),
                Err(error) => LintResult::failed(error),
            };
            (chart, result)
        })
        .collect();
    let report = corten_actions::report(&results, flags.is_on("strict"), flags.is_on("quiet"));
    if matches!(style, Style::Helm | Style::Full | Style::Github) {
        session.print_bytes(&report.output)?;
    }
    if style != Style::Helm {
        let (files, world) = (chart_source::values_files(flags), chart_source::silent_world(session, flags)?);
        let again = Again { style, values: (&values, &files), options: &options, world: &world };
        let (findings, sources) = findings(&results, &again);
        let text = report::render(session, style, &findings, &sources);
        session.print(&text)?;
    }
    match report.error {
        None => Ok(()),
        Some(_) if matches!(style, Style::Json | Style::Sarif) => Err(Failure::Silent),
        Some(error) => Err(Failure::Error(error)),
    }
}

/// The charts below a charts/ folder, in the order of a walk through it. Go: filepath.Walk.
fn add_subcharts(folder: &Path, charts: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort_unstable();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "Chart.yaml" {
            charts.push(folder.to_string_lossy().into_owned());
        } else if facts::is_archive(&name) {
            charts.push(path.to_string_lossy().into_owned());
        }
        if path.is_dir() && !path.is_symlink() {
            add_subcharts(&path, charts);
        }
    }
}

/// What a second look at the charts needs.
struct Again<'a> {
    style: Style,
    values: (&'a Value, &'a [ValuesFile]),
    options: &'a LintOptions,
    world: &'a dyn World,
}

/// What the linter said as diagnostics, and with it every finding of a render with its place.
fn findings(results: &[(String, LintResult)], again: &Again<'_>) -> (Vec<Diagnostic>, Sources) {
    let mut all = Vec::new();
    let mut sources = Sources::default();
    for (path, result) in results {
        let found = again.diagnose(path, result, &mut sources);
        // People read what the linter said above; machines get it here.
        if again.style != Style::Full {
            all.extend(result.error.iter().map(|error| Diagnostic::new("CT0400", Severity::Error, error.as_str())));
            let untold = result.messages.iter().filter(|message| !is_among(message, &found));
            all.extend(untold.map(|message| as_diagnostic(message, path, &mut sources)));
        }
        all.extend(found);
    }
    (all, sources)
}

impl Again<'_> {
    /// Everything that is wrong with a chart that the linter refused.
    fn diagnose(&self, path: &str, result: &LintResult, sources: &mut Sources) -> Vec<Diagnostic> {
        let is_refused = result.messages.iter().any(|message| message.severity == corten_actions::Severity::Error);
        if !is_refused {
            return Vec::new();
        }
        let path = Path::new(path);
        let Ok(chart) = chart_source::load(path, Loader::Plain, self.options.compat, self.world) else {
            return Vec::new();
        };
        let locate = |name: &str| disk::locate(path, name);
        corten_actions::diagnose(chart, self.values, &dry_run(self.options), self.world, (sources, &locate))
    }
}

/// Whether the second look says the same with more places: all errors of templates and values, where the
/// linter stops at the first.
fn is_among(message: &LintMessage, found: &[Diagnostic]) -> bool {
    let has = |code: &str| found.iter().any(|finding| finding.code.starts_with(code));
    let is_shown = match message.path.as_str() {
        "values.yaml" => has("CT0102"),
        path => path.starts_with("templates/") && (has("CT0102") || has("CT02") || has("CT03")),
    };
    is_shown && message.severity == corten_actions::Severity::Error
}

fn as_diagnostic(message: &LintMessage, chart: &str, sources: &mut Sources) -> Diagnostic {
    let severity = match message.severity {
        corten_actions::Severity::Info => Severity::Info,
        corten_actions::Severity::Warning => Severity::Warning,
        corten_actions::Severity::Error => Severity::Error,
    };
    let file = paths::join(&[chart, &message.path]);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let source = sources.add(file, text);
    let message = String::from_utf8_lossy(&message.text).into_owned();
    Diagnostic::new("CT0401", severity, message).label(source, 0..0, "")
}

/// The release that the linter renders.
fn dry_run(options: &LintOptions) -> DryRunOptions {
    DryRunOptions {
        cluster: None,
        post_renderer: None,
        release_name: "test-release".to_owned(),
        namespace: options.namespace.clone(),
        kube_version: options.kube_version.clone(),
        api_versions: Vec::new(),
        is_upgrade: false,
        skip_schema_validation: options.skip_schema_validation,
        enable_dns: false,
        compat: options.compat,
    }
}
