//! Keeps the house in order: file sizes, module docs, the code map, compat ids, acceptance rows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use crate::workspace::{read, tracked};

/// The most lines of a file that is no table, test or generated.
const LONGEST_FILE: usize = 800;
/// The most lines of a `lib.rs`.
const LONGEST_LIB: usize = 60;
/// Names that say nothing.
const BANNED_NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "manager", "mod"];

/// Prints what is wrong and fails when anything is.
pub(crate) fn run() -> anyhow::Result<()> {
    let problems = problems()?;
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{} untidy places:\n  {}", problems.len(), problems.join("\n  "))
}

fn problems() -> anyhow::Result<Vec<String>> {
    let sources: Vec<(String, String)> = tracked(".")?
        .into_iter()
        .filter(|file| has_extension(file, "rs"))
        .map(|file| read(&file).map(|text| (file, text)))
        .collect::<anyhow::Result<_>>()?;
    let mut problems: Vec<String> = sources.iter().flat_map(|(file, text)| file_problems(file, text)).collect();
    problems.extend(code_map_problems(&sources)?);
    problems.extend(compat_problems(&sources)?);
    problems.extend(acceptance_problems(&sources)?);
    Ok(problems)
}

fn has_extension(file: &str, extension: &str) -> bool {
    std::path::Path::new(file).extension().is_some_and(|found| found == extension)
}

fn file_problems(file: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let is_exempt = text.starts_with("//! Table:") || text.starts_with("// @generated") || file.contains("/tests/");
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".rs");
    let mut problems = Vec::new();
    if lines > LONGEST_FILE && !is_exempt {
        problems.push(format!("{file}: {lines} lines; split it (at most {LONGEST_FILE})"));
    }
    if stem == "lib" && lines > LONGEST_LIB {
        problems.push(format!("{file}: {lines} lines; a lib.rs shows the map only (at most {LONGEST_LIB})"));
    }
    if BANNED_NAMES.contains(&stem) {
        problems.push(format!("{file}: the name says nothing; name what is in it"));
    }
    let has_doc = text.starts_with("//!") || text.starts_with("// @generated");
    if !has_doc {
        problems.push(format!("{file}: no module doc on the first line"));
    }
    for (number, line) in text.lines().enumerate() {
        let open = ["TODO", "FIXME", "XXX"]
            .iter()
            .any(|word| line.contains(&format!("{word}:")) || line.contains(&format!("// {word}")));
        if open && !file.ends_with("tidy.rs") {
            problems.push(format!("{file}:{}: an open end without an issue", number + 1));
        }
    }
    problems
}

/// Every crate stands in the code map of ARCHITECTURE.md, and nothing else.
fn code_map_problems(sources: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let map = read("ARCHITECTURE.md")?;
    let crates: BTreeSet<String> = sources
        .iter()
        .filter_map(|(file, _)| file.strip_prefix("crates/")?.split_once("/src/").map(|(folder, _)| folder.to_owned()))
        .collect();
    let mapped: BTreeSet<String> = map
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('`').nth(1).map(str::to_owned))
        .filter(|name| name.split('/').count() == 2 && !name.contains('.'))
        .collect();
    let missing = crates.difference(&mapped).map(|folder| format!("ARCHITECTURE.md: the code map lacks {folder}"));
    let stale = mapped
        .difference(&crates)
        .map(|folder| format!("ARCHITECTURE.md: the code map names {folder}, which is not there"));
    Ok(missing.chain(stale).collect())
}

/// Every `compat: id` in the code is a row of docs/compat.md, and every row is in the code and
/// names a test that exists.
fn compat_problems(sources: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let rows = table_rows(&read("docs/compat.md")?);
    let mut used: BTreeMap<String, &str> = BTreeMap::new();
    for (file, text) in sources {
        for line in text.lines() {
            if let Some(id) = line.trim_start().strip_prefix("// compat: ") {
                used.insert(
                    id.split(|char: char| char != '-' && !char.is_ascii_alphanumeric())
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                    file,
                );
            }
        }
    }
    let mut problems = Vec::new();
    for (id, file) in &used {
        if !rows.iter().any(|row| row[0] == *id) {
            problems.push(format!("{file}: compat id {id} is not in docs/compat.md"));
        }
    }
    for row in &rows {
        if !used.contains_key(&row[0]) {
            problems.push(format!("docs/compat.md: nothing in the code is marked {}", row[0]));
        }
        problems.extend(missing_test(sources, row.last(), "docs/compat.md", &row[0]));
    }
    Ok(problems)
}

fn acceptance_problems(sources: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let rows = table_rows(&read("docs/acceptance.md")?);
    Ok(rows.iter().filter_map(|row| missing_test(sources, row.last(), "docs/acceptance.md", &row[0])).collect())
}

/// The cells of the rows of all tables, without heads and rules; backquotes are taken off.
fn table_rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with("|--") || line.starts_with("| --") || line.starts_with("|:-");
    lines
        .iter()
        .enumerate()
        .filter(|(at, line)| {
            line.starts_with('|') && !is_rule(line) && !lines.get(at + 1).is_some_and(|next| is_rule(next))
        })
        .map(|(_, line)| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        })
        .collect()
}

/// The last cell names a test: a case, a test function, or a folder of goldens.
fn missing_test(sources: &[(String, String)], cell: Option<&String>, file: &str, id: &str) -> Option<String> {
    let name = cell?.trim_matches('`').to_owned();
    let is_known = sources.iter().any(|(_, text)| text.contains(&format!("fn {name}(")))
        || case_names().contains(&name)
        || crate::workspace::root().join("tests").join(&name).exists();
    (!is_known).then(|| format!("{file}: the test `{name}` of {id} does not exist"))
}

fn case_names() -> BTreeSet<String> {
    let files = tracked("crates").unwrap_or_default();
    let cases = files.iter().filter(|file| file.contains("/tests/") && has_extension(file, "txt"));
    cases
        .filter_map(|file| read(file).ok())
        .flat_map(|text| {
            let names: Vec<String> = text
                .lines()
                .filter_map(|line| line.strip_prefix("#=== ")?.split_whitespace().next().map(str::to_owned))
                .collect();
            names
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_in_order() {
        assert_eq!(super::problems().unwrap(), [""; 0]);
    }
}
