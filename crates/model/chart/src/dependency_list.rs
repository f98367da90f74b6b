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

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(name: &str, version: &str) -> Chart {
        let mut chart = Chart::default();
        name.clone_into(&mut chart.metadata.name);
        version.clone_into(&mut chart.metadata.version);
        chart
    }

    fn wanted(version: &str) -> Dependency {
        Dependency { name: "a".to_owned(), version: version.to_owned(), ..Dependency::default() }
    }

    #[test]
    fn one_archive_decides() {
        let status = |range: &str, chart: Option<&Chart>| {
            dependency_status(&wanted(range), &[ArchiveFact { file_name: "a-1.0.0.tgz", chart }], &[])
        };
        assert_eq!(status("^1", Some(&chart("a", "1.0.0"))), "ok");
        assert_eq!(status("^2", Some(&chart("a", "1.0.0"))), "wrong version");
        assert_eq!(status("x y", Some(&chart("a", "1.0.0"))), "invalid version");
        assert_eq!(status("^1", Some(&chart("b", "1.0.0"))), "misnamed");
        assert_eq!(status("^1", None), "corrupt");
    }

    #[test]
    fn of_many_archives_only_versions_count() {
        let own = chart("a", "1.0.0");
        let fact = |file_name| ArchiveFact { file_name, chart: Some(&own) };
        let wanted = wanted("1.0.0");
        assert_eq!(dependency_status(&wanted, &[fact("a-1.0.0.tgz"), fact("a-b-1.0.0.tgz")], &[]), "ok");
        assert_eq!(dependency_status(&wanted, &[fact("a-1.0.0.tgz"), fact("a-2.0.0.tgz")], &[]), "too many matches");
        assert_eq!(dependency_status(&wanted, &[fact("a-b.tgz"), fact("a-c.tgz")], &[]), "missing");
    }

    #[test]
    fn folders_count_when_no_archive_does() {
        assert_eq!(dependency_status(&wanted("1.0.0"), &[], &[chart("a", "1.0.0")]), "unpacked");
        assert_eq!(dependency_status(&wanted("2.0.0"), &[], &[chart("a", "1.0.0")]), "wrong version");
        assert_eq!(dependency_status(&wanted("2.0.0"), &[], &[chart("b", "2.0.0")]), "missing");
    }
}
