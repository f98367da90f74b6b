//! `cargo xtask cluster up|down`: a real Kubernetes control plane on this machine, with simulated nodes.
//!
//! etcd, kube-apiserver, kube-controller-manager and kube-scheduler are one binary of
//! `tools/testcluster`; kwok plays nodes and pods by the rules of `tools/testcluster/stages.yaml`.
//! `$KUBEBUILDER_ASSETS` is used where it has all four, else what lies under `target/tools`, else Go
//! builds it (four minutes, once). Everything listens on loopback and lives in one folder.

mod parts;
mod setup;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

pub(crate) use parts::Parts;
pub(crate) use setup::{TOKEN, kubeconfig};

/// A control plane that runs until it is dropped or this process dies, or for good when it is kept.
pub(crate) struct ControlPlane {
    folder: PathBuf,
    processes: Vec<std::process::Child>,
    address: String,
    life: Life,
}

/// How long processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// No longer than this one.
    Bound,
    /// Until somebody ends them.
    Free,
}

/// A command whose process lives as long as it should. What binds it is a tool of util-linux; without it only an orderly
/// end of this process ends the other one.
pub(crate) fn living(life: Life, command: Command) -> Command {
    if life == Life::Free || !Path::new("/usr/bin/setpriv").exists() {
        return command;
    }
    let mut bound = Command::new("/usr/bin/setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(name, value),
            None => bound.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
}

impl ControlPlane {
    /// Starts all parts in a folder that is emptied first, and waits until objects can be made.
    pub(crate) fn start(folder: &Path, life: Life) -> anyhow::Result<Self> {
        let parts = Parts::find()?;
        let started = Instant::now();
        let mut plane = Self { folder: folder.to_owned(), processes: Vec::new(), address: String::new(), life };
        if let Err(error) = setup::run(&mut plane, &parts) {
            // Half a control plane is of no use to anybody.
            plane.life = Life::Bound;
            return Err(error);
        }
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

    /// Posts many objects to one collection.
    pub(crate) fn post_all(&self, path: &str, bodies: &[String]) -> anyhow::Result<()> {
        setup::post_all(self, path, bodies)
    }

    fn spawn(&mut self, name: &str, command: Command) -> anyhow::Result<()> {
        let log = self.folder.join(format!("{name}.log"));
        let log = std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let errors = log.try_clone().context("cannot share the log")?;
        let mut command = living(self.life, command);
        command.stdin(std::process::Stdio::null()).stdout(log).stderr(errors);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
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
        if self.life == Life::Free {
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
    let plane = ControlPlane::start(folder, Life::Free)?;
    let numbers: Vec<String> = plane.processes.iter().map(|process| process.id().to_string()).collect();
    std::fs::write(folder.join("processes"), numbers.join("\n")).context("cannot note the processes")?;
    println!("export KUBECONFIG={}", plane.kubeconfig().display());
    Ok(())
}

/// Ends the processes that `up` noted.
fn down(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("processes");
    let Ok(numbers) = std::fs::read_to_string(&file) else { return Ok(()) };
    for number in numbers.lines().rev() {
        let status = Command::new("kill").args(["-9", number]).status();
        status.with_context(|| format!("cannot end process {number}"))?;
    }
    std::fs::remove_file(&file).context("cannot forget the processes")
}
