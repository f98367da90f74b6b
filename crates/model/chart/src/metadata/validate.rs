//! The checks of Chart.yaml that every loaded chart has passed. Go: metadata.go `Validate`.

use std::collections::BTreeSet;
use std::fmt;

use corten_gostd::semver::Version;
use corten_gostd::strconv;
use corten_gostd::text::is_space;

use super::{Dependency, Metadata};
use crate::paths;

/// What is wrong with Chart.yaml; Display is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationError(String);

impl ValidationError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "validation: {}", self.0)
    }
}

impl std::error::Error for ValidationError {}

impl Metadata {
    /// Cleans texts of control characters and checks the chart's own rules, in Helm's order.
    ///
    /// # Errors
    /// The first rule that is not met.
    pub fn validate(&mut self) -> Result<(), ValidationError> {
        self.sanitise();
        self.validate_identity()?;
        if !matches!(self.chart_type.as_str(), "" | "application" | "library") {
            return Err(ValidationError::new("chart.metadata.type must be application or library"));
        }
        for (index, maintainer) in self.maintainers.iter_mut().enumerate() {
            if self.nulls.maintainer == Some(index) {
                return Err(ValidationError::new("maintainers must not contain empty or null nodes"));
            }
            sanitise(&mut maintainer.name);
            sanitise(&mut maintainer.email);
            sanitise(&mut maintainer.url);
        }
        self.validate_dependencies()
    }

    fn sanitise(&mut self) {
        sanitise(&mut self.name);
        sanitise(&mut self.description);
        sanitise(&mut self.home);
        sanitise(&mut self.icon);
        sanitise(&mut self.condition);
        sanitise(&mut self.tags);
        sanitise(&mut self.app_version);
        sanitise(&mut self.kube_version);
        self.sources.iter_mut().chain(&mut self.keywords).for_each(sanitise);
    }

    fn validate_identity(&self) -> Result<(), ValidationError> {
        let required = |field| Err(ValidationError(format!("chart.metadata.{field} is required")));
        let wrong = |field, value: &str, what| {
            Err(ValidationError(format!("chart.metadata.{field} {} is {what}", strconv::quote(value.as_bytes()))))
        };
        if self.api_version.is_empty() {
            return required("apiVersion");
        }
        match self.name.as_str() {
            "" => return required("name"),
            "." | ".." => return wrong("name", &self.name, "not allowed"),
            name if name != paths::base(name) => return wrong("name", name, "invalid"),
            _ => {}
        }
        if self.version.is_empty() {
            return required("version");
        }
        if Version::parse(&self.version).is_err() {
            return wrong("version", &self.version, "invalid");
        }
        Ok(())
    }

    fn validate_dependencies(&mut self) -> Result<(), ValidationError> {
        let mut names = BTreeSet::new();
        for (index, dependency) in self.dependencies.iter_mut().enumerate() {
            if self.nulls.dependency == Some(index) {
                return Err(ValidationError::new("dependencies must not contain empty or null nodes"));
            }
            validate_dependency(dependency)?;
            let name = dependency.effective_name();
            if !names.insert(name) {
                let name = strconv::quote(name.as_bytes());
                return Err(ValidationError(format!("more than one dependency with name or alias {name}")));
            }
        }
        Ok(())
    }
}

fn validate_dependency(dependency: &mut Dependency) -> Result<(), ValidationError> {
    sanitise(&mut dependency.name);
    sanitise(&mut dependency.version);
    sanitise(&mut dependency.repository);
    sanitise(&mut dependency.condition);
    dependency.tags.iter_mut().for_each(sanitise);
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !dependency.alias.bytes().all(is_legal) {
        let name = strconv::quote(dependency.name.as_bytes());
        return Err(ValidationError(format!("dependency {name} has disallowed characters in the alias")));
    }
    Ok(())
}

/// Go: metadata.go sanitizeString: spaces of any kind become blanks, what does not print goes.
fn sanitise(value: &mut String) {
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    *value = value
        .chars()
        .filter_map(|char| match char {
            char if is_space(char) => Some(' '),
            char if strconv::is_print(char) => Some(char),
            _ => None,
        })
        .collect();
}
