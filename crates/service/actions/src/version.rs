//! `corten version`: what this build stands for.

use corten_gostd::strconv;
use corten_gotmpl::{MissingKey, Options, Output, TemplateSet, Val, World};
use corten_render::BuildInfo;

/// The version as Go's `%#v` shows Helm's struct.
pub fn version_line(build: &BuildInfo) -> String {
    let quoted = |text: &str| strconv::quote(text.as_bytes());
    format!(
        "version.BuildInfo{{Version:{}, GitCommit:{}, GitTreeState:{}, GoVersion:{}, KubeClientVersion:{}}}\n",
        quoted(&build.version),
        quoted(&build.git_commit),
        quoted(&build.git_tree_state),
        quoted(&build.go_version),
        quoted(&build.kube_client_version),
    )
}

/// Version and the first seven digits of the commit: `v4.2.4+g3900f43`.
pub fn version_short(build: &BuildInfo) -> String {
    match build.git_commit.get(..7) {
        Some(commit) => format!("{}+g{commit}\n", build.version),
        None => format!("{}\n", build.version),
    }
}

/// The version through a Go template: what was written, also before an error, and the error.
pub fn version_template(text: &str, build: &BuildInfo, world: &dyn World) -> (Vec<u8>, Result<(), String>) {
    let options = Options { missing_key: MissingKey::Invalid, lint_mode: false, enable_dns: false };
    let mut templates = TemplateSet::new([], options);
    if let Err(error) = templates.parse("_", text.as_bytes().to_vec()) {
        return (Vec::new(), Err(error.to_string()));
    }
    let mut output = Output::default();
    let outcome = templates.execute("_", &Val::object(build.clone()), world, &mut output);
    (output.bytes, outcome.map_err(|error| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_parse_the_short_form() {
        assert!(version_short(&BuildInfo::default()).starts_with("v4.2.4+g3900f43\n"));
        let line = version_line(&BuildInfo::default());
        assert!(line.starts_with("version.BuildInfo{Version:\"v4.2.4\", GitCommit:\"3900f43"), "{line}");
    }
}
