//! Names that were checked: of releases and of namespaces.

/// The name of a release: 1 to 53 characters of a DNS subdomain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseName(String);

/// A name that no release can have; Display is Helm's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing at all.
    #[error("no name provided")]
    Missing,
    /// Not a DNS subdomain, or too long.
    #[error(
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
         and the length must not be longer than 53"
    )]
    Invalid,
}

impl ReleaseName {
    /// Checks a name. Go: `validate_name.go` `ValidateReleaseName`.
    ///
    /// # Errors
    /// Helm's text.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        const LONGEST: usize = 53;
        if name.is_empty() {
            return Err(NameError::Missing);
        }
        if name.len() > LONGEST || !name.split('.').all(is_label) {
            return Err(NameError::Invalid);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReleaseName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// The name of a namespace: a DNS label of at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace(String);

/// A name that no namespace can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid namespace {}: a lowercase RFC 1123 label of at most 63 characters is needed", corten_gostd::strconv::quote(.0.as_bytes()))]
pub struct NamespaceError(String);

impl Namespace {
    /// Checks a name.
    ///
    /// # Errors
    /// When no namespace can be called so.
    pub fn parse(name: &str) -> Result<Self, NamespaceError> {
        const LONGEST: usize = 63;
        if name.len() <= LONGEST && is_label(name) {
            return Ok(Self(name.to_owned()));
        }
        Err(NamespaceError(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_label(label: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let mut bytes = label.bytes();
    is_edge(label.bytes().next())
        && is_edge(label.bytes().next_back())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_names_are_dns_subdomains_of_53_characters() {
        for good in ["a", "my-release", "a.b-c.d0", &"x".repeat(53)] {
            assert!(ReleaseName::parse(good).is_ok(), "{good}");
        }
        assert_eq!(ReleaseName::parse(""), Err(NameError::Missing));
        for bad in ["A", "-a", "a-", "a..b", "a_b", ".a", &"x".repeat(54)] {
            assert_eq!(ReleaseName::parse(bad), Err(NameError::Invalid), "{bad}");
        }
    }

    #[test]
    fn namespaces_are_dns_labels() {
        assert!(Namespace::parse("kube-system").is_ok());
        for bad in ["", "a.b", "A", &"x".repeat(64)] {
            assert!(Namespace::parse(bad).is_err(), "{bad}");
        }
    }
}
