//! One of ten upstreams fails: the other nine answer, nothing runs twice, nothing is left behind.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::mcp::{self, Client};
use super::parts::{Gateway, Parts, Process};

/// How many upstreams there are.
const COUNT: usize = 10;
/// How long a list may wait for an upstream, and what may come on top.
const LIST: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_millis(1500);

/// Ten fixtures, of both eras by turns, behind one gateway.
fn ten(parts: &Parts) -> anyhow::Result<(Vec<Process>, Gateway)> {
    let mut fixtures = Vec::new();
    let mut settings = "auth: {anonymous: true}\nlists: {timeout: 2s}\nservers:\n".to_owned();
    for at in 0..COUNT {
        let fixture = parts.fixture(if at % 2 == 0 { "modern" } else { "legacy" })?;
        let _ = writeln!(settings, "  s{at}: {{url: \"{}\", timeout: 5s}}", fixture.url);
        fixtures.push(fixture);
    }
    let gateway = parts.gateway(&settings)?;
    Ok((fixtures, gateway))
}

/// Lists and calls with the upstream `s0` broken; gives the times of both.
fn others(gateway: &Gateway) -> anyhow::Result<String> {
    let url = gateway.url("/mcp");
    let mut client = Client::open(&url)?;
    let started = Instant::now();
    let list = client.ask("tools/list", &json!({}))?;
    let listed = started.elapsed();
    if listed > LIST + SLACK {
        bail!("a list took {listed:?}");
    }
    let tools = list["tools"].as_array().map_or(0, Vec::len);
    let started = Instant::now();
    for at in 1..COUNT {
        let result = client.call(&format!("s{at}_test_simple_text"), &json!({}))?;
        if !mcp::text(&result).contains("simple text") {
            bail!("s{at} answered {result}");
        }
        mcp::call(&url, &format!("s{at}_test_simple_text"), &json!({})).with_context(|| format!("s{at}"))?;
    }
    let called = started.elapsed();
    if called > Duration::from_secs(5) {
        bail!("18 calls of the others took {called:?}");
    }
    Ok(format!("{tools} tools listed in {listed:.0?}, 18 calls in {called:.0?}"))
}

/// A call of the broken upstream ends in an error and not in silence.
fn broken(gateway: &Gateway) -> anyhow::Result<()> {
    let started = Instant::now();
    let outcome = mcp::call(&gateway.url("/mcp"), "s0_test_simple_text", &json!({}));
    let waited = started.elapsed();
    match outcome {
        Ok(result) if result["isError"] != true => bail!("the broken upstream answered {result}"),
        _ if waited > Duration::from_secs(8) => bail!("the error of the broken upstream took {waited:?}"),
        _ => Ok(()),
    }
}

pub(super) fn killed(parts: &Parts) -> anyhow::Result<String> {
    let (fixtures, gateway) = ten(parts)?;
    others(&gateway)?;
    fixtures[0].signal("KILL")?;
    broken(&gateway)?;
    others(&gateway)
}

pub(super) fn stopped(parts: &Parts) -> anyhow::Result<String> {
    let (fixtures, gateway) = ten(parts)?;
    others(&gateway)?;
    fixtures[0].signal("STOP")?;
    let (seen, failed) = std::thread::scope(|scope| {
        let failed = scope.spawn(|| broken(&gateway));
        (others(&gateway), failed.join())
    });
    fixtures[0].signal("CONT")?;
    if !matches!(failed, Ok(Ok(()))) {
        bail!("the call of the stopped upstream: {failed:?}");
    }
    let seen = seen?;
    // What was sent to the stopped process runs at most once when it goes on.
    std::thread::sleep(Duration::from_millis(500));
    let counts = mcp::call(&fixtures[0].url, "fixture_counts", &json!({}))?;
    let calls = counts["structuredContent"]["calls"].as_u64().unwrap_or(u64::MAX);
    if calls > 1 {
        bail!("a call ran {calls} times");
    }
    Ok(format!("{seen}; the call ran {calls} times"))
}

pub(super) fn slow(parts: &Parts) -> anyhow::Result<String> {
    let slow = parts.null(&["--delay", "10000"])?;
    let mut settings = format!(
        "auth: {{anonymous: true}}\nlists: {{timeout: 2s}}\nservers:\n  s0: {{url: \"{}\", timeout: 3s}}\n",
        slow.url
    );
    let mut fixtures = Vec::new();
    for at in 1..COUNT {
        let fixture = parts.fixture("both")?;
        let _ = writeln!(settings, "  s{at}: {{url: \"{}\"}}", fixture.url);
        fixtures.push(fixture);
    }
    let gateway = parts.gateway(&settings)?;
    others(&gateway)
}

/// The gateway is killed while its children run; their trees must go with it.
pub(super) fn children(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture.display();
    let mark = format!("86{:05}", std::process::id() % 100_000);
    // A server that leaves a process in its own group and one outside of it.
    let script = format!("sleep {mark}1 & setsid sleep {mark}2 & exec \\\"{fixture}\\\" --stdio");
    let settings = format!("auth: {{anonymous: true}}\nservers:\n  child: {{command: sh, args: [-c, \"{script}\"]}}\n");
    let mut gateway = parts.gateway(&settings)?;
    let url = gateway.url("/mcp/child");
    mcp::call(&url, "test_simple_text", &json!({}))?;
    let started = Instant::now();
    let mut before = running(&mark)?;
    while before < 2 {
        if started.elapsed() > Duration::from_secs(5) {
            bail!("{before} of the child's own processes run");
        }
        std::thread::sleep(Duration::from_millis(20));
        before = running(&mark)?;
    }
    gateway.process.signal("KILL")?;
    gateway.process.wait(Duration::from_secs(5))?;
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let left = running(&mark)?;
        if left == 0 {
            return Ok(format!("{before} processes before, none after"));
        }
        if Instant::now() > until {
            bail!("{left} processes are left behind");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many processes have the mark among their arguments.
fn running(mark: &str) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir("/proc").context("cannot read /proc")?.flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        count += usize::from(
            words.next() == Some(b"sleep") && words.next().is_some_and(|word| word.starts_with(mark.as_bytes())),
        );
    }
    Ok(count)
}
