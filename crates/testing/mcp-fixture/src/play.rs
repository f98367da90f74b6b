//! What each tool does, as a pure function of the round.

use serde_json::{Value, json};

use crate::jobs::Job;
use crate::turn::{Note, Round, Turn};

/// A red PNG of one pixel.
pub(crate) const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A WAV of no samples.
const SOUND: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

/// Plays one round of a tool; `None` for a tool that does not exist.
pub(crate) fn tool(name: &str, round: &Round) -> Option<Turn> {
    Some(match name {
        "test_simple_text" => Turn::text("This is a simple text response for testing."),
        "test_image_content" => Turn::content(&[image()]),
        "test_audio_content" => Turn::content(&[json!({"type": "audio", "data": SOUND, "mimeType": "audio/wav"})]),
        "test_embedded_resource" => Turn::content(&[embedded(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )]),
        "test_multiple_content_types" => Turn::content(&[
            json!({"type": "text", "text": "Multiple content types test:"}),
            image(),
            embedded("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ]),
        "test_error_handling" => Turn::error("This tool intentionally returns an error for testing"),
        "test_custom_header" => match round.argument("value") {
            Some(value) => Turn::text(value),
            None => Turn::Fail(-32602, "value must be a string".to_owned(), None),
        },
        "test_missing_capability" if round.capabilities.sampling.is_none() => missing(&json!({"sampling": {}})),
        "test_missing_capability" => Turn::text("The capability is there"),
        "json_schema_2020_12_tool" => Turn::text(format!("Hello, {}!", round.argument("name").unwrap_or("world"))),
        "fixture_echo" => {
            let seen = json!({"arguments": round.arguments, "meta": round.meta});
            Turn::Done(json!({
                "content": [{"type": "text", "text": seen.to_string()}], "structuredContent": seen, "isError": false,
                "_meta": {"fixture/kept": true}
            }))
        }
        "fixture_headers" => Turn::text(round.headers.to_string()),
        _ => return noted(name, round).or_else(|| asking(name, round)).or_else(|| several(name, round)),
    })
}

/// The tools that do something on the way.
fn noted(name: &str, round: &Round) -> Option<Turn> {
    let (notes, text) = match name {
        "test_tool_with_logging" => (
            vec![
                Note::Log("Tool execution started"),
                Note::Pause(50),
                Note::Log("Tool processing data"),
                Note::Pause(50),
                Note::Log("Tool execution completed"),
            ],
            "Logged three times".to_owned(),
        ),
        "test_tool_with_progress" => (
            vec![
                Note::Progress(0.0, "start"),
                Note::Pause(50),
                Note::Progress(50.0, "half"),
                Note::Pause(50),
                Note::Progress(100.0, "end"),
            ],
            "Reported three times".to_owned(),
        ),
        "test_logging_tool" => (vec![Note::LogAsAsked("as asked for")], "Logged if asked to".to_owned()),
        "test_reconnection" => (vec![Note::Pause(100)], "Here again".to_owned()),
        "test_trigger_tool_change" => (vec![Note::Tools], "Tools changed".to_owned()),
        "test_trigger_prompt_change" => (vec![Note::Prompts], "Prompts changed".to_owned()),
        "fixture_sleep" => {
            let ms = round.arguments.get("ms").and_then(Value::as_u64).unwrap_or(1_000);
            (vec![Note::Pause(ms)], format!("slept {ms} ms"))
        }
        "fixture_touch" => {
            let uri = round.argument("uri").unwrap_or("test://watched-resource").to_owned();
            (vec![Note::Resource(uri.clone())], format!("touched {uri}"))
        }
        _ => return None,
    };
    Some(Turn::Play(notes, json!({"content": [{"type": "text", "text": text}], "isError": false})))
}

/// The tools that ask once and say what came back.
fn asking(name: &str, round: &Round) -> Option<Turn> {
    let (key, request) = match name {
        "test_sampling" => ("sample", sample(round.argument("prompt").unwrap_or("Hello"))),
        "test_elicitation" => (
            "user",
            elicit(
                round.argument("message").unwrap_or("Who are you?"),
                &json!({
                    "username": {"type": "string", "description": "the user's name"},
                    "email": {"type": "string", "description": "the user's address"}
                }),
                &["username", "email"],
            ),
        ),
        "test_elicitation_sep1034_defaults" => ("values", elicit("Every field has a default", &defaults(), &[])),
        "test_elicitation_sep1330_enums" => ("choices", elicit("Choose", &choices(), &[])),
        "test_streaming_elicitation" => ("value", elicit("A value, please", &text_field("value"), &["value"])),
        "test_input_required_result_elicitation" => ("user_name", ask_name()),
        "test_input_required_result_sampling" => ("capital_question", sample("What is the capital of France?")),
        "test_input_required_result_list_roots" => ("client_roots", roots()),
        "fixture_visit" => ("visit", json!({"method": "elicitation/create", "params": visit("asked")})),
        _ => return None,
    };
    let Some(answer) = round.answer(key) else { return Some(Turn::Ask(vec![(key, request)], None)) };
    Some(Turn::text(match name {
        "test_input_required_result_elicitation" => {
            format!("Hello, {}!", round.field(key, "name").unwrap_or("friend"))
        }
        "fixture_visit" => format!("visited: {}", answer["action"].as_str().unwrap_or("")),
        "test_sampling" | "test_input_required_result_sampling" => format!("LLM response: {}", sampled(answer)),
        "test_input_required_result_list_roots" => format!("Roots: {}", answer["roots"]),
        _ => {
            let content = answer.get("content").cloned().unwrap_or_default();
            format!("Elicitation completed: action={}, content={content}", answer["action"].as_str().unwrap_or(""))
        }
    }))
}

/// The tools with a state, several questions or a task.
fn several(name: &str, round: &Round) -> Option<Turn> {
    Some(match name {
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => match round.state {
            None => Turn::Ask(
                vec![("confirm", elicit("Go on?", &json!({"ok": {"type": "boolean"}}), &["ok"]))],
                Some(json!({"stage": "confirm"})),
            ),
            Some(_) => Turn::text("Confirmed: state-ok"),
        },
        "test_input_required_result_multiple_inputs" => {
            let keys = ["user_name", "greeting", "client_roots"];
            if round.state.is_some() && keys.iter().all(|key| round.answer(key).is_some()) {
                Turn::text("All inputs received")
            } else {
                Turn::Ask(everything(), Some(json!({"stage": "gather"})))
            }
        }
        "test_input_required_result_multi_round" => {
            match round.state.as_ref().and_then(|state| state["round"].as_u64()).unwrap_or(0) {
                0 => Turn::Ask(
                    vec![("step1", elicit("Step 1: your name?", &text_field("name"), &["name"]))],
                    Some(json!({"round": 1})),
                ),
                1 => Turn::Ask(
                    vec![("step2", elicit("Step 2: your colour?", &text_field("color"), &["color"]))],
                    Some(json!({"round": 2})),
                ),
                _ => Turn::text("Multi-round flow complete"),
            }
        }
        "test_input_required_result_capabilities" if round.answers.is_some() => Turn::text("Asked what could be asked"),
        "test_input_required_result_capabilities" => {
            let can = &round.capabilities;
            let able = [can.elicitation.is_some(), can.sampling.is_some(), can.roots.is_some()];
            let asks: Vec<_> =
                everything().into_iter().zip(able).filter(|(_, able)| *able).map(|(ask, _)| ask).collect();
            if asks.is_empty() { Turn::text("There was nothing to ask") } else { Turn::Ask(asks, None) }
        }
        "test_tool_with_task" if round.answer("user_name").is_none() => {
            Turn::Ask(vec![("user_name", ask_name())], None)
        }
        _ => Turn::Task(Job::of(name, round)?),
    })
}

/// Refuses a client that lacks a capability.
pub(crate) fn missing(required: &Value) -> Turn {
    let data = json!({"requiredCapabilities": required});
    Turn::Fail(-32021, "missing required client capability".to_owned(), Some(data))
}

/// An elicitation of a form.
pub(crate) fn elicit(message: &str, properties: &Value, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    json!({"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}})
}

/// A URL that a user has to visit.
pub(crate) fn visit(id: &str) -> Value {
    json!({"mode": "url", "elicitationId": id, "url": "https://example.com/visit", "message": "Visit this first"})
}

/// The elicitation of a name.
pub(crate) fn ask_name() -> Value {
    elicit("What is your name?", &text_field("name"), &["name"])
}

/// The properties of a form with one text.
pub(crate) fn text_field(name: &str) -> Value {
    json!({name: {"type": "string"}})
}

fn sample(prompt: &str) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": prompt}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 100}})
}

fn roots() -> Value {
    json!({"method": "roots/list"})
}

fn everything() -> Vec<(&'static str, Value)> {
    vec![("user_name", ask_name()), ("greeting", sample("Write a greeting")), ("client_roots", roots())]
}

/// The text of a sampling answer, whose content is a block or a list of blocks.
fn sampled(answer: &serde_json::Map<String, Value>) -> String {
    let content = answer.get("content").unwrap_or(&Value::Null);
    let block = content.as_array().and_then(|blocks| blocks.first()).unwrap_or(content);
    block["text"].as_str().unwrap_or("no text").to_owned()
}

fn image() -> Value {
    json!({"type": "image", "data": IMAGE, "mimeType": "image/png"})
}

fn embedded(uri: &str, mime: &str, text: &str) -> Value {
    json!({"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": text}})
}

fn defaults() -> Value {
    json!({
        "name": {"type": "string", "description": "a name", "default": "John Doe"},
        "age": {"type": "integer", "description": "an age", "default": 30},
        "score": {"type": "number", "description": "a score", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "description": "whether it was checked", "default": true}
    })
}

fn choices() -> Value {
    let titled = |noun: &str| {
        let names = ["First", "Second", "Third"];
        let option = |(at, name): (usize, &&str)| json!({"const": format!("value{}", at + 1), "title": format!("{name} {noun}")});
        Value::Array(names.iter().enumerate().map(option).collect())
    };
    json!({
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": titled("Option")},
        "legacyEnum": {
            "type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled("Choice")}}
    })
}
