//! `cargo xtask cluster up|down`: a real Kubernetes control plane on this machine, with simulated nodes.
//!
//! etcd, kube-apiserver, kube-controller-manager and kube-scheduler are one binary of
//! `tools/testcluster`; kwok plays nodes and pods by the rules of `tools/testcluster/stages.yaml`.
//! `$KUBEBUILDER_ASSETS` is used where it has all four, else what lies under `target/tools`, else Go
//! builds it (four minutes, once). Everything listens on loopback and lives in one folder.

mod parts;
mod setup;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

pub(crate) use parts::Parts;
pub(crate) use setup::kubeconfig;

/// A control plane that runs until it is dropped, or for good when it is kept.
pub(crate) struct ControlPlane {
    folder: PathBuf,
    processes: Vec<std::process::Child>,
    address: String,
    is_kept: bool,
}

impl ControlPlane {
    /// Starts all parts in a folder that is emptied first, and waits until objects can be made.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let parts = Parts::find()?;
        let started = Instant::now();
        let mut plane =
            Self { folder: folder.to_owned(), processes: Vec::new(), address: String::new(), is_kept: false };
        setup::run(&mut plane, &parts)?;
        println!("control plane ready after {:.1} s", started.elapsed().as_secs_f64());
        Ok(plane)
    }

    /// The kubeconfig of its administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// `127.0.0.1:PORT` of the API server.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The folder with its certificates and logs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Asks the API server something; a refusal is an error.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<String> {
        setup::request(self, method, path, body)
    }

    fn spawn(&mut self, name: &str, command: &mut std::process::Command) -> anyhow::Result<()> {
        let log = self.folder.join(format!("{name}.log"));
        let log = std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let errors = log.try_clone().context("cannot share the log")?;
        command.stdin(std::process::Stdio::null()).stdout(log).stderr(errors);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        self.processes.push(child);
        Ok(())
    }

    fn wait(&mut self, what: &str, is_there: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        const PATIENCE: Duration = Duration::from_mins(2);
        let started = Instant::now();
        while !is_there(self) {
            for process in &mut self.processes {
                if let Ok(Some(status)) = process.try_wait() {
                    bail!("a part of the control plane ended with {status}; see {}", self.folder.display());
                }
            }
            if started.elapsed() > PATIENCE {
                bail!("{what} is not there after {PATIENCE:?}; see {}", self.folder.display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        for process in self.processes.iter_mut().rev() {
            // It may have ended by itself.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// The task.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let folder = crate::link::target().join("cluster");
    match arguments.first().map(String::as_str) {
        Some("up") => up(&folder),
        Some("down") => down(&folder),
        _ => bail!("say up or down"),
    }
}

fn up(folder: &Path) -> anyhow::Result<()> {
    down(folder)?;
    let mut plane = ControlPlane::start(folder)?;
    let numbers: Vec<String> = plane.processes.iter().map(|process| process.id().to_string()).collect();
    std::fs::write(folder.join("processes"), numbers.join("\n")).context("cannot note the processes")?;
    plane.is_kept = true;
    println!("export KUBECONFIG={}", plane.kubeconfig().display());
    Ok(())
}

/// Ends the processes that `up` noted.
fn down(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("processes");
    let Ok(numbers) = std::fs::read_to_string(&file) else { return Ok(()) };
    for number in numbers.lines().rev() {
        let status = std::process::Command::new("kill").args(["-9", number]).status();
        status.with_context(|| format!("cannot end process {number}"))?;
    }
    std::fs::remove_file(&file).context("cannot forget the processes")
}
