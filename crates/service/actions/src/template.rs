//! `corten template`: a dry run, printed or planned as files.

use bytes::Bytes;
use corten_chart::Chart;
use corten_gotmpl::World;
use corten_render::{Hook, HookEvent, Manifest};
use corten_value::Value;

use crate::file_write::{FileWrite, WriteMode};
use crate::printed::Printed;
use crate::show_only::show_only;
use crate::{DryRun, DryRunError, DryRunOptions, dry_run};

/// What to render and how to show it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct TemplateOptions {
    /// What to render.
    pub dry_run: DryRunOptions,
    /// `--include-crds`.
    pub include_crds: bool,
    /// `--skip-tests`.
    pub skip_tests: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--hide-secret`.
    pub hide_secret: bool,
    /// `--show-only`, in order.
    pub show_only: Vec<String>,
    /// `--output-dir`.
    pub output_dir: Option<String>,
    /// `--release-name`: a folder of the release's name inside the output folder.
    pub use_release_name: bool,
    /// `--debug`: shows what was rendered when it is not valid.
    pub debug: bool,
}

/// What the command prints and writes. Both come in full or not at all.
#[derive(Debug, Default)]
pub struct TemplateOutcome {
    /// Standard output, after the `wrote PATH` lines of `writes`.
    pub output: Printed,
    /// Files to write, in order.
    pub writes: Vec<FileWrite>,
    /// Helm's error text, without `Error: `.
    pub error: Option<Vec<u8>>,
}

impl TemplateOutcome {
    fn failed(text: impl Into<Vec<u8>>) -> Self {
        Self { error: Some(text.into()), ..Self::default() }
    }
}

/// Renders a chart for printing. Go: cmd/template.go.
pub fn template(chart: Chart, values: &Value, options: &TemplateOptions, world: &dyn World) -> TemplateOutcome {
    match dry_run(chart, values, &options.dry_run, world) {
        Ok(rendered) => show(rendered, options),
        Err(error) => show_error(*error, options),
    }
}

fn show_error(error: DryRunError, options: &TemplateOptions) -> TemplateOutcome {
    let Some(partial) = error.partial else {
        return TemplateOutcome::failed(error.text);
    };
    if !options.debug {
        let hint = b"\n\nUse --debug flag to render out invalid YAML";
        return TemplateOutcome::failed([&error.text[..], hint].concat());
    }
    let text = [partial.trim_ascii(), b"\n"].concat();
    let output = if options.show_only.is_empty() {
        text
    } else {
        show_only(&text, &options.show_only, options.dry_run.compat).unwrap_or_default()
    };
    TemplateOutcome { output: output.into(), writes: Vec::new(), error: Some(error.text) }
}

fn show(mut rendered: DryRun, options: &TemplateOptions) -> TemplateOutcome {
    rendered.hooks.retain(|hook| !(options.no_hooks || options.skip_tests && is_test(hook)));
    if !options.include_crds {
        rendered.crds.clear();
    }
    let mut outcome = TemplateOutcome::default();
    let printed = match &options.output_dir {
        Some(folder) => {
            outcome.writes = writes(&rendered, folder, options);
            Printed::from(b"\n".to_vec())
        }
        None => printed(rendered, options),
    };
    if options.show_only.is_empty() {
        outcome.output = printed;
        return outcome;
    }
    match show_only(&printed.to_vec(), &options.show_only, options.dry_run.compat) {
        Ok(output) => outcome.output = output.into(),
        Err(error) => outcome.error = Some(error.into_bytes()),
    }
    outcome
}

fn is_test(hook: &Hook) -> bool {
    hook.events.contains(&HookEvent::Test)
}

/// The manifests, trimmed as a whole, then the hooks.
fn printed(rendered: DryRun, options: &TemplateOptions) -> Printed {
    let mut printed = Printed::default();
    for crd in rendered.crds {
        printed.push(crd.path, Bytes::from_owner(crd.file.data));
    }
    for manifest in rendered.manifests {
        let is_hidden = options.hide_secret && is_secret(&manifest);
        let hidden = Bytes::from_static(b"# HIDDEN: The Secret output has been suppressed");
        printed.push(manifest.path, if is_hidden { hidden } else { manifest.content });
    }
    printed.trim_end();
    for hook in rendered.hooks {
        printed.push(hook.path, hook.content);
    }
    printed
}

fn is_secret(manifest: &Manifest) -> bool {
    manifest.kind == "Secret" && manifest.api_version == "v1"
}

/// One write per document; later documents of a file are appended.
fn writes(rendered: &DryRun, folder: &str, options: &TemplateOptions) -> Vec<FileWrite> {
    let mut writes: Vec<FileWrite> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut push = |folder: &str, name: &str, content: &[u8], mode: WriteMode| {
        writes.push(FileWrite::document(folder, name, content, mode));
    };
    let mut mode_of = |name: &str| if seen.insert(name.to_owned()) { WriteMode::Create } else { WriteMode::Append };
    for crd in &rendered.crds {
        // compat: output-dir-crds. Helm ignores --release-name for the files of crds/.
        push(folder, &crd.path, &crd.file.data, mode_of(&crd.path));
    }
    let folder = if options.use_release_name {
        format!("{folder}{}{}", std::path::MAIN_SEPARATOR, options.dry_run.release_name)
    } else {
        folder.to_owned()
    };
    for manifest in &rendered.manifests {
        push(&folder, &manifest.path, &manifest.content, mode_of(&manifest.path));
    }
    for hook in &rendered.hooks {
        // compat: output-dir-hooks. Helm appends a hook to whatever file is there.
        push(&folder, &hook.path, &hook.content, WriteMode::Append);
    }
    writes
}
