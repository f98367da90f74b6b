//! Corners of the protocol: batches, resumption, clients that leave, streams that stay.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::conformance::Group;
use super::http;
use super::mcp::{self, Client};
use super::parts::{Gateway, Parts, Process, free_port};

/// For how long a stream is held.
const HELD: Duration = Duration::from_mins(10);

fn one(parts: &Parts, era: &str) -> anyhow::Result<(Process, Gateway)> {
    let fixture = parts.fixture(era)?;
    let gateway =
        parts.gateway(&format!("auth: {{anonymous: true}}\nservers: {{fixture: {{url: \"{}\"}}}}\n", fixture.url))?;
    Ok((fixture, gateway))
}

/// Several requests in one body, which 2025-03-26 has and no revision after it.
pub(super) fn batches(parts: &Parts) -> anyhow::Result<String> {
    let (_fixture, gateway) = one(parts, "both")?;
    let client = Client::open_as(&gateway.url("/mcp/fixture"), "2025-03-26", &[])?;
    let batch = json!([
        {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}},
        {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": {"name": "test_simple_text"}},
        {"jsonrpc": "2.0", "id": "c", "method": "no/such"}
    ]);
    let answer = client.post(&batch)?.finish()?;
    let messages = answer.messages();
    let find = |id: &str| messages.iter().find(|message| message["id"] == id);
    let (Some(ping), Some(call), Some(unknown)) = (find("a"), find("b"), find("c")) else {
        bail!("{} {}", answer.status, answer.text());
    };
    if !ping["result"].is_object() || call["result"]["isError"] == true || unknown["error"]["code"] != -32601 {
        bail!("{messages:?}");
    }
    let newer = Client::open(&gateway.url("/mcp/fixture"))?;
    let refused = newer.post(&batch)?.finish()?;
    if refused.status != 400 {
        bail!("2025-11-25 took a batch: {} {}", refused.status, refused.text());
    }
    Ok("three answers to a batch; refused in 2025-11-25".to_owned())
}

/// The stream of a call is cut; what comes after is there with Last-Event-ID.
pub(super) fn resumption(parts: &Parts) -> anyhow::Result<String> {
    let (_fixture, gateway) = one(parts, "both")?;
    resumed(&gateway, &gateway)?;
    Ok("two steps and the response came after the cut".to_owned())
}

/// A stream that one gateway cuts is taken up at another.
fn resumed(first: &Gateway, second: &Gateway) -> anyhow::Result<()> {
    let mut client = Client::open(&first.url("/mcp/fixture"))?;
    let params = json!({"name": "test_tool_with_progress", "arguments": {}, "_meta": {"progressToken": "p"}});
    let call = json!({"jsonrpc": "2.0", "id": "cut", "method": "tools/call", "params": params});
    let mut events = client.post(&call)?.events();
    let first = events.next_message()?;
    if first["method"] != "notifications/progress" {
        bail!("the stream began with {first}");
    }
    let last = events.last_id.clone().context("an event without an id cannot be resumed from")?;
    drop(events);
    std::thread::sleep(Duration::from_millis(300));
    client.url = second.url("/mcp/fixture");
    let mut events = client.send("GET", &[], &[("Last-Event-ID", &last)])?.events();
    let mut rest = Vec::new();
    loop {
        let message = events.next_message()?;
        let is_last = message["method"].is_null();
        rest.push(message);
        if is_last {
            break;
        }
    }
    let steps: Vec<&Value> = rest.iter().map(|message| &message["params"]["progress"]).collect();
    let response = rest.last().context("nothing came")?;
    if response["id"] != "cut" || steps.len() != 3 {
        bail!("after the cut came {rest:?}");
    }
    Ok(())
}

/// What belongs to a stream comes in at another gateway of the group, over PostgreSQL and over Redis.
pub(super) fn elsewhere(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let mut took = Vec::new();
    for (name, with_redis) in [("PostgreSQL", false), ("Redis", true)] {
        let group = Group::start(parts, &fixture.url, "localhost", with_redis)?;
        let first = group.gateway(&parts.folder()?, free_port()?)?;
        let second = group.gateway(&parts.folder()?, free_port()?)?;
        resumed(&first, &second).with_context(|| format!("resumption over {name}"))?;
        let started = Instant::now();
        drop(over_a_stream(&first, &second).with_context(|| format!("HTTP+SSE over {name}"))?);
        took.push(format!("{:.0?} over {name}", started.elapsed()));
        let place = second.url("/mcp/fixture/messages?sessionId=gone.gone");
        let headers = [("Content-Type", "application/json")];
        let refused = http::send("POST", &place, &headers, b"{}", mcp::PATIENCE)?;
        if refused.status != 404 {
            bail!("a post for a stream of nobody was answered with {} {}", refused.status, refused.text());
        }
    }
    Ok(format!(
        "a cut stream went on at another replica; three posts to another and their answers: {}",
        took.join(", ")
    ))
}

/// Tasks of two servers under one path: both may use the same ids.
pub(super) fn tasks(parts: &Parts) -> anyhow::Result<String> {
    let (first, second) = (parts.fixture("both")?, parts.fixture("both")?);
    let settings = format!(
        "auth: {{anonymous: true}}\nservers: {{a: {{url: \"{}\"}}, b: {{url: \"{}\"}}}}\n",
        first.url, second.url
    );
    let gateway = parts.gateway(&settings)?;
    let ask = |method: &str, params: &Value| -> anyhow::Result<Value> {
        let mut message = mcp::stateless(&json!(1), method, params);
        let capabilities = &mut message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        capabilities["extensions"] = json!({"io.modelcontextprotocol/tasks": {}});
        let name = params["name"].as_str().or(params["taskId"].as_str()).unwrap_or_default().to_owned();
        mcp::result(&mcp::ask(&gateway.url("/mcp"), &message, &[("Mcp-Name", &name)])?.response()?)
    };
    for server in ["a", "b"] {
        let arguments = json!({"seconds": 0.3, "label": server});
        let made = ask("tools/call", &json!({"name": format!("{server}_slow_compute"), "arguments": arguments}))?;
        let id = made["taskId"].as_str().with_context(|| format!("no task: {made}"))?.to_owned();
        if !id.starts_with(&format!("{server}:")) {
            bail!("the task of {server} is called {id}");
        }
        let until = Instant::now() + Duration::from_secs(5);
        let done = loop {
            let state = ask("tasks/get", &json!({"taskId": id}))?;
            if state["status"] == "completed" || Instant::now() > until {
                break state;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        if done["taskId"] != id.as_str() || mcp::text(&done["result"]) != format!("{server} took 0.3 s") {
            bail!("the task {id} ended as {done}");
        }
    }
    let unknown = ask("tasks/get", &json!({"taskId": "c:1"}));
    if unknown.is_ok() {
        bail!("a task of nobody was found");
    }
    Ok("tasks of two servers were called, asked for and done".to_owned())
}

/// A client leaves in the middle of a call: the upstream is told, in every pairing of eras.
pub(super) fn gone(parts: &Parts) -> anyhow::Result<String> {
    for era in ["legacy", "modern"] {
        let (fixture, gateway) = one(parts, era)?;
        let url = gateway.url("/mcp/fixture");
        let params = json!({"name": "fixture_sleep", "arguments": {"ms": 20000}});
        let open =
            mcp::ask_open(&url, &mcp::stateless(&json!(1), "tools/call", &params), &[], Duration::from_millis(500));
        drop(open);
        cancelled(&fixture, 1).with_context(|| format!("a stateless client of a {era} server"))?;
        let client = Client::open(&url)?;
        let call = json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": params});
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let calling = scope.spawn(|| client.post(&call).map(drop));
            std::thread::sleep(Duration::from_millis(500));
            let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "x"}});
            client.post(&note)?.finish()?;
            cancelled(&fixture, 2).with_context(|| format!("a client with a session of a {era} server"))?;
            drop(calling.join());
            Ok(())
        })?;
    }
    Ok("cancelled in four pairings".to_owned())
}

fn cancelled(fixture: &Process, expected: u64) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let counts = counts(fixture)?;
        if counts["cancelled"].as_u64() >= Some(expected) {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("the upstream was not told: {counts}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks the fixture in whichever era it speaks.
fn counts(fixture: &Process) -> anyhow::Result<Value> {
    let result = match mcp::call(&fixture.url, "fixture_counts", &json!({})) {
        Ok(result) => result,
        Err(_) => Client::open(&fixture.url)?.call("fixture_counts", &json!({}))?,
    };
    Ok(result["structuredContent"].clone())
}

/// A stream is held for ten minutes and then still brings what happens.
pub(super) fn held(parts: &Parts) -> anyhow::Result<String> {
    let (_fixture, gateway) = one(parts, "both")?;
    let url = gateway.url("/mcp/fixture");
    let mut client = Client::open(&url)?;
    let with_session = client.send("GET", &[], &[])?;
    let params = json!({"notifications": {"toolsListChanged": true}});
    let message = mcp::stateless(&json!("held"), "subscriptions/listen", &params);
    let without = mcp::ask_open(&url, &message, &[], HELD)?;
    if (with_session.status, without.status) != (200, 200) {
        bail!("the streams were answered with {} and {}", with_session.status, without.status);
    }
    let (mut with_session, mut without) = (with_session.events(), without.events());
    without.next_message().context("no acknowledgement")?;
    std::thread::sleep(HELD);
    client.call("test_trigger_tool_change", &json!({}))?;
    for (name, events) in [("GET", &mut with_session), ("subscriptions/listen", &mut without)] {
        let message = events.next_message().with_context(|| name.to_owned())?;
        if message["method"] != "notifications/tools/list_changed" {
            bail!("{name} brought {message}");
        }
    }
    Ok("both streams brought a change after ten minutes".to_owned())
}

/// HTTP+SSE of 2024-11-05: a session over a stream and posts; the stream ends when the gateway is told to stop.
pub(super) fn legacy(parts: &Parts) -> anyhow::Result<String> {
    let (_fixture, mut gateway) = one(parts, "both")?;
    let _open = over_a_stream(&gateway, &gateway)?;
    let started = Instant::now();
    gateway.process.signal("TERM")?;
    gateway.process.wait(Duration::from_secs(10)).context("with an open stream")?;
    Ok(format!("a session over a stream; stopped in {:.0?} with the stream open", started.elapsed()))
}

/// A session over a stream at one gateway, with posts to another; gives the stream, still open.
fn over_a_stream(first: &Gateway, second: &Gateway) -> anyhow::Result<http::Events> {
    let stream = http::open("GET", &first.url("/mcp/fixture/sse"), &[], &[], mcp::PATIENCE)?;
    let mut events = stream.events();
    let (kind, place) = events.next_event()?;
    if kind != "endpoint" {
        bail!("the stream began with {kind}: {place}");
    }
    let post = |message: &Value| -> anyhow::Result<()> {
        let headers = [("Content-Type", "application/json")];
        let body = message.to_string();
        let answer = http::send("POST", &second.url(&place), &headers, body.as_bytes(), mcp::PATIENCE)?;
        if answer.status == 202 {
            Ok(())
        } else {
            bail!("a post was answered with {} {}", answer.status, answer.text())
        }
    };
    let params = json!({
        "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "0"}
    });
    post(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))?;
    let opened = mcp::result(&events.next_message()?)?;
    if opened["protocolVersion"] != "2024-11-05" {
        bail!("initialize gave {opened}");
    }
    post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
    post(&json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "test_simple_text"}}))?;
    let called = mcp::result(&events.next_message()?)?;
    if mcp::text(&called).is_empty() {
        bail!("the call gave {called}");
    }
    Ok(events)
}
