//! Which charts make private keys while they render, whether they print them or not.
//!
//! How long that takes is a matter of luck, and nothing in the output need show it (a chart may keep only a
//! hash, or throw the key away). So the chart is rendered here in a world that has no keys and says so.

use std::path::Path;

use corten_actions::{DryRunOptions, dry_run};
use corten_chart::Compat;
use corten_host::{Loader, read_chart};
use corten_testkit::FixedWorld;
use corten_value::Value;

/// Whether rendering a chart with its defaults asks for a key.
pub(super) fn are_made(chart: &Path) -> bool {
    let Ok(chart) = read_chart(chart, Loader::General, Compat::Helm4, &mut |_| {}) else { return false };
    let options = DryRunOptions {
        release_name: "release-name".to_owned(),
        namespace: "default".to_owned(),
        cluster: None,
        kube_version: None,
        api_versions: Vec::new(),
        is_upgrade: false,
        skip_schema_validation: true,
        enable_dns: false,
        compat: Compat::Helm4,
        post_renderer: None,
    };
    let world = FixedWorld::default();
    // Most charts fail at the first key.
    drop(dry_run(chart, &Value::empty_map(), &options, &world));
    world.keys_asked_for() > 0
}
