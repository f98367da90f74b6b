//! Files in, a chart out. Go: pkg/chart/v2/loader/load.go `LoadFiles`.
//!
//! Chart.yaml is read first, wherever it stands; the other files in the order they came; subcharts
//! last, sorted by name (Helm walks a Go map, so its order is random). Archives inside charts/ are
//! unpacked from memory.

mod error;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_value::Value;
use corten_yaml::Mode;

pub use error::LoadError;
pub(crate) use values::load_user_values;
pub use values::{ValuesError, load_values, merge_maps};

use crate::archive::{self, Allowance};
use crate::{Chart, Compat, File, Lock, Metadata, Warning, paths};

/// Charts nested deeper are refused; Helm would go on until its stack is full.
const DEEPEST: usize = 256;

/// Builds a chart from the files of its folder, named relative to it.
pub fn load_files(files: Vec<File>, compat: Compat, warn: &mut dyn FnMut(Warning)) -> Result<Chart, LoadError> {
    Loader { compat, warn, depth: 0, allowance: Allowance::default() }.chart(files)
}

/// Builds a chart from a gzipped tar archive whose files lie in one folder.
pub fn load_archive(data: &[u8], compat: Compat, warn: &mut dyn FnMut(Warning)) -> Result<Chart, LoadError> {
    let mut loader = Loader { compat, warn, depth: 0, allowance: Allowance::default() };
    let files = archive::read(data, compat, &mut loader.allowance)?;
    loader.chart(files)
}

/// Checks that a chart is of a generation that can be loaded at all, as Helm's general loader does
/// before it reads anything else. Go: pkg/chart/loader/load.go.
pub fn check_api_version(chart_yaml: &[u8]) -> Result<(), LoadError> {
    use corten_yaml::{Field, Struct, Target};
    static CHART_BASE: Target = Target::Struct(&Struct {
        name: "chartBase",
        type_name: "loader.chartBase",
        fields: &[Field { name: "apiVersion", target: Target::String }],
    });
    let base = corten_yaml::decode_into(chart_yaml, &CHART_BASE, Mode::Lenient)
        .map_err(|cause| LoadError::Decode { file: "Chart.yaml", cause })?;
    match base.get("apiVersion").and_then(Value::as_str).unwrap_or_default() {
        "" | "v1" | "v2" => Ok(()),
        "v3" => Err(LoadError::ChartV3),
        _ => Err(LoadError::UnsupportedVersion),
    }
}

struct Loader<'a> {
    compat: Compat,
    warn: &'a mut dyn FnMut(Warning),
    depth: usize,
    allowance: Allowance,
}

/// Files below charts/, by the first part of their path: those of folders named from there on.
type Subcharts = BTreeMap<String, Vec<File>>;

/// Puts a file below charts/ to its subchart. Files directly in charts/ are no part of one, archives aside.
fn place_below(file: File, subcharts: &mut Subcharts) {
    let name = file.name.strip_prefix("charts/").unwrap_or(&file.name);
    let (subchart, inside) = name.split_once('/').map_or((name, None), |(folder, inside)| (folder, Some(inside)));
    let own = if paths::ext(subchart) == ".tgz" { Some(name) } else { inside };
    let own: Option<Arc<str>> = own.map(Arc::from);
    let files = match subcharts.get_mut(subchart) {
        Some(files) => files,
        None => subcharts.entry(subchart.to_owned()).or_default(),
    };
    files.extend(own.map(|name| File { name, ..file }));
}

impl Loader<'_> {
    fn chart(&mut self, files: Vec<File>) -> Result<Chart, LoadError> {
        let mut chart = Chart::default();
        let mut metadata = read_metadata(&files, &mut chart)?;
        let mut subcharts = Subcharts::new();
        for file in files {
            self.place(file, &mut chart, &mut metadata, &mut subcharts)?;
        }
        let Some(metadata) = metadata else { return Err(LoadError::Missing) };
        chart.metadata = Metadata::from_decoded(&metadata);
        chart.metadata.validate()?;
        for (name, files) in subcharts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let subchart = self.subchart(&name, files, &chart)?;
            chart.dependencies.push(subchart);
        }
        Ok(chart)
    }

    /// Puts one file where it belongs.
    fn place(
        &mut self,
        file: File,
        chart: &mut Chart,
        metadata: &mut Option<Value>,
        subcharts: &mut Subcharts,
    ) -> Result<(), LoadError> {
        match &*file.name {
            "Chart.yaml" => {}
            "Chart.lock" => chart.lock = read_lock(&file, "Chart.lock")?,
            "values.yaml" => {
                chart.values = values::load_defaults(&file.data, self.compat)?;
                chart.values_files.push(file);
            }
            "values.schema.json" => {
                chart.schema_modified = file.modified;
                chart.schema = Some(file.data);
            }
            "requirements.yaml" => {
                let base = metadata.get_or_insert_with(Value::empty_map);
                if !is_v1(base) {
                    (self.warn)(Warning::info(REQUIREMENTS_WARNING));
                }
                *base = Metadata::decode_onto(base, &file.data, Mode::Lenient)
                    .map_err(|cause| LoadError::Decode { file: "requirements.yaml", cause })?;
                if is_v1(base) {
                    chart.files.push(file);
                }
            }
            "requirements.lock" => {
                chart.lock = read_lock(&file, "requirements.lock")?;
                if is_v1(metadata.get_or_insert_with(Value::empty_map)) {
                    chart.files.push(file);
                } else {
                    (self.warn)(Warning::info(REQUIREMENTS_LOCK_WARNING));
                }
            }
            name if name.starts_with("templates/") => chart.templates.push(file),
            name => match name.strip_prefix("charts/") {
                Some(name) if paths::ext(name) != ".prov" => place_below(file, subcharts),
                _ => chart.files.push(file),
            },
        }
        Ok(())
    }

    fn subchart(&mut self, name: &str, files: Vec<File>, parent: &Chart) -> Result<Chart, LoadError> {
        if self.depth == DEEPEST {
            return Err(LoadError::TooDeep);
        }
        self.depth += 1;
        let chart = stacker::maybe_grow(64 << 10, 1 << 20, || {
            if paths::ext(name) == ".tgz" { self.packed(name, &files, parent) } else { self.chart(files) }
        });
        self.depth -= 1;
        chart.map_err(|cause| match cause {
            cause @ LoadError::SubchartArchive { .. } if paths::ext(name) == ".tgz" => cause,
            cause => {
                LoadError::Subchart { name: name.to_owned(), parent: parent.name().to_owned(), cause: Box::new(cause) }
            }
        })
    }

    fn packed(&mut self, name: &str, files: &[File], parent: &Chart) -> Result<Chart, LoadError> {
        let Some(file) = files.first() else { return Err(LoadError::Missing) };
        if *file.name != *name {
            return Err(LoadError::SubchartArchive {
                parent: parent.name().to_owned(),
                expected: name.to_owned(),
                found: file.name.to_string(),
            });
        }
        let files = archive::read(&file.data, self.compat, &mut self.allowance)?;
        self.chart(files)
    }
}

const REQUIREMENTS_WARNING: &str = "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". \
                                    We recommend migrating dependencies to Chart.yaml.";
const REQUIREMENTS_LOCK_WARNING: &str = "Warning: Dependency locking is handled in Chart.lock since apiVersion \
                                         \"v2\". We recommend migrating to Chart.lock.";

/// The decoded Chart.yaml, of apiVersion v1 when it names none, as Helm 2 allowed.
fn read_metadata(files: &[File], chart: &mut Chart) -> Result<Option<Value>, LoadError> {
    let mut metadata: Option<Value> = None;
    for file in files.iter().filter(|file| &*file.name == "Chart.yaml") {
        let base = metadata.take().unwrap_or_else(Value::empty_map);
        let mut decoded = Metadata::decode_onto(&base, &file.data, Mode::Lenient)
            .map_err(|cause| LoadError::Decode { file: "Chart.yaml", cause })?;
        if let Value::Map(map) = &mut decoded
            && map.get("apiVersion").and_then(Value::as_str).unwrap_or_default().is_empty()
        {
            Arc::make_mut(map).insert("apiVersion".into(), "v1".into());
        }
        metadata = Some(decoded);
        chart.modified = file.modified;
    }
    Ok(metadata)
}

fn is_v1(metadata: &Value) -> bool {
    metadata.get("apiVersion").and_then(Value::as_str) == Some("v1")
}

fn read_lock(file: &File, name: &'static str) -> Result<Option<Lock>, LoadError> {
    Lock::decode(&file.data).map_err(|cause| LoadError::Decode { file: name, cause })
}
