//! `.Capabilities`: versions of the cluster and what it serves, real or assumed.

use crate::api_versions::DEFAULT_API_VERSIONS;

/// What a chart may ask about the cluster, `.Capabilities`.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The Kubernetes version.
    pub kube_version: KubeVersion,
    /// Group and version of every API, and `group/version/Kind` where a cluster was asked.
    pub api_versions: Vec<String>,
    /// The build of Helm that we stand in for.
    pub helm_version: BuildInfo,
}

/// A Kubernetes version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// In full, with a leading `v`: `v1.33.4-gke.1245000`.
    pub version: String,
    /// Without suffix, as constraints are checked: `v1.33.4`.
    pub normalized: String,
    /// The major number.
    pub major: String,
    /// The minor number.
    pub minor: String,
}

/// `.Capabilities.HelmVersion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// `v4.2.4`.
    pub version: String,
    /// The commit of the release.
    pub git_commit: String,
    /// `clean` for a release.
    pub git_tree_state: String,
    /// The Go version of the release.
    pub go_version: String,
    /// The Kubernetes version that the release's client-go stands for.
    pub kube_client_version: String,
}

impl Default for BuildInfo {
    /// What the release binary of Helm 4.2.4 says of itself.
    fn default() -> Self {
        Self {
            version: "v4.2.4".to_owned(),
            git_commit: "3900f434fd3ef2b84065dc04508df48f288dba00".to_owned(),
            git_tree_state: "clean".to_owned(),
            go_version: "go1.26.8".to_owned(),
            kube_client_version: "v1.36".to_owned(),
        }
    }
}

impl Default for Capabilities {
    /// What Helm 4.2.4 assumes without a cluster.
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.36.0".to_owned(),
                normalized: "v1.36.0".to_owned(),
                major: "1".to_owned(),
                minor: "36".to_owned(),
            },
            api_versions: DEFAULT_API_VERSIONS.iter().map(|version| (*version).to_owned()).collect(),
            helm_version: BuildInfo::default(),
        }
    }
}

impl KubeVersion {
    /// Reads a version of at least two numbers, followed by anything.
    ///
    /// # Errors
    /// The texts of k8s.io/apimachinery's version.ParseGeneric.
    pub fn parse(text: &str) -> Result<Self, String> {
        let quoted = corten_gostd::strconv::quote(text.as_bytes());
        let numbers = leading_numbers(text).ok_or_else(|| format!("could not parse {quoted} as version"))?;
        let components: Vec<&str> = numbers.split('.').collect();
        if components.len() < 2 {
            return Err(format!("illegal version string {quoted}"));
        }
        let mut normal = Vec::with_capacity(components.len());
        for (position, component) in components.iter().enumerate() {
            let shown = corten_gostd::strconv::quote(component.as_bytes());
            if position == 0 && component.starts_with('0') && *component != "0" {
                return Err(format!("illegal zero-prefixed version component {shown} in {quoted}"));
            }
            let number: u64 = component.parse().map_err(|_| {
                format!(
                    "illegal non-numeric version component {shown} in {quoted}: strconv.ParseUint: parsing {shown}: value out of range"
                )
            })?;
            normal.push(number.to_string());
        }
        Ok(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}", normal.join(".")),
            major: normal[0].clone(),
            minor: normal[1].clone(),
        })
    }
}

/// Go: version.go `^\s*v?([0-9]+(?:\.[0-9]+)*)(.*)*$`; `.` does not match a newline.
fn leading_numbers(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '\t', '\n', '\u{c}', '\r']);
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    if rest.contains('\n') {
        return None;
    }
    let mut end = rest.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 {
        return None;
    }
    while rest[end..].starts_with('.') {
        let digits = rest[end + 1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        end += 1 + digits;
    }
    Some(&rest[..end])
}

/// Whether a version meets a constraint; false when either does not parse. Go: compatible.go
/// `IsCompatibleRange`.
pub fn is_compatible_range(constraint: &str, version: &str) -> bool {
    use corten_gostd::semver::{Constraints, Version};
    match (Version::parse(version), Constraints::parse(constraint)) {
        (Ok(version), Ok(constraint)) => constraint.check(&version),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_stay_in_the_version_only() {
        let version = KubeVersion::parse("1.33.4-gke.1245000").unwrap();
        assert_eq!(version.version, "v1.33.4-gke.1245000");
        assert_eq!(version.normalized, "v1.33.4");
        assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "33"));
    }

    #[test]
    fn refusals_are_those_of_apimachinery() {
        assert_eq!(KubeVersion::parse("v1").unwrap_err(), "illegal version string \"v1\"");
        assert_eq!(KubeVersion::parse("abc").unwrap_err(), "could not parse \"abc\" as version");
        assert_eq!(
            KubeVersion::parse("01.2").unwrap_err(),
            "illegal zero-prefixed version component \"01\" in \"01.2\""
        );
    }
}
