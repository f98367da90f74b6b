//! The tour of the README: every command prints what it shows, `…` standing for what is cut.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is missing")]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// What a command prints on both streams, stdout first.
fn printed(command: &str) -> String {
    let mut words = command.split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_corten"))
        .arg0(words.next().unwrap())
        .args(words)
        .current_dir(root())
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The first line of `lines` that looks as shown, and what comes after it.
fn after<'a>(mut lines: &'a [&'a str], shown: &str) -> Option<&'a [&'a str]> {
    while let Some((line, rest)) = lines.split_first() {
        if is_shown(line, shown) {
            return Some(rest);
        }
        lines = rest;
    }
    None
}

fn is_shown(line: &str, shown: &str) -> bool {
    line == shown || shown.strip_suffix('…').is_some_and(|start| line.starts_with(start))
}

/// Lines follow each other as shown, but for gaps of `…`.
fn compare(command: &str, output: &str, shown: &[&str]) {
    let lines: Vec<&str> = output.lines().collect();
    let mut rest = &lines[..];
    let mut is_gap = false;
    for line in shown {
        if *line == "…" {
            is_gap = true;
            continue;
        }
        let behind = if is_gap {
            after(rest, line)
        } else {
            rest.split_first().filter(|(first, _)| is_shown(first, line)).map(|(_, behind)| behind)
        };
        let Some(behind) = behind else { panic!("{command}: no line\n{line}\nin\n{output}") };
        (rest, is_gap) = (behind, false);
    }
    assert!(is_gap || rest.iter().all(|line| line.is_empty()), "{command}: the README does not show\n{rest:?}");
}

#[test]
fn the_tour_shows_real_output() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut count = 0;
    for block in readme.split("```console\n$ ").skip(1) {
        let (command, shown) = block.split_once("\n```").unwrap().0.split_once('\n').unwrap();
        compare(command, &printed(command), &shown.lines().collect::<Vec<_>>());
        count += 1;
    }
    assert!(count >= 5, "{count}");
}
