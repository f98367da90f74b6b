//! Two hundred callers at once, all with the same ids and progress tokens: each gets its own and nothing else.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::mcp::{self, Client};
use super::parts::Parts;

/// How many callers there are, and how often each calls.
const CALLERS: usize = 200;
const ROUNDS: usize = 5;

pub(super) fn colliding(parts: &Parts) -> anyhow::Result<String> {
    let legacy = parts.fixture("legacy")?;
    let modern = parts.fixture("modern")?;
    let child = parts.fixture.display();
    let settings = format!(
        "auth: {{anonymous: true}}\nlimits: {{per_caller: 10000000}}\nservers:\n  legacy: {{url: \"{}\"}}\n  modern: {{url: \"{}\"}}\n  child: {{command: \"{child}\", args: [--era, legacy, --stdio]}}\n",
        legacy.url, modern.url
    );
    let gateway = parts.gateway(&settings)?;
    let url = gateway.url("/mcp");
    let results: Vec<anyhow::Result<usize>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn({
                    let url = &url;
                    move || one(url, caller)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap_or_else(|_| bail!("a caller ended early"))).collect()
    });
    let mut calls = 0;
    for result in results {
        calls += result?;
    }
    Ok(format!("{CALLERS} callers, {calls} calls, none mixed up"))
}

fn one(url: &str, caller: usize) -> anyhow::Result<usize> {
    let mut calls = 0;
    let mut client = if caller.is_multiple_of(2) { Some(Client::open(url)?) } else { None };
    for round in 0..ROUNDS {
        for server in ["legacy", "modern", "child"] {
            let mark = format!("caller {caller} round {round} to {server}");
            let params = json!({
                "name": format!("{server}_fixture_echo"), "arguments": {"mark": mark}, "_meta": {"progressToken": 7}
            });
            let result = ask(url, client.as_mut(), &params).with_context(|| mark.clone())?;
            let seen = &result["structuredContent"]["arguments"]["mark"];
            if seen.as_str() != Some(&*mark) {
                bail!("{mark} got the answer of {seen}");
            }
            calls += 1;
        }
        // Progress under the same token for everyone: three steps each, in order, and no more.
        if round == 0 {
            progress(url, caller)?;
            calls += 1;
        }
    }
    Ok(calls)
}

fn ask(url: &str, client: Option<&mut Client>, params: &Value) -> anyhow::Result<Value> {
    if let Some(client) = client {
        return client.ask("tools/call", params);
    }
    let message = mcp::stateless(&json!(1), "tools/call", params);
    mcp::result(&mcp::ask(url, &message, &[])?.response()?)
}

fn progress(url: &str, caller: usize) -> anyhow::Result<()> {
    let server = ["legacy", "modern", "child"][caller % 3];
    let params = json!({"name": format!("{server}_test_tool_with_progress"), "_meta": {"progressToken": 7}});
    let answer = mcp::ask(url, &mcp::stateless(&json!(1), "tools/call", &params), &[])?;
    let messages = answer.messages();
    let steps: Vec<f64> = messages
        .iter()
        .filter(|message| message["method"] == "notifications/progress")
        .filter_map(|message| message["params"]["progress"].as_f64())
        .collect();
    if steps != [0.0, 50.0, 100.0] {
        bail!("caller {caller} to {server} saw the progress {steps:?} in {messages:?}");
    }
    Ok(())
}
