//! Which names a release may have.

/// Checks the name of a release: 1 to 53 characters of a DNS subdomain.
///
/// # Errors
/// Helm's text (Go: `validate_name.go` `ValidateReleaseName`).
pub fn validate_release_name(name: &str) -> Result<(), &'static str> {
    const LONGEST: usize = 53;
    if name.is_empty() {
        return Err("no name provided");
    }
    if name.len() > LONGEST || !name.split('.').all(is_label) {
        return Err(
            "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
             and the length must not be longer than 53",
        );
    }
    Ok(())
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
    use super::validate_release_name;

    #[test]
    fn names_are_dns_subdomains_of_53_characters() {
        for good in ["a", "my-release", "a.b-c.d0", &"x".repeat(53)] {
            assert!(validate_release_name(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "-a", "a-", "a..b", "a_b", ".a", &"x".repeat(54)] {
            assert!(validate_release_name(bad).is_err(), "{bad}");
        }
    }
}
