//! `cargo xtask bench gateway`: what the gateway costs, with the best peer in the same run.
//!
//! One upstream that costs next to nothing stands behind Corten (API key, policy and audit on) and behind ToolHive's
//! vMCP (anonymous, no audit); wrk drives each by turns, and the upstream directly. Load, gateway and upstream share
//! the machine's cores, so that only figures of one run compare. Needs wrk and Go.

mod peer;

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::e2e::gateway::http;
use crate::e2e::gateway::mcp::{self, PATIENCE};
use crate::e2e::gateway::parts::{Gateway, Parts, Process};

/// How long wrk drives each side, and how often by turns.
const SECONDS: u32 = 10;
const TURNS: usize = 3;
/// The many upstreams, and the tools of each.
const UPSTREAMS: usize = 50;
const TOOLS: usize = 200;
/// Where the section of the report begins in docs/benchmarks.md.
const HEADING: &str = "## The gateway";

/// What wrk measured of one side.
#[derive(Clone, Debug)]
struct Load {
    /// Requests in a second.
    rate: f64,
    /// Latencies in milliseconds.
    p50: f64,
    p99: f64,
    /// Answers that were no success.
    failed: u64,
    /// The side's CPU time for a request, in microseconds.
    cpu: f64,
}

/// A side: its name, its process, how it is called.
struct Side<'a> {
    name: &'static str,
    process: &'a Process,
    url: String,
    key: Option<String>,
}

/// Measures and prints; `--write` also puts the section into docs/benchmarks.md.
pub(super) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let parts = Parts::build(arguments.iter().any(|argument| argument == "--debug"))?;
    let mut report = format!("{HEADING}\n\n`cargo xtask bench gateway`: {}.\n", machine());
    report.push_str(&throughput(&parts)?);
    report.push_str(&many(&parts)?);
    println!("{report}");
    if arguments.iter().any(|argument| argument == "--write") {
        super::section::write(HEADING, &report)?;
    }
    Ok(())
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{TURNS} turns of {SECONDS} s each, medians; load, gateway and upstream share {cores} cores. Corten checks an \
         API key and a policy and writes its audit record; the peer is ToolHive's vMCP {}, anonymous and without audit. \
         CPU is what the side itself used for a request",
        peer::VERSION
    )
}

fn throughput(parts: &Parts) -> anyhow::Result<String> {
    let null = parts.null(&[])?;
    let gateway = governed(parts, &format!("servers: {{one: {{url: \"{}\"}}}}\n", null.url))?;
    let key = gateway.key()?;
    let peer = peer::start(parts, &null.url)?;
    let sides = [
        Side { name: "the upstream directly", process: &null, url: null.url.clone(), key: None },
        Side { name: "Corten", process: &gateway.process, url: gateway.url("/mcp/one"), key: Some(key) },
        Side { name: "vMCP", process: &peer, url: peer.url.clone(), key: None },
    ];
    for side in &sides {
        check(side)?;
    }
    let mut text = "\n| `tools/call` | connections | calls/s | p50 ms | p99 ms | CPU µs | memory MB | failed |\n\
                    |---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for connections in [8, 1] {
        let mut loads = vec![Vec::new(); sides.len()];
        for _ in 0..TURNS {
            for (side, loads) in sides.iter().zip(&mut loads) {
                loads.push(drive(parts, side, connections)?);
            }
        }
        for (side, loads) in sides.iter().zip(&loads) {
            let load = median(loads)?;
            let memory = megabytes(side.process.memory()?);
            let _ = writeln!(
                text,
                "| {} | {connections} | {:.0} | {:.2} | {:.2} | {:.0} | {memory:.0} | {} |",
                side.name, load.rate, load.p50, load.p99, load.cpu, load.failed
            );
        }
    }
    Ok(text)
}

/// A gateway that decides and records: nobody is anonymous, a policy is asked, calls are in the audit.
fn governed(parts: &Parts, servers: &str) -> anyhow::Result<Gateway> {
    let policy = "policies: [{name: weekdays, cedar: 'forbid(principal, action, resource) when { resource.name == \"never\" };'}]\n";
    parts.gateway(&format!("names: prefix\nlimits: {{per_caller: 100000000}}\n{policy}{servers}"))
}

fn body() -> String {
    mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}})).to_string()
}

/// One call must work before thousands are measured.
fn check(side: &Side<'_>) -> anyhow::Result<()> {
    let message = mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}}));
    let key: Vec<(&str, &str)> = side.key.iter().map(|key| ("X-API-Key", key.as_str())).collect();
    let answer = mcp::ask(&side.url, &message, &key)?;
    let result =
        mcp::result(&answer.response()?).with_context(|| format!("{}: status {}", side.name, answer.status))?;
    if mcp::text(&result).is_empty() {
        bail!("{} answered {result}", side.name);
    }
    Ok(())
}

fn drive(parts: &Parts, side: &Side<'_>, connections: u32) -> anyhow::Result<Load> {
    let script = parts.folder()?.join("post.lua");
    let mut lua = "wrk.method = \"POST\"\n".to_owned();
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "test_simple_text"),
    ];
    let key = side.key.iter().map(|key| ("x-api-key", key.as_str()));
    for (name, value) in headers.into_iter().chain(key) {
        let _ = writeln!(lua, "wrk.headers[\"{name}\"] = \"{value}\"");
    }
    let _ = writeln!(lua, "wrk.body = [==[{}]==]", body());
    std::fs::write(&script, lua).with_context(|| format!("cannot write {}", script.display()))?;
    let before = cpu(side.process)?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{SECONDS}s"), "--latency", "-s"])
        .arg(&script)
        .arg(&side.url)
        .output()
        .context("cannot start wrk: install it (Debian's package wrk)")?;
    let used = cpu(side.process)?.saturating_sub(before);
    read(&String::from_utf8_lossy(&output.stdout), used)
}

/// Reads what wrk prints.
fn read(text: &str, used: Duration) -> anyhow::Result<Load> {
    let after = |start: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(start)).map(str::trim);
    let rate: f64 =
        after("Requests/sec:").and_then(|rate| rate.parse().ok()).with_context(|| format!("no rate in {text}"))?;
    let latency = |start: &str| after(start).and_then(milliseconds).with_context(|| format!("no {start} in {text}"));
    let count = text.lines().find(|line| line.contains(" requests in "));
    let count: f64 = count.and_then(|line| line.split_whitespace().next()?.parse().ok()).context("no count")?;
    let failed = after("Non-2xx or 3xx responses:").and_then(|count| count.parse().ok()).unwrap_or(0);
    let cpu = used.as_secs_f64() * 1e6 / count.max(1.0);
    Ok(Load { rate, p50: latency("50%")?, p99: latency("99%")?, failed, cpu })
}

fn milliseconds(text: &str) -> Option<f64> {
    let (number, factor) = if let Some(number) = text.strip_suffix("us") {
        (number, 0.001)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1.0)
    } else {
        (text.strip_suffix('s')?, 1000.0)
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// The CPU time that a process used so far.
fn cpu(process: &Process) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).context("cannot read /proc")?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("no name in stat")?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok());
    // proc(5): utime and stime, in ticks of 10 ms on every Linux that runs this.
    let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system).context("no times in stat")?;
    Ok(Duration::from_millis(ticks * 10))
}

fn median(loads: &[Load]) -> anyhow::Result<Load> {
    let mut sorted = loads.to_vec();
    sorted.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    let mut middle = sorted.get(sorted.len() / 2).cloned().context("nothing was measured")?;
    middle.failed = loads.iter().map(|load| load.failed).sum();
    Ok(middle)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}

/// Fifty upstreams with two hundred tools each: the first list, the list from the cache, the memory.
fn many(parts: &Parts) -> anyhow::Result<String> {
    let null = parts.null(&["--tools", &TOOLS.to_string()])?;
    let mut servers = "lists: {page: 100000}\nservers:\n".to_owned();
    for at in 0..UPSTREAMS {
        let _ = writeln!(servers, "  s{at:02}: {{url: \"http://127.0.0.1:{}/{at}/mcp\"}}", null.port);
    }
    let starting = Instant::now();
    let gateway = governed(parts, &servers)?;
    let key = gateway.key()?;
    let list = || -> anyhow::Result<(Duration, usize)> {
        let message = mcp::stateless(&json!(1), "tools/list", &json!({}));
        let started = Instant::now();
        let answer = mcp::ask(&gateway.url("/mcp"), &message, &[("X-API-Key", &key)])?;
        let took = started.elapsed();
        let result = mcp::result(&answer.response()?)?;
        Ok((took, result["tools"].as_array().map_or(0, Vec::len)))
    };
    let started = Instant::now();
    http::send(
        "POST",
        &null.url,
        &[],
        mcp::stateless(&json!(1), "tools/list", &json!({})).to_string().as_bytes(),
        PATIENCE,
    )?;
    let one = started.elapsed();
    // Servers are asked for their lists when the gateway starts: how long ago that was belongs to the figure.
    let age = starting.elapsed();
    let (first, tools) = list()?;
    let mut cached = Vec::new();
    for _ in 0..200 {
        cached.push(list()?.0);
    }
    cached.sort();
    let at = |share: usize| cached[(cached.len() * share / 100).min(cached.len() - 1)].as_secs_f64() * 1000.0;
    let memory = megabytes(gateway.process.memory()?);
    Ok(format!(
        "\n{UPSTREAMS} upstreams with {TOOLS} tools each: the first `tools/list` ({tools} tools), {:.0} ms after the \
         gateway was started, took {:.0} ms, one upstream alone {:.0} ms; from the cache p50 {:.1} ms, p99 {:.1} ms; memory {memory:.0} MB.\n",
        age.as_secs_f64() * 1000.0,
        first.as_secs_f64() * 1000.0,
        one.as_secs_f64() * 1000.0,
        at(50),
        at(99)
    ))
}
