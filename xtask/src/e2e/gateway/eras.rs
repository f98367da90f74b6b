//! Elicitation and sampling in all four pairings of client and server eras.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::mcp::{self, Client};
use super::parts::Parts;

/// Tools that ask, and what has to be in the text of their result once they are answered.
const TOOLS: &[(&str, &str)] = &[
    ("test_elicitation", "action=accept"),
    ("test_sampling", "Paris"),
    ("test_input_required_result_elicitation", "Hello, Ann!"),
    ("test_input_required_result_sampling", "Paris"),
    ("test_input_required_result_list_roots", "file:///work"),
    ("test_input_required_result_multiple_inputs", "All inputs received"),
    ("test_input_required_result_multi_round", "Multi-round flow complete"),
    ("fixture_visit", "visited: accept"),
];
/// The most rounds that a client goes along with.
const ROUNDS: usize = 5;

pub(super) fn asking(parts: &Parts) -> anyhow::Result<String> {
    let mut count = 0;
    for era in ["legacy", "modern"] {
        let fixture = parts.fixture(era)?;
        let gateway = parts
            .gateway(&format!("auth: {{anonymous: true}}\nservers: {{fixture: {{url: \"{}\"}}}}\n", fixture.url))?;
        let url = gateway.url("/mcp/fixture");
        for (tool, expected) in TOOLS {
            let arguments = json!({"prompt": "the capital of France?", "message": "who are you?"});
            let params = json!({"name": tool, "arguments": arguments});
            let with_session = session(&url, &params).with_context(|| format!("{tool}, session to {era}"))?;
            let without = stateless(&url, &params).with_context(|| format!("{tool}, stateless to {era}"))?;
            for (client, result) in [("session", with_session), ("stateless", without)] {
                let text = mcp::text(&result);
                if !text.contains(expected) {
                    bail!("{tool}, {client} to {era}: {text:?} has no {expected:?}");
                }
                count += 1;
            }
        }
    }
    Ok(format!("{count} exchanges"))
}

/// Answers a question as a client's user would.
fn answer(question: &Value) -> anyhow::Result<Value> {
    Ok(match question["method"].as_str() {
        Some("elicitation/create") => {
            json!({"action": "accept", "content": {"name": "Ann", "username": "ann", "email": "a@b.c", "color": "red"}})
        }
        Some("sampling/createMessage") => json!({
            "role": "assistant", "model": "none", "content": {"type": "text", "text": "Paris"}, "stopReason": "endTurn"
        }),
        Some("roots/list") => json!({"roots": [{"uri": "file:///work", "name": "work"}]}),
        other => bail!("an unknown question: {other:?}"),
    })
}

fn session(url: &str, params: &Value) -> anyhow::Result<Value> {
    let mut client = Client::open(url)?;
    match client.ask_with("tools/call", params, answer) {
        // The user visits the URL, and the client asks again.
        Err(error) if error.to_string().contains("-32042") => {
            if !error.to_string().contains("https://example.com/visit") {
                bail!("no URL to visit in {error}");
            }
            client.ask_with("tools/call", params, answer)
        }
        outcome => outcome,
    }
}

fn stateless(url: &str, params: &Value) -> anyhow::Result<Value> {
    let mut params = params.clone();
    for round in 0..ROUNDS {
        let message = mcp::stateless(&json!(round), "tools/call", &params);
        let result = mcp::result(&mcp::ask(url, &message, &[])?.response()?)?;
        if result["resultType"] != "input_required" {
            return Ok(result);
        }
        let mut answers = serde_json::Map::new();
        for (key, question) in result["inputRequests"].as_object().into_iter().flatten() {
            answers.insert(key.clone(), answer(question)?);
        }
        params["inputResponses"] = answers.into();
        params["requestState"] = result["requestState"].clone();
        if params["requestState"].is_null() {
            params.as_object_mut().map(|params| params.remove("requestState"));
        }
    }
    bail!("still asking after {ROUNDS} rounds")
}
