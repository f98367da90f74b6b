//! Kind `emit`: a value in all notations.

use corten_value::Value;
use serde_json::Value as Json;

use super::Answer;

/// Shows the one element of the array.
const REPORT: &str = "{{ $v := index (fromJsonArray .Values.t) 0 -}}
toYaml:
{{ toYaml $v }}
toYamlPretty:
{{ toYamlPretty $v }}
toJson: {{ toJson $v }}
toPrettyJson:
{{ toPrettyJson $v }}
";

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = format!("[{}]", input["json"]);
    super::tpl::render_one(REPORT, &Value::from_iter([("t", text)]))
}
