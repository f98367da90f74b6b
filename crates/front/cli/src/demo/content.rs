//! The demo's resources, prompts and completions.

use serde_json::{Value, json};

use super::wire::{Fault, Request};

const README: &str = "demo://readme";
const LOGO: &str = "demo://logo";
const GREETING: &str = "demo://greeting/";

const README_TEXT: &str = "# Corten's demo server\n\nTools: add, count_words, countdown, echo.\n\
    Resources: demo://readme, demo://logo and demo://greeting/{name}.\nPrompt: review.\n";

/// A two by two picture, as PNG in base64.
const LOGO_PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGPY7sgHRAwQCgAfWgQZydvU4AAAAABJRU5ErkJggg==";

/// The languages that the prompt `review` suggests.
const LANGUAGES: &[&str] = &["bash", "go", "javascript", "python", "rust", "typescript", "yaml"];

/// What `resources/list` shows.
pub(super) fn resources() -> Value {
    json!([
        {"uri": README, "name": "readme", "title": "Read me", "description": "What this server offers.",
         "mimeType": "text/markdown"},
        {"uri": LOGO, "name": "logo", "title": "Logo", "description": "A very small picture.", "mimeType": "image/png"},
    ])
}

/// What `resources/templates/list` shows.
pub(super) fn templates() -> Value {
    json!([{"uriTemplate": format!("{GREETING}{{name}}"), "name": "greeting", "title": "Greeting",
        "description": "Greets someone.", "mimeType": "text/plain"}])
}

/// Reads one resource.
pub(super) fn read(request: &Request) -> Result<Value, Fault> {
    let uri = request.text("uri").ok_or_else(|| Fault::invalid_params("the request names no uri"))?;
    let content = match uri {
        README => json!({"uri": uri, "mimeType": "text/markdown", "text": README_TEXT}),
        LOGO => json!({"uri": uri, "mimeType": "image/png", "blob": LOGO_PNG}),
        _ => {
            let name = uri.strip_prefix(GREETING).filter(|name| !name.is_empty() && !name.contains('/'));
            let name = name.ok_or_else(|| Fault::invalid_params(format!("resource {uri} is not known")))?;
            json!({"uri": uri, "mimeType": "text/plain", "text": format!("Good day, {name}.")})
        }
    };
    Ok(json!({"contents": [content]}))
}

/// What `prompts/list` shows.
pub(super) fn prompts() -> Value {
    json!([{"name": "review", "title": "Review code", "description": "Asks for a review of a piece of code.",
    "arguments": [
        {"name": "code", "description": "The code.", "required": true},
        {"name": "language", "description": "Its language."},
    ]}])
}

/// Fills in the prompt.
pub(super) fn prompt(request: &Request) -> Result<Value, Fault> {
    let name = request.text("name").unwrap_or_default();
    if name != "review" {
        return Err(Fault::invalid_params(format!("prompt {name} is not known")));
    }
    let argument =
        |name: &str| request.params.get("arguments").and_then(|given| given.get(name)).and_then(Value::as_str);
    let code = argument("code").ok_or_else(|| Fault::invalid_params("the prompt review needs the argument code"))?;
    let language = argument("language").unwrap_or_default();
    let text = format!(
        "Review this code. Name what is wrong first, then what could be simpler.\n\n```{language}\n{code}\n```"
    );
    Ok(json!({"description": "A review.", "messages": [{"role": "user", "content": {"type": "text", "text": text}}]}))
}

/// Completes the languages of the prompt and nothing else.
pub(super) fn complete(request: &Request) -> Result<Value, Fault> {
    let argument = request.params.get("argument").and_then(Value::as_object);
    let argument = argument.ok_or_else(|| Fault::invalid_params("the request names no argument"))?;
    let text = |name: &str| argument.get(name).and_then(Value::as_str).unwrap_or_default();
    let begun = if text("name") == "language" { text("value") } else { "\0" };
    let values: Vec<&&str> = LANGUAGES.iter().filter(|language| language.starts_with(begun)).collect();
    Ok(json!({"completion": {"total": values.len(), "values": values, "hasMore": false}}))
}
