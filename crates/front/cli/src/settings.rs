//! The settings that come from the environment and the global flags.
//!
//! [`Settings::from_variables`] reads the environment once at start; parsing global flags then writes
//! over it. Go: pkg/cli/environment.go and pkg/helmpath.

use corten_gostd::strconv;

use crate::flags::FlagSet;
use crate::paths;

/// Looks an environment variable up.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Helm's environment settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `--namespace`, `HELM_NAMESPACE`; empty when not given.
    pub namespace: String,
    /// `--kubeconfig`; the variable `KUBECONFIG` is read where the file is.
    pub kube_config: String,
    /// `--kube-context`.
    pub kube_context: String,
    /// `--kube-token`.
    pub kube_token: String,
    /// `--kube-as-user`.
    pub kube_as_user: String,
    /// `--kube-as-group`.
    pub kube_as_groups: Vec<String>,
    /// `--kube-apiserver`.
    pub kube_api_server: String,
    /// `--kube-ca-file`.
    pub kube_ca_file: String,
    /// `--kube-tls-server-name`.
    pub kube_tls_server_name: String,
    /// `--kube-insecure-skip-tls-verify`.
    pub kube_insecure: bool,
    /// `--debug`.
    pub debug: bool,
    /// `--registry-config`.
    pub registry_config: String,
    /// `--repository-config`.
    pub repository_config: String,
    /// `--repository-cache`.
    pub repository_cache: String,
    /// `--content-cache`.
    pub content_cache: String,
    /// `HELM_PLUGINS`.
    pub plugins: String,
    /// `HELM_MAX_HISTORY`.
    pub max_history: i64,
    /// `--burst-limit`.
    pub burst_limit: i64,
    /// `--qps`.
    pub qps: f64,
    /// `--color`: never, auto or always.
    pub color: String,
    /// The directories that the files above are in by default.
    pub homes: Homes,
    /// `--keyring` where it is not given.
    pub keyring: String,
}

/// Helm's three directories.
#[derive(Clone, Debug)]
pub struct Homes {
    /// Cached files.
    pub cache: String,
    /// Configuration.
    pub config: String,
    /// Plugins and starters.
    pub data: String,
}

impl Settings {
    /// Reads the environment.
    pub fn from_variables(variables: Variables<'_>) -> Self {
        let text = |name: &str| variables(name).unwrap_or_default();
        let homes = Homes::from_variables(variables);
        let or = |name: &str, home: &str, tail: &str| variables(name).unwrap_or_else(|| paths::join(&[home, tail]));
        let user_home = text("HOME");
        Self {
            namespace: text("HELM_NAMESPACE"),
            kube_config: String::new(),
            kube_context: text("HELM_KUBECONTEXT"),
            kube_token: text("HELM_KUBETOKEN"),
            kube_as_user: text("HELM_KUBEASUSER"),
            kube_as_groups: comma_list(&text("HELM_KUBEASGROUPS")),
            kube_api_server: text("HELM_KUBEAPISERVER"),
            kube_ca_file: text("HELM_KUBECAFILE"),
            kube_tls_server_name: text("HELM_KUBETLS_SERVER_NAME"),
            kube_insecure: truth(variables("HELM_KUBEINSECURE_SKIP_TLS_VERIFY")),
            debug: truth(variables("HELM_DEBUG")),
            registry_config: or("HELM_REGISTRY_CONFIG", &homes.config, "registry/config.json"),
            repository_config: or("HELM_REPOSITORY_CONFIG", &homes.config, "repositories.yaml"),
            repository_cache: or("HELM_REPOSITORY_CACHE", &homes.cache, "repository"),
            content_cache: or("HELM_CONTENT_CACHE", &homes.cache, "content"),
            plugins: or("HELM_PLUGINS", &homes.data, "plugins"),
            max_history: number(variables("HELM_MAX_HISTORY"), 10),
            burst_limit: number(variables("HELM_BURST_LIMIT"), 100),
            qps: variables("HELM_QPS")
                .and_then(|text| strconv::parse_float(text.as_bytes(), 32).ok())
                .unwrap_or_default(),
            color: color(variables),
            keyring: match variables("GNUPGHOME") {
                Some(home) => paths::join(&[&home, "pubring.gpg"]),
                None => paths::join(&[&user_home, ".gnupg", "pubring.gpg"]),
            },
            homes,
        }
    }

    /// Takes over the global flags that were given.
    pub(crate) fn apply(&mut self, flags: &FlagSet) {
        let texts: [(&str, &mut String); 13] = [
            ("namespace", &mut self.namespace),
            ("kubeconfig", &mut self.kube_config),
            ("kube-context", &mut self.kube_context),
            ("kube-token", &mut self.kube_token),
            ("kube-as-user", &mut self.kube_as_user),
            ("kube-apiserver", &mut self.kube_api_server),
            ("kube-ca-file", &mut self.kube_ca_file),
            ("kube-tls-server-name", &mut self.kube_tls_server_name),
            ("registry-config", &mut self.registry_config),
            ("repository-config", &mut self.repository_config),
            ("repository-cache", &mut self.repository_cache),
            ("content-cache", &mut self.content_cache),
            ("color", &mut self.color),
        ];
        for (name, place) in texts {
            if flags.is_given(name) || name == "color" && flags.is_given("colour") {
                flags.text(name).clone_into(place);
            }
        }
        if flags.is_given("kube-as-group") {
            self.kube_as_groups = flags.list("kube-as-group").to_vec();
        }
        if flags.is_given("kube-insecure-skip-tls-verify") {
            self.kube_insecure = flags.is_on("kube-insecure-skip-tls-verify");
        }
        if flags.is_given("debug") {
            self.debug = flags.is_on("debug");
        }
        if flags.is_given("burst-limit") {
            self.burst_limit = flags.number("burst-limit");
        }
        if flags.is_given("qps") {
            self.qps = strconv::parse_float(flags.text("qps").as_bytes(), 32).unwrap_or_default();
        }
    }

    /// The default of `--keyring`.
    pub(crate) fn keyring(&self) -> String {
        self.keyring.clone()
    }

    /// The default of `--history-max`.
    pub(crate) fn max_history_text(&self) -> String {
        self.max_history.to_string()
    }

    /// The default of `--kube-as-group`.
    pub(crate) fn kube_as_groups_text(&self) -> String {
        format!("[{}]", self.kube_as_groups.join(","))
    }

    /// The default of `--qps`. Go: FormatFloat(v, 'g', -1, 32).
    pub(crate) fn qps_text(&self) -> String {
        strconv::format_float(self.qps, b'g', None, 32)
    }
}

impl Homes {
    fn from_variables(variables: Variables<'_>) -> Self {
        let home = |own: &str, xdg: &str, default: &[&str]| {
            let set = |name: &str| variables(name).filter(|text| !text.is_empty());
            if let Some(path) = set(own) {
                return paths::join(&[&path]);
            }
            let base = set(xdg).unwrap_or_else(|| {
                let user = variables("HOME").unwrap_or_default();
                let parts: Vec<&str> = std::iter::once(user.as_str()).chain(default.iter().copied()).collect();
                paths::join(&parts)
            });
            paths::join(&[&base, "helm"])
        };
        Self {
            cache: home("HELM_CACHE_HOME", "XDG_CACHE_HOME", &[".cache"]),
            config: home("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", &[".config"]),
            data: home("HELM_DATA_HOME", "XDG_DATA_HOME", &[".local", "share"]),
        }
    }
}

/// Go: environment.go envCSV trims commas and spaces around, and keeps empty items inside.
fn comma_list(text: &str) -> Vec<String> {
    let trimmed = text.trim_matches([',', ' ']);
    if trimmed.is_empty() { Vec::new() } else { trimmed.split(',').map(str::to_owned).collect() }
}

/// A variable that is not a boolean counts as off, as in Helm.
fn truth(text: Option<String>) -> bool {
    text.is_some_and(|text| strconv::parse_bool(text.as_bytes()).unwrap_or_default())
}

fn number(text: Option<String>, default: i64) -> i64 {
    text.and_then(|text| strconv::atoi(text.as_bytes()).ok()).unwrap_or(default)
}

fn color(variables: Variables<'_>) -> String {
    if variables("NO_COLOR").is_some_and(|text| !text.is_empty()) {
        return "never".to_owned();
    }
    let wish = variables("HELM_COLOR").unwrap_or_default().to_lowercase();
    if matches!(wish.as_str(), "never" | "auto" | "always") { wish } else { "auto".to_owned() }
}
