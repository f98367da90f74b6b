//! The protocol's own suite in every arrangement: directly, through one server's path, through all, through replicas,
//! across the eras.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::parts::{Gateway, Parts, free_port};
use crate::e2e::parts::{self as part, Part};

/// The revisions, with the number of checks that the fixture passes.
const SETS: &[(&str, u32)] = &[("2025-11-25", 83), ("2026-07-28", 197)];

/// What the suite said: checks that passed and failed, the scenarios that failed, those that do not count, and how
/// many do.
struct Verdict {
    passed: u32,
    failed: u32,
    scenarios: Vec<String>,
    unscored: Vec<String>,
    scored: usize,
}

fn judge(parts: &Parts, url: &str, revision: &str) -> anyhow::Result<Verdict> {
    let output = parts.conformance(url, revision)?;
    let total = output.lines().rev().find(|line| line.starts_with("Total:"));
    let total = total.with_context(|| format!("the suite gave no total:\n{output}"))?;
    let mut numbers = total.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok());
    let (Some(passed), Some(failed)) = (numbers.next(), numbers.next()) else { bail!("no numbers in {total:?}") };
    let failing = output.lines().filter_map(|line| line.strip_prefix("✗ ")).map(str::to_owned);
    // Scenarios that do not count are listed again, indented, with the reason in parentheses.
    let listed = output.lines().filter_map(|line| line.strip_prefix("  ✓ ").or_else(|| line.strip_prefix("  ✗ ")));
    let unscored: Vec<String> = listed.filter_map(|line| Some(line.split_once(" (")?.0.to_owned())).collect();
    let all = output.lines().filter(|line| line.starts_with("✓ ") || line.starts_with("✗ ")).count();
    Ok(Verdict { passed, failed, scenarios: failing.collect(), scored: all.saturating_sub(unscored.len()), unscored })
}

/// Both sets must pass as they do directly.
fn both(parts: &Parts, url: &str) -> anyhow::Result<String> {
    let mut seen = Vec::new();
    let mut problems = Vec::new();
    for (revision, expected) in SETS {
        let verdict = judge(parts, url, revision)?;
        seen.push(format!("{revision} {}/{}", verdict.passed, verdict.failed));
        if verdict.failed > 0 || verdict.passed != *expected {
            problems.push(format!("{revision}: {}", verdict.scenarios.join("; ")));
        }
    }
    if problems.is_empty() { Ok(seen.join(", ")) } else { bail!("{} ({})", seen.join(", "), problems.join(" | ")) }
}

fn settings(fixture: &str) -> String {
    format!(
        "auth: {{anonymous: true}}\nlimits: {{per_caller: 1000000}}\nservers: {{fixture: {{url: \"{fixture}\"}}}}\n"
    )
}

pub(super) fn direct(parts: &Parts) -> anyhow::Result<String> {
    both(parts, &parts.fixture("both")?.url)
}

pub(super) fn one_server(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let gateway = parts.gateway(&settings(&fixture.url))?;
    both(parts, &gateway.url("/mcp/fixture"))
}

pub(super) fn whole(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let gateway = parts.gateway(&format!("names: none\n{}", settings(&fixture.url)))?;
    both(parts, &gateway.url("/mcp"))
}

/// Gateways that share a database, and each has a folder of its own.
pub(super) struct Group<'a> {
    parts: &'a Parts,
    settings: String,
    _kept: Vec<Part>,
}

impl<'a> Group<'a> {
    /// Starts what they share; `host` is the name that clients call them by.
    pub(super) fn start(parts: &'a Parts, fixture: &str, host: &str, with_redis: bool) -> anyhow::Result<Self> {
        let database = part::postgres()?;
        let mut settings = format!(
            "hosts: [\"{}\"]\nstore: \"postgres://postgres@127.0.0.1:{}/postgres\"\nseal_keys: [\"{}\"]\n{}",
            host,
            database.port,
            data_encoding::BASE64.encode(&[7; 32]),
            settings(fixture)
        );
        let mut kept = vec![database];
        if with_redis {
            let redis = part::redis()?;
            let _ = writeln!(settings, "redis: \"redis://127.0.0.1:{}\"", redis.port);
            kept.push(redis);
        }
        Ok(Self { parts, settings, _kept: kept })
    }

    /// Starts a gateway of the group.
    pub(super) fn gateway(&self, data: &Path, port: u16) -> anyhow::Result<Gateway> {
        self.parts.gateway_in(data, port, &self.settings)
    }
}

/// Two replicas by turns, without affinity, with what they share in PostgreSQL.
pub(super) fn replicas(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let balancer = Balancer::start()?;
    let group = Group::start(parts, &fixture.url, &balancer.host(), false)?;
    let first = group.gateway(&parts.folder()?, free_port()?)?;
    let second = group.gateway(&parts.folder()?, free_port()?)?;
    balancer.send_to(&[first.process.port, second.process.port]);
    both(parts, &balancer.url("/mcp/fixture"))
}

/// While the suite runs, one replica is stopped and started again, over and over. Redis holds what they share.
pub(super) fn restart(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let balancer = Balancer::start()?;
    let group = Group::start(parts, &fixture.url, &balancer.host(), true)?;
    let first = group.gateway(&parts.folder()?, free_port()?)?;
    let data = parts.folder()?;
    let (steady, port) = (first.process.port, free_port()?);
    let is_over = AtomicBool::new(false);
    let mut restarts = 0;
    let seen = std::thread::scope(|scope| {
        let restarting = scope.spawn(|| -> anyhow::Result<()> {
            while !is_over.load(Ordering::Relaxed) {
                let second = group.gateway(&data, port)?;
                balancer.send_to(&[steady, port]);
                std::thread::sleep(Duration::from_secs(2));
                // As a load balancer does: new connections go elsewhere first, then the replica drains.
                balancer.send_to(&[steady]);
                std::thread::sleep(Duration::from_millis(100));
                drop(second);
                restarts += 1;
            }
            Ok(())
        });
        balancer.send_to(&[steady]);
        let seen = both(parts, &balancer.url("/mcp/fixture"));
        is_over.store(true, Ordering::Relaxed);
        match restarting.join() {
            Ok(Ok(())) => seen,
            Ok(Err(error)) => Err(error),
            Err(_) => bail!("the restarts ended early"),
        }
    })?;
    Ok(format!("{seen}; {restarts} restarts"))
}

/// The scenarios of a set that cannot be said in the other era, with the reason.
const INEXPRESSIBLE: &[(&str, &str, &str)] = &[
    (
        "2026-07-28",
        "input-required-result-basic-elicitation",
        "it looks for the key that the server gave its question; questions of 2025-11-25 have none",
    ),
    (
        "2026-07-28",
        "input-required-result-multiple-input-requests",
        "it wants three questions in one result; those of 2025-11-25 come one by one",
    ),
];

/// Each set to a fixture that speaks only the other era. What the set itself does not score is only counted.
pub(super) fn across(parts: &Parts) -> anyhow::Result<String> {
    let mut seen = Vec::new();
    let mut problems = Vec::new();
    for (revision, era) in [("2026-07-28", "legacy"), ("2025-11-25", "modern")] {
        let fixture = parts.fixture(era)?;
        let gateway = parts.gateway(&settings(&fixture.url))?;
        let verdict = judge(parts, &gateway.url("/mcp/fixture"), revision)?;
        let is_scored = |scenario: &&String| !verdict.unscored.contains(&name_of(scenario).to_owned());
        let failing: Vec<&String> = verdict.scenarios.iter().filter(is_scored).collect();
        let is_excused =
            |scenario: &str| INEXPRESSIBLE.iter().any(|(of, name, _)| *of == revision && *name == name_of(scenario));
        let unexcused: Vec<&&String> = failing.iter().filter(|scenario| !is_excused(scenario)).collect();
        seen.push(format!(
            "{revision} to {era} {}/{}, {} of {} scored scenarios fail",
            verdict.passed,
            verdict.failed,
            failing.len(),
            verdict.scored
        ));
        if !unexcused.is_empty() || failing.len() * 10 > verdict.scored {
            problems.push(format!("{revision} to {era}: {unexcused:?}"));
        }
    }
    if problems.is_empty() { Ok(seen.join("; ")) } else { bail!("{} ({})", seen.join("; "), problems.join(" | ")) }
}

/// The name in a line such as `tools-list: 3 passed, 1 failed`.
fn name_of(line: &str) -> &str {
    line.split(':').next().unwrap_or(line)
}

/// Passes each connection to the next of several ports: no affinity. Connections are closed after one exchange by
/// the `Connection: close` that it puts in, so that every request goes to the next one.
struct Balancer {
    port: u16,
    targets: Arc<RwLock<Vec<u16>>>,
}

impl Balancer {
    fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
        let port = listener.local_addr().context("no address")?.port();
        let targets = Arc::new(RwLock::new(Vec::<u16>::new()));
        let (shared, turn) = (Arc::clone(&targets), AtomicUsize::new(0));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let target = {
                    let targets = shared.read().unwrap_or_else(std::sync::PoisonError::into_inner);
                    targets.get(turn.fetch_add(1, Ordering::Relaxed) % targets.len().max(1)).copied()
                };
                if let Some(target) = target {
                    std::thread::spawn(move || drop(pass(client, target)));
                }
            }
        });
        Ok(Self { port, targets })
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    fn send_to(&self, ports: &[u16]) {
        *self.targets.write().unwrap_or_else(std::sync::PoisonError::into_inner) = ports.to_vec();
    }
}

/// Passes one exchange on. Only the head of the request is looked at.
fn pass(mut client: TcpStream, target: u16) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 8 << 10];
    let end = loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..count]);
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).into_owned();
    let lines = text.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let rewritten = format!("{}\r\nConnection: close\r\n\r\n", lines.collect::<Vec<_>>().join("\r\n"));
    let mut server = TcpStream::connect(("127.0.0.1", target))?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    server.write_all(&[rewritten.as_bytes(), &head[end + 4..]].concat())?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from_client, &mut to_server));
        // A client that left: the server must see it.
        drop(to_server.shutdown(Shutdown::Both));
    });
    drop(std::io::copy(&mut server, &mut client));
    client.shutdown(Shutdown::Both)
}
