//! The goldens of `tests/render`: the binary, called as `helm`, against what the real Helm printed.
//!
//! A case is a folder with `case.toml` (`arguments` behind `template`, run in `tests/charts`) and
//! `golden.yaml` or `error.txt`, which only `cargo xtask goldens` writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/render");
    let mut folders = Vec::new();
    collect(&root, &mut folders);
    folders.sort();
    let trials = folders
        .into_iter()
        .map(|folder| {
            let name = folder.strip_prefix(&root).unwrap_or(&folder).to_string_lossy().replace('\\', "/");
            Trial::test(name, move || check(&folder))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn collect(folder: &Path, folders: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.join("case.toml").exists() {
            folders.push(path);
        } else if path.is_dir() {
            collect(&path, folders);
        }
    }
}

fn check(folder: &Path) -> Result<(), Failed> {
    let case: toml::Table =
        fs::read_to_string(folder.join("case.toml"))?.parse().map_err(|error| format!("{error}"))?;
    let arguments = case.get("arguments").and_then(toml::Value::as_array).ok_or("case.toml has no arguments")?;
    let arguments: Vec<&str> = arguments.iter().filter_map(toml::Value::as_str).collect();
    let output = run(&arguments)?;
    let (file, wanted, got) = match fs::read(folder.join("golden.yaml")) {
        Ok(golden) => ("golden.yaml", golden, output.stdout.clone()),
        Err(_) => ("error.txt", fs::read(folder.join("error.txt"))?, output.stderr.clone()),
    };
    if wanted == got && output.status.success() == (file == "golden.yaml") {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(Failed::from(format!(
        "{}: {}\n{}stderr: {}\nrerun: cd tests/charts && helm template {}",
        folder.join(file).display(),
        output.status,
        corten_testkit::diff(&text(&wanted), &text(&got)),
        text(&output.stderr),
        arguments.join(" ")
    )))
}

/// Runs the binary under the name `helm`, through a link beside it.
fn run(arguments: &[&str]) -> Result<Output, Failed> {
    let binary = Path::new(env!("CARGO_BIN_EXE_corten"));
    let mut command = Command::new(binary);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "helm");
    let output = command
        .arg("template")
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/charts"))
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("TZ", "UTC")
        .output()?;
    Ok(output)
}
