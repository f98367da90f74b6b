//! `cargo xtask e2e [--quick] [SUITE…]`: tests with real parts, which `cargo test` alone does not need.
//!
//! Suites on a cluster share one control plane, which is started for them. The others start what they need
//! themselves. `--quick` takes a part of each; `--only NAME` one part of the gateway's checks or the charts of the
//! corpus with that in their name.

mod adapter;
mod corpus;
mod crash;
mod faults;
pub(crate) mod gateway;
mod interop;
mod kubeconfig;
mod objects;
mod parts;
pub(crate) mod proxy;
mod refusals;
pub(crate) mod stand;
mod store;
mod texts;

use anyhow::bail;

use stand::Stand;

/// How much of a suite runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A part that takes minutes.
    Quick,
    /// All of it.
    Full,
}

/// A suite: name, what it shows, how it runs.
struct Suite {
    name: &'static str,
    doc: &'static str,
    kind: Kind,
}

/// What a suite needs.
enum Kind {
    /// A control plane.
    Cluster(fn(&Stand, Depth) -> anyhow::Result<()>),
    /// Nothing that it does not start itself; it gets the arguments.
    Alone(fn(&[String]) -> anyhow::Result<()>),
}

const SUITES: &[Suite] = &[
    Suite { name: "adapter", doc: "the cluster adapter's tests", kind: Kind::Cluster(adapter::run) },
    Suite { name: "interop", doc: "Corten and the real Helm on the same releases", kind: Kind::Cluster(interop::run) },
    Suite { name: "kubeconfig", doc: "ways to say which cluster", kind: Kind::Cluster(kubeconfig::run) },
    Suite { name: "refusals", doc: "what cannot work", kind: Kind::Cluster(refusals::run) },
    Suite { name: "corpus", doc: "real charts installed by both", kind: Kind::Cluster(corpus::run) },
    Suite { name: "faults", doc: "an API server that fails", kind: Kind::Cluster(faults::run) },
    Suite { name: "crash", doc: "kill -9 at every request", kind: Kind::Cluster(crash::run) },
    Suite {
        name: "gateway-store",
        doc: "the store's suite on PostgreSQL, MariaDB and Redis",
        kind: Kind::Alone(|_| store::run()),
    },
    Suite { name: "gateway", doc: "the gateway with real servers around it", kind: Kind::Alone(gateway::run) },
];

/// Runs the suites that are named, or all.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let depth = if arguments.iter().any(|argument| argument == "--quick") { Depth::Quick } else { Depth::Full };
    let mut wanted = Vec::new();
    let (mut binary, mut only) = (None, None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--only" => only = words.next().cloned(),
            "--minutes" => drop(words.next()),
            "--binary" => binary = words.next().map(std::path::PathBuf::from),
            word if word.starts_with("--") => {}
            name => {
                if let Some(suite) = SUITES.iter().find(|suite| suite.name == name) {
                    wanted.push(suite);
                } else {
                    let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
                    bail!("there is no suite {name}: use one of {}", known.join(", "));
                }
            }
        }
    }
    if wanted.is_empty() {
        wanted.extend(SUITES);
    }
    let mut stand = None;
    let mut failed = Vec::new();
    for suite in wanted {
        println!("== {}: {}", suite.name, suite.doc);
        let outcome = match suite.kind {
            Kind::Alone(run) => run(arguments),
            Kind::Cluster(run) => {
                let stand = match &mut stand {
                    Some(stand) => stand,
                    none => none.insert(Stand::start(binary.as_deref(), only.take())?),
                };
                run(stand, depth)
            }
        };
        if let Err(error) = outcome {
            println!("FAIL {}: {error:#}", suite.name);
            failed.push(suite.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{} suites failed: {}", failed.len(), failed.join(", ")) }
}
