//! The repository's tasks: `cargo xtask TASK`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tasks talk to people")]

mod bench;
mod cases;
mod check;
mod cluster;
mod codegen;
mod dist;
mod e2e;
mod fuzz;
mod go_tables;
mod goldens;
mod layers;
mod link;
mod order;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

/// A task: name, arguments, what it does, how.
struct Task {
    name: &'static str,
    arguments: &'static str,
    doc: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const TASKS: &[Task] = &[
    Task { name: "check", arguments: "", doc: "everything CI runs", run: |_| check::run() },
    Task { name: "layers", arguments: "", doc: "the arrows between crates", run: |_| layers::run() },
    Task { name: "tidy", arguments: "", doc: "sizes, docs, code map, compat ids, acceptance", run: |_| tidy::run() },
    Task { name: "link", arguments: "", doc: "builds the release and links target/release/helm", run: |_| link::run() },
    Task {
        name: "cases",
        arguments: "FILE [--kind K] [--show N] [--list FILE]",
        doc: "oracle cases, in process",
        run: cases::run,
    },
    Task { name: "go-tables", arguments: "", doc: "the Go toolchain's own test tables", run: |_| go_tables::run() },
    Task { name: "goldens", arguments: "[NAME]", doc: "goldens written by the real Helm", run: goldens::run },
    Task {
        name: "bench",
        arguments: "[--only ROW] [--corpus DIR]",
        doc: "Corten against Helm, in one run",
        run: bench::run,
    },
    Task { name: "cluster", arguments: "up|down", doc: "a real Kubernetes control plane", run: cluster::run },
    Task {
        name: "e2e",
        arguments: "[--quick] [SUITE…]",
        doc: "tests that need real parts, which it starts",
        run: e2e::run,
    },
    Task { name: "fuzz", arguments: "[TARGET] [--seconds N] [--seed N]", doc: "in-process mutators", run: fuzz::run },
    Task {
        name: "codegen",
        arguments: "[--check]",
        doc: "writes what is generated",
        run: |arguments| codegen::run(arguments.iter().any(|argument| argument == "--check")),
    },
    Task {
        name: "order",
        arguments: "[--again]",
        doc: "the order of functions in the release, from what runs call",
        run: order::run,
    },
    Task { name: "dist", arguments: "", doc: "the release archive", run: |_| dist::run() },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(task) = arguments.first().and_then(|name| TASKS.iter().find(|task| task.name == name)) else {
        eprintln!("usage: cargo xtask TASK");
        for task in TASKS {
            eprintln!("  {:<60} {}", format!("{} {}", task.name, task.arguments), task.doc);
        }
        return ExitCode::from(2);
    };
    match (task.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {}: {error:#}", task.name);
            ExitCode::FAILURE
        }
    }
}
