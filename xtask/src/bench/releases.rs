//! `cargo xtask bench releases`: releases on a real cluster, Corten and Helm by turns.
//!
//! Every figure is of whole processes: wall time and peak memory, medians of rounds in which the two take turns, each
//! in a namespace of its own. A first round warms both up and goes through the counting proxy; rows with added latency
//! go through it always. `--binary FILE` takes a built binary, `--rounds N`, `--only ROW`, `--write` puts the section
//! into docs/benchmarks.md.

mod prepare;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::measure::{self, Side};
use super::section;
use crate::e2e::stand::{Stand, Who};

/// Where the section of the report begins in docs/benchmarks.md.
const HEADING: &str = "## Releases on a cluster";
/// How many objects the large chart has.
const OBJECTS: usize = 500;
/// How many releases are listed, with three revisions each.
const RELEASES: usize = 1000;
/// How many definitions the server has when its kinds are asked for.
const DEFINITIONS: usize = 500;
/// What memory must not exceed, as a share of Helm's.
const MEMORY_BAR: f64 = 0.25;

/// What is measured: its name, how many times faster it has to be, the command.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    bar: f64,
    command: &'static str,
}

/// The life of the large chart.
const LIFE: &[Step] = &[
    Step { name: "install", bar: 2.5, command: "install r CHART" },
    Step { name: "no-op upgrade", bar: 5.0, command: "upgrade r CHART" },
    Step { name: "status", bar: 4.0, command: "status r" },
    Step { name: "uninstall", bar: 2.0, command: "uninstall r" },
];
/// The same far away from the server; what has no bar is only done to tidy up.
const FAR: &[Step] = &[
    Step { name: "install, 20 ms away", bar: 3.0, command: "install r CHART" },
    Step { name: "no-op upgrade, 20 ms away", bar: 15.0, command: "upgrade r CHART" },
    Step { name: "uninstall, 20 ms away", bar: 0.0, command: "uninstall r" },
];
const LIST: Step = Step { name: "list", bar: 10.0, command: "list --max 0" };
const DISCOVERY: Step =
    Step { name: "discovery, nothing cached", bar: 3.0, command: "template r CHART --dry-run=server" };
/// Helm keeps what a server serves for six hours, on disk.
const CACHED: Step = Step { name: "discovery, cached by Helm", bar: 0.0, command: "template r CHART --dry-run=server" };

/// What one side showed in a row.
#[derive(Default)]
struct Shown {
    runs: Vec<Side>,
    requests: usize,
}

/// A row of the report.
struct Row {
    step: Step,
    corten: Shown,
    helm: Shown,
}

/// What to measure.
struct Options {
    binary: Option<PathBuf>,
    rounds: usize,
    only: String,
    write: bool,
}

/// Measures and prints; `--write` also puts the section into docs/benchmarks.md.
pub(super) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let options = parse(arguments)?;
    let binary = if let Some(binary) = &options.binary {
        binary.clone()
    } else {
        crate::link::run()?;
        crate::link::target().join("release/corten")
    };
    let stand = Stand::start(Some(&binary), None)?;
    let wanted = |name: &str| name.contains(&options.only);
    let mut report = Report { text: head(&options), options: &options };
    if LIFE.iter().any(|step| wanted(step.name)) {
        let chart = prepare::large_chart(&stand, OBJECTS)?;
        report.add(&life(&stand, LIFE, &chart, "", options.rounds)?)?;
    }
    if wanted(LIST.name) {
        report.add(&[list(&stand, options.rounds)?])?;
    }
    if FAR.iter().any(|step| wanted(step.name)) {
        let chart = prepare::large_chart(&stand, OBJECTS)?;
        report.add(&life(&stand, FAR, &chart, "latency=20ms", options.rounds.min(3))?)?;
    }
    if wanted(DISCOVERY.name) {
        // Last: so many definitions keep the server busy.
        report.add(&discovery(&stand, options.rounds)?)?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { binary: None, rounds: 5, only: String::new(), write: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--binary" => options.binary = Some(value()?.into()),
            "--rounds" => options.rounds = value()?.parse().context("--rounds needs a number")?,
            "--only" => value()?.clone_into(&mut options.only),
            "--write" => options.write = true,
            other => bail!("unknown argument {other}"),
        }
    }
    Ok(options)
}

/// The life of a chart, a round after the other.
fn life(stand: &Stand, steps: &[Step], chart: &str, plan: &str, rounds: usize) -> anyhow::Result<Vec<Row>> {
    let namespaces = [stand.namespace("bench")?, stand.namespace("bench")?];
    let mut rows: Vec<Row> = steps.iter().map(|step| Row::new(*step)).collect();
    for round in 0..=rounds {
        for row in &mut rows {
            let command = row.step.command.replace("CHART", chart);
            take_turns(stand, row, &command, &namespaces, Round { number: round, plan })?;
        }
    }
    Ok(rows)
}

/// One round of a row.
#[derive(Clone, Copy)]
struct Round<'a> {
    number: usize,
    /// What the proxy does; empty when it is only in between for counting.
    plan: &'a str,
}

impl Round<'_> {
    /// The first only warms up.
    fn counts(self) -> bool {
        self.number > 0
    }
}

/// Both sides once, the first one last time the second one now.
fn take_turns(
    stand: &Stand,
    row: &mut Row,
    command: &str,
    namespaces: &[String; 2],
    round: Round<'_>,
) -> anyhow::Result<()> {
    let mut order = [(Who::Helm, &namespaces[0]), (Who::Corten, &namespaces[1])];
    if round.number % 2 == 1 {
        order.reverse();
    }
    for (who, namespace) in order {
        if row.step.name == DISCOVERY.name {
            prepare::forget(stand)?;
        }
        let through_proxy = !round.counts() || !round.plan.is_empty();
        stand.proxy.plan(if round.counts() { round.plan } else { "" })?;
        let kubeconfig = if through_proxy { stand.proxy.kubeconfig().to_owned() } else { stand.plane.kubeconfig() };
        let mut measured = measure::measuring(stand.binary(who))?;
        measured.args(command.split(' ')).args(["--namespace", namespace]);
        stand.dress(&mut measured, &kubeconfig);
        let (side, succeeded) = measure::sample(&mut measured)?;
        if !succeeded {
            let output = stand.run(who, namespace, &command.split(' ').collect::<Vec<_>>())?;
            bail!("{who:?} {command}: failed; once more: {}", String::from_utf8_lossy(&output.stderr));
        }
        let shown = row.of(who);
        if round.counts() {
            shown.runs.push(side);
        } else {
            shown.requests = stand.proxy.stats()?.count;
        }
        // What the server still does for the last command is not the next one's.
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn list(stand: &Stand, rounds: usize) -> anyhow::Result<Row> {
    let namespace = prepare::many_releases(stand, RELEASES)?;
    let mut row = Row::new(LIST);
    let namespaces = [namespace.clone(), namespace];
    for number in 0..=rounds {
        take_turns(stand, &mut row, LIST.command, &namespaces, Round { number, plan: "" })?;
    }
    Ok(row)
}

fn discovery(stand: &Stand, rounds: usize) -> anyhow::Result<Vec<Row>> {
    let chart = prepare::definitions(stand, DEFINITIONS)?;
    let namespace = stand.namespace("bench")?;
    let namespaces = [namespace.clone(), namespace];
    let mut rows = Vec::new();
    for step in [DISCOVERY, CACHED] {
        let mut row = Row::new(step);
        let command = step.command.replace("CHART", &chart);
        for number in 0..=rounds {
            take_turns(stand, &mut row, &command, &namespaces, Round { number, plan: "" })?;
        }
        rows.push(row);
    }
    Ok(rows)
}

impl Row {
    fn new(step: Step) -> Self {
        Self { step, corten: Shown::default(), helm: Shown::default() }
    }

    fn of(&mut self, who: Who) -> &mut Shown {
        match who {
            Who::Corten => &mut self.corten,
            Who::Helm | Who::Helm3 => &mut self.helm,
        }
    }

    fn line(&self) -> String {
        let (corten, helm) = (measure::median(&self.corten.runs), measure::median(&self.helm.runs));
        let faster = helm.wall_seconds / corten.wall_seconds;
        let memory = corten.peak_kib / helm.peak_kib;
        let mut missed = Vec::new();
        if faster < self.step.bar {
            missed.push("speed");
        }
        if memory > MEMORY_BAR {
            missed.push("memory");
        }
        if self.corten.requests > self.helm.requests {
            missed.push("requests");
        }
        let verdict = match (self.step.bar > 0.0, missed.is_empty()) {
            (false, _) => "no bar".to_owned(),
            (true, true) => "yes".to_owned(),
            (true, false) => format!("no: {}", missed.join(", ")),
        };
        let bar = if self.step.bar > 0.0 { format!("{}×", self.step.bar) } else { "–".to_owned() };
        format!(
            "| {} | {:.0} | {:.0} | {faster:.1}× | {bar} | {:.1} | {:.1} | {memory:.2} | {} | {} | {verdict} |",
            self.step.name,
            corten.wall_seconds * 1000.0,
            helm.wall_seconds * 1000.0,
            corten.peak_kib / 1024.0,
            helm.peak_kib / 1024.0,
            self.corten.requests,
            self.helm.requests,
        )
    }
}

/// What is known so far; with `--write`, the file always holds all rows that are done.
struct Report<'a> {
    text: String,
    options: &'a Options,
}

impl Report<'_> {
    fn add(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        for row in rows {
            println!("{}", row.line());
            let _ = writeln!(self.text, "{}", row.line());
        }
        if self.options.write { section::write(HEADING, &self.text) } else { Ok(()) }
    }
}

fn head(options: &Options) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{HEADING}\n\n`cargo xtask bench releases --write`: Corten {} and Helm {} by turns on a control plane of their own, all on \
         {cores} cores; medians of {} rounds\n(3 for rows 20 ms away), and the requests that the API server got from each. \
         A chart of {OBJECTS} ConfigMaps; {RELEASES} releases with\n3 revisions; a server with {DEFINITIONS} definitions, where \
         Helm's cache of kinds is emptied before each run, or not.\n\n\
         | row | Corten ms | Helm ms | faster | bar | Corten MB | Helm MB | memory (bar {MEMORY_BAR}) | requests | of Helm | holds |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
        env!("CARGO_PKG_VERSION"),
        crate::tools::HELM.number,
        options.rounds,
    )
}
