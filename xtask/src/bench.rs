//! `cargo xtask bench`: Corten against the real Helm, alternating in one run.
//!
//! Every figure is of whole processes, from outside: wall time and peak memory of each run, the
//! median of each side, and the ratio. Rows: the start, every chart of a corpus with its defaults,
//! and charts made up to grow in one direction. Nothing is judged here; `docs/benchmarks.md` holds
//! a run.

mod corpus;
mod measure;
mod scale;

use anyhow::Context as _;
use measure::{Pair, Side};

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
    write: bool,
}

/// Measures and prints; `--write` also writes docs/benchmarks.md.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    if arguments.first().is_some_and(|first| first == "measure") {
        return measure::measure_one(&arguments[1..]);
    }
    let options = parse(arguments)?;
    crate::link::run()?;
    let sides = measure::Sides {
        corten: crate::link::target().join("release/helm").canonicalize().context("no release build")?,
        helm: crate::tools::helm(crate::tools::HELM)?.canonicalize().context("no helm")?,
    };
    let mut rows = Vec::new();
    let wanted = |name: &str| name.contains(&options.only);
    if wanted("start") {
        let pair = sides.measure(&["version"], None, options.runs.max(20))?;
        rows.push(print(Row { group: "start", name: "version".to_owned(), pair }));
    }
    for workload in scale::workloads()? {
        if wanted(&workload.name) {
            let arguments: Vec<&str> = workload.arguments.iter().map(String::as_str).collect();
            let pair = sides.measure(&arguments, None, options.runs)?;
            rows.push(print(Row { group: "scale", name: workload.name, pair }));
        }
    }
    for chart in corpus::charts()? {
        let name = chart.name.clone();
        if wanted(&name) {
            let runs = if chart.makes_keys { options.runs.max(30) } else { options.runs };
            let pair = sides.measure(&["template", "release-name", &chart.path], Some(&chart.folder), runs)?;
            let group = if chart.makes_keys { "corpus, keys" } else { "corpus" };
            rows.push(print(Row { group, name, pair }));
        }
    }
    let report = report(&rows);
    println!("{report}");
    if options.write {
        std::fs::write(crate::workspace::root().join("docs/benchmarks.md"), report)
            .context("cannot write docs/benchmarks.md")?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { only: String::new(), runs: 5, write: false };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--only" => rest.next().context("--only needs a name")?.clone_into(&mut options.only),
            "--runs" => {
                options.runs =
                    rest.next().context("--runs needs a number")?.parse().context("--runs needs a number")?;
            }
            "--write" => options.write = true,
            other => anyhow::bail!("unknown argument {other}"),
        }
    }
    Ok(options)
}

fn print(row: Row) -> Row {
    println!("{}", line(&row));
    row
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

fn report(rows: &[Row]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut text = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench --write`: Corten {} and Helm {} alternating in one run on {cores} cores; medians of whole processes.\n\n",
        env!("CARGO_PKG_VERSION"),
        crate::tools::HELM.number
    );
    let ratio = |row: &Row| row.pair.helm.wall_ms() / row.pair.corten.wall_ms();
    for group in ["start", "scale", "corpus", "corpus, keys"] {
        let ratios: Vec<f64> = rows.iter().filter(|row| row.group == group).map(ratio).collect();
        if let Some(least) = ratios.iter().copied().reduce(f64::min) {
            let memory = rows
                .iter()
                .filter(|row| row.group == group)
                .map(|row| row.pair.corten.peak_mb() / row.pair.helm.peak_mb());
            let summary = format!(
                "- {group}: {} rows, geometric mean {:.1}×, least {least:.1}×, most memory {:.2} of Helm's\n",
                ratios.len(),
                geometric_mean(&ratios),
                memory.fold(0.0, f64::max)
            );
            text.push_str(&summary);
        }
    }
    text.push_str("\n| group | row | Corten ms | Helm ms | faster | Corten MB | Helm MB | memory | output |\n|---|---|--:|--:|--:|--:|--:|--:|---|\n");
    for row in rows {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
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
