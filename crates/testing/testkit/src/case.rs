//! Cases and the files they stand in.

use std::collections::BTreeMap;

/// One case of a case file.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, unique in the workspace.
    pub name: String,
    /// The line of its header, from 1.
    pub line: usize,
    /// The attributes of the header; a bare word has an empty value.
    pub attributes: BTreeMap<String, String>,
    /// The sections in order: header words after `#--- `, text.
    pub sections: Vec<(String, String)>,
}

impl Case {
    /// The text of a section.
    pub fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(title, _)| title == name).map(|(_, text)| text.as_str())
    }

    /// An attribute of the header.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whether the expectation was written by the tool we follow and must not be rewritten.
    pub fn is_fact(&self) -> bool {
        self.attribute("origin").is_some_and(|origin| origin != "corten")
    }
}

/// Splits the text of a case file.
///
/// # Errors
/// Text before the first header, a header without a name, or a name used twice.
pub fn parse_cases(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(header) = line.strip_prefix("#=== ") {
            cases.push(parse_header(header, number + 1)?);
        } else if let Some(title) = line.strip_prefix("#--- ") {
            let case = cases.last_mut().ok_or_else(|| format!("line {}: a section before any case", number + 1))?;
            case.sections.push((title.trim().to_owned(), String::new()));
        } else if let Some((_, text)) = cases.last_mut().and_then(|case| case.sections.last_mut()) {
            text.push_str(line);
            text.push('\n');
        } else if !line.trim().is_empty() && !line.starts_with("# ") {
            return Err(format!("line {}: text outside a section", number + 1));
        }
    }
    for case in &mut cases {
        for (_, text) in &mut case.sections {
            text.pop();
        }
    }
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("the case {} stands twice", pair[0])),
        None => Ok(cases),
    }
}

fn parse_header(header: &str, line: usize) -> Result<Case, String> {
    let mut words = header.split_whitespace();
    let name = words.next().ok_or_else(|| format!("line {line}: a case without a name"))?.to_owned();
    let attributes = words
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Ok(Case { name, line, attributes, sections: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_lose_one_newline() {
        let cases = parse_cases("#=== a x=1 y\n#--- input\none\n\n#--- output\n#=== b\n").unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0].section("input"), Some("one\n"));
        assert_eq!(cases[0].section("output"), Some(""));
        assert_eq!(cases[0].attribute("x"), Some("1"));
    }

    #[test]
    fn a_name_stands_once() {
        assert!(parse_cases("#=== a\n#=== a\n").is_err());
    }
}
