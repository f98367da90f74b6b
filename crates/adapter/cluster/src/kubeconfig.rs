//! Which cluster, as whom, in which namespace: kubeconfig files merged and overridden as client-go does.
//!
//! Go: client-go tools/clientcmd (`loader.go`, `client_config.go`, `merged_client_builder.go`) and
//! cli-runtime `genericclioptions/config_flags.go`. The types of the files are kube's; the rules of
//! merging, overriding and checking are here because their order and texts are what users see.

mod file;
mod validate;

use std::collections::BTreeMap;

use kube::config::{AuthInfo, Cluster, Context, ExecConfig};

/// What the command line (or a `HELM_*` variable) says about the cluster; empty means unset.
#[derive(Clone, Debug, Default)]
pub struct KubeFlags {
    /// `--kubeconfig`; without it `$KUBECONFIG` lists files, else `~/.kube/config`.
    pub kubeconfig: String,
    /// `--kube-context`.
    pub context: String,
    /// `--namespace`.
    pub namespace: String,
    /// `--kube-token`.
    pub token: String,
    /// `--kube-as-user`.
    pub as_user: String,
    /// `--kube-as-group`, which repeats.
    pub as_groups: Vec<String>,
    /// `--kube-apiserver`.
    pub apiserver: String,
    /// `--kube-ca-file`.
    pub ca_file: String,
    /// `--kube-tls-server-name`.
    pub tls_server_name: String,
    /// `--kube-insecure-skip-tls-verify`.
    pub insecure: bool,
}

/// Reads an environment variable, so that tests need not change the process.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why there is no usable configuration; the text is client-go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// The parts of a configuration that belong to one context, flags applied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub server: String,
    pub cluster: Cluster,
    pub user: AuthInfo,
    pub exec: Option<ExecConfig>,
    /// Credentials are sent over TLS only (Go: `ClientConfig` in `client_config.go`).
    pub is_secure: bool,
}

/// The merged files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merged {
    pub current: String,
    pub contexts: BTreeMap<String, Context>,
    pub clusters: BTreeMap<String, Cluster>,
    pub users: BTreeMap<String, AuthInfo>,
}

/// The address that is used when nothing names a server.
const DEFAULT_SERVER: &str = "http://localhost:8080";
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Merged {
    fn context_name<'a>(&'a self, flags: &'a KubeFlags) -> &'a str {
        if flags.context.is_empty() { &self.current } else { &flags.context }
    }

    fn context(&self, flags: &KubeFlags) -> Result<Context, ConfigError> {
        let name = self.context_name(flags);
        match self.contexts.get(name) {
            Some(context) => Ok(context.clone()),
            None if !flags.context.is_empty() => Err(ConfigError(format!("context {name:?} does not exist"))),
            None => Ok(Context::default()),
        }
    }

    fn user(&self, context: &Context, flags: &KubeFlags) -> AuthInfo {
        let name = context.user.as_deref().unwrap_or_default();
        let mut user = self.users.get(name).cloned().unwrap_or_default();
        if !flags.token.is_empty() {
            user.token = Some(flags.token.clone().into());
            user.auth_provider = None;
        }
        if !flags.as_user.is_empty() {
            user.impersonate = Some(flags.as_user.clone());
        }
        if !flags.as_groups.is_empty() {
            user.impersonate_groups = Some(flags.as_groups.clone());
        }
        user
    }

    fn cluster(&self, context: &Context, flags: &KubeFlags, default_server: &str) -> Cluster {
        let mut cluster = self.clusters.get(&context.cluster).cloned().unwrap_or_default();
        if cluster.server.as_deref().unwrap_or_default().is_empty() {
            cluster.server = Some(default_server.to_owned());
        }
        if !flags.apiserver.is_empty() {
            cluster.server = Some(flags.apiserver.clone());
        }
        // Go: getCluster clears certificates that were set when the flags say insecure or name a file.
        if flags.insecure || !flags.ca_file.is_empty() {
            cluster.insecure_skip_tls_verify = Some(flags.insecure);
            cluster.certificate_authority = filled(&flags.ca_file);
            cluster.certificate_authority_data = None;
        }
        if !flags.tls_server_name.is_empty() || !flags.apiserver.is_empty() {
            cluster.tls_server_name = filled(&flags.tls_server_name);
        }
        cluster
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Reads the files and applies the flags.
pub(crate) fn access(flags: &KubeFlags, environment: Environment<'_>) -> Result<Access, ConfigError> {
    let merged = file::load(flags, environment)?;
    let context = merged.context(flags)?;
    let user = merged.user(&context, flags);
    let default_server = environment("KUBERNETES_MASTER").filter(|server| !server.is_empty());
    let default_server = default_server.as_deref().unwrap_or(DEFAULT_SERVER);
    let cluster = merged.cluster(&context, flags, default_server);
    validate::confirm_usable(&merged, flags, &context, &user, &cluster)?;
    let server = cluster.server.clone().unwrap_or_default();
    let is_default = server == default_server && user.impersonate.is_none();
    if is_default && let Some(access) = in_cluster(flags, environment) {
        return Ok(access);
    }
    Ok(assemble(server, cluster, user))
}

fn assemble(server: String, cluster: Cluster, mut user: AuthInfo) -> Access {
    // Go: DefaultServerURL adds the scheme; without one and without certificates it is http.
    let server = if server.contains("://") { server } else { format!("http://{server}") };
    let is_secure = server.starts_with("https://");
    let exec = user.exec.take().filter(|_| is_secure && user.token.is_none());
    Access { server, cluster, user, exec, is_secure }
}

/// The configuration of a pod, where there is one.
fn in_cluster(flags: &KubeFlags, environment: Environment<'_>) -> Option<Access> {
    let variable = |name| environment(name).filter(|value: &String| !value.is_empty());
    let (Some(host), Some(port)) = (variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")) else {
        return None;
    };
    let token_file = format!("{SERVICE_ACCOUNT}/token");
    if !std::path::Path::new(&token_file).is_file() {
        return None;
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let server = if flags.apiserver.is_empty() { format!("https://{host}:{port}") } else { flags.apiserver.clone() };
    let authority = if flags.ca_file.is_empty() { format!("{SERVICE_ACCOUNT}/ca.crt") } else { flags.ca_file.clone() };
    let cluster =
        Cluster { server: Some(server.clone()), certificate_authority: Some(authority), ..Cluster::default() };
    let mut user = AuthInfo { token_file: Some(token_file), ..AuthInfo::default() };
    if !flags.token.is_empty() {
        user = AuthInfo { token: Some(flags.token.clone().into()), ..AuthInfo::default() };
    }
    Some(assemble(server, cluster, user))
}

/// The namespace that commands act in when `--namespace` is not given.
///
/// Go: EnvSettings.Namespace asks the kubeconfig first and falls back to `default` on any error.
pub fn namespace(flags: &KubeFlags, environment: Environment<'_>) -> String {
    if !flags.namespace.is_empty() {
        return flags.namespace.clone();
    }
    let found = file::load(flags, environment).ok().and_then(|merged| {
        let context = merged.context(flags).ok()?;
        context.namespace.filter(|namespace| !namespace.is_empty())
    });
    found.or_else(|| pod_namespace(environment)).unwrap_or_else(|| "default".to_owned())
}

fn pod_namespace(environment: Environment<'_>) -> Option<String> {
    let is_pod = environment("KUBERNETES_SERVICE_HOST").is_some_and(|host| !host.is_empty())
        && std::path::Path::new(SERVICE_ACCOUNT).join("token").is_file();
    if !is_pod {
        return None;
    }
    if let Some(namespace) = environment("POD_NAMESPACE").filter(|namespace| !namespace.is_empty()) {
        return Some(namespace);
    }
    let text = std::fs::read_to_string(format!("{SERVICE_ACCOUNT}/namespace")).ok()?;
    filled(text.trim())
}

#[cfg(test)]
mod tests;
