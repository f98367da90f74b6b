//! What each kind of argument and flag value is completed with.

use std::fs;

use super::{Answer, Directive, no_more};
use crate::find;
use crate::flags::FlagSet;
use crate::run::environment;
use crate::run::release::complete;
use crate::session::Session;
use crate::table::{Candidates, Choices, Command, Flag, Job};
use crate::{kube, plugins, repositories};

/// Candidates for the arguments of a command; `None` where it leaves them to the shell.
pub(super) fn of_command(
    session: &Session<'_>,
    command: &'static Command,
    flags: &FlagSet,
    part: &str,
) -> Option<Answer> {
    let given = flags.arguments.as_slice();
    let nothing = (Vec::new(), Directive::NO_FILES);
    Some(match (command.candidates, given.len()) {
        (Candidates::Default, _) => return None,
        (Candidates::Nothing, _) => nothing,
        (Candidates::NoMore, _) => no_more(),
        (Candidates::File | Candidates::Push, 0) => (Vec::new(), Directive::DEFAULT),
        (Candidates::Push, 1) => (vec!["oci://".to_owned()], Directive::NO_FILES.with(Directive::NO_SPACE)),
        (Candidates::Install, count) if count == usize::from(!flags.is_on("generate-name")) => {
            charts(session, part, true)
        }
        (Candidates::Install, _) => nothing,
        (Candidates::Chart, 0) | (Candidates::Upgrade, 1) => charts(session, part, true),
        (Candidates::RepositoryChart, 0) => charts(session, part, false),
        (Candidates::RepositoryChart, _) => nothing,
        (Candidates::Release | Candidates::Rollback | Candidates::TwoRevisions | Candidates::Upgrade, 0)
        | (Candidates::TwoReleases, 0 | 1)
        | (Candidates::Releases, _) => releases(session, given),
        (Candidates::Rollback, 1) | (Candidates::TwoRevisions, 1 | 2) => revisions(session, &given[0]),
        (Candidates::Commands, _) => commands(session, given, part),
        (Candidates::Environment, 0) => (environment::names(&session.settings), Directive::NO_FILES),
        (Candidates::Plugins, _) => (plugins::candidates(&session.settings, given), Directive::NO_FILES),
        (Candidates::Repositories, _) => (repositories::candidates(&session.settings, given), Directive::NO_FILES),
        (Candidates::NewRepository, 0 | 1) => nothing,
        _ => no_more(),
    })
}

/// Candidates for the value of a flag.
pub(super) fn of_flag(session: &Session<'_>, flag: &Flag, flags: &FlagSet, _part: &str) -> Answer {
    let given = flags.arguments.as_slice();
    let versions = |position: usize| match given {
        _ if given.len() != position + 1 => (Vec::new(), Directive::NO_FILES),
        _ => (repositories::versions(&session.settings, &given[position]), Directive::NO_FILES),
    };
    match flag.values {
        Choices::Default => (Vec::new(), Directive::DEFAULT),
        Choices::Fixed(values) => (values.iter().map(|&value| value.to_owned()).collect(), Directive::NO_FILES),
        Choices::Contexts => (kube::contexts(session), Directive::NO_FILES),
        Choices::Namespaces => match complete::namespaces(session) {
            Some(names) => (names, Directive::NO_FILES),
            None => (Vec::new(), Directive::DEFAULT),
        },
        Choices::Revisions => match given {
            [release] => revisions(session, release),
            _ => (Vec::new(), Directive::NO_FILES),
        },
        Choices::Versions(position) => versions(position),
        Choices::InstallVersions => versions(usize::from(!flags.is_on("generate-name"))),
    }
}

/// Subcommands below the command that the words name. Go: the help command's `ValidArgsFunction`.
fn commands(session: &Session<'_>, words: &[String], part: &str) -> Answer {
    let Ok(found) = find::find(words, &session.presets, session.root) else {
        return (Vec::new(), Directive::NO_FILES);
    };
    let offered = found
        .command()
        .commands
        .iter()
        .filter(|below| (below.is_available() || below.job == Job::Help) && below.name.starts_with(part))
        .map(|below| format!("{}\t{}", below.name, session.program.fill(below.short)));
    (offered.collect(), Directive::NO_FILES)
}

/// Go: compListReleases.
fn releases(session: &Session<'_>, ignored: &[String]) -> Answer {
    let Some(found) = complete::releases(session) else { return (Vec::new(), Directive::DEFAULT) };
    let summaries = found.iter().map(|item| &item.summary).filter(|summary| !ignored.contains(&summary.name));
    let lines = summaries.map(|summary| {
        format!("{}\t{}-{} -> {}", summary.name, summary.chart, summary.chart_version, summary.info.status)
    });
    (lines.collect(), Directive::NO_FILES)
}

/// Go: compListRevisions.
fn revisions(session: &Session<'_>, name: &str) -> Answer {
    let Some(found) = complete::revisions(session, name) else { return (Vec::new(), Directive::ERROR) };
    let lines = found.iter().map(|item| {
        let summary = &item.summary;
        format!("{}\tApp: {}, Chart: {}-{}", item.revision, summary.app_version, summary.chart, summary.chart_version)
    });
    (lines.collect(), Directive::NO_FILES)
}

const SCHEMES: [&str; 4] = [
    "oci://\tChart OCI prefix",
    "https://\tChart URL prefix",
    "http://\tChart URL prefix",
    "file://\tChart local URL prefix",
];

/// Repositories, their charts, URL schemes and files. Go: compListCharts.
fn charts(session: &Session<'_>, part: &str, files: bool) -> Answer {
    let mut offered = Vec::new();
    let (mut no_space, mut no_files) = (false, false);
    for (name, url) in repositories::list(&session.settings) {
        if part.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')) {
            offered.extend(repositories::charts(&session.settings, &name));
            no_space = false;
            break;
        }
        if name.starts_with(part) {
            offered.push(format!("{name}/\t{url}"));
            no_space = true;
        }
    }
    for scheme in SCHEMES {
        if part.starts_with(scheme) {
            (no_files, no_space) = (true, true);
        } else if scheme.starts_with(part) {
            offered.push(scheme.to_owned());
            no_space = true;
        }
    }
    if files && !offered.is_empty() && !part.is_empty() {
        offered.extend(files_here(part));
    }
    if files && part.is_empty() {
        offered.push("./\tRelative path prefix to local chart".to_owned());
        offered.push("/\tAbsolute path prefix to local chart".to_owned());
    }
    let mut directive = Directive::DEFAULT;
    if no_files || !files {
        directive = directive.with(Directive::NO_FILES);
    }
    if no_space {
        directive = directive.with(Directive::NO_SPACE);
    }
    (offered, directive)
}

/// Names in the working directory, sorted as Go's `ReadDir` sorts them.
fn files_here(part: &str) -> Vec<String> {
    let entries = fs::read_dir(".").into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with(part));
    names.sort();
    names
}
