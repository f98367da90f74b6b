//! What lies at the path of a chart, for the linter, which goes on where loading would stop.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use corten_chart::{ChartFacts, Compat, Entry};
use corten_host::{Loader, path_error};

use crate::paths;

/// Whether a name is that of a chart archive.
pub(super) fn is_archive(name: &str) -> bool {
    [".tgz", ".tar.gz"].iter().any(|ending| name.ends_with(ending))
}

/// The facts about a folder or an archive. Go: action/lint.go lintChart.
pub(super) fn read(path: &str, compat: Compat) -> Result<ChartFacts, String> {
    if is_archive(path) { archive(path, compat) } else { Ok(folder(path, compat)) }
}

fn archive(path: &str, compat: Compat) -> Result<ChartFacts, String> {
    let data = fs::read(path)
        .map_err(|error| format!("unable to open tarball: {}", path_error("open", Path::new(path), &error)))?;
    let extract = |error: &dyn std::fmt::Display| format!("unable to extract tarball: {error}");
    let files = corten_chart::archive_files(&data, compat).map_err(|error| extract(&error))?;
    let chart_yaml = files.iter().find(|file| &*file.name == "Chart.yaml");
    let name = match chart_yaml {
        None => return Err(extract(&"chart name not specified")),
        Some(file) => {
            let metadata = corten_chart::Metadata::decode(&file.data)
                .map_err(|error| extract(&format!("cannot load Chart.yaml: {error}")))?;
            metadata.name
        }
    };
    let quoted = corten_gostd::strconv::quote(name.as_bytes());
    if name.is_empty() {
        return Err(extract(&"chart name not specified"));
    } else if name == "." || name == ".." {
        return Err(extract(&format!("chart name {quoted} is not allowed")));
    } else if name != paths::base(&name) {
        return Err(extract(&format!("chart name {quoted} must not contain path separators")));
    }
    Ok(ChartFacts::from_files(&paths::join(&["/tmp/helm-lint", &name]), &files, compat))
}

fn folder(path: &str, compat: Compat) -> ChartFacts {
    let absolute =
        std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.to_string_lossy().into_owned());
    let absolute = paths::clean(&absolute);
    let mut warnings = Vec::new();
    let chart =
        corten_host::read_chart(Path::new(&absolute), Loader::Plain, compat, &mut |warning| warnings.push(warning))
            .map_err(|error| error.to_string());
    ChartFacts {
        chart_yaml: entry(&paths::join(&[path, "Chart.yaml"])),
        values: entry(&paths::join(&[&absolute, "values.yaml"])),
        schema: entry(&paths::join(&[&absolute, "values.schema.json"])),
        templates: entry(&paths::join(&[&absolute, "templates"])),
        crds: entry(&paths::join(&[&absolute, "crds"])),
        folder: absolute,
        chart,
        warnings,
    }
}

fn entry(path: &str) -> Entry {
    let path = Path::new(path);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Entry::Folder,
        Ok(_) => match fs::read(path) {
            Ok(data) => Entry::File(data.into()),
            Err(error) => Entry::Unreadable(path_error("open", path, &error)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Entry::Missing(path_error("stat", path, &error)),
        Err(error) => Entry::Unreadable(path_error("stat", path, &error)),
    }
}
