//! The proxy before the API server, `tools/testcluster/proxy`.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

use crate::cluster::{ControlPlane, Life, kubeconfig, living};

/// A running proxy.
pub(crate) struct Proxy {
    process: Child,
    address: String,
    kubeconfig: PathBuf,
    authority: PathBuf,
}

/// What the proxy counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub count: usize,
    pub is_hanging: bool,
}

impl Proxy {
    /// Builds and starts it.
    pub(crate) fn start(plane: &ControlPlane) -> anyhow::Result<Self> {
        let folder = plane.folder();
        let binary = folder.join("proxy");
        let status = Command::new("go")
            .args(["build", "-o"])
            .arg(&binary)
            .arg("./proxy")
            .env("CGO_ENABLED", "0")
            .current_dir(crate::workspace::root().join("tools/testcluster"))
            .status()
            .context("cannot start go")?;
        anyhow::ensure!(status.success(), "go could not build the proxy");
        let authority = folder.join("certificates/apiserver.crt");
        let mut command = Command::new(binary);
        command.args(["-upstream", &format!("https://{}", plane.address())]).arg("-cert").arg(&authority);
        command.arg("-key").arg(folder.join("certificates/apiserver.key"));
        let mut process = living(Life::Bound, command)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the proxy")?;
        let mut address = String::new();
        let output = process.stdout.take().context("the proxy says nothing")?;
        std::io::BufReader::new(output).read_line(&mut address).context("the proxy says nothing")?;
        let address = address.trim().to_owned();
        let path = folder.join("kubeconfig-proxy");
        std::fs::write(&path, kubeconfig(&format!("https://{address}"), "certificates/apiserver.crt"))
            .context("cannot write the kubeconfig of the proxy")?;
        Ok(Self { process, address, kubeconfig: path, authority })
    }

    /// The kubeconfig that leads through it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Sets what happens from now on, and forgets what was counted.
    pub(crate) fn plan(&self, query: &str) -> anyhow::Result<()> {
        self.ask(&format!("/proxy/plan?{query}")).map(drop)
    }

    /// What was counted.
    pub(crate) fn stats(&self) -> anyhow::Result<Stats> {
        let stats: Value = serde_json::from_str(&self.ask("/proxy/stats")?).context("odd stats")?;
        let requests = stats["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Stats { count: requests.len(), is_hanging: stats["hanging"].as_bool().unwrap_or(false) })
    }

    fn ask(&self, path: &str) -> anyhow::Result<String> {
        let output = Command::new("curl")
            .args(["-s", "-f", "--cacert"])
            .arg(&self.authority)
            .arg(format!("https://{}{path}", self.address))
            .output()
            .context("cannot start curl")?;
        anyhow::ensure!(output.status.success(), "the proxy does not answer");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
