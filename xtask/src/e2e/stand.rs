//! The test stand: a control plane, a proxy before it, the two programs, and ways to look inside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::proxy::Proxy;
use crate::cluster::{ControlPlane, Life};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The real one.
    Helm,
    /// The one before it.
    Helm3,
    /// Ours.
    Corten,
}

/// The test stand.
pub(crate) struct Stand {
    pub plane: ControlPlane,
    pub proxy: Proxy,
    /// `--only NAME`: of the things that a suite goes through, those with this in their name.
    pub only: Option<String>,
    helm: PathBuf,
    helm3: PathBuf,
    corten: PathBuf,
    next: AtomicU32,
}

impl Stand {
    /// Builds what is missing, our binary unless one is given, and starts everything.
    pub(crate) fn start(binary: Option<&Path>, only: Option<String>) -> anyhow::Result<Self> {
        if let Some(binary) = binary {
            return Self::with(binary, only);
        }
        crate::workspace::run("cargo", &["build", "--package", "corten"])?;
        Self::with(&crate::link::target().join("debug/corten"), only)
    }

    fn with(corten: &Path, only: Option<String>) -> anyhow::Result<Self> {
        let helm = crate::tools::helm(crate::tools::HELM)?.canonicalize().context("no helm")?;
        let helm3 = crate::tools::path(crate::tools::HELM_3);
        let plane = ControlPlane::start(&crate::link::target().join("e2e/cluster"), Life::Bound)?;
        let proxy = Proxy::start(&plane)?;
        // Under the name of helm: texts of usage name the program.
        let folder = crate::link::target().join("e2e/bin");
        std::fs::create_dir_all(&folder).context("cannot make a folder for the binary")?;
        let link = folder.canonicalize().context("no folder for the binary")?.join("helm");
        if link.symlink_metadata().is_ok() {
            std::fs::remove_file(&link).context("cannot replace the link")?;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(corten.canonicalize().context("no corten")?, &link).context("cannot link")?;
        #[cfg(not(unix))]
        std::fs::copy(corten, &link).context("cannot copy")?;
        Ok(Self { plane, proxy, only, helm, helm3, corten: link, next: AtomicU32::new(0) })
    }

    /// A namespace that nobody has used; all names of a kind are equally long.
    pub(crate) fn namespace(&self, what: &str) -> anyhow::Result<String> {
        let name = format!("{what}-{:04}", self.next.fetch_add(1, Ordering::Relaxed));
        let body = format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#);
        self.plane.request("POST", "/api/v1/namespaces", Some(&body))?;
        Ok(name)
    }

    /// A chart of the stand.
    pub(crate) fn chart(name: &str) -> String {
        crate::workspace::root().join("tools/testcluster/charts").join(name).to_string_lossy().into_owned()
    }

    /// A command of one of the two, straight to the API server.
    pub(crate) fn command(&self, who: Who, namespace: &str, arguments: &[&str]) -> Command {
        self.command_with(who, namespace, arguments, &self.plane.kubeconfig())
    }

    /// The same, through the proxy.
    pub(crate) fn proxied(&self, who: Who, namespace: &str, arguments: &[&str]) -> Command {
        self.command_with(who, namespace, arguments, self.proxy.kubeconfig())
    }

    fn command_with(&self, who: Who, namespace: &str, arguments: &[&str], kubeconfig: &Path) -> Command {
        let mut command = Command::new(self.binary(who));
        command.args(arguments).args(["--namespace", namespace]);
        self.dress(&mut command, kubeconfig);
        command
    }

    /// The binary of one of the two.
    pub(crate) fn binary(&self, who: Who) -> &Path {
        match who {
            Who::Helm => &self.helm,
            Who::Helm3 => &self.helm3,
            Who::Corten => &self.corten,
        }
    }

    /// Gives a command the variables of the stand, and no others.
    pub(crate) fn dress(&self, command: &mut Command, kubeconfig: &Path) {
        command.env_clear().env("KUBECONFIG", kubeconfig).env("HOME", self.home());
        command.env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
    }

    /// Where both keep what they keep of a user.
    pub(crate) fn home(&self) -> PathBuf {
        self.plane.folder().join("home")
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, who: Who, namespace: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(who, namespace, arguments).output().context("cannot start")
    }

    /// Runs a command that has to succeed.
    pub(crate) fn succeed(&self, who: Who, namespace: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.run(who, namespace, arguments)?;
        if !output.status.success() {
            bail!("{who:?} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until the controllers have nothing more to do to what lies in a namespace.
    pub(crate) fn settle(&self, namespace: &str) -> anyhow::Result<()> {
        const PATIENCE: Duration = Duration::from_secs(20);
        const QUIET: Duration = Duration::from_millis(700);
        let paths = [
            format!("/api/v1/namespaces/{namespace}/pods"),
            format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
            format!("/apis/batch/v1/namespaces/{namespace}/jobs"),
        ];
        let look = || paths.iter().map(|path| Ok(self.get(path)?["items"].clone())).collect::<anyhow::Result<Vec<_>>>();
        let started = Instant::now();
        let (mut before, mut since) = (look()?, Instant::now());
        let is_ready = |state: &[Value]| {
            let mut deployments = state.get(1).and_then(Value::as_array).into_iter().flatten();
            deployments.all(|one| one["status"]["readyReplicas"] == one["spec"]["replicas"])
        };
        while (since.elapsed() < QUIET || !is_ready(&before)) && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(100));
            let now = look()?;
            if now != before {
                (before, since) = (now, Instant::now());
            }
        }
        Ok(())
    }

    /// What the API server has under a path.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let text = self.plane.request("GET", path, None)?;
        serde_json::from_str(&text).with_context(|| format!("{path} is not JSON"))
    }
}
