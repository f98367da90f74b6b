//! `.helmignore`: which files of a folder are no part of the chart. Go: pkg/ignore/rules.go.
//!
//! Not git's rules: the first rule that matches decides, a rule without a slash looks at the base
//! name only, `**` is an error, and `!x` ignores everything that does not match `x`.

use corten_gostd::text;

use crate::paths;

/// The rules of a folder, in order.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    form: Form,
    scope: Scope,
    negates: bool,
    folders_only: bool,
}

/// How a pattern looks: most are compared without going through them sign by sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The name itself.
    Exact,
    /// `*` and the end of a name.
    End,
    /// Anything.
    Any,
}

impl Form {
    fn of(pattern: &str) -> Self {
        let is_literal = |text: &str| !text.contains(['*', '?', '[', '\\']);
        match pattern.strip_prefix('*') {
            _ if is_literal(pattern) => Self::Exact,
            Some(end) if is_literal(end) => Self::End,
            _ => Self::Any,
        }
    }
}

/// What a pattern is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Path,
    BaseName,
}

impl Rules {
    /// No rules.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a `.helmignore` file.
    ///
    /// # Errors
    /// Helm's text, for a pattern with `**` or one that is malformed.
    pub fn parse(file: &[u8]) -> Result<Self, String> {
        /// Go: bufio.MaxScanTokenSize, counting the newline.
        const LONGEST_LINE: usize = 64 << 10;
        let mut rules = Self::default();
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        for line in file.split(|byte| *byte == b'\n') {
            if line.len() >= LONGEST_LINE {
                return Err("bufio.Scanner: token too long".to_owned());
            }
            rules.add(line)?;
        }
        Ok(rules)
    }

    /// Adds the rule that is always there: no dotfiles below templates/.
    pub fn add_defaults(&mut self) {
        self.rules.push(Rule {
            pattern: "templates/.?*".to_owned(),
            form: Form::Any,
            scope: Scope::Path,
            negates: false,
            folders_only: false,
        });
    }

    fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(text::trim_space(line)).into_owned();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        paths::matches(&line, "abc").map_err(|error| error.to_string())?;
        let rule = line.strip_prefix('!').unwrap_or(&line);
        let pattern = rule.strip_suffix('/').unwrap_or(rule);
        let scope = if pattern.contains('/') { Scope::Path } else { Scope::BaseName };
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        self.rules.push(Rule {
            pattern: pattern.to_owned(),
            form: Form::of(pattern),
            scope,
            negates: line.starts_with('!'),
            folders_only: rule.ends_with('/'),
        });
        Ok(())
    }

    /// Whether the file or folder at this path below the chart is left out.
    pub fn ignores(&self, path: &str, is_folder: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        for rule in &self.rules {
            let wrong_kind = rule.folders_only && !is_folder;
            if rule.negates {
                // compat: helmignore-negation: a rule `!x` ignores all that is not x.
                if wrong_kind || !rule.matches(path) {
                    return true;
                }
            } else if !wrong_kind && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn matches(&self, name: &str) -> bool {
        let name = match self.scope {
            Scope::Path => name,
            Scope::BaseName => &paths::base(name),
        };
        match self.form {
            Form::Exact => name == self.pattern,
            Form::End => name.strip_suffix(&self.pattern[1..]).is_some_and(|start| !start.contains('/')),
            // Go logs a pattern that turns out broken here, and takes it as no match.
            Form::Any => paths::matches(&self.pattern, name).unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(rules: &str, path: &str, is_folder: bool) -> bool {
        Rules::parse(rules.as_bytes()).unwrap().ignores(path, is_folder)
    }

    #[test]
    fn a_rule_without_slash_looks_at_the_base_name() {
        assert!(ignores("*.txt", "deep/a.txt", false));
        assert!(!ignores("/*.txt", "deep/a.txt", false));
        assert!(ignores("deep/*", "deep/a.txt", false));
    }

    #[test]
    fn every_form_matches_as_go_does() {
        for pattern in ["a", "*", "*.txt", "*a", "*/b", "a*", "?", "*a*", "[a]", "\\a", "*\\a", "/*a", "a/b"] {
            let rules = Rules::parse(pattern.as_bytes()).unwrap();
            let [rule] = &rules.rules[..] else { panic!("{pattern}") };
            for name in ["a", "b", "a.txt", "x/a", "x/a.txt", "x/b", "a/b", "x/y/b", ".txt", "\\a"] {
                let compared = if rule.scope == Scope::Path { name } else { &*paths::base(name) };
                let wanted = paths::matches(&rule.pattern, compared).unwrap_or(false);
                assert_eq!(rule.matches(name), wanted, "{pattern} {name}");
            }
        }
    }

    #[test]
    fn a_slash_at_the_end_means_folders() {
        assert!(ignores("conf/", "conf", true));
        assert!(!ignores("conf/", "conf", false));
    }

    #[test]
    fn negation_ignores_everything_else() {
        assert!(ignores("!a.txt", "Chart.yaml", false));
        assert!(!ignores("!a.txt", "a.txt", false));
    }

    #[test]
    fn dotfiles_of_templates_are_always_ignored() {
        let mut rules = Rules::empty();
        rules.add_defaults();
        assert!(rules.ignores("templates/.swp", false));
        assert!(!rules.ignores("templates/a.yaml", false));
    }

    #[test]
    fn broken_rules_are_errors() {
        assert_eq!(Rules::parse(b"a/**").unwrap_err(), "double-star (**) syntax is not supported");
        assert_eq!(Rules::parse(b"[a").unwrap_err(), "syntax error in pattern");
    }
}
