//! The demo's tools: one const table, and what each does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::wire::{Fault, Request};

/// Between two steps of a countdown.
const STEP: Duration = Duration::from_millis(100);

/// The longest countdown.
const MOST_STEPS: u64 = 600;

/// A tool: its name, what it says of itself, its input, and what it does with its arguments.
struct Tool {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: fn() -> Value,
    output: Option<fn() -> Value>,
    run: fn(&Map<String, Value>) -> Result<Value, String>,
}

static TOOLS: &[Tool] = &[
    Tool {
        name: "add",
        title: "Add",
        description: "Adds two numbers.",
        input: || schema(&json!({"a": {"type": "number"}, "b": {"type": "number"}}), &["a", "b"]),
        output: Some(|| schema(&json!({"sum": {"type": "number"}}), &["sum"])),
        run: add,
    },
    Tool {
        name: "count_words",
        title: "Count words",
        description: "Counts the words and lines of a text.",
        input: || schema(&json!({"text": {"type": "string"}}), &["text"]),
        output: Some(|| {
            schema(&json!({"words": {"type": "integer"}, "lines": {"type": "integer"}}), &["words", "lines"])
        }),
        run: count_words,
    },
    Tool {
        name: "countdown",
        title: "Count down",
        description: "Counts down in steps of a tenth of a second and reports its progress; can be cancelled.",
        input: || {
            let from = json!({"type": "integer", "minimum": 1, "maximum": MOST_STEPS, "default": 10});
            schema(&json!({"from": from}), &[])
        },
        output: None,
        run: |_| Err("countdown runs beside the other calls".to_owned()),
    },
    Tool {
        name: "echo",
        title: "Echo",
        description: "Returns its text.",
        input: || schema(&json!({"text": {"type": "string"}}), &["text"]),
        output: None,
        run: |arguments| Ok(said(text(arguments, "text")?)),
    },
];

/// What `tools/list` shows.
pub(super) fn list() -> Vec<Value> {
    TOOLS.iter().map(shown).collect()
}

fn shown(tool: &Tool) -> Value {
    let mut shown = json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": (tool.input)(),
        "annotations": {"readOnlyHint": true, "openWorldHint": false},
    });
    if let Some(output) = tool.output {
        shown["outputSchema"] = output();
    }
    shown
}

/// Calls a tool. What is wrong with arguments is the tool's answer, so that a model can mend it.
pub(super) fn call(request: &Request) -> Result<Value, Fault> {
    let name = request.text("name").ok_or_else(|| Fault::invalid_params("the call names no tool"))?;
    let tool = TOOLS.iter().find(|tool| tool.name == name);
    let tool = tool.ok_or_else(|| Fault::invalid_params(format!("tool {name} is not known")))?;
    Ok((tool.run)(&arguments(request)).unwrap_or_else(|problem| refused(&problem)))
}

fn refused(problem: &str) -> Value {
    let mut refused = said(problem);
    refused["isError"] = json!(true);
    refused
}

fn arguments(request: &Request) -> Map<String, Value> {
    request.params.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Counts down, sending progress where it is asked for, until the end or until `stop` is set.
pub(super) fn countdown(request: &Request, stop: &AtomicBool, send: &dyn Fn(&Value)) -> Value {
    let arguments = arguments(request);
    let from = match arguments.get("from") {
        None => 10,
        Some(value) => match value.as_u64() {
            Some(from) if (1..=MOST_STEPS).contains(&from) => from,
            _ => return refused(&format!("argument from must be a whole number from 1 to {MOST_STEPS}")),
        },
    };
    let token = request.meta("progressToken");
    for step in 1..=from {
        thread::sleep(STEP);
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if let Some(token) = token {
            let params = json!({"progressToken": token, "progress": step, "total": from});
            send(&json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}));
        }
    }
    said(&format!("counted down from {from}"))
}

fn add(arguments: &Map<String, Value>) -> Result<Value, String> {
    let sum = number(arguments, "a")? + number(arguments, "b")?;
    Ok(structured(&json!({"sum": sum}), &sum.to_string()))
}

fn count_words(arguments: &Map<String, Value>) -> Result<Value, String> {
    let text = text(arguments, "text")?;
    let (words, lines) = (text.split_whitespace().count(), text.lines().count());
    Ok(structured(&json!({"words": words, "lines": lines}), &format!("{words} words on {lines} lines")))
}

fn number(arguments: &Map<String, Value>, name: &str) -> Result<f64, String> {
    arguments.get(name).and_then(Value::as_f64).ok_or_else(|| format!("argument {name} must be a number"))
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("argument {name} must be a text"))
}

fn said(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

fn structured(structure: &Value, text: &str) -> Value {
    let mut result = said(text);
    result["structuredContent"] = structure.clone();
    result
}

fn schema(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}
