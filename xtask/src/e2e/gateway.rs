//! `cargo xtask e2e gateway`: the gateway with real parts around it.
//!
//! Each check starts what it needs (gateways, the fixture in an era, npm servers, the conformance suite) on free
//! ports of loopback, and stops it. A check says what it saw in one line, or fails. `--only NAME` picks checks,
//! `--quick` leaves out those that take minutes, `--debug` takes unoptimised builds, `--minutes N` shortens the hour
//! of the soak. `$CORTEN` names a gateway that is built already.

mod callers;
mod conformance;
mod corners;
mod eras;
mod faults;
mod federation;
mod fuzz;
mod hostile;
pub(crate) mod http;
pub(crate) mod mcp;
mod outages;
pub(crate) mod parts;
mod soak;
mod tokens;

use std::time::Instant;

use anyhow::{Context as _, bail};

use parts::Parts;

/// One check.
struct Check {
    name: &'static str,
    doc: &'static str,
    is_slow: bool,
    run: fn(&Parts) -> anyhow::Result<String>,
}

const CHECKS: &[Check] = &[
    Check { name: "direct", doc: "both sets against the fixture itself", is_slow: false, run: conformance::direct },
    Check { name: "server", doc: "both sets through /mcp/{server}", is_slow: false, run: conformance::one_server },
    Check { name: "whole", doc: "both sets through /mcp, names none", is_slow: false, run: conformance::whole },
    Check { name: "replicas", doc: "both sets, two replicas by turns", is_slow: true, run: conformance::replicas },
    Check { name: "restart", doc: "the same while one is restarted", is_slow: true, run: conformance::restart },
    Check { name: "eras", doc: "each set to a fixture of the other era", is_slow: false, run: conformance::across },
    Check { name: "asking", doc: "elicitation and sampling in four pairings", is_slow: false, run: eras::asking },
    Check { name: "federation", doc: "three npm servers over stdio as one", is_slow: true, run: federation::npm },
    Check { name: "children", doc: "kill -9 of the gateway leaves no child", is_slow: false, run: faults::children },
    Check { name: "killed", doc: "one of ten upstreams is killed", is_slow: false, run: faults::killed },
    Check { name: "stopped", doc: "one of ten upstreams gets SIGSTOP", is_slow: false, run: faults::stopped },
    Check { name: "slow", doc: "one of ten upstreams takes 10 s", is_slow: false, run: faults::slow },
    Check { name: "callers", doc: "200 callers with the same ids", is_slow: false, run: callers::colliding },
    Check { name: "hostile", doc: "input that has to be refused", is_slow: false, run: hostile::refused },
    Check { name: "timing", doc: "keys that are almost right", is_slow: false, run: hostile::timing },
    Check { name: "tokens", doc: "tokens of an issuer, policies over them", is_slow: false, run: tokens::judged },
    Check { name: "registered", doc: "inner addresses over the API", is_slow: false, run: tokens::registered },
    Check { name: "fuzz", doc: "schemathesis on the admin API", is_slow: true, run: fuzz::api },
    Check { name: "outages", doc: "Redis and the database go away", is_slow: false, run: outages::servers },
    Check { name: "full", doc: "the disk is full", is_slow: false, run: outages::disk },
    Check { name: "batches", doc: "batches of 2025-03-26", is_slow: false, run: corners::batches },
    Check { name: "resumption", doc: "Last-Event-ID after a cut", is_slow: false, run: corners::resumption },
    Check { name: "elsewhere", doc: "streams and posts at two replicas", is_slow: false, run: corners::elsewhere },
    Check { name: "tasks", doc: "tasks of two servers", is_slow: false, run: corners::tasks },
    Check { name: "legacy", doc: "HTTP+SSE of 2024-11-05", is_slow: false, run: corners::legacy },
    Check { name: "gone", doc: "a client leaves, its call is cancelled", is_slow: false, run: corners::gone },
    Check { name: "held", doc: "a stream held for ten minutes", is_slow: true, run: corners::held },
    Check { name: "soak", doc: "an hour with clients that come and go", is_slow: true, run: soak::run },
];

/// Runs the checks.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let only: Vec<&String> = arguments.windows(2).filter(|pair| pair[0] == "--only").map(|pair| &pair[1]).collect();
    let mut parts = Parts::build(has("--debug"))?;
    if let Some(minutes) = arguments.windows(2).find(|pair| pair[0] == "--minutes") {
        parts.minutes = minutes[1].parse().with_context(|| format!("{} is no number of minutes", minutes[1]))?;
    }
    let mut failed = Vec::new();
    for check in CHECKS {
        let is_wanted = only.is_empty() || only.iter().any(|name| *name == check.name);
        if !is_wanted || (check.is_slow && has("--quick") && only.is_empty()) {
            continue;
        }
        let started = Instant::now();
        let outcome = (check.run)(&parts);
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(seen) => println!("ok    {:<11} {seconds:>6.1} s  {}: {seen}", check.name, check.doc),
            Err(error) => {
                println!("FAIL  {:<11} {seconds:>6.1} s  {}: {error:#}", check.name, check.doc);
                failed.push(check.name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{} checks failed: {}", failed.len(), failed.join(", ")) }
}
