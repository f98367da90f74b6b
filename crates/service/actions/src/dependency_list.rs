//! `corten dependency list`: what a chart declares, and what its charts/ holds.

use std::fmt::Write as _;

use corten_chart::{ArchiveFact, Chart, dependency_status};
use corten_gostd::strconv;

use crate::columns::columns;

/// An entry of the charts/ folder that is a folder or an archive.
#[derive(Clone, Debug)]
pub struct ChartsEntry {
    /// The path, as warnings show it.
    pub path: String,
    /// The last part of the path.
    pub file_name: String,
    /// The chart inside; `None` when it does not load.
    pub chart: Option<Chart>,
}

impl ChartsEntry {
    fn is_archive(&self) -> bool {
        corten_gostd::path::ext(self.file_name.as_bytes()) == b".tgz"
    }
}

/// The list. `folder` is where charts/ is looked for, `entries` what it holds, sorted by path.
/// Go: action/dependency.go `List`.
pub fn dependency_list(folder: &str, chart: &Chart, entries: &[ChartsEntry], width: usize) -> String {
    if !chart.metadata.lists_dependencies() {
        return format!("WARNING: no dependencies at {folder}\n");
    }
    let mut rows = vec![["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned).to_vec()];
    for dependency in &chart.metadata.dependencies {
        let prefix = format!("{}-", dependency.name);
        let archives: Vec<ArchiveFact<'_>> = entries
            .iter()
            .filter(|entry| entry.file_name.starts_with(&prefix) && entry.is_archive())
            .map(|entry| ArchiveFact { file_name: &entry.file_name, chart: entry.chart.as_ref() })
            .collect();
        let status = dependency_status(dependency, &archives, &chart.dependencies);
        let cells = [&dependency.name, &dependency.version, &dependency.repository];
        rows.push(cells.into_iter().cloned().chain([status.to_owned()]).collect());
    }
    let mut out = columns(&rows, width);
    out.push_str("\n\n");
    for entry in entries {
        let path = strconv::quote(entry.path.as_bytes());
        match &entry.chart {
            None => {
                let _ = writeln!(out, "WARNING: {path} is not a chart.");
            }
            Some(found) if !chart.metadata.dependencies.iter().any(|wanted| wanted.name == found.name()) => {
                let _ = writeln!(out, "WARNING: {path} is not in Chart.yaml.");
            }
            Some(_) => {}
        }
    }
    out
}
