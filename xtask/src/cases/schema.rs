//! Kind `schema`: values against a schema.

use corten_chart::{Chart, Compat, coalesce_values, load_values, validate_schemas};
use serde_json::Value as Json;

use super::Answer;

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = |error: &dyn std::fmt::Display| error.to_string().into_bytes();
    let values = load_values(input["values"].as_str().unwrap_or_default().as_bytes()).map_err(|error| text(&error))?;
    let schema = input["schema"].to_string().into_bytes();
    let mut chart = Chart { schema: Some(schema.into()), ..Chart::default() };
    "c".clone_into(&mut chart.metadata.name);
    let values = coalesce_values(&chart, &values, Compat::Helm4, &mut |_| {}).map_err(|error| text(&error))?;
    let load = |url: &str| Err(format!("open {url}: no such file or directory"));
    match validate_schemas(&chart, &values, &load, &mut |_| {}) {
        Ok(()) => Ok(b"ok".to_vec()),
        Err(error) => {
            let heading = "values don't meet the specifications of the schema(s) in the following chart(s):";
            Err(format!("{heading}\n{error}").into_bytes())
        }
    }
}
