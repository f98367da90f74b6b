//! The flows of releases against a cluster and a store in memory.

#[path = "release/bench.rs"]
mod bench;
#[path = "release/crash.rs"]
mod crash;
#[path = "release/flows.rs"]
mod flows;
