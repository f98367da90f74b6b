//! Kind `semver`: `semverCompare` of a constraint and a version.

use corten_value::Value;
use serde_json::Value as Json;

use super::Answer;

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
    let values = Value::from_iter([("c", text("constraint")), ("v", text("version"))]);
    super::tpl::render_one("{{ semverCompare .Values.c .Values.v }}", &values)
}
