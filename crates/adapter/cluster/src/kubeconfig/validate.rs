//! The checks client-go makes before it uses a context, with its texts.
//!
//! Go: client-go tools/clientcmd/validation.go (`validateClusterInfo`, `validateAuthInfo`).

use kube::config::{AuthInfo, Cluster, Context};

use super::{ConfigError, KubeFlags, Merged};
use crate::go_text;

/// Reports everything that makes the chosen context unusable, in client-go's order.
pub(super) fn confirm_usable(
    merged: &Merged,
    flags: &KubeFlags,
    context: &Context,
    user: &AuthInfo,
    cluster: &Cluster,
) -> Result<(), ConfigError> {
    let mut errors = Vec::new();
    let name = merged.context_name(flags);
    if !name.is_empty() && !merged.contexts.contains_key(name) {
        errors.push(format!("context was not found for specified context: {name}"));
    }
    check_user(context.user.as_deref().unwrap_or_default(), user, &mut errors);
    check_cluster(&context.cluster, cluster, &mut errors);
    if errors.is_empty() {
        return Ok(());
    }
    Err(ConfigError(format!("invalid configuration: {}", go_text::aggregate(&errors))))
}

fn is_set(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn check_cluster(name: &str, cluster: &Cluster, errors: &mut Vec<String>) {
    if !is_set(cluster.server.as_ref()) {
        errors.push(if name.is_empty() {
            "default cluster has no server defined".to_owned()
        } else {
            format!("no server found for cluster {name:?}")
        });
    }
    if let Some(proxy) = cluster.proxy_url.as_ref().filter(|proxy| !proxy.is_empty()) {
        match url::Url::parse(proxy) {
            Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5") => {}
            Ok(url) => errors.push(format!(
                "invalid 'proxy-url' {proxy:?} for cluster {name:?}: unsupported scheme {:?}, must be http, https, or socks5",
                url.scheme()
            )),
            Err(error) => {
                errors.push(format!("invalid 'proxy-url' {proxy:?} for cluster {name:?}: could not parse: {error}"));
            }
        }
    }
    let file = cluster.certificate_authority.as_ref().filter(|file| !file.is_empty());
    if file.is_some() && is_set(cluster.certificate_authority_data.as_ref()) {
        errors.push(format!(
            "certificate-authority-data and certificate-authority are both specified for {name}. \
             certificate-authority-data will override."
        ));
    }
    if let Some(file) = file
        && let Err(error) = std::fs::File::open(file)
    {
        errors.push(format!(
            "unable to read certificate-authority {file} for {name} due to open {file}: {}",
            go_text::io_reason(&error)
        ));
    }
}

fn check_user(name: &str, user: &AuthInfo, errors: &mut Vec<String>) {
    check_certificate(name, user, errors);
    check_exec(name, user, errors);
    let mut methods = Vec::new();
    if user.token.is_some() {
        methods.push("token");
    }
    if is_set(user.username.as_ref()) || user.password.is_some() {
        methods.push("basicAuth");
    }
    if methods.len() > 1 {
        errors.push(format!(
            "more than one authentication method found for {name}; found [{}], only one is allowed",
            methods.join(" ")
        ));
    }
    let has_more = is_set(user.impersonate_uid.as_ref())
        || user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty())
        || user.impersonate_user_extra.as_ref().is_some_and(|extra| !extra.is_empty());
    if has_more && !is_set(user.impersonate.as_ref()) {
        errors.push(format!("requesting uid, groups or user-extra for {name} without impersonating a user"));
    }
}

fn check_certificate(name: &str, user: &AuthInfo, errors: &mut Vec<String>) {
    let certificate = user.client_certificate.as_ref().filter(|file| !file.is_empty());
    let has_data = is_set(user.client_certificate_data.as_ref());
    if certificate.is_none() && !has_data {
        return;
    }
    if certificate.is_some() && has_data {
        errors.push(format!(
            "client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
        ));
    }
    let key = user.client_key.as_ref().filter(|file| !file.is_empty());
    if key.is_some() && user.client_key_data.is_some() {
        errors.push(format!(
            "client-key-data and client-key are both specified for {name}; client-key-data will override"
        ));
    }
    if key.is_none() && user.client_key_data.is_none() {
        errors.push(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        ));
    }
    for (what, file) in [("client-cert", certificate), ("client-key", key)] {
        if let Some(file) = file
            && let Err(error) = std::fs::File::open(file)
        {
            errors.push(format!(
                "unable to read {what} {file} for {name} due to open {file}: {}",
                go_text::io_reason(&error)
            ));
        }
    }
}

fn check_exec(name: &str, user: &AuthInfo, errors: &mut Vec<String>) {
    let Some(exec) = &user.exec else { return };
    if user.auth_provider.is_some() {
        errors.push(format!("authProvider cannot be provided in combination with an exec plugin for {name}"));
    }
    if !is_set(exec.command.as_ref()) {
        errors.push(format!("command must be specified for {name} to use exec authentication plugin"));
    }
    if !is_set(exec.api_version.as_ref()) {
        errors.push(format!("apiVersion must be specified for {name} to use exec authentication plugin"));
    }
    // Go: v1beta1 and older default to IfAvailable (clientcmd/api/v1/defaults.go).
    let is_v1 = exec.api_version.as_deref() == Some("client.authentication.k8s.io/v1");
    if is_v1 && exec.interactive_mode.is_none() {
        errors.push(format!("interactiveMode must be specified for {name} to use exec authentication plugin"));
    }
}
