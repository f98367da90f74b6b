//! Patches in case files: what Go's `strategicpatch`, `jsonmergepatch` and `json-patch` make of
//! three states of an object.

use std::process::ExitCode;

use corten_release::json::decode_object;
use corten_release::merge::{MergeSchema, OpenApiDocument, PatchInput, client_side_patch};
use corten_testkit::Case;
use corten_value::Value;

const SCHEMAS: &str = include_str!("merge/openapi.json");

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/merge"), patch)
}

fn patch(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let [old, new, live] = ["old", "new", "live"].map(|name| object(case, name));
    let (old, new, live) = (old?, new?, live?);
    let schema = schema(case.attribute("kind").unwrap_or_default()).map_err(String::into_bytes)?;
    let input = PatchInput {
        old: &old,
        new: &new,
        live: Some(&live),
        schema: schema.as_ref(),
        looks_at_live: case.attribute("live-counts").is_some(),
    };
    let patch = client_side_patch(&input).map_err(|error| error.to_string().into_bytes())?;
    Ok(patch.bytes())
}

fn object(case: &Case, name: &str) -> Result<Value, Vec<u8>> {
    decode_object(case.section(name).unwrap_or("null").as_bytes()).map_err(|error| error.to_string().into_bytes())
}

fn schema(kind: &str) -> Result<Option<MergeSchema>, String> {
    let document = OpenApiDocument::parse(SCHEMAS.as_bytes()).map_err(|error| error.to_string())?;
    let group = if kind == "Deployment" { "apps" } else { "" };
    document.kind(group, "v1", kind).map_err(|error| error.to_string())
}
