//! The built-in MCP server that `corten up --demo` runs as a child process.
//!
//! It reads JSON-RPC lines from its input and answers on its output, in both eras of the protocol: after
//! `initialize` as 2024-11-05 … 2025-11-25 do, or request by request as 2026-07-28 does. It keeps no state
//! but the calls under way, so that a gateway may stop and start it whenever it likes.

mod content;
mod tools;
mod wire;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use serde_json::{Value, json};

use wire::{Fault, Request};

/// What the loop waits for.
enum Event {
    /// A line came in.
    Line(String),
    /// A call under way has something to say.
    Message(Value),
    /// A call under way has ended; its answer is none when it was cancelled.
    Done { id: Value, answer: Option<Value> },
    /// The input ended.
    End,
}

/// Serves until the input ends. Every call under way has ended when this returns.
pub(crate) fn serve(input: impl BufRead + Send + 'static, output: &mut dyn Write) {
    let (sender, events) = mpsc::channel();
    let lines = sender.clone();
    // Not waited for: it stands in a read that only the other side can end.
    drop(thread::spawn(move || read_lines(input, &lines)));
    Server { output, sender, calls: BTreeMap::new(), is_ending: false }.run(&events);
}

fn read_lines(input: impl BufRead, events: &Sender<Event>) {
    for line in input.lines() {
        let Ok(line) = line else { break };
        if !line.trim().is_empty() && events.send(Event::Line(line)).is_err() {
            return;
        }
    }
    drop(events.send(Event::End));
}

/// The loop: it alone writes.
struct Server<'w> {
    output: &'w mut dyn Write,
    sender: Sender<Event>,
    /// The calls under way by the text of their id; setting one cancels it.
    calls: BTreeMap<String, Arc<AtomicBool>>,
    is_ending: bool,
}

impl Server<'_> {
    fn run(mut self, events: &Receiver<Event>) {
        while !(self.is_ending && self.calls.is_empty()) {
            let Ok(event) = events.recv() else { return };
            match event {
                Event::Line(line) => self.line(&line),
                Event::Message(message) => self.send(&message),
                Event::Done { id, answer } => {
                    self.calls.remove(&id.to_string());
                    if let Some(answer) = answer {
                        self.send(&answer);
                    }
                }
                Event::End => {
                    self.is_ending = true;
                    self.calls.values().for_each(|stop| stop.store(true, Ordering::Relaxed));
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        match wire::read(line) {
            Err(fault) => self.send(&wire::failure(&Value::Null, &fault)),
            Ok(request) if request.is_notification() => self.cancel(&request),
            Ok(request) if request.is_slow() => self.start(request),
            Ok(request) => self.send(&wire::answer(&request, dispatch(&request))),
        }
    }

    /// Starts a call that runs beside the others.
    fn start(&mut self, request: Request) {
        let stop = Arc::new(AtomicBool::new(false));
        self.calls.insert(request.id.to_string(), Arc::clone(&stop));
        let events = self.sender.clone();
        drop(thread::spawn(move || {
            let send = |message: &Value| drop(events.send(Event::Message(message.clone())));
            let outcome = tools::countdown(&request, &stop, &send);
            let answer = (!stop.load(Ordering::Relaxed)).then(|| wire::answer(&request, Ok(outcome)));
            drop(events.send(Event::Done { id: request.id, answer }));
        }));
    }

    /// `notifications/cancelled` stops the call it names; every other notification needs no answer.
    fn cancel(&self, request: &Request) {
        if request.method == "notifications/cancelled"
            && let Some(stop) = request.params.get("requestId").and_then(|id| self.calls.get(&id.to_string()))
        {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn send(&mut self, message: &Value) {
        let mut text = message.to_string();
        text.push('\n');
        // A reader that is gone has closed our input too: the loop ends by itself.
        drop(self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush()));
    }
}

/// What a method answers.
fn dispatch(request: &Request) -> Result<Value, Fault> {
    match request.method.as_str() {
        "initialize" => Ok(wire::initialized(request)),
        "server/discover" => Ok(wire::discovered()),
        "ping" | "logging/setLevel" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": tools::list()})),
        "tools/call" => tools::call(request),
        "resources/list" => Ok(json!({"resources": content::resources()})),
        "resources/templates/list" => Ok(json!({"resourceTemplates": content::templates()})),
        "resources/read" => content::read(request),
        "prompts/list" => Ok(json!({"prompts": content::prompts()})),
        "prompts/get" => content::prompt(request),
        "completion/complete" => content::complete(request),
        _ => Err(Fault::unknown_method(&request.method)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(lines: &[Value]) -> Vec<Value> {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let input = std::io::Cursor::new(lines.join("\n"));
        let mut output = Vec::new();
        serve(input, &mut output);
        String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn modern(id: u32, method: &str, params: Value) -> Value {
        let mut params = params;
        params["_meta"] = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}});
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    }

    #[test]
    fn a_client_of_the_older_era_is_greeted_in_its_revision() {
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}});
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let answers = talk(&[hello, ready]);
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(answers[0]["result"]["serverInfo"]["name"], "corten-demo");
    }

    #[test]
    fn a_request_of_2026_gets_a_typed_result_with_cache_hints() {
        let answers = talk(&[modern(1, "tools/list", json!({}))]);
        let result = &answers[0]["result"];
        assert_eq!(result["resultType"], "complete");
        assert!(result["ttlMs"].is_u64() && result["cacheScope"] == "public");
    }

    #[test]
    fn sums_come_as_text_and_as_structure() {
        let call = json!({"name": "add", "arguments": {"a": 2, "b": 3.5}});
        let answers = talk(&[json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": call})]);
        assert_eq!(answers[0]["id"], "x");
        assert_eq!(answers[0]["result"]["structuredContent"], json!({"sum": 5.5}));
        assert_eq!(answers[0]["result"]["content"][0]["text"], "5.5");
    }

    #[test]
    fn wrong_arguments_are_a_tool_error_that_names_them() {
        let call = json!({"name": "add", "arguments": {"a": "two"}});
        let answers = talk(&[modern(1, "tools/call", call)]);
        assert_eq!(answers[0]["result"]["isError"], true);
        assert_eq!(answers[0]["result"]["content"][0]["text"], "argument a must be a number");
    }

    #[test]
    fn unknown_names_are_protocol_errors() {
        let answers = talk(&[
            modern(1, "tools/call", json!({"name": "nope"})),
            modern(2, "resources/read", json!({"uri": "demo://nope"})),
            modern(3, "no/method", json!({})),
        ]);
        let codes: Vec<&Value> = answers.iter().map(|answer| &answer["error"]["code"]).collect();
        assert_eq!(codes, [&json!(-32602), &json!(-32602), &json!(-32601)]);
    }

    #[test]
    fn lines_that_are_no_messages_are_answered() {
        let mut output = Vec::new();
        serve(&b"{nonsense\n[]\n"[..], &mut output);
        let text = String::from_utf8(output).unwrap();
        let codes: Vec<i64> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["error"]["code"].as_i64().unwrap())
            .collect();
        assert_eq!(codes, [-32700, -32600]);
    }

    #[test]
    fn a_call_that_is_cancelled_is_not_answered() {
        let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
            "params": {"name": "countdown", "arguments": {"from": 50}, "_meta": {"progressToken": "p"}}});
        let stop = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}});
        let answers = talk(&[call, stop]);
        assert!(answers.iter().all(|answer| answer["method"] == "notifications/progress"));
    }
}
