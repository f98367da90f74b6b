//! The chart inside a record: without subcharts, which Helm does not store.

use std::sync::Arc;

use corten_chart::{Chart, File, Lock, Metadata, ModTime};
use corten_gostd::time::Zone;
use corten_value::Value;

use crate::Timestamp;

/// The chart of a revision. Go: the JSON of `chart.Chart`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordChart {
    /// Chart.yaml.
    pub metadata: Option<Metadata>,
    /// Chart.lock.
    pub lock: Option<Lock>,
    /// The files below templates/; `None` is Go's nil slice.
    pub templates: Option<Vec<RecordFile>>,
    /// The default values: a table, or null.
    pub values: Value,
    /// values.schema.json.
    pub schema: Option<Arc<[u8]>>,
    /// When the schema was modified last.
    pub schema_modified: Option<Timestamp>,
    /// All other files; `None` is Go's nil slice.
    pub files: Option<Vec<RecordFile>>,
    /// When Chart.yaml was modified last.
    pub modified: Option<Timestamp>,
}

/// A file of a recorded chart.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFile {
    /// The path below the chart's folder.
    pub name: Arc<str>,
    /// The content.
    pub data: Arc<[u8]>,
    /// When it was modified last.
    pub modified: Option<Timestamp>,
}

impl RecordChart {
    /// The chart as it is recorded; times are written in a zone.
    pub fn new(chart: &Chart, zone: &Zone) -> Self {
        let stamp = |time: ModTime| time.map(|time| Timestamp::from_unix_nanos(i128::from(time), zone.clone()));
        let files = |files: &[File]| {
            let file = |file: &File| RecordFile {
                name: Arc::clone(&file.name),
                data: Arc::clone(&file.data),
                modified: stamp(file.modified),
            };
            (!files.is_empty()).then(|| files.iter().map(file).collect())
        };
        Self {
            metadata: Some(chart.metadata.clone()),
            lock: chart.lock.clone(),
            templates: files(&chart.templates),
            values: chart.values.clone(),
            schema: chart.schema.clone(),
            schema_modified: stamp(chart.schema_modified),
            files: files(&chart.files),
            modified: stamp(chart.modified),
        }
    }

    /// The chart, as far as it was recorded.
    pub fn to_chart(&self) -> Chart {
        let nanoseconds =
            |stamp: &Option<Timestamp>| stamp.as_ref().and_then(|stamp| i64::try_from(stamp.unix_nanos()).ok());
        let files = |files: &Option<Vec<RecordFile>>| {
            files
                .iter()
                .flatten()
                .map(|file| File {
                    name: Arc::clone(&file.name),
                    data: Arc::clone(&file.data),
                    modified: nanoseconds(&file.modified),
                })
                .collect()
        };
        Chart {
            metadata: self.metadata.clone().unwrap_or_default(),
            lock: self.lock.clone(),
            templates: files(&self.templates),
            values: self.values.clone(),
            schema: self.schema.clone(),
            schema_modified: nanoseconds(&self.schema_modified),
            files: files(&self.files),
            values_files: Vec::new(),
            modified: nanoseconds(&self.modified),
            dependencies: Vec::new(),
        }
    }

    /// Leaves out what Helm can do without when it lists, upgrades, rolls back and uninstalls:
    /// templates, other files and the schema (`--slim`).
    pub fn slim(&mut self) {
        self.templates = Some(Vec::new());
        self.files = Some(Vec::new());
        self.schema = None;
        self.schema_modified = None;
    }
}
