//! Times and peak memory of whole processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

/// The two binaries.
pub(super) struct Sides {
    pub corten: PathBuf,
    pub helm: PathBuf,
}

/// Medians of one side.
pub(super) struct Side {
    pub wall_seconds: f64,
    pub peak_kib: f64,
}

/// Medians of both sides, and whether they printed the same.
pub(super) struct Pair {
    pub corten: Side,
    pub helm: Side,
    pub same: bool,
}

/// How often to run.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub runs: usize,
    pub seconds: u64,
}

/// Fewer runs have no median.
const FEWEST_RUNS: usize = 3;

impl Sides {
    /// Runs both in turn, one warm-up each, and takes medians.
    pub(super) fn measure(&self, arguments: &[&str], folder: Option<&Path>, limit: Limit) -> anyhow::Result<Pair> {
        let (mut corten, mut helm) = (Vec::new(), Vec::new());
        let start = Instant::now();
        for round in 0..=limit.runs {
            if round > FEWEST_RUNS && start.elapsed().as_secs() >= limit.seconds {
                break;
            }
            let (ours, theirs) = (run(&self.corten, arguments, folder)?, run(&self.helm, arguments, folder)?);
            if round > 0 {
                corten.push(ours);
                helm.push(theirs);
            }
        }
        let same = output(&self.corten, arguments, folder)? == output(&self.helm, arguments, folder)?;
        Ok(Pair { corten: median(&corten), helm: median(&helm), same })
    }
}

fn run(binary: &Path, arguments: &[&str], folder: Option<&Path>) -> anyhow::Result<Side> {
    let mut command = measuring(binary)?;
    command.args(arguments).current_dir(folder.unwrap_or(Path::new(".")));
    Ok(sample(&mut command)?.0)
}

/// A command that runs a program in a small process of our own, which is asked for the memory of its only child.
pub(super) fn measuring(binary: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("no path of this program")?);
    command.args(["bench", "measure"]).arg(binary);
    Ok(command)
}

/// One run of such a command, and whether it succeeded.
pub(super) fn sample(command: &mut Command) -> anyhow::Result<(Side, bool)> {
    let output = command.output().context("cannot measure")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok());
    match (number(), number()) {
        (Some(wall_seconds), Some(peak_kib)) => Ok((Side { wall_seconds, peak_kib }, words.next() == Some("true"))),
        _ => bail!("measuring failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The inner process: runs the command and prints seconds, KiB and whether it succeeded.
pub(super) fn measure_one(arguments: &[String]) -> anyhow::Result<()> {
    let (program, rest) = arguments.split_first().context("nothing to measure")?;
    let start = Instant::now();
    let status = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {program}"))?;
    let wall = start.elapsed().as_secs_f64();
    println!("{wall} {} {}", peak_kib()?, status.success());
    Ok(())
}

#[cfg(unix)]
fn peak_kib() -> anyhow::Result<i64> {
    use nix::sys::resource::{UsageWho, getrusage};
    Ok(getrusage(UsageWho::RUSAGE_CHILDREN).context("no resource usage")?.max_rss())
}

#[cfg(not(unix))]
fn peak_kib() -> anyhow::Result<i64> {
    bail!("memory is measured on Unix only")
}

fn output(binary: &Path, arguments: &[&str], folder: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(binary)
        .args(arguments)
        .current_dir(folder.unwrap_or(Path::new(".")))
        .output()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    Ok(output.stdout)
}

/// The medians of some runs.
pub(super) fn median(runs: &[Side]) -> Side {
    let middle = |part: fn(&Side) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(part).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Side { wall_seconds: middle(|side| side.wall_seconds), peak_kib: middle(|side| side.peak_kib) }
}
