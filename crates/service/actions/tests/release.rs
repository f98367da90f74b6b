//! The flows of releases against a cluster and a store in memory.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

#[path = "release/bench.rs"]
mod bench;
#[path = "release/crash.rs"]
mod crash;
#[path = "release/flows.rs"]
mod flows;
#[path = "release/heads.rs"]
mod heads;
