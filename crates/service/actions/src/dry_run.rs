//! What `install` does up to the cluster: dependencies, values, rendering, sorting.

use bytes::Bytes;
use corten_chart::{Chart, Compat, Crd};
use corten_gotmpl::{LogLevel, World};
use corten_render::{
    Capabilities, Files, Hook, KubeVersion, Manifest, ReleaseOptions, RenderError, RenderOptions, Templates,
    sort_manifests,
};
use corten_value::Value;

use crate::PostRenderer;
use crate::file_write::document;
use corten_release::ReleaseName;

/// What is rendered, and as what.
#[derive(Clone, Debug)]
pub struct DryRunOptions {
    /// The name of the release.
    pub release_name: String,
    /// Its namespace.
    pub namespace: String,
    /// What a cluster has, instead of what Helm assumes and the two flags below.
    pub cluster: Option<Capabilities>,
    /// `--kube-version`.
    pub kube_version: Option<KubeVersion>,
    /// `--api-versions`.
    pub api_versions: Vec<String>,
    /// `--is-upgrade`.
    pub is_upgrade: bool,
    /// `--skip-schema-validation`.
    pub skip_schema_validation: bool,
    /// `--enable-dns`.
    pub enable_dns: bool,
    /// Which Helm to follow where they differ.
    pub compat: Compat,
    /// What changes the manifests after rendering.
    pub post_renderer: Option<PostRenderer>,
}

/// What rendering gave.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The files of all `crds/` folders.
    pub crds: Vec<Crd>,
    /// The manifests in install order.
    pub manifests: Vec<Manifest>,
    /// The hooks in install order.
    pub hooks: Vec<Hook>,
    /// The text of the chart's own NOTES.txt.
    pub notes: Bytes,
    /// The composed values.
    pub values: Value,
}

/// Why there is nothing to install.
#[derive(Debug, thiserror::Error)]
#[error("{}", String::from_utf8_lossy(.text))]
pub struct DryRunError {
    /// Helm's text, without `Error: `.
    pub text: Vec<u8>,
    /// What was rendered, when Helm would show it with `--debug`.
    pub partial: Option<Vec<u8>>,
}

impl DryRunError {
    /// An error before anything was rendered.
    pub fn early(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), partial: None }
    }

    fn late(text: impl Into<Vec<u8>>, partial: Vec<u8>) -> Self {
        Self { text: text.into(), partial: Some(partial) }
    }
}

/// A chart ready to render.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The chart with its dependencies processed.
    pub chart: Chart,
    /// The composed values.
    pub values: Value,
    /// What templates learn about the release.
    pub release: ReleaseOptions,
    /// … and about the cluster.
    pub capabilities: Capabilities,
    /// How to render.
    pub options: RenderOptions,
}

/// Does everything up to rendering. Go: action/install.go `RunWithContext` with a client-side dry run.
pub(crate) fn prepare(
    chart: Chart,
    values: &Value,
    options: &DryRunOptions,
    world: &dyn World,
) -> Result<Prepared, Box<DryRunError>> {
    let (chart, render_options) = begin(chart, values, options, world)?;
    let composed = corten_render::compose(&chart, values, &render_options, world);
    finish(chart, composed, options, render_options)
}

/// What comes before values are composed: the name and the dependencies.
fn begin(
    mut chart: Chart,
    values: &Value,
    options: &DryRunOptions,
    world: &dyn World,
) -> Result<(Chart, RenderOptions), Box<DryRunError>> {
    if let Err(reason) = ReleaseName::parse(&options.release_name) {
        let name = corten_gostd::strconv::quote(options.release_name.as_bytes());
        let reason = format!("release name {name}: {reason}");
        return Err(Box::new(fail(world, "release name check failed", reason.as_bytes())));
    }
    let mut warn = |warning| corten_render::log_warning(world, &warning);
    if let Err(error) = corten_chart::process_dependencies(&mut chart, values, options.compat, &mut warn) {
        return Err(Box::new(fail(world, "chart dependencies processing failed", error.to_string().as_bytes())));
    }
    let render_options = RenderOptions {
        strict: false,
        lint_mode: false,
        enable_dns: options.enable_dns,
        skip_schema_validation: options.skip_schema_validation,
        compat: options.compat,
    };
    Ok((chart, render_options))
}

/// What comes after that.
fn finish(
    chart: Chart,
    composed: Result<Value, RenderError>,
    options: &DryRunOptions,
    render_options: RenderOptions,
) -> Result<Prepared, Box<DryRunError>> {
    let values = composed.map_err(|error| Box::new(DryRunError::early(error.text())))?;
    let release = ReleaseOptions {
        name: options.release_name.clone(),
        namespace: options.namespace.clone(),
        revision: 1,
        is_install: !options.is_upgrade,
        is_upgrade: options.is_upgrade,
    };
    let capabilities = capabilities(options);
    check_kube_version(&chart, &capabilities)?;
    Ok(Prepared { chart, values, release, capabilities, options: render_options })
}

/// Renders a chart as an installation would. Go: action.go `renderResources`.
///
/// # Errors
/// Helm's text of the first step that fails.
pub fn dry_run(
    chart: Chart,
    values: &Value,
    options: &DryRunOptions,
    world: &dyn World,
) -> Result<DryRun, Box<DryRunError>> {
    let post_renderer = options.post_renderer.clone();
    let (chart, render_options) = begin(chart, values, options, world)?;
    // Errors come in Helm's order all the same: those of the templates are told when they are rendered.
    let mut composed = Ok(Value::Null);
    let compose = || composed = corten_render::compose(&chart, values, &render_options, world);
    let templates = Templates::parse(&chart, &render_options, world, Box::new(compose));
    let Prepared { chart, values, release, capabilities, .. } = finish(chart, composed, options, render_options)?;
    let mut files = templates
        .render(&chart, &values, (&release, &capabilities), world)
        .map_err(|error| Box::new(DryRunError::late(error.text(), Vec::new())))?;
    let notes = take_notes(&chart, &mut files);
    if let Some(renderer) = &post_renderer {
        files = renderer.apply(&files).map_err(|error| Box::new(DryRunError::late(error, Vec::new())))?;
    }
    let sorted = sort_manifests(files, options.compat, world)
        .map_err(|error| Box::new(DryRunError::late(error.to_string(), all_files(&error.files))))?;
    for hook in &sorted.unknown_hooks {
        world.log(LogLevel::Info, "skipping unknown hooks", &[("hookTypes", hook)]);
    }
    Ok(DryRun { crds: chart.crds(), manifests: sorted.manifests, hooks: sorted.hooks, notes, values })
}

/// An error that Helm also logs.
fn fail(world: &dyn World, what: &str, reason: &[u8]) -> DryRunError {
    world.log(LogLevel::Error, what, &[("error", &String::from_utf8_lossy(reason))]);
    DryRunError::early([what.as_bytes(), b": ", reason].concat())
}

fn capabilities(options: &DryRunOptions) -> Capabilities {
    if let Some(cluster) = &options.cluster {
        return cluster.clone();
    }
    let mut capabilities = Capabilities::default();
    if let Some(version) = &options.kube_version {
        capabilities.kube_version = version.clone();
    }
    capabilities.api_versions.extend(options.api_versions.iter().cloned());
    capabilities
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), Box<DryRunError>> {
    let wanted = &chart.metadata.kube_version;
    if wanted.is_empty() || corten_render::is_compatible_range(wanted, &capabilities.kube_version.normalized) {
        return Ok(());
    }
    let text = format!(
        "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {}",
        capabilities.kube_version.version
    );
    Err(Box::new(DryRunError::late(text, Vec::new())))
}

/// Takes every NOTES.txt out of the files and returns the chart's own.
fn take_notes(chart: &Chart, files: &mut Files) -> Bytes {
    const SUFFIX: &str = "NOTES.txt";
    let own = format!("{}/templates/{SUFFIX}", chart.metadata.name);
    let notes = files.remove(&own).unwrap_or_default();
    files.retain(|name, _| !name.ends_with(SUFFIX));
    notes.into()
}

/// Every file that is not blank, for `--debug` (Helm's order is random, ours sorted).
fn all_files(files: &Files) -> Vec<u8> {
    files
        .iter()
        .filter(|(_, text)| !text.trim_ascii().is_empty())
        .flat_map(|(name, text)| document(name, text))
        .collect()
}
