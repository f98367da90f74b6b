//! `cargo xtask cases FILE`: cases answered by the real Helm, run through our crates in process.
//!
//! A case is a JSON line `{"id", "kind", "in", "want"}`. Each kind has a function that answers an
//! input; what Helm answers otherwise is a failure, explained by an id of `docs/compat.md` or not.

mod coalesce;
mod emit;
mod explained;
mod glob;
mod ignore;
mod lint;
mod manifest;
mod render;
mod schema;
mod semver;
mod strvals;
mod toml;
mod tpl;
mod yaml;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};

use anyhow::{Context as _, bail};
use serde_json::Value as Json;

/// Output or error text.
pub(crate) type Answer = Result<Vec<u8>, Vec<u8>>;

/// A way to answer an input.
type Evaluate = fn(&Json) -> Answer;

/// Every kind and how it is answered.
const KINDS: &[(&str, Evaluate)] = &[
    ("render", render::answer),
    ("func", tpl::answer),
    ("grammar", render::answer),
    ("printf", tpl::answer),
    ("yaml", yaml::answer),
    ("emit", emit::answer),
    ("toml", toml::answer),
    ("strvals", strvals::answer),
    ("coalesce", coalesce::answer),
    ("semver", semver::answer),
    ("date", tpl::answer),
    ("regex", tpl::answer),
    ("glob", glob::answer),
    ("ignore", ignore::answer),
    ("schema", schema::answer),
    ("manifest", manifest::answer),
    ("lint", lint::answer),
];

/// What to run and what to show.
struct Options {
    file: String,
    kind: Option<String>,
    show: usize,
    list: Option<String>,
}

/// Runs the cases of a file.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let options = parse(arguments)?;
    // Deep templates need a deep stack, as in the binary.
    let worker = std::thread::Builder::new().stack_size(256 << 20);
    let handle = worker.spawn(move || run_file(&options)).context("cannot start a thread")?;
    handle.join().map_err(|_| anyhow::anyhow!("a case panicked outside of catch_unwind"))?
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { file: String::new(), kind: None, show: 5, list: None };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().cloned().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--kind" => options.kind = Some(value()?),
            "--show" => options.show = value()?.parse().context("--show takes a number")?,
            "--list" => options.list = Some(value()?),
            file => file.clone_into(&mut options.file),
        }
    }
    if options.file.is_empty() {
        bail!("usage: cargo xtask cases FILE [--kind K] [--show N] [--list FILE]");
    }
    Ok(options)
}

/// Counts of one kind.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    explained: usize,
}

fn run_file(options: &Options) -> anyhow::Result<()> {
    let file = std::fs::File::open(&options.file).with_context(|| format!("cannot open {}", options.file))?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut failed_ids = Vec::new();
    let mut shown = 0;
    std::panic::set_hook(Box::new(|_| {}));
    for line in BufReader::new(file).lines() {
        let case: Json = serde_json::from_str(&line?).context("a line is no case")?;
        let kind = case["kind"].as_str().unwrap_or_default().to_owned();
        if options.kind.as_ref().is_some_and(|wanted| *wanted != kind) {
            continue;
        }
        let want = wanted(&case["want"])?;
        let got = answer(&kind, &case["in"]);
        let tally = tallies.entry(kind.clone()).or_default();
        if got == want {
            tally.passed += 1;
            continue;
        }
        tally.failed += 1;
        let reason = explained::explain(&kind, &case["in"], &want, &got);
        tally.explained += usize::from(reason.is_some());
        failed_ids.push(format!("{}\t{}", case["id"].as_str().unwrap_or_default(), reason.unwrap_or("-")));
        if reason.is_none() && shown < options.show {
            shown += 1;
            show(&case, &want, &got);
        }
    }
    if let Some(list) = &options.list {
        std::fs::write(list, failed_ids.join("\n") + "\n").with_context(|| format!("cannot write {list}"))?;
    }
    summary(&tallies)
}

fn answer(kind: &str, input: &Json) -> Answer {
    let Some((_, evaluate)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        return Err(format!("unknown kind {kind}").into_bytes());
    };
    std::panic::catch_unwind(|| evaluate(input)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        Err(format!("PANIC in corten: {text}").into_bytes())
    })
}

fn wanted(want: &Json) -> anyhow::Result<Answer> {
    let text = |key: &str| want[key].as_str().map(|text| text.as_bytes().to_vec());
    let packed = |key: &str| {
        want[key].as_str().map(|text| data_encoding::BASE64.decode(text.as_bytes())).transpose().context("bad base64")
    };
    if let Some(out) = text("out").or(packed("out_b64")?) {
        return Ok(Ok(out));
    }
    text("err").or(packed("err_b64")?).map(Err).context("a case without an answer")
}

fn show(case: &Json, want: &Answer, got: &Answer) {
    let label = |answer: &Answer| match answer {
        Ok(out) => format!("out {:?}", String::from_utf8_lossy(out)),
        Err(error) => format!("err {:?}", String::from_utf8_lossy(error)),
    };
    println!("{}\n  in:   {}\n  want: {}\n  got:  {}", case["id"], case["in"], label(want), label(got));
}

fn summary(tallies: &BTreeMap<String, Tally>) -> anyhow::Result<()> {
    let mut total = Tally::default();
    for (kind, tally) in tallies {
        println!("{kind:<10} {:>6} passed {:>6} failed {:>6} explained", tally.passed, tally.failed, tally.explained);
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.explained += tally.explained;
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    println!("{} of the failed are explained in docs/compat.md", total.explained);
    std::io::stdout().flush().context("cannot print")?;
    if total.failed > total.explained {
        bail!("{} differences are not explained", total.failed - total.explained);
    }
    Ok(())
}
