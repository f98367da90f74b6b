//! Credential plugins: programs that print a token or a client certificate.
//!
//! Go: client-go plugin/pkg/client/auth/exec/exec.go, whose texts are kept.

use std::io::IsTerminal as _;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use kube::config::{Cluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::auth::bearer;

/// A plugin with what it printed last.
pub(super) struct ExecPlugin {
    config: ExecConfig,
    cluster: Option<serde_json::Value>,
    printed: Mutex<Option<Printed>>,
}

/// The `status` of an `ExecCredential`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Printed {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl Printed {
    /// The certificate and key, both PEM, where the plugin gives some.
    pub(super) fn certificate(&self) -> Option<(&str, &str)> {
        Some((self.client_certificate_data.as_deref()?, self.client_key_data.as_deref()?))
    }

    fn is_fresh(&self) -> bool {
        let expires = self.expiration_timestamp.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        expires.is_none_or(|expires| Timestamp::now() + SignedDuration::from_secs(10) < expires)
    }
}

impl ExecPlugin {
    /// A plugin that has not run yet.
    pub(super) fn new(config: ExecConfig, cluster: &Cluster) -> Self {
        let cluster = config.provide_cluster_info.then(|| cluster_info(cluster));
        Self { config, cluster, printed: Mutex::default() }
    }

    /// Runs the program now, unless what it printed is still good.
    pub(super) async fn printed(&self) -> Result<Printed, String> {
        let mut printed = self.printed.lock().await;
        if let Some(printed) = printed.as_ref().filter(|printed| printed.is_fresh()) {
            return Ok(printed.clone());
        }
        let config = self.config.clone();
        let cluster = self.cluster.clone();
        let fresh = tokio::task::spawn_blocking(move || run(&config, cluster.as_ref()))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|reason| format!("getting credentials: {reason}"))?;
        *printed = Some(fresh.clone());
        Ok(fresh)
    }

    /// Runs the program now and keeps what it printed, before any request.
    pub(super) fn run_first(&mut self) -> Result<Printed, String> {
        let printed =
            run(&self.config, self.cluster.as_ref()).map_err(|reason| format!("getting credentials: {reason}"))?;
        *self.printed.get_mut() = Some(printed.clone());
        Ok(printed)
    }

    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, String> {
        let printed = self.printed().await?;
        printed.token.as_deref().filter(|token| !token.is_empty()).map(bearer).transpose()
    }

    pub(super) async fn forget(&self) {
        *self.printed.lock().await = None;
    }
}

// Go: ConfigToExecCluster.
fn cluster_info(cluster: &Cluster) -> serde_json::Value {
    let authority = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => Some(data.clone()),
        (None, Some(file)) => std::fs::read(file).ok().map(|bytes| BASE64.encode(&bytes)),
        (None, None) => None,
    };
    let config =
        cluster.extensions.iter().flatten().find(|extension| extension.name == "client.authentication.k8s.io/exec");
    let mut info = serde_json::Map::new();
    let mut put = |key: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            info.insert(key.to_owned(), value);
        }
    };
    put("server", cluster.server.clone().map(Into::into));
    put("tls-server-name", cluster.tls_server_name.clone().map(Into::into));
    put("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify.filter(|skip| *skip).map(Into::into));
    put("certificate-authority-data", authority.map(Into::into));
    put("proxy-url", cluster.proxy_url.clone().map(Into::into));
    put("config", config.map(|extension| extension.extension.clone()));
    serde_json::Value::Object(info)
}

fn run(config: &ExecConfig, cluster: Option<&serde_json::Value>) -> Result<Printed, String> {
    let name = config.command.as_deref().unwrap_or_default();
    let version = config.api_version.as_deref().unwrap_or_default();
    let is_terminal = std::io::stdin().is_terminal();
    let interactive = match config.interactive_mode {
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::Always) if !is_terminal => {
            return Err("exec plugin cannot support interactive mode: standard input is not a terminal".to_owned());
        }
        _ => is_terminal,
    };
    let mut spec = json!({ "interactive": interactive });
    if let (Some(cluster), Some(spec)) = (cluster, spec.as_object_mut()) {
        spec.insert("cluster".to_owned(), cluster.clone());
    }
    let input = json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec });
    let mut command = Command::new(name);
    command.args(config.args.iter().flatten());
    for variable in config.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    command.env("KUBERNETES_EXEC_INFO", input.to_string());
    command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() }).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| not_started(config, name, &error))?;
    if !output.status.success() {
        let code = output.status.code().unwrap_or(-1);
        return Err(format!("exec: executable {name} failed with exit code {code}"));
    }
    read(&output.stdout, version)
}

fn not_started(config: &ExecConfig, name: &str, error: &std::io::Error) -> String {
    // Go: only a name that is looked up in PATH is "not found".
    if error.kind() == std::io::ErrorKind::NotFound && !name.contains(std::path::MAIN_SEPARATOR) {
        with_hint(config, &format!("exec: executable {name} not found"))
    } else {
        format!("exec: fork/exec {name}: {}", crate::go_text::io_reason(error))
    }
}

// Go: wrapCmdRunErrorLocked.
fn with_hint(config: &ExecConfig, text: &str) -> String {
    let hint = config.install_hint.as_deref().filter(|hint| !hint.is_empty());
    format!(
        "{text}\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\n\
         To learn more about this feature, consult the documentation available at:\n      \
         https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins{}",
        hint.map(|hint| format!("\n\n{hint}")).unwrap_or_default()
    )
}

fn read(stdout: &[u8], version: &str) -> Result<Printed, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Credential {
        #[serde(default)]
        api_version: String,
        status: Option<Printed>,
    }
    let value = corten_yaml::decode(stdout).map_err(|error| format!("decoding stdout: {error}"))?;
    let credential: Credential = serde_json::from_slice(&corten_gostd::json::encode(&value, false))
        .map_err(|error| format!("decoding stdout: {error}"))?;
    if credential.api_version != version {
        return Err(format!(
            "exec plugin is configured to use API version {version}, plugin returned version {}",
            credential.api_version
        ));
    }
    let printed = credential.status.ok_or("exec plugin didn't return a status field")?;
    let has_token = printed.token.as_ref().is_some_and(|token| !token.is_empty());
    if !has_token && printed.client_certificate_data.is_none() && printed.client_key_data.is_none() {
        return Err("exec plugin didn't return a token or cert/key pair".to_owned());
    }
    if printed.client_certificate_data.is_some() != printed.client_key_data.is_some() {
        return Err("exec plugin returned only certificate or key, not both".to_owned());
    }
    Ok(printed)
}
