//! The block that `install`, `upgrade`, `status`, `test` and `get all` print. Go: pkg/cmd/status.go.

use std::fmt::Write as _;

use corten_gostd::time::Zone;
use corten_release::{Hook, Release};
use corten_value::Value;

use super::color::Palette;
use super::list::ansi_c;
use super::resources::Tables;

/// What is shown of a release beyond its state.
#[derive(Clone, Debug)]
pub(crate) struct Block<'a> {
    /// Colours.
    pub(crate) palette: Palette,
    /// The zone that times are shown in.
    pub(crate) zone: Zone,
    /// Nanoseconds since 1970, for the ages of objects.
    pub(crate) now: i128,
    /// Name and versions of the chart.
    pub(crate) chart: bool,
    /// Given and computed values, hooks and manifest.
    pub(crate) computed: Option<&'a Value>,
    /// No notes.
    pub(crate) hides_notes: bool,
}

impl Block<'_> {
    /// Lays a release out.
    pub(crate) fn text(&self, release: &Release) -> String {
        let mut out = self.head(release);
        self.resources(release, &mut out);
        self.tests(release, &mut out);
        if let Some(computed) = self.computed {
            for (title, values) in [("USER-SUPPLIED", &release.config), ("COMPUTED", computed)] {
                let _ = writeln!(out, "{title} VALUES:\n{}", corten_yaml::encode(values).unwrap_or_default());
            }
        }
        if self.computed.is_some() || release.info.description.eq_ignore_ascii_case("Dry run complete") {
            out.push_str("HOOKS:\n");
            for hook in &release.hooks {
                out.push_str(&hook_document(hook));
            }
            let _ = writeln!(out, "MANIFEST:\n{}", release.manifest);
        }
        if !self.hides_notes && !release.info.notes.is_empty() {
            let notes = String::from_utf8_lossy(corten_render::trim_space(release.info.notes.as_bytes())).into_owned();
            let _ = writeln!(out, "NOTES:\n{notes}");
        }
        out
    }

    fn head(&self, release: &Release) -> String {
        let mut out = format!("NAME: {}\n", release.name);
        if let Some(time) = &release.info.last_deployed {
            let _ = writeln!(out, "LAST DEPLOYED: {}", ansi_c(Some(time), &self.zone));
        }
        let _ = writeln!(out, "NAMESPACE: {}", self.palette.namespace(&release.namespace));
        let _ = writeln!(out, "STATUS: {}", self.palette.status(release.info.status.as_str()));
        let _ = writeln!(out, "REVISION: {}", release.version);
        if self.chart
            && let Some(metadata) = release.chart.as_ref().and_then(|chart| chart.metadata.as_ref())
        {
            let _ = writeln!(
                out,
                "CHART: {}\nVERSION: {}\nAPP_VERSION: {}",
                metadata.name, metadata.version, metadata.app_version
            );
        }
        let _ = writeln!(out, "DESCRIPTION: {}", release.info.description);
        out
    }

    /// Go shows the kinds in the random order of a map, this in the order of their names.
    fn resources(&self, release: &Release, out: &mut String) {
        let Some(kinds) = release.info.resources.as_map().filter(|kinds| !kinds.is_empty()) else { return };
        let mut tables = Tables::new(self.now);
        out.push_str("RESOURCES:\n");
        for (kind, objects) in kinds {
            let _ = writeln!(out, "==> {kind}");
            for object in objects.as_list().unwrap_or_default() {
                out.push_str(&tables.object(object));
            }
            out.push('\n');
        }
        out.push('\n');
    }

    fn tests(&self, release: &Release, out: &mut String) {
        let tests: Vec<&Hook> = release
            .hooks
            .iter()
            // Go: a hook that names an event twice is shown twice.
            .flat_map(|hook| hook.events.iter().filter(|event| *event == "test").map(move |_| hook))
            .collect();
        if tests.is_empty() {
            out.push_str("TEST SUITE: None\n");
        }
        for test in tests.into_iter().filter(|test| test.last_run.started_at.is_some()) {
            let run = &test.last_run;
            let _ = writeln!(
                out,
                "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}",
                test.name,
                ansi_c(run.started_at.as_ref(), &self.zone),
                ansi_c(run.completed_at.as_ref(), &self.zone),
                run.phase
            );
        }
    }
}

/// A hook with the file it came from.
pub(crate) fn hook_document(hook: &Hook) -> String {
    format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest)
}
