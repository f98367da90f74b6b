//! Charts as files again: archives for `package`, folders for new charts. Go: util/save.go.
//!
//! Chart.yaml and Chart.lock are written anew; everything else keeps its bytes. Archives are
//! deterministic: the same chart gives the same bytes, with the times of its files.

use std::sync::Arc;

use corten_gostd::{json, strconv};
use corten_value::Value;

use crate::archive::{Packed, pack};
use crate::{Chart, File, ModTime, ValidationError, paths};

/// Why a chart cannot be written; Display is Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// Chart.yaml breaks a rule.
    #[error("chart validation: {0}")]
    Validation(#[from] ValidationError),
    /// The name would lead out of the folder.
    #[error("{} is not a valid chart name", strconv::quote(.0.as_bytes()))]
    Name(String),
    /// The schema is no JSON.
    #[error("invalid JSON in values.schema.json")]
    Schema,
    /// Metadata or lock cannot be written as YAML.
    #[error("{0}")]
    Yaml(#[from] corten_yaml::Error),
    /// A subchart cannot be written.
    #[error("saving {name}: {cause}")]
    Subchart {
        /// Its path in the chart.
        name: String,
        /// What is wrong with it.
        cause: Box<SaveError>,
    },
}

/// The file name of a chart's archive.
pub fn archive_name(chart: &Chart) -> String {
    format!("{}-{}.tgz", chart.name(), chart.metadata.version)
}

/// The archive of a chart. `now`, in seconds since 1970, is the time of files that have none.
pub fn save_archive(chart: &Chart, now: i64) -> Result<Vec<u8>, SaveError> {
    chart.metadata.clone().validate()?;
    let mut entries = Vec::new();
    collect(chart, "", &mut entries)?;
    let packed = entries.iter().map(|file| Packed {
        name: &file.name,
        data: &file.data,
        seconds: file.modified.map_or(now, |nanos| nanos.div_euclid(1_000_000_000)),
    });
    Ok(pack(packed))
}

/// Go: `writeTarContents`.
fn collect(chart: &Chart, folder: &str, entries: &mut Vec<File>) -> Result<(), SaveError> {
    check_name(chart)?;
    let base = if folder.is_empty() { chart.name().to_owned() } else { format!("{folder}/{}", chart.name()) };
    let mut add = |file: File| {
        let name = paths::clean(&format!("{base}/{}", file.name));
        entries.push(File { name: name.into(), ..file });
    };
    add(yaml_file("Chart.yaml", &chart.metadata.to_chart_file(), chart.modified)?);
    if let Some(lock) = &chart.lock
        && chart.metadata.api_version == "v2"
    {
        add(yaml_file("Chart.lock", &lock.to_value(), lock.generated_at())?);
    }
    chart.values_files.iter().cloned().for_each(&mut add);
    if let Some(schema) = &chart.schema {
        json::decode(schema).map_err(|_| SaveError::Schema)?;
        add(File { name: "values.schema.json".into(), data: Arc::clone(schema), modified: chart.schema_modified });
    }
    chart.templates.iter().chain(&chart.files).cloned().for_each(&mut add);
    let charts = format!("{base}/charts");
    for subchart in &chart.dependencies {
        stacker::maybe_grow(64 << 10, 1 << 20, || collect(subchart, &charts, entries))?;
    }
    Ok(())
}

/// The files of a chart's folder, subcharts as archives. Go: `SaveDir`.
pub fn chart_folder(chart: &Chart, now: i64) -> Result<Vec<File>, SaveError> {
    check_name(chart)?;
    let mut files = vec![yaml_file("Chart.yaml", &chart.metadata.to_chart_file(), chart.modified)?];
    files.extend(chart.values_files.iter().cloned());
    if let Some(schema) = &chart.schema {
        files.push(File {
            name: "values.schema.json".into(),
            data: Arc::clone(schema),
            modified: chart.schema_modified,
        });
    }
    files.extend(chart.templates.iter().chain(&chart.files).cloned());
    for subchart in &chart.dependencies {
        let archive = save_archive(subchart, now).map_err(|cause| SaveError::Subchart {
            name: format!("{}/charts/{}", chart.name(), subchart.name()),
            cause: Box::new(cause),
        })?;
        files.push(File::new(format!("charts/{}", archive_name(subchart)), archive));
    }
    Ok(files)
}

fn yaml_file(name: &str, value: &Value, modified: ModTime) -> Result<File, SaveError> {
    let data = corten_yaml::encode(value)?.into_bytes();
    Ok(File { name: name.into(), data: data.into(), modified })
}

fn check_name(chart: &Chart) -> Result<(), SaveError> {
    if paths::base(chart.name()) == chart.name() { Ok(()) } else { Err(SaveError::Name(chart.name().to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compat, load_archive, load_files, scaffold};

    #[test]
    fn a_saved_scaffold_loads_again() {
        let chart = load_files(scaffold("demo"), Compat::Helm4, &mut |_| {}).unwrap();
        let saved = save_archive(&chart, 1_700_000_000).unwrap();
        assert_eq!(saved, save_archive(&chart, 1_700_000_000).unwrap());
        let again = load_archive(&saved, Compat::Helm4, &mut |_| {}).unwrap();
        assert_eq!((&again.metadata, &again.values), (&chart.metadata, &chart.values));
        assert_eq!(again.templates.len(), 9);
        assert_eq!(again.modified, Some(1_700_000_000_000_000_000));
        assert!(!again.templates.iter().any(|file| String::from_utf8_lossy(&file.data).contains("CHARTNAME")));
    }
}
