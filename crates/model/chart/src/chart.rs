//! A chart as it was loaded: files, metadata, values and subcharts.

use std::sync::Arc;

use corten_value::Value;

use crate::{Lock, Metadata, paths};

/// A time of modification: nanoseconds since 1970-01-01 UTC; `None` is Go's zero time.
pub type ModTime = Option<i64>;

/// A file of a chart; clones share name and bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The path below the chart's folder, with slashes.
    pub name: Arc<str>,
    /// The content.
    pub data: Arc<[u8]>,
    /// When it was modified last.
    pub modified: ModTime,
}

impl File {
    /// A file without a time.
    pub fn new(name: impl Into<Arc<str>>, data: impl Into<Arc<[u8]>>) -> Self {
        Self { name: name.into(), data: data.into(), modified: None }
    }
}

/// A chart with its subcharts. Go: `chart.Chart`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Chart.yaml, checked and cleaned of control characters.
    pub metadata: Metadata,
    /// Chart.lock or requirements.lock.
    pub lock: Option<Lock>,
    /// The files below templates/.
    pub templates: Vec<File>,
    /// The default values: a table, or null when there is no values.yaml.
    pub values: Value,
    /// values.schema.json.
    pub schema: Option<Arc<[u8]>>,
    /// When the schema was modified last.
    pub schema_modified: ModTime,
    /// All other files, crds/ included.
    pub files: Vec<File>,
    /// values.yaml as it came in, with its comments; an archive can hold several.
    pub values_files: Vec<File>,
    /// When Chart.yaml was modified last.
    pub modified: ModTime,
    /// The subcharts.
    pub dependencies: Vec<Self>,
}

/// A file with custom resource definitions. Go: `chart.CRD`.
#[derive(Clone, Debug, PartialEq)]
pub struct Crd {
    /// The path of the file in output: `chart/charts/sub/crds/x.yaml`.
    pub path: String,
    /// The file.
    pub file: File,
}

impl Chart {
    /// The name in Chart.yaml; for an aliased subchart the alias, once dependencies are processed.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The files of all crds/ folders: the chart's own first, then those of its subcharts.
    pub fn crds(&self) -> Vec<Crd> {
        let mut found = Vec::new();
        self.collect_crds(self.name(), &mut found);
        found
    }

    fn collect_crds(&self, full_path: &str, found: &mut Vec<Crd>) {
        for file in self.files.iter().filter(|file| is_crd(&file.name)) {
            // Go: filepath.Join cleans the path.
            let path = paths::clean(&format!("{full_path}/{}", file.name));
            found.push(Crd { path, file: file.clone() });
        }
        for dependency in &self.dependencies {
            dependency.collect_crds(&format!("{full_path}/charts/{}", dependency.name()), found);
        }
    }
}

/// Go: chart.go hasManifestExtension, for files below crds/.
fn is_crd(name: &str) -> bool {
    let extension = paths::ext(name);
    name.starts_with("crds/") && [".yaml", ".yml", ".json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
