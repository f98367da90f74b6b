//! An hour with clients that come and go: nothing that the gateway holds may grow.
//!
//! Sessions that clients leave are let go after 20 seconds, so that how many there are says how fast the clients are
//! now and nothing else: what memory there is then is what was lost.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::http;
use super::mcp::{self, Client, PATIENCE};
use super::parts::{Gateway, Parts};

/// How many clients there are at once, and how long each waits between what it does.
const CLIENTS: u64 = 8;
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked at the process.
const LOOK: Duration = Duration::from_secs(5);

/// What a process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    memory: u64,
    descriptors: u64,
    tasks: u64,
    children: u64,
    sessions: u64,
}

pub(super) fn run(parts: &Parts) -> anyhow::Result<String> {
    let legacy = parts.fixture("legacy")?;
    let modern = parts.fixture("modern")?;
    let child = parts.fixture.display();
    let settings = format!(
        "auth: {{anonymous: true}}\nlimits: {{per_caller: 100000000, idle: 20s}}\nservers:\n  legacy: {{url: \"{}\"}}\n  modern: {{url: \"{}\"}}\n  child: {{command: \"{child}\", args: [--era, legacy, --stdio]}}\n",
        legacy.url, modern.url
    );
    let gateway = parts.gateway(&settings)?;
    let (is_over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(parts.minutes * 60);
    let looks = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn({
                    let (gateway, is_over, done) = (&gateway, &is_over, &done);
                    move || come_and_go(gateway, client, is_over, done)
                })
            })
            .collect();
        let mut looks = Vec::new();
        while Instant::now() < until && !clients.iter().any(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(LOOK);
            looks.push(look(&gateway));
        }
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().unwrap_or_else(|_| bail!("a client ended early"))?;
        }
        looks.into_iter().collect::<anyhow::Result<Vec<Held>>>()
    })?;
    judge(&looks, done.load(Ordering::Relaxed))
}

/// What is compared: its name, where it is, and what may come on top.
type Field = (&'static str, fn(&Held) -> u64, u64);

/// The second quarter against the last one: the first fills caches.
fn judge(looks: &[Held], done: u64) -> anyhow::Result<String> {
    let quarter = looks.len() / 4;
    if quarter == 0 {
        bail!("a soak takes at least a minute");
    }
    let middle = |of: &[Held], field: fn(&Held) -> u64| {
        let mut all: Vec<u64> = of.iter().map(field).collect();
        all.sort_unstable();
        all[all.len() / 2]
    };
    let (early, late) = (&looks[quarter..2 * quarter], &looks[looks.len() - quarter..]);
    // What may come on top: noise of the allocator, connections that are just open.
    let fields: [Field; 5] = [
        ("memory kB", |held| held.memory, 2048),
        ("descriptors", |held| held.descriptors, 16),
        ("tasks", |held| held.tasks, 32),
        ("children", |held| held.children, 0),
        ("sessions", |held| held.sessions, 256),
    ];
    if middle(late, |held| held.children) == 0 {
        bail!("no child process was seen");
    }
    let (mut seen, mut grown) = (Vec::new(), Vec::new());
    for (name, field, slack) in fields {
        let (before, after) = (middle(early, field), middle(late, field));
        seen.push(format!("{name} {before} → {after}"));
        if after > before + before / 20 + slack {
            grown.push(name);
        }
    }
    let text = format!("{done} rounds; {}", seen.join(", "));
    if grown.is_empty() { Ok(text) } else { bail!("{} grows: {text}", grown.join(", ")) }
}

fn look(gateway: &Gateway) -> anyhow::Result<Held> {
    let process = Path::new("/proc").join(gateway.process.id().to_string());
    let metrics = http::get(&format!("{}/metrics", gateway.metrics), PATIENCE)?.text();
    let gauge = |name: &str| -> anyhow::Result<u64> {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        value.trim().parse().with_context(|| format!("{name} is no number"))
    };
    Ok(Held {
        memory: gateway.process.memory()?,
        descriptors: std::fs::read_dir(process.join("fd")).context("cannot read /proc")?.count() as u64,
        tasks: gauge("corten_tasks ")?,
        children: children(&process)?,
        sessions: gauge("corten_sessions{kind=\"open\"} ")?,
    })
}

/// How many children a process has, whichever of its threads started them.
fn children(process: &Path) -> anyhow::Result<u64> {
    let mut count = 0;
    for thread in std::fs::read_dir(process.join("task")).context("cannot read /proc")? {
        // A thread may have ended meanwhile.
        let children = std::fs::read_to_string(thread.context("cannot read /proc")?.path().join("children"));
        count += children.unwrap_or_default().split_whitespace().count() as u64;
    }
    Ok(count)
}

/// One client after the other: calls, sessions that are ended and that are left, streams that are cut.
fn come_and_go(gateway: &Gateway, client: u64, is_over: &AtomicBool, done: &AtomicU64) -> anyhow::Result<()> {
    let url = gateway.url("/mcp");
    let mut round = client;
    while !is_over.load(Ordering::Relaxed) {
        let server = ["legacy", "modern", "child"][usize::try_from(round % 3).unwrap_or(0)];
        let tool = format!("{server}_test_simple_text");
        match round % 5 {
            0 => drop(mcp::call(&url, &tool, &json!({}))?),
            1 => {
                let mut client = Client::open(&url)?;
                client.ask("tools/list", &json!({}))?;
                client.call(&tool, &json!({}))?;
                client.send("DELETE", &[], &[])?.finish()?;
            }
            2 => {
                // Leaves without a word, in the middle of a stream.
                let mut client = Client::open(&gateway.url(&format!("/mcp/{server}")))?;
                let stream = client.send("GET", &[], &[])?;
                client.call("test_simple_text", &json!({}))?;
                drop(stream);
            }
            3 => {
                let params = json!({"name": format!("{server}_fixture_sleep"), "arguments": {"ms": 5000}});
                let message = mcp::stateless(&json!(1), "tools/call", &params);
                drop(mcp::ask_open(&url, &message, &[], Duration::from_millis(50)));
            }
            _ => {
                let params = json!({"notifications": {"toolsListChanged": true}});
                let message = mcp::stateless(&json!("s"), "subscriptions/listen", &params);
                drop(mcp::ask_open(&url, &message, &[], PATIENCE)?);
            }
        }
        round += 1;
        done.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
