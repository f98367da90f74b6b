//! New charts: the scaffold of `create`, and charts made from a starter.
//!
//! Go: pkg/chart/v2/util/create.go. The scaffold lies as files in `create/scaffold`; it renders to
//! the same manifests as Helm's. `<CHARTNAME>` stands for the name of the new chart, in starters too.

use std::sync::Arc;

use corten_gostd::text;

use crate::save::{SaveError, chart_folder};
use crate::{Chart, File, Metadata};

const PLACEHOLDER: &str = "<CHARTNAME>";

/// The files in the order that they are written in.
const SCAFFOLD: &[(&str, &str)] = &[
    ("Chart.yaml", include_str!("create/scaffold/Chart.yaml")),
    ("values.yaml", include_str!("create/scaffold/values.yaml")),
    (".helmignore", include_str!("create/scaffold/helmignore")),
    ("templates/ingress.yaml", include_str!("create/scaffold/templates/ingress.yaml")),
    ("templates/httproute.yaml", include_str!("create/scaffold/templates/httproute.yaml")),
    ("templates/deployment.yaml", include_str!("create/scaffold/templates/deployment.yaml")),
    ("templates/service.yaml", include_str!("create/scaffold/templates/service.yaml")),
    ("templates/serviceaccount.yaml", include_str!("create/scaffold/templates/serviceaccount.yaml")),
    ("templates/hpa.yaml", include_str!("create/scaffold/templates/hpa.yaml")),
    ("templates/NOTES.txt", include_str!("create/scaffold/templates/NOTES.txt")),
    ("templates/_helpers.tpl", include_str!("create/scaffold/templates/_helpers.tpl")),
    ("templates/tests/test-connection.yaml", include_str!("create/scaffold/templates/tests/test-connection.yaml")),
];

/// The files of a new chart; the caller also makes an empty folder `charts`.
pub fn scaffold(name: &str) -> Vec<File> {
    SCAFFOLD.iter().map(|(path, data)| File::new(*path, data.replace(PLACEHOLDER, name).into_bytes())).collect()
}

/// Checks the name of a new chart.
///
/// # Errors
/// Helm's text (Go: `validateChartName`).
pub fn check_chart_name(name: &str) -> Result<(), String> {
    const LONGEST: usize = 250;
    if name.is_empty() || name.len() > LONGEST {
        return Err(format!("chart name must be between 1 and {LONGEST} characters"));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Err("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"".to_owned());
    }
    Ok(())
}

/// The metadata of a chart that is made from a starter.
pub fn starter_metadata(name: &str) -> Metadata {
    let mut metadata = Metadata::default();
    name.clone_into(&mut metadata.name);
    metadata.description.push_str("A Helm chart for Kubernetes");
    metadata.chart_type.push_str("application");
    metadata.version.push_str("0.1.0");
    metadata.app_version.push_str("0.1.0");
    metadata.api_version.push_str("v2");
    metadata
}

/// The files of a new chart that is made from another one: its templates and values under the new
/// name, and new metadata. Go: `CreateFrom`. `now` is for the archives of its subcharts.
pub fn create_from(metadata: Metadata, mut starter: Chart, now: i64) -> Result<Vec<File>, SaveError> {
    starter.metadata = metadata;
    let name = starter.metadata.name.clone();
    let values = starter.values_files.iter_mut();
    for file in starter.templates.iter_mut().chain(values) {
        file.data = Arc::from(text::replace_all(&file.data, PLACEHOLDER.as_bytes(), name.as_bytes()));
    }
    chart_folder(&starter, now)
}
