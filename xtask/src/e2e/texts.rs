//! Output without what differs from run to run: times, namespaces, random names.

use regex::Regex;

/// The text with times and the namespace replaced.
pub(super) fn settled(text: &str, namespace: &str) -> String {
    let rules = [
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}", "TIME"),
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( \+0000 UTC|Z)?( m=\S+)?", "TIME"),
        (r"time=\S+ ", ""),
        // Pods of controllers, and how old things are.
        (r"-[a-z0-9]{8,10}-[a-z0-9]{5}\b", "-RANDOM"),
        (r"\b\d+s\b", "AGE"),
        // The server chooses addresses by chance, and makes the column as wide as they are.
        (r"\b10\.0\.\d+\.\d+\b *", "ADDRESS "),
        (r"(TIME|UPDATED|CLUSTER-IP) +", "$1 "),
        (r"(createdAt|modifiedAt)=\d+", "$1=TIME"),
        (r"AGE +", "AGE "),
        // Ours says how a wait goes; Helm says nothing.
        (r"(?m)^level=INFO msg=(waiting|ready|gone) .*\n", ""),
        // A race inside of Helm: its watches sometimes complain that they were ended.
        (r"(?m)^[IWE]\d{4} [0-9:.]+ +\d+ reflector\.go:.*\n", ""),
    ];
    let mut settled = text.replace(namespace, "NAMESPACE");
    for (pattern, replacement) in rules {
        if let Ok(pattern) = Regex::new(pattern) {
            settled = pattern.replace_all(&settled, replacement).into_owned();
        }
    }
    // Helm shows the kinds of a release in the order of Go's maps.
    let Some((before, resources)) = settled.split_once("RESOURCES:\n") else { return settled };
    let (resources, after) = resources.split_once("\n\n\n").unwrap_or((resources, ""));
    let mut kinds: Vec<&str> = resources.split("\n\n").collect();
    kinds.sort_unstable();
    format!("{before}RESOURCES:\n{}\n\n\n{after}", kinds.join("\n\n"))
}

/// The lines that two texts do not share, at most a few.
pub(super) fn difference(ours: &str, theirs: &str) -> String {
    const SHOWN: usize = 12;
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    let mut lines = Vec::new();
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                lines.extend(right.map(|line| format!("  - {line}")));
                lines.extend(left.map(|line| format!("  + {line}")));
            }
        }
        if lines.len() >= SHOWN {
            lines.push("  …".to_owned());
            break;
        }
    }
    lines.join("\n")
}
