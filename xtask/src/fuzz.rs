//! `cargo xtask fuzz`: in-process mutators that look for panics, hangs and unbounded memory.
//!
//! Inputs grow from seeds by random changes of a fixed seed, so a run can be repeated. What breaks
//! is written to `target/fuzz/TARGET/`, and belongs into a case file.

mod mutate;
mod targets;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mutate::Mutator;
use targets::{TARGETS, Target};

/// An input that takes longer than this is a hang. It is the process's own time where the system tells it: on a crowded
/// machine the clock on the wall says nothing.
const LONGEST: Duration = Duration::from_secs(10);
/// More memory than this is a leak or a bomb.
const MOST_MEMORY_KIB: u64 = 4 << 20;

/// Runs one target, or all in turn.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut seconds, mut seed, mut wanted) = (60, 1, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|word| word.parse::<u64>().ok()).context("a number is missing");
        match argument.as_str() {
            "--seconds" => seconds = number()?,
            "--seed" => seed = number()?,
            name => wanted = Some(name.to_owned()),
        }
    }
    let mut findings = 0;
    for target in TARGETS.iter().filter(|target| wanted.as_ref().is_none_or(|name| name == target.name)) {
        findings += run_target(target, Duration::from_secs(seconds), seed)?;
    }
    if findings > 0 {
        bail!("{findings} findings; see target/fuzz");
    }
    Ok(())
}

/// What the watcher looks at: the running input and when it started.
struct Running {
    input: Mutex<Vec<u8>>,
    started_ms: AtomicU64,
}

fn run_target(target: &'static Target, duration: Duration, seed: u64) -> anyhow::Result<usize> {
    std::panic::set_hook(Box::new(|_| {}));
    let running = Arc::new(Running { input: Mutex::default(), started_ms: AtomicU64::new(0) });
    let begin = Instant::now();
    watch(target, Arc::clone(&running), begin);
    let worker = std::thread::Builder::new().stack_size(64 << 20);
    let handle =
        worker.spawn(move || fuzz(target, duration, seed, (&running, begin))).context("cannot start a thread")?;
    let (runs, findings) = handle.join().map_err(|_| anyhow::anyhow!("the fuzzer itself panicked"))?;
    println!("{:<10} {runs:>10} inputs in {} s, {} findings", target.name, duration.as_secs(), findings.len());
    for finding in &findings {
        println!("  {finding}");
    }
    Ok(findings.len())
}

fn fuzz(target: &Target, duration: Duration, seed: u64, (running, begin): (&Running, Instant)) -> (u64, Vec<String>) {
    let mut mutator = Mutator::new(seed, (target.seeds)());
    let mut findings: Vec<String> = Vec::new();
    let mut runs = 0;
    while begin.elapsed() < duration && findings.len() < 20 {
        let input = mutator.next_input();
        if let Ok(mut shown) = running.input.lock() {
            shown.clone_from(&input);
        }
        running.started_ms.store(milliseconds(begin), Ordering::SeqCst);
        let outcome = std::panic::catch_unwind(|| (target.run)(&input));
        running.started_ms.store(0, Ordering::SeqCst);
        runs += 1;
        if let Err(panic) = outcome {
            let text = panic.downcast_ref::<String>().map_or("panic", String::as_str).to_owned();
            let place = save(target.name, &input).unwrap_or_default();
            findings.push(format!("{text} ({})", place.display()));
        }
        if runs % 512 == 0 && memory_kib() > MOST_MEMORY_KIB {
            let place = save(target.name, &input).unwrap_or_default();
            findings.push(format!("more than {} MiB of memory ({})", MOST_MEMORY_KIB >> 10, place.display()));
            break;
        }
    }
    (runs, findings)
}

/// Ends the process when an input hangs: a thread cannot be stopped.
fn watch(target: &'static Target, running: Arc<Running>, begin: Instant) {
    std::thread::spawn(move || {
        // The input that is under way, by when it began, and the time used when it was first seen.
        let mut seen = (0, Duration::ZERO);
        while Arc::strong_count(&running) > 1 {
            std::thread::sleep(Duration::from_millis(250));
            let started = running.started_ms.load(Ordering::SeqCst);
            let used = used(begin);
            if started != seen.0 {
                seen = (started, used);
            }
            if started > 0 && used.saturating_sub(seen.1) > LONGEST {
                let input = running.input.lock().map(|input| input.clone()).unwrap_or_default();
                let place = save(target.name, &input).unwrap_or_default();
                eprintln!("{}: an input hangs: {}", target.name, place.display());
                std::process::abort();
            }
        }
    });
}

/// The processor time of this process, else the time since it began. Linux: proc(5), fields 14 and 15 of `stat`, in
/// hundredths of a second.
fn used(begin: Instant) -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    if ticks.len() == 2 { Duration::from_millis(ticks.iter().sum::<u64>() * 10) } else { begin.elapsed() }
}

fn milliseconds(begin: Instant) -> u64 {
    u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

fn save(target: &str, input: &[u8]) -> Option<PathBuf> {
    let folder = crate::link::target().join("fuzz").join(target);
    std::fs::create_dir_all(&folder).ok()?;
    let path = folder.join(crate::dist::sha256(input).get(..16)?);
    std::fs::write(&path, input).ok()?;
    Some(path)
}

/// Resident memory of this process, where the system tells it.
fn memory_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).map_or(0, |pages| pages * 4)
}
