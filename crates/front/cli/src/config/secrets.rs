//! Texts that name secrets: `${env:NAME}`, `${file:PATH}` and, in VS Code's files, `${input:ID}`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Where texts get their secrets from.
pub(crate) struct Sources<'a> {
    /// The environment.
    pub(crate) variables: &'a dyn Fn(&str) -> Option<String>,
    /// The folder that paths in the file start from.
    pub(crate) folder: &'a Path,
    /// What VS Code would ask for, by id.
    pub(crate) inputs: &'a BTreeMap<String, String>,
}

/// A secret that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Sources<'_> {
    /// Fills in a text. `$${` stands for `${`.
    pub(crate) fn fill(&self, text: &str) -> Result<String, Problem> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if let Some(before) = rest[..at].strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            filled.push_str(&rest[..at]);
            let name = &rest[at + 2..];
            let end = name.find('}').ok_or_else(|| Problem(format!("{:?} has no closing brace", &rest[at..])))?;
            filled.push_str(&self.secret(&name[..end])?);
            rest = &name[end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn secret(&self, name: &str) -> Result<String, Problem> {
        match name.split_once(':') {
            Some(("env", variable)) => self.variable(variable),
            Some(("file", path)) => {
                let path = self.folder.join(path);
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Problem(format!("cannot read secret file {}: {error}", path.display())))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            Some(("input", id)) => match self.inputs.get(id) {
                Some(text) => Ok(text.clone()),
                None => self.variable(&variable_of(id)),
            },
            // Claude Desktop and shells write variables bare.
            None if name == "workspaceFolder" => Ok(self.folder.display().to_string()),
            None if name == "userHome" => self.variable("HOME"),
            None => self.variable(name),
            Some((kind, _)) => {
                Err(Problem(format!("${{{name}}} names no known source {kind}: use env, file or input")))
            }
        }
    }

    fn variable(&self, name: &str) -> Result<String, Problem> {
        let (name, default) = match name.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (name, None),
        };
        (self.variables)(name)
            .or(default.map(str::to_owned))
            .ok_or_else(|| Problem(format!("the environment has no variable {name}: set it and try again")))
    }
}

/// The variable that stands for an input, since nobody can be asked: `api-key` is `API_KEY`.
fn variable_of(id: &str) -> String {
    id.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, Problem> {
        let inputs = BTreeMap::from([("token".to_owned(), "typed".to_owned())]);
        let variables = |name: &str| (name == "KEY" || name == "API_KEY").then(|| "sesame".to_owned());
        Sources { variables: &variables, folder: Path::new("/nowhere"), inputs: &inputs }.fill(text)
    }

    #[test]
    fn secrets_are_filled_in() {
        assert_eq!(fill("Bearer ${env:KEY}!").unwrap(), "Bearer sesame!");
        assert_eq!(fill("${KEY}${input:token}").unwrap(), "sesametyped");
        assert_eq!(fill("${input:api-key}").unwrap(), "sesame");
        assert_eq!(fill("${env:NONE:-fallback}").unwrap(), "fallback");
        assert_eq!(fill("$${KEY} $5").unwrap(), "${KEY} $5");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(fill("${env:NONE}").unwrap_err().to_string().contains("no variable NONE"));
        assert!(fill("${file:absent}").unwrap_err().to_string().contains("/nowhere/absent"));
        assert!(fill("${vault:x}").unwrap_err().to_string().contains("vault"));
        assert!(fill("${open").unwrap_err().to_string().contains("brace"));
    }
}
