//! Kind `yaml`: a text through Helm's YAML functions, both ways.

use corten_value::Value;
use serde_json::Value as Json;

use super::Answer;

/// Shows everything that is made of the text, which comes past any parser.
const REPORT: &str = "{{ $m := fromYaml .Values.t }}{{ $a := fromYamlArray .Values.t -}}
fromYaml: {{ toJson $m }}
fromYamlArray: {{ toJson $a }}
toYaml:
{{ toYaml $m }}
toYamlPretty:
{{ toYamlPretty $m }}
toYaml of the array:
{{ toYaml $a }}
toYamlPretty of the array:
{{ toYamlPretty $a }}
";

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = input["text"].as_str().unwrap_or_default();
    super::tpl::render_one(REPORT, &Value::from_iter([("t", text)]))
}
