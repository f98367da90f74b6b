//! `cargo xtask bench`: Corten against the real Helm, alternating in one run; `bench gateway` is about the gateway,
//! `bench releases` about releases on a cluster.
//!
//! Every figure is of whole processes, from outside: wall time and peak memory of each run, the
//! median of each side, and the ratio. Rows: the start, every chart of a corpus with its defaults,
//! and charts made up to grow in one direction. Nothing is judged here; `docs/benchmarks.md` holds
//! a run.

mod corpus;
mod gateway;
mod keys;
mod measure;
mod releases;
mod scale;
mod section;

use anyhow::Context as _;
pub(crate) use corpus::charts as corpus_charts;
use measure::{Limit, Pair, Side};

/// Where the report begins in docs/benchmarks.md; the sections of the other benches follow it.
const HEADING: &str = "# Benchmarks";

/// One line of the result.
struct Row {
    group: &'static str,
    name: String,
    pair: Pair,
}

/// What to measure.
struct Options {
    only: String,
    runs: usize,
    /// After so many seconds a row is done with the runs it has, at least three.
    row_seconds: u64,
    write: bool,
    binary: Option<std::path::PathBuf>,
}

/// Measures and prints; `--write` also writes docs/benchmarks.md.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    if arguments.first().is_some_and(|first| first == "measure") {
        return measure::measure_one(&arguments[1..]);
    }
    if arguments.first().is_some_and(|first| first == "gateway") {
        return gateway::run(&arguments[1..]);
    }
    if arguments.first().is_some_and(|first| first == "releases") {
        return releases::run(&arguments[1..]);
    }
    let options = parse(arguments)?;
    let corten = if let Some(binary) = &options.binary {
        binary.clone()
    } else {
        crate::link::run()?;
        crate::link::target().join("release/helm")
    };
    let sides = measure::Sides {
        corten: corten.canonicalize().context("no release build")?,
        helm: crate::tools::helm(crate::tools::HELM)?.canonicalize().context("no helm")?,
    };
    let mut table = Table { rows: Vec::new(), options: &options };
    let limit = |runs: usize| Limit { runs, seconds: options.row_seconds };
    let wanted = |name: &str| name.contains(&options.only);
    if wanted("start") {
        table.add("start", "version", sides.measure(&["version"], None, limit(options.runs.max(20)))?)?;
    }
    for workload in scale::workloads()? {
        if wanted(&workload.name) {
            let arguments: Vec<&str> = workload.arguments.iter().map(String::as_str).collect();
            table.add("scale", &workload.name, sides.measure(&arguments, None, limit(options.runs))?)?;
        }
    }
    for chart in corpus::charts()? {
        if wanted(&chart.name) {
            let arguments = ["template", "release-name", chart.path.as_str()];
            let makes_keys = keys::are_made(&chart.folder.join(&chart.path));
            let runs = if makes_keys { options.runs.max(30) } else { options.runs };
            let group = if makes_keys { "corpus, keys" } else { "corpus" };
            table.add(group, &chart.name, sides.measure(&arguments, Some(&chart.folder), limit(runs))?)?;
        }
    }
    println!("{}", summary(&table.rows));
    Ok(())
}

/// What was measured so far.
struct Table<'a> {
    rows: Vec<Row>,
    options: &'a Options,
}

impl Table<'_> {
    /// Prints a row; with `--write`, the file always holds all rows that are done.
    fn add(&mut self, group: &'static str, name: &str, pair: Pair) -> anyhow::Result<()> {
        let row = Row { group, name: name.to_owned(), pair };
        println!("{}", line(&row));
        self.rows.push(row);
        if self.options.write {
            section::write(HEADING, &report(&self.rows, self.options))?;
        }
        Ok(())
    }
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { only: String::new(), runs: 5, row_seconds: 20, write: false, binary: None };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--only" => rest.next().context("--only needs a name")?.clone_into(&mut options.only),
            "--binary" => options.binary = Some(rest.next().context("--binary needs a file")?.into()),
            "--runs" => {
                options.runs =
                    rest.next().context("--runs needs a number")?.parse().context("--runs needs a number")?;
            }
            "--row-seconds" => {
                let text = rest.next().context("--row-seconds needs a number")?;
                options.row_seconds = text.parse().context("--row-seconds needs a number")?;
            }
            "--write" => options.write = true,
            other => anyhow::bail!("unknown argument {other}"),
        }
    }
    Ok(options)
}

fn line(row: &Row) -> String {
    let Pair { corten, helm, same } = &row.pair;
    format!(
        "| {} | {} | {:.1} | {:.1} | {:.1}× | {:.1} | {:.1} | {:.2} | {} |",
        row.group,
        row.name,
        corten.wall_ms(),
        helm.wall_ms(),
        helm.wall_ms() / corten.wall_ms(),
        corten.peak_mb(),
        helm.peak_mb(),
        corten.peak_mb() / helm.peak_mb(),
        if *same { "same" } else { "DIFFERENT" },
    )
}

fn report(rows: &[Row], options: &Options) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut text = format!(
        "{HEADING}\n\nWritten by `cargo xtask bench --write`: Corten {} and Helm {} alternating in one run on {cores} cores. \
         Every figure is a median\nof whole processes: {} runs a row, 30 for charts that make keys, fewer (at least 3) where a row \
         would take longer than {} s.\n`DIFFERENT` is output that depends on chance (keys, passwords) or on the build \
         (`version`).\n\n",
        env!("CARGO_PKG_VERSION"),
        crate::tools::HELM.number,
        options.runs,
        options.row_seconds,
    );
    text.push_str(&summary(rows));
    text.push_str("\n| group | row | Corten ms | Helm ms | faster | Corten MB | Helm MB | memory | output |\n|---|---|--:|--:|--:|--:|--:|--:|---|\n");
    for row in rows.iter().filter(|row| !row.group.starts_with("corpus")) {
        text.push_str(&line(row));
        text.push('\n');
    }
    let mut charts: Vec<&Row> = rows.iter().filter(|row| row.group.starts_with("corpus")).collect();
    charts.sort_by(|left, right| left.ratio().total_cmp(&right.ratio()));
    text.push_str(
        "\nThe charts of the corpus, least first: how much faster (share of Helm's memory; `k` makes keys).\n\n",
    );
    let shown: Vec<String> = charts.iter().map(|row| row.in_short()).collect();
    text.push_str(&shown.join(",\n"));
    text.push('\n');
    text
}

/// One line per group.
fn summary(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for group in ["start", "scale", "corpus", "corpus, keys"] {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.group == group).collect();
        let ratios: Vec<f64> = rows.iter().map(|row| row.ratio()).collect();
        if let Some(least) = ratios.iter().copied().reduce(f64::min) {
            let memory = rows.iter().map(|row| row.memory()).fold(0.0, f64::max);
            let (count, mean) = (ratios.len(), geometric_mean(&ratios));
            lines.push(format!(
                "- {group}: {count} rows, geometric mean {mean:.1}×, least {least:.1}×, most memory {memory:.2} of Helm's\n"
            ));
        }
    }
    lines.concat()
}

impl Row {
    fn ratio(&self) -> f64 {
        self.pair.helm.wall_ms() / self.pair.corten.wall_ms()
    }

    fn memory(&self) -> f64 {
        self.pair.corten.peak_mb() / self.pair.helm.peak_mb()
    }

    fn in_short(&self) -> String {
        let keys = if self.group == "corpus, keys" { " k" } else { "" };
        format!("{} {:.1}× ({:.2}{keys})", self.name, self.ratio(), self.memory())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

impl Side {
    fn wall_ms(&self) -> f64 {
        self.wall_seconds * 1000.0
    }

    fn peak_mb(&self) -> f64 {
        self.peak_kib / 1024.0
    }
}
