//! Kind `coalesce`: the values of every chart of a tree, after dependencies were processed.

use std::collections::BTreeMap;

use corten_chart::{Chart, Compat, File, coalesce_values, load_files, process_dependencies};
use corten_value::Value;
use serde_json::{Value as Json, json};

use super::Answer;

/// Answers a case: `{{ toJson .Values }}` of each chart that takes part.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = |error: &dyn std::fmt::Display| error.to_string().into_bytes();
    let values = input["values"].as_str().unwrap_or_default();
    let values = corten_chart::load_values(values.as_bytes()).map_err(|error| text(&error))?;
    let mut files = BTreeMap::new();
    write_chart(&input["chart"], "", &mut files);
    let files = files.into_iter().map(|(name, data)| File::new(name, data.into_bytes())).collect();
    let mut chart = load_files(files, Compat::Helm4, &mut |_| {}).map_err(|error| text(&error))?;
    process_dependencies(&mut chart, &values, Compat::Helm4, &mut |_| {})
        .map_err(|error| format!("chart dependencies processing failed: {error}").into_bytes())?;
    let composed = coalesce_values(&chart, &values, Compat::Helm4, &mut |_| {}).map_err(|error| text(&error))?;
    let mut rendered = BTreeMap::new();
    show_values(&chart, chart.name(), &composed, &mut rendered);
    let files = rendered.into_iter().map(|(name, text)| [b"--- ", name.as_bytes(), b"\n", &text, b"\n"].concat());
    Ok(files.collect::<Vec<_>>().concat())
}

fn write_chart(chart: &Json, prefix: &str, files: &mut BTreeMap<String, String>) {
    let text = |key: &str| chart[key].as_str().filter(|text| !text.is_empty());
    let mut metadata = json!({
        "apiVersion": "v2",
        "name": chart["name"],
        "version": text("version").unwrap_or("0.1.0"),
    });
    if let Some(chart_type) = text("type") {
        metadata["type"] = chart_type.into();
    }
    if let Some(dependencies) = chart.get("dependencies") {
        metadata["dependencies"] = dependencies.clone();
    }
    files.insert(format!("{prefix}Chart.yaml"), metadata.to_string());
    files.insert(format!("{prefix}templates/v.yaml"), "{{ toJson .Values }}".to_owned());
    if let Some(values) = text("values") {
        files.insert(format!("{prefix}values.yaml"), values.to_owned());
    }
    for (index, subchart) in chart["charts"].as_array().into_iter().flatten().enumerate() {
        let name = subchart["name"].as_str().unwrap_or_default();
        write_chart(subchart, &format!("{prefix}charts/{name}-{index}/"), files);
    }
}

/// What the template of each chart prints.
fn show_values(chart: &Chart, path: &str, values: &Value, files: &mut BTreeMap<String, Vec<u8>>) {
    if !chart.metadata.is_library() {
        files.insert(format!("{path}/templates/v.yaml"), corten_gostd::json::encode(values, true));
    }
    for subchart in &chart.dependencies {
        let empty = Value::empty_map();
        let values = values.get(subchart.name()).filter(|values| values.as_map().is_some()).unwrap_or(&empty);
        show_values(subchart, &format!("{path}/charts/{}", subchart.name()), values, files);
    }
}
