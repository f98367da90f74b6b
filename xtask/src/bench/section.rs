//! Sections of docs/benchmarks.md that have a task of their own.

use anyhow::Context as _;

/// Puts a section, which begins with its heading, in the place of the one before.
pub(super) fn write(heading: &str, section: &str) -> anyhow::Result<()> {
    let path = crate::workspace::root().join("docs/benchmarks.md");
    let text = std::fs::read_to_string(&path).context("cannot read docs/benchmarks.md")?;
    std::fs::write(&path, replaced(&text, heading, section)).context("cannot write docs/benchmarks.md")
}

fn replaced(text: &str, heading: &str, section: &str) -> String {
    let (before, rest) = text.split_once(heading).unwrap_or((text, ""));
    let after = rest.find("\n## ").map_or("", |at| &rest[at..]);
    format!("{}\n\n{}\n{after}", before.trim_end(), section.trim_end()).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn other_sections_stay() {
        let text = "# B\n\none\n\n## Two\n\nold\n\n## Three\n\nthree\n";
        assert_eq!(replaced(text, "## Two", "## Two\n\nnew\n"), "# B\n\none\n\n## Two\n\nnew\n\n## Three\n\nthree\n");
        assert_eq!(replaced("# B\n\nold\n\n## Two\n", "# B", "# B\n\nnew\n"), "# B\n\nnew\n\n## Two\n");
        assert_eq!(replaced("# B\n", "## Two", "## Two\n\nnew\n"), "# B\n\n## Two\n\nnew\n");
    }
}
