//! `--show-only`: picks documents out of the printed text by the path of their template.

use corten_chart::Compat;
use corten_render::split_manifests_as;

/// The documents whose template path matches one of the patterns, pattern by pattern.
///
/// # Errors
/// Helm's text for a pattern that matches nothing.
pub(crate) fn show_only(text: &[u8], patterns: &[String], compat: Compat) -> Result<Vec<u8>, String> {
    let documents = split_manifests_as(text, compat);
    let mut out = Vec::new();
    for pattern in patterns {
        let pattern = if cfg!(windows) { pattern.replace('\\', "/") } else { pattern.clone() };
        let before = out.len();
        for document in &documents {
            let is_wanted = template_path(document)
                .is_some_and(|path| corten_gostd::path::matches(pattern.as_bytes(), path.as_bytes()).unwrap_or(false));
            if is_wanted {
                out.extend_from_slice(&[b"---\n", *document, b"\n"].concat());
            }
        }
        if out.len() == before {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}

/// Go: template.go's `# Source: [^/]+/(.+)`: the first such line, without the chart's name.
fn template_path(document: &[u8]) -> Option<String> {
    const SOURCE: &[u8] = b"# Source: ";
    document.split(|byte| *byte == b'\n').find_map(|line| {
        let at = line.windows(SOURCE.len()).position(|window| window == SOURCE)?;
        let path = &line[at + SOURCE.len()..];
        let slash = path.iter().position(|byte| *byte == b'/').filter(|slash| *slash > 0 && slash + 1 < path.len())?;
        Some(String::from_utf8_lossy(&path[slash + 1..]).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use corten_chart::Compat;

    use super::show_only;

    const TEXT: &[u8] = b"---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/charts/s/templates/b.yaml\nb: 2\n";

    fn picked(pattern: &str) -> Result<String, String> {
        show_only(TEXT, &[pattern.to_owned()], Compat::Helm4).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn patterns_match_paths_below_the_chart() {
        assert_eq!(picked("templates/a.yaml").unwrap(), "---\n# Source: c/templates/a.yaml\na: 1\n\n");
        assert_eq!(picked("charts/*/templates/*").unwrap(), "---\n# Source: c/charts/s/templates/b.yaml\nb: 2\n\n");
    }

    #[test]
    fn a_pattern_without_a_match_is_named() {
        assert_eq!(picked("templates/x.yaml").unwrap_err(), "could not find template templates/x.yaml in chart");
    }
}
