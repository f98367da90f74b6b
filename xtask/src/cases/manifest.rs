//! Kind `manifest`: what `helm template` prints.

use corten_actions::{DryRunOptions, TemplateOptions, template};
use corten_chart::Compat;
use corten_testkit::FixedWorld;
use serde_json::Value as Json;

use super::Answer;

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let chart = super::render::chart(input)?;
    let values = super::render::values(input["values"].as_str().unwrap_or_default())?;
    let options = TemplateOptions {
        dry_run: DryRunOptions {
            cluster: None,
            post_renderer: None,
            release_name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            kube_version: None,
            api_versions: Vec::new(),
            is_upgrade: false,
            skip_schema_validation: false,
            enable_dns: false,
            compat: Compat::Helm4,
        },
        include_crds: false,
        skip_tests: false,
        no_hooks: false,
        hide_secret: false,
        show_only: Vec::new(),
        output_dir: None,
        use_release_name: false,
        debug: false,
    };
    let outcome = template(chart, &values, &options, &FixedWorld::default());
    match outcome.error {
        None => Ok(outcome.output.to_vec()),
        Some(mut error) => {
            let hint = b"\n\nUse --debug flag to render out invalid YAML";
            if error.ends_with(hint) {
                error.truncate(error.len() - hint.len());
            }
            Err(error)
        }
    }
}
