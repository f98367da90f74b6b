//! `env [NAME]` prints the settings as environment variables.

use std::collections::BTreeMap;

use crate::kube;
use crate::session::{Failure, Session};
use crate::settings::Settings;

pub(super) fn run(session: &mut Session<'_>, arguments: &[String]) -> Result<(), Failure> {
    let values = values(session);
    let text = match arguments {
        // An unknown name prints an empty line, as in Helm.
        [name, ..] => format!("{}\n", values.get(name.as_str()).map_or("", String::as_str)),
        [] => values.iter().flat_map(|(name, value)| [name, "=\"", value, "\"\n"]).collect(),
    };
    session.print(&text)
}

/// The names that are printed, sorted.
pub(crate) fn names(settings: &Settings) -> Vec<String> {
    table(settings, "", "").into_keys().map(str::to_owned).collect()
}

/// Every setting under the name of its variable.
pub(crate) fn values(session: &Session<'_>) -> BTreeMap<&'static str, String> {
    table(&session.settings, &session.executable, &kube::namespace(session))
}

/// Go: EnvSettings.EnvVars.
fn table(settings: &Settings, executable: &str, namespace: &str) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("HELM_BIN", executable.to_owned()),
        ("HELM_BURST_LIMIT", settings.burst_limit.to_string()),
        ("HELM_CACHE_HOME", settings.homes.cache.clone()),
        ("HELM_CONFIG_HOME", settings.homes.config.clone()),
        ("HELM_CONTENT_CACHE", settings.content_cache.clone()),
        ("HELM_DATA_HOME", settings.homes.data.clone()),
        ("HELM_DEBUG", settings.debug.to_string()),
        ("HELM_KUBEAPISERVER", settings.kube_api_server.clone()),
        ("HELM_KUBEASGROUPS", settings.kube_as_groups.join(",")),
        ("HELM_KUBEASUSER", settings.kube_as_user.clone()),
        ("HELM_KUBECAFILE", settings.kube_ca_file.clone()),
        ("HELM_KUBECONTEXT", settings.kube_context.clone()),
        ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", settings.kube_insecure.to_string()),
        ("HELM_KUBETLS_SERVER_NAME", settings.kube_tls_server_name.clone()),
        ("HELM_KUBETOKEN", settings.kube_token.clone()),
        ("HELM_MAX_HISTORY", settings.max_history.to_string()),
        ("HELM_NAMESPACE", namespace.to_owned()),
        ("HELM_PLUGINS", settings.plugins.clone()),
        ("HELM_QPS", format!("{:.2}", settings.qps)),
        ("HELM_REGISTRY_CONFIG", settings.registry_config.clone()),
        ("HELM_REPOSITORY_CACHE", settings.repository_cache.clone()),
        ("HELM_REPOSITORY_CONFIG", settings.repository_config.clone()),
    ]);
    if !settings.kube_config.is_empty() {
        values.insert("KUBECONFIG", settings.kube_config.clone());
    }
    values
}
