//! Kinds of one template over values: `func`, `printf`, `date`, `regex`.

use corten_value::Value;
use serde_json::{Value as Json, json};

use super::Answer;

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let values = super::render::values(input["values"].as_str().unwrap_or_default())?;
    render_one(input["tpl"].as_str().unwrap_or_default(), &values)
}

/// Renders one template in a chart that has nothing else.
pub(crate) fn render_one(template: &str, values: &Value) -> Answer {
    let input = json!({"files": {"templates/t.yaml": template}});
    let mut files = super::render::render_files(&input, values)?;
    Ok(files.remove("c/templates/t.yaml").map(|file| file.to_vec()).unwrap_or_default())
}
