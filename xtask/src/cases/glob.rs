//! Kind `glob`: `.Files.Glob` over files that hold their names.

use corten_value::Value;
use serde_json::{Map, Value as Json, json};

use super::Answer;

const TEMPLATE: &str = "{{ $g := .Files.Glob .Values.p }}{{ range $n, $_ := $g }}{{ $n }}
{{ end }}config:
{{ $g.AsConfig }}
secrets:
{{ $g.AsSecrets }}";

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let mut files = Map::new();
    files.insert("templates/t.yaml".to_owned(), json!(TEMPLATE));
    for name in input["files"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        files.insert(name.to_owned(), json!(format!("{name}\n")));
    }
    let values = Value::from_iter([("p", input["pattern"].as_str().unwrap_or_default().to_owned())]);
    let mut files = super::render::render_files(&json!({"files": files}), &values)?;
    Ok(files.remove("c/templates/t.yaml").map(|file| file.to_vec()).unwrap_or_default())
}
