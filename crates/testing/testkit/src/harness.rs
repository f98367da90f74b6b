//! Runs every case of a folder as a test of its own name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::case::{Case, parse_cases};

/// What evaluating a case gives: the bytes of its output, or of its error.
type Outcome = Result<Vec<u8>, Vec<u8>>;

/// Runs every case below a folder (`*.txt`) as a test of its own.
pub fn run(folder: impl AsRef<Path>, evaluate: fn(&Case) -> Outcome) -> ExitCode {
    let arguments = Arguments::from_args();
    let update = std::env::var_os("UPDATE").is_some();
    let mut trials = Vec::new();
    for file in case_files(folder.as_ref()) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        match parse_cases(&text) {
            Ok(cases) if update => {
                let outcome = update_file(&file, &text, &cases, evaluate);
                trials.push(Trial::test(file.display().to_string(), move || outcome.map_err(Failed::from)));
            }
            Ok(cases) => trials.extend(cases.into_iter().map(|case| trial(file.clone(), case, evaluate))),
            Err(error) => trials.push(Trial::test(file.display().to_string(), move || Err(Failed::from(error)))),
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files
}

fn trial(file: PathBuf, case: Case, evaluate: fn(&Case) -> Outcome) -> Trial {
    Trial::test(case.name.clone(), move || {
        let (want_kind, want) = expectation(&case);
        let (kind, got) = show(evaluate(&case));
        if kind == want_kind && got == want {
            return Ok(());
        }
        Err(Failed::from(format!(
            "{}:{}: want {want_kind}, got {kind}\n{}rerun: cargo test {} (UPDATE=1 rewrites what may be rewritten)",
            file.display(),
            case.line,
            diff(want, &got),
            case.name
        )))
    })
}

fn expectation(case: &Case) -> (&'static str, &str) {
    match case.section("error") {
        Some(text) => ("error", text),
        None => ("output", case.section("output").unwrap_or_default()),
    }
}

fn show(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Ok(bytes) => ("output", String::from_utf8_lossy(&bytes).into_owned()),
        Err(bytes) => ("error", String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// A line diff for people: `-` expected, `+` got.
pub fn diff(want: &str, got: &str) -> String {
    similar::TextDiff::from_lines(want, got).unified_diff().context_radius(3).header("expected", "got").to_string()
        + "\n"
}

fn update_file(file: &Path, text: &str, cases: &[Case], evaluate: fn(&Case) -> Outcome) -> Result<(), String> {
    let head: Vec<&str> = text.lines().take_while(|line| !line.starts_with("#=== ")).collect();
    let headers: Vec<&str> = text.lines().filter(|line| line.starts_with("#=== ")).collect();
    let mut lines: Vec<String> = head.into_iter().map(str::to_owned).collect();
    for (case, header) in cases.iter().zip(headers) {
        lines.push(header.to_owned());
        let fresh = (!case.is_fact()).then(|| show(evaluate(case)));
        for (title, text) in &case.sections {
            if fresh.is_none() || !matches!(title.as_str(), "output" | "error") {
                lines.push(format!("#--- {title}\n{text}"));
            }
        }
        if let Some((kind, got)) = fresh {
            lines.push(format!("#--- {kind}\n{got}"));
        }
    }
    let out = lines.join("\n") + "\n";
    if out == text {
        return Ok(());
    }
    fs::write(file, out).map_err(|error| format!("cannot rewrite {}: {error}", file.display()))
}
