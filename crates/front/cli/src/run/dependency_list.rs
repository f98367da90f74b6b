//! `dependency list` prints the dependencies of a chart.

use std::fs;
use std::path::Path;

use corten_actions::ChartsEntry;
use corten_host::Loader;

use super::chart_source;
use crate::flags::FlagSet;
use crate::paths;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let compat = chart_source::compat(flags)?;
    let world = chart_source::world(session, flags)?;
    let folder = arguments.first().map_or_else(|| ".".to_owned(), |folder| paths::clean(folder));
    let chart = chart_source::load(Path::new(&folder), Loader::Plain, compat, &world)?;
    let charts = paths::join(&[&folder, "charts"]);
    let load = |path: &str| chart_source::load(Path::new(path), Loader::Plain, compat, &world).ok();
    let entries: Vec<ChartsEntry> = names(&charts)
        .into_iter()
        .map(|name| (paths::join(&[&charts, &name]), name))
        .filter(|(path, name)| paths::ext(name) == ".tgz" || Path::new(path).is_dir())
        .map(|(path, file_name)| ChartsEntry { chart: load(&path), path, file_name })
        .collect();
    let width = usize::try_from(flags.number("max-col-width")).unwrap_or_default();
    session.print(&corten_actions::dependency_list(&charts, &chart, &entries, width))
}

/// The entries of a folder, sorted.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}
