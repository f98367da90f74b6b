//! Template functions, case by case: `template` with the JSON of `values` as `.Values`.

use std::process::ExitCode;

use corten_gotmpl::{Map, MapEntries, MissingKey, Options, TemplateSet, Val};
use corten_testkit::{Case, FixedWorld};

/// The name that the expected errors carry.
const NAME: &str = "c/templates/t.yaml";

const OPTIONS: Options = Options { missing_key: MissingKey::Zero, lint_mode: false, enable_dns: false };

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), evaluate)
}

fn evaluate(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let values = corten_gostd::json::decode(case.section("values").unwrap_or("{}").as_bytes())
        .map_err(|error| error.to_string().into_bytes())?;
    let mut set = TemplateSet::new(corten_sprig::FUNCTIONS, OPTIONS);
    let template = case.section("template").unwrap_or_default();
    set.parse(NAME, template).map_err(|error| error.text().to_vec())?;
    let data = Map::any(MapEntries::from([("Values".into(), Val::from(&values))]));
    set.render(NAME, &Val::Map(data), &FixedWorld::default()).map_err(|error| error.text().to_vec())
}
