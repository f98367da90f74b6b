//! The STATUS column of `dependency list`. Go: action/dependency.go `dependencyStatus`.

use corten_gostd::semver::{Constraints, Version};

use crate::{Chart, Dependency};

/// An archive in charts/ whose name starts as the dependency's.
#[derive(Clone, Debug)]
pub struct ArchiveFact<'a> {
    /// Its file name, such as `redis-1.2.3.tgz`.
    pub file_name: &'a str,
    /// The chart inside; `None` when it does not load.
    pub chart: Option<&'a Chart>,
}

/// The status of a dependency, from the archives that match `NAME-*.tgz` in charts/ and the
/// loaded subcharts of the parent.
pub fn dependency_status(dependency: &Dependency, archives: &[ArchiveFact<'_>], subcharts: &[Chart]) -> &'static str {
    let archive = match archives {
        [archive] => Some(archive),
        archives => {
            let mut versioned = archives.iter().filter(|archive| has_version(archive.file_name, &dependency.name));
            match (versioned.next(), versioned.next()) {
                (Some(_), Some(_)) => return "too many matches",
                (first, _) => first,
            }
        }
    };
    if let Some(archive) = archive {
        return match archive.chart {
            None => "corrupt",
            Some(chart) if chart.name() != dependency.name => "misnamed",
            Some(chart) => version_problem(dependency, chart).unwrap_or("ok"),
        };
    }
    match subcharts.iter().rfind(|subchart| subchart.name() == dependency.name) {
        None => "missing",
        Some(subchart) => version_problem(dependency, subchart).unwrap_or("unpacked"),
    }
}

/// Whether what follows the name in the file name is a whole semantic version.
fn has_version(file_name: &str, name: &str) -> bool {
    let stem = file_name.strip_suffix(".tgz").unwrap_or(file_name);
    let version = stem.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).unwrap_or(stem);
    Version::parse_strict(version).is_ok()
}

fn version_problem(dependency: &Dependency, chart: &Chart) -> Option<&'static str> {
    if chart.metadata.version == dependency.version {
        return None;
    }
    match (Constraints::parse(&dependency.version), Version::parse(&chart.metadata.version)) {
        (Ok(range), Ok(version)) if range.check(&version) => None,
        (Ok(_), Ok(_)) => Some("wrong version"),
        _ => Some("invalid version"),
    }
}
