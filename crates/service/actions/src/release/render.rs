//! From a chart and values to what a record holds: hooks, manifest and notes.
//! Go: action.go `renderResources`.

use corten_chart::{Chart, Compat};
use corten_gotmpl::{LogLevel, World};
use corten_release::{Facts, Hook};
use corten_render::{Capabilities, Files, ReleaseOptions, RenderOptions, render_composed, sort_manifests};
use corten_value::Value;

use super::error::ActionError;
use crate::PostRenderer;
use crate::file_write::document;

/// How a chart is rendered for a release.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct RenderFlags {
    /// `--render-subchart-notes`.
    pub subchart_notes: bool,
    /// `--hide-secret`.
    pub hide_secret: bool,
    /// `--skip-schema-validation`.
    pub skip_schema_validation: bool,
    /// `--enable-dns`.
    pub enable_dns: bool,
    /// Which Helm to follow where they differ.
    pub compat: Compat,
    /// `--post-renderer`.
    pub post_renderer: Option<PostRenderer>,
}

/// What rendering gave.
#[derive(Clone, Debug, Default)]
pub(super) struct RenderedRelease {
    pub hooks: Vec<Hook>,
    pub manifest: String,
    pub notes: String,
}

impl RenderFlags {
    fn options(&self) -> RenderOptions {
        RenderOptions {
            strict: false,
            lint_mode: false,
            enable_dns: self.enable_dns,
            skip_schema_validation: self.skip_schema_validation,
            compat: self.compat,
        }
    }

    /// Switches dependencies on and off, and imports their values.
    pub(super) fn process(&self, chart: &mut Chart, values: &Value, world: &dyn World) -> Result<(), ActionError> {
        let mut warn = |warning| corten_render::log_warning(world, &warning);
        corten_chart::process_dependencies(chart, values, self.compat, &mut warn)
            .map_err(|error| ActionError::new(error.to_string()))
    }

    /// Composes and checks the values.
    pub(super) fn compose(&self, chart: &Chart, values: &Value, world: &dyn World) -> Result<Value, ActionError> {
        corten_render::compose(chart, values, &self.options(), world)
            .map_err(|error| ActionError::new(String::from_utf8_lossy(&error.text())))
    }

    /// Renders and sorts.
    pub(super) fn render(
        &self,
        chart: &Chart,
        values: &Value,
        (release, capabilities): (&ReleaseOptions, &Capabilities),
        world: &dyn World,
    ) -> Result<RenderedRelease, ActionError> {
        check_kube_version(chart, capabilities)?;
        let mut files = render_composed(chart, values, (release, capabilities), &self.options(), world)
            .map_err(|error| ActionError::new(String::from_utf8_lossy(&error.text())))?;
        let notes = take_notes(chart, &mut files, self.subchart_notes);
        if let Some(renderer) = &self.post_renderer {
            files = renderer.apply(&files).map_err(ActionError::new)?;
        }
        let sorted = sort_manifests(files, self.compat, world).map_err(|error| ActionError::new(error.to_string()))?;
        for hook in &sorted.unknown_hooks {
            world.log(LogLevel::Info, "skipping unknown hooks", &[("hookTypes", hook)]);
        }
        let mut manifest = Vec::new();
        for document_of in &sorted.manifests {
            let is_hidden = self.hide_secret && document_of.kind == "Secret" && document_of.api_version == "v1";
            let content: &[u8] = if is_hidden { HIDDEN } else { &document_of.content };
            manifest.extend_from_slice(&document(&document_of.path, content));
        }
        Ok(RenderedRelease {
            hooks: sorted.hooks.iter().map(Hook::from).collect(),
            manifest: text(manifest),
            notes: text(notes),
        })
    }
}

const HIDDEN: &[u8] = b"# HIDDEN: The Secret output has been suppressed";

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), ActionError> {
    let wanted = &chart.metadata.kube_version;
    if wanted.is_empty() || corten_render::is_compatible_range(wanted, &capabilities.kube_version.normalized) {
        return Ok(());
    }
    Err(ActionError::new(format!(
        "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {}",
        capabilities.kube_version.version
    )))
}

/// Takes every NOTES.txt out of the files; gives the chart's own, or all of them, sorted by name
/// (Helm's order is random).
fn take_notes(chart: &Chart, files: &mut Files, all: bool) -> Vec<u8> {
    const SUFFIX: &str = "NOTES.txt";
    let own = format!("{}/templates/{SUFFIX}", chart.metadata.name);
    let mut notes = Vec::new();
    files.retain(|name, text| {
        if !name.ends_with(SUFFIX) {
            return true;
        }
        if all || *name == own {
            if !notes.is_empty() {
                notes.push(b'\n');
            }
            notes.extend_from_slice(text);
        }
        false
    });
    notes
}

/// What templates learn about the cluster. Go: action.go `getCapabilities`.
pub(super) fn capabilities(facts: Facts, world: &dyn World) -> Capabilities {
    if let Some(error) = &facts.orphaned {
        let message = "the kubernetes server has an orphaned API service";
        world.log(LogLevel::Warn, message, &[("error", error)]);
        world.log(LogLevel::Warn, "to fix this, kubectl delete apiservice <service-name>", &[]);
    }
    Capabilities { kube_version: facts.version, api_versions: facts.api_versions, ..Capabilities::default() }
}
