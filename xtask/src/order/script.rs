//! From the functions that were called to the linker's script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::Job;

/// How much code a line may bring along, beside what was called.
const SLACK: u64 = 1024;
/// The same for lines that name a crate.
const SLACK_OF_CRATE: u64 = 32 * 1024;

/// In how many runs of each job a function was seen.
type Seen = [u32; Job::ALL.len()];

/// The script for what `folder` holds: `map` and `*.calls`.
pub(super) fn write(folder: &Path) -> anyhow::Result<String> {
    let sections = sections(&folder.join("map"))?;
    let seen = seen(folder, &sections)?;
    if seen.is_empty() {
        bail!("no function of the binary was seen; was it built with its names?");
    }
    let mut sizes: BTreeMap<(Option<&str>, String), u64> = BTreeMap::new();
    for (name, section) in &sections {
        for of in [None, section.of.as_deref()] {
            *sizes.entry((of, stem(name))).or_default() += section.size;
        }
    }
    let mut called: Vec<(&str, Seen)> = seen.into_iter().collect();
    called.sort_by_key(|(name, seen)| (place(*seen), rarity(*seen), *name));
    let mut text = String::from(
        "/* Written by `cargo xtask order`: functions that runs call, together, in front of all others. */\n\
         SECTIONS {\n  .text.ordered : {\n",
    );
    let mut written = BTreeSet::new();
    let mut later = Vec::new();
    for (name, _) in &called {
        let section = &sections[*name];
        let stem = stem(name);
        let brings = |of: Option<&str>| sizes[&(of, stem.clone())].saturating_sub(2 * section.size);
        let line = |file: &str, pattern: &str| format!("    {file}({}{pattern})\n", section.prefix);
        if brings(None) <= SLACK {
            written.insert(line("*", &stem)).then(|| text.push_str(&line("*", &stem)));
            continue;
        }
        text.push_str(&line("*", &exact(name)));
        // Its hash changes with every dependency; then all of this name in its crate stand behind the others.
        if let Some(of) = section.of.as_deref().filter(|of| brings(Some(of)) <= SLACK_OF_CRATE) {
            later.push(line(&format!("*.{of}-*"), &stem));
        }
    }
    later.retain(|line| written.insert(line.clone()));
    text.extend(later);
    text.push_str("  }\n} INSERT BEFORE .text;\n");
    println!("{} functions called, {} lines", called.len(), text.lines().count());
    Ok(text)
}

/// Where a function lies that was seen so: what jobs share lies between them.
fn place(seen: Seen) -> u8 {
    let [template, release, gateway] = seen.map(|runs| runs > 0);
    match (template, release, gateway) {
        (true, false, false) => 0,
        (true, false, true) => 1,
        (true, true, true) => 2,
        (true, true, false) => 3,
        (false, true, false) => 4,
        (false, true, true) => 5,
        (false, false, _) => 6,
    }
}

/// Within a place: what many runs call lies next to what jobs share, so the first place ends with it and the others begin
/// with it.
fn rarity(seen: Seen) -> i64 {
    let runs = i64::from(seen.iter().sum::<u32>());
    if place(seen) == 0 { runs } else { -runs }
}

/// A section of code.
struct Section {
    /// `.text.`, or what the compiler put before the name of a function that it takes for a cold one.
    prefix: &'static str,
    size: u64,
    /// The crate whose code it is.
    of: Option<String>,
}

/// The sections of functions, by the function's name, from lld's map: `VMA LMA Size Align FILE:(SECTION)`.
fn sections(map: &Path) -> anyhow::Result<BTreeMap<String, Section>> {
    let text = std::fs::read_to_string(map).with_context(|| format!("cannot read {}", map.display()))?;
    let mut sections = BTreeMap::new();
    for line in text.lines() {
        let Some((before, section)) = line.split_once(":(.text.") else { continue };
        let Some(size) = before.split_whitespace().nth(2).and_then(|size| u64::from_str_radix(size, 16).ok()) else {
            continue;
        };
        let Some(name) = section.strip_suffix(')') else { continue };
        let prefixes = [("unlikely.", ".text.unlikely."), ("hot.", ".text.hot."), ("startup.", ".text.startup.")];
        let (name, prefix) = prefixes
            .iter()
            .find_map(|(short, prefix)| Some((name.strip_prefix(short)?, *prefix)))
            .unwrap_or((name, ".text."));
        sections.insert(name.to_owned(), Section { prefix, size, of: crate_of(before) });
    }
    Ok(sections)
}

/// The crate in the name of a file that link-time optimisation made: `…/corten-HASH.CRATE-HASH.CRATE.HASH-cgu.0.rcgu.o`.
fn crate_of(before: &str) -> Option<String> {
    let file = before.rsplit('/').next()?.strip_prefix("corten-")?;
    let (name, _) = file.split_once('.')?.1.split_once('-')?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then(|| name.to_owned())
}

/// The functions that callgrind saw: lines `fn=(NUMBER) NAME` and `cfn=(NUMBER) NAME`.
fn seen<'sections>(
    folder: &Path,
    sections: &'sections BTreeMap<String, Section>,
) -> anyhow::Result<BTreeMap<&'sections str, Seen>> {
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).context("cannot list what was seen")? {
        let path = entry.context("cannot list what was seen")?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(job) = Job::ALL.iter().position(|job| file.starts_with(job.name()) && file.contains(".calls")) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut once = BTreeSet::new();
        for line in text.lines() {
            let Some(rest) = line.strip_prefix('c').unwrap_or(line).strip_prefix("fn=(") else { continue };
            let Some((_, name)) = rest.split_once(") ") else { continue };
            // Calls of itself are counted apart: `NAME'2`.
            let name = name.split('\'').next().unwrap_or(name);
            if let Some((name, _)) = sections.get_key_value(name)
                && once.insert(name.as_str())
            {
                seen.entry(name.as_str()).or_default()[job] += 1;
            }
        }
    }
    Ok(seen)
}

/// The name with wildcards where compilers put hashes: `…17h0123456789abcdefE` of the old scheme of names, `Cs1a2B3_` of
/// the new one, `.llvm.123` of functions that link-time optimisation made visible.
fn stem(name: &str) -> String {
    let name = name.split(".llvm.").next().unwrap_or(name);
    if name.starts_with("_ZN") {
        return hash(name).map_or_else(|| name.to_owned(), |(before, _)| format!("{before}17h*"));
    }
    if !name.starts_with("_R") {
        return name.to_owned();
    }
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("Cs") {
        out.push_str(before);
        let end = after.find(|letter: char| !letter.is_ascii_alphanumeric());
        match end {
            Some(end) if after[end..].starts_with('_') => {
                out.push_str("Cs*");
                rest = &after[end..];
            }
            _ => {
                out.push_str("Cs");
                rest = after;
            }
        }
    }
    format!("{out}{rest}*")
}

/// The name itself; only what link-time optimisation appends is left open.
fn exact(name: &str) -> String {
    let short = name.split(".llvm.").next().unwrap_or(name);
    if short.len() < name.len() { format!("{short}*") } else { name.to_owned() }
}

/// What stands before the hash of an old name, and the hash.
fn hash(name: &str) -> Option<(&str, &str)> {
    let (before, after) = name.rsplit_once("17h")?;
    let hash = after.strip_suffix('E')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some((before, hash))
}

#[cfg(test)]
mod tests {
    use super::{crate_of, exact, place, stem};

    #[test]
    fn files_say_whose_code_it_is() {
        let file = "  a0 a0 1c 16   /target/release/deps/corten-ed73.regex_syntax-9d39.regex_syntax.a44c-cgu.0.rcgu.o";
        assert_eq!(crate_of(file).as_deref(), Some("regex_syntax"));
        assert_eq!(crate_of("a0 a0 1c 16 /deps/corten-ed73.21ip75md3mytn87.rcgu.o"), None);
        assert_eq!(crate_of("a0 a0 1c 16 /deps/liblibsqlite3_sys-bcf7.rlib(f8d3-sqlite3.o)"), None);
    }

    #[test]
    fn hashes_are_wildcards() {
        assert_eq!(stem("_ZN6corten3run17h0123456789abcdefE"), "_ZN6corten3run17h*");
        assert_eq!(stem("_ZN6corten3run17h0123456789abcdefE.llvm.77"), "_ZN6corten3run17h*");
        assert_eq!(stem("_RNvMs0_NtCsjrHSEGnQ3l9_3std4Once4call"), "_RNvMs0_NtCs*_3std4Once4call*");
        assert_eq!(stem("sqlite3VdbeExec"), "sqlite3VdbeExec");
        assert_eq!(exact("_ZN1a17h0123456789abcdefE.llvm.77"), "_ZN1a17h0123456789abcdefE*");
        assert_eq!(exact("yy_reduce.constprop.0"), "yy_reduce.constprop.0");
    }

    #[test]
    fn shared_functions_lie_between_their_jobs() {
        assert!(place([1, 0, 0]) < place([3, 1, 1]) && place([3, 1, 1]) < place([0, 1, 0]));
        assert!(place([0, 1, 0]) < place([0, 0, 1]));
    }
}
