//! Kind `toml`: a JSON tree to TOML, or a TOML text to a tree and back.

use corten_value::Value;
use serde_json::Value as Json;

use super::Answer;

const FROM_TEXT: &str = "fromToml: {{ $v := fromToml .Values.t }}{{ toJson $v }}\ntoToml:\n{{ toToml $v }}";
const FROM_TREE: &str = "{{ toToml (fromJson .Values.t) }}";

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let (template, text) = match input["text"].as_str() {
        Some(text) => (FROM_TEXT, text.to_owned()),
        None => (FROM_TREE, input["json"].to_string()),
    };
    super::tpl::render_one(template, &Value::from_iter([("t", text)]))
}
