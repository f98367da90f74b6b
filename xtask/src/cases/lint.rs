//! Kind `lint`: the findings about a chart, one per line.

use corten_actions::{LintOptions, lint};
use corten_chart::{ChartFacts, Compat};
use corten_testkit::FixedWorld;
use serde_json::Value as Json;

use super::Answer;
use super::render::{chart_files, values};

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let values = values(input["values"].as_str().unwrap_or_default())?;
    let facts = ChartFacts::from_files("c", &chart_files(input), Compat::Helm4);
    let options = LintOptions {
        namespace: "default".to_owned(),
        kube_version: None,
        skip_schema_validation: false,
        compat: Compat::Helm4,
    };
    let result = lint(&facts, &values, &options, &FixedWorld::default());
    Ok(result.messages.iter().flat_map(|message| [message.line(), b"\n".to_vec()].concat()).collect())
}
