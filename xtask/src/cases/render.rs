//! Kinds `render` and `grammar`: chart files and values to every rendered file.

use corten_chart::{Chart, Compat, File, load_files, process_dependencies};
use corten_render::{Capabilities, Files, KubeVersion, ReleaseOptions, RenderOptions, render};
use corten_testkit::FixedWorld;
use corten_value::Value;
use serde_json::{Value as Json, json};

use super::Answer;

/// How cases are rendered.
pub(super) const OPTIONS: RenderOptions = RenderOptions {
    strict: false,
    lint_mode: false,
    enable_dns: false,
    skip_schema_validation: false,
    compat: Compat::Helm4,
};

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let values = values(input["values"].as_str().unwrap_or_default())?;
    let files = render_files(input, &values)?;
    let mut out = Vec::new();
    for (name, text) in files {
        out.extend_from_slice(&[b"--- ", name.as_bytes(), b"\n", &text[..], b"\n"].concat());
    }
    Ok(out)
}

/// A values file as the loader reads it.
pub(super) fn values(text: &str) -> Result<Value, Vec<u8>> {
    corten_chart::load_values(text.as_bytes()).map_err(|error| error.to_string().into_bytes())
}

/// The files of the chart that a case describes, sorted by name.
pub(super) fn chart_files(input: &Json) -> Vec<File> {
    let mut files: Vec<File> = input["files"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| file(name, text.as_str().unwrap_or_default()))
        .collect();
    if input["files"].get("Chart.yaml").is_none() {
        let mut metadata = json!({"apiVersion": "v2", "name": "c", "version": "0.1.0"});
        for (key, value) in input["chart"].as_object().into_iter().flatten() {
            metadata[key] = value.clone();
        }
        files.push(file("Chart.yaml", &metadata.to_string()));
    }
    files.sort_by(|left, right| left.name.cmp(&right.name));
    files
}

fn file(name: &str, text: &str) -> File {
    File::new(name, text.as_bytes())
}

/// The chart of a case.
pub(super) fn chart(input: &Json) -> Result<Chart, Vec<u8>> {
    load_files(chart_files(input), Compat::Helm4, &mut |_| {}).map_err(|error| error.to_string().into_bytes())
}

/// Loads, processes dependencies, composes and renders.
pub(super) fn render_files(input: &Json, values: &Value) -> Result<Files, Vec<u8>> {
    let mut chart = chart(input)?;
    process_dependencies(&mut chart, values, Compat::Helm4, &mut |_| {})
        .map_err(|error| format!("chart dependencies processing failed: {error}").into_bytes())?;
    let world = FixedWorld::default();
    let (release, capabilities) = release(&input["release"])?;
    render(&chart, values, &release, &capabilities, &OPTIONS, &world)
        .map(|rendered| rendered.files)
        .map_err(|error| error.text())
}

fn release(input: &Json) -> Result<(ReleaseOptions, Capabilities), Vec<u8>> {
    let text = |key: &str| input[key].as_str().filter(|text| !text.is_empty());
    let is_upgrade = input["isUpgrade"].as_bool().unwrap_or(false);
    let mut capabilities = Capabilities { helm_version: module_build(), ..Capabilities::default() };
    if let Some(version) = text("kubeVersion") {
        capabilities.kube_version = KubeVersion::parse(version)
            .map_err(|error| format!("invalid kube version '{version}': {error}").into_bytes())?;
    }
    let extra = input["apiVersions"].as_array().into_iter().flatten().filter_map(Json::as_str);
    capabilities.api_versions.extend(extra.map(str::to_owned));
    let release = ReleaseOptions {
        name: text("name").unwrap_or("release-name").to_owned(),
        namespace: text("namespace").unwrap_or("default").to_owned(),
        revision: input["revision"].as_i64().filter(|revision| *revision != 0).unwrap_or(1),
        is_install: !is_upgrade,
        is_upgrade,
    };
    Ok((release, capabilities))
}

/// The oracle is a build of the module, which knows no release.
fn module_build() -> corten_render::BuildInfo {
    corten_render::BuildInfo {
        version: "v4.2".to_owned(),
        git_commit: String::new(),
        git_tree_state: String::new(),
        ..corten_render::BuildInfo::default()
    }
}
