//! Why charts do not load, in Helm's words.

use corten_yaml::Error;

use super::ValuesError;
use crate::ValidationError;
use crate::archive::ArchiveError;

/// Why a chart does not load; Display is Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file of the chart is not the YAML it should be.
    #[error("cannot load {file}: {cause}")]
    Decode {
        /// The name of the file.
        file: &'static str,
        /// What the decoder said.
        cause: Error,
    },
    /// values.yaml is no table.
    #[error("cannot load values.yaml: {0}")]
    Values(#[source] ValuesError),
    /// There is no Chart.yaml.
    #[error("Chart.yaml file is missing")]
    Missing,
    /// Chart.yaml breaks a rule.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file below charts/ is no chart.
    #[error("error unpacking subchart {name} in {parent}: {cause}")]
    Subchart {
        /// The entry of charts/.
        name: String,
        /// The chart that it lies in.
        parent: String,
        /// What is wrong with it.
        cause: Box<LoadError>,
    },
    /// A folder in charts/ has a name like an archive's.
    #[error("error unpacking subchart tar in {parent}: expected {expected}, got {found}")]
    SubchartArchive {
        /// The chart that it lies in.
        parent: String,
        /// The entry of charts/.
        expected: String,
        /// The file that was met.
        found: String,
    },
    /// The chart is of an unknown generation.
    #[error("unsupported chart version")]
    UnsupportedVersion,
    /// The chart is of the experimental generation v3, which no command installs.
    #[error("invalid chart apiVersion")]
    ChartV3,
    /// An archive holds no Chart.yaml at all.
    #[error("unable to detect chart version, no Chart.yaml found")]
    NoVersion,
    /// Charts are nested deeper than anyone means.
    #[error("charts are nested too deeply")]
    TooDeep,
}
