//! What the checks are made of: programs that are built or installed once, and processes that end with their owner.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::http;

/// The version of the conformance suite, and the Node that it needs.
const SUITE: &[&str] = &["@modelcontextprotocol/conformance@0.2.0-alpha.12", "node@22"];
/// The servers of the protocol's own project.
const SERVERS: &[&str] = &[
    "@modelcontextprotocol/server-everything",
    "@modelcontextprotocol/server-filesystem",
    "@modelcontextprotocol/server-memory",
];

/// Programs.
pub(crate) struct Parts {
    pub(crate) corten: PathBuf,
    pub(crate) fixture: PathBuf,
    pub(crate) null: PathBuf,
    pub(crate) tools: PathBuf,
    /// How long the soak takes.
    pub(crate) minutes: u64,
    folder: PathBuf,
    next: AtomicU32,
}

impl Parts {
    /// Builds our programs. `$CORTEN` names a gateway that is built already.
    pub(crate) fn build(is_debug: bool) -> anyhow::Result<Self> {
        let profile = if is_debug { "dev" } else { "release" };
        crate::workspace::run("cargo", &["build", "--profile", profile, "--package", "corten-mcp-fixture"])?;
        let corten = std::env::var_os("CORTEN").map(PathBuf::from);
        if corten.is_none() {
            crate::workspace::run("cargo", &["build", "--profile", profile, "--package", "corten"])?;
        }
        let built = crate::link::target().join(if is_debug { "debug" } else { "release" });
        let built = built.canonicalize().with_context(|| format!("cannot find {}", built.display()))?;
        let program = |name: &str| built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let folder = std::env::temp_dir().join(format!("corten-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let tools = crate::link::target().join("tools");
        std::fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
        Ok(Self {
            corten: corten.unwrap_or_else(|| program("corten")),
            fixture: program("mcp-fixture"),
            null: program("mcp-null"),
            tools: tools.canonicalize().context("cannot find the tools")?,
            minutes: 60,
            folder,
            next: AtomicU32::new(0),
        })
    }

    /// An empty folder of its own.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Installs npm packages once; gives the folder of their programs.
    fn npm(&self, name: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
        let folder = self.tools.join(name);
        let bin = folder.join("node_modules").join(".bin");
        if bin.exists() {
            return Ok(bin);
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(folder.join("package.json"), "{\"private\": true}\n").context("cannot write package.json")?;
        eprintln!("+ npm install {}", packages.join(" "));
        let installed = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--foreground-scripts"])
            .args(packages)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status()
            .context("cannot start npm: Node 20 or newer is needed for this check")?;
        if !installed.success() {
            bail!("npm install of {} failed", packages.join(" "));
        }
        Ok(bin)
    }

    /// Runs the conformance suite of a revision against an address; gives its output.
    pub(crate) fn conformance(&self, url: &str, revision: &str) -> anyhow::Result<String> {
        let bin = self.npm("conformance", SUITE)?;
        let node = self.node(&bin)?;
        let script = bin.parent().unwrap_or(&bin).join("@modelcontextprotocol/conformance/dist/index.js");
        let output = Command::new(node)
            .arg(script)
            .args(["server", "--url", url, "--requirements", revision])
            .current_dir(self.folder()?)
            .output()
            .context("cannot start the conformance suite")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Node 22 of the npm package; its install script is run by hand where npm does not run it.
    fn node(&self, bin: &Path) -> anyhow::Result<PathBuf> {
        let package = bin.parent().unwrap_or(bin).join("node");
        let node = package.join("bin").join("node");
        if !node.exists() {
            crate::workspace::run(
                "npm",
                &["rebuild", "node", "--prefix", &self.tools.join("conformance").to_string_lossy()],
            )?;
        }
        if !node.exists() {
            let status = Command::new("node")
                .arg("installArchSpecificPackage.js")
                .current_dir(&package)
                .status()
                .context("cannot start node")?;
            if !status.success() || !node.exists() {
                bail!("npm did not install Node 22: run `npm install-scripts approve node` in {}", package.display());
            }
        }
        Ok(node)
    }

    /// The script of one of the protocol project's servers.
    pub(crate) fn server(&self, name: &str) -> anyhow::Result<PathBuf> {
        let bin = self.npm("servers", SERVERS)?;
        let script = format!("@modelcontextprotocol/server-{name}/dist/index.js");
        Ok(bin.parent().unwrap_or(&bin).join(script))
    }

    /// Starts the fixture in an era.
    pub(crate) fn fixture(&self, era: &str) -> anyhow::Result<Process> {
        let port = free_port()?;
        let mut command = Command::new(&self.fixture);
        command.args(["--era", era, "--listen", &format!("127.0.0.1:{port}")]);
        Process::start("mcp-fixture", &mut command, port, "/mcp")
    }

    /// Starts the server that costs nothing.
    pub(crate) fn null(&self, arguments: &[&str]) -> anyhow::Result<Process> {
        let port = free_port()?;
        let mut command = Command::new(&self.null);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).args(arguments);
        Process::start("mcp-null", &mut command, port, "/mcp")
    }

    /// Starts a gateway with these settings besides its addresses; waits until it is ready.
    pub(crate) fn gateway(&self, settings: &str) -> anyhow::Result<Gateway> {
        self.gateway_in(&self.folder()?, free_port()?, settings)
    }

    /// Starts a gateway with a folder and a port.
    pub(crate) fn gateway_in(&self, data: &Path, port: u16, settings: &str) -> anyhow::Result<Gateway> {
        let metrics = free_port()?;
        let mut text = format!("listen: 127.0.0.1:{port}\nmetrics: {{listen: \"127.0.0.1:{metrics}\"}}\n");
        text.push_str(settings);
        let file = data.join(format!("corten-{port}.yaml"));
        std::fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = Command::new(&self.corten);
        command.arg("up").arg("-f").arg(&file).arg("--data").arg(data);
        let process = Process::start("corten", &mut command, port, "/readyz")?;
        let metrics = format!("http://127.0.0.1:{metrics}");
        Ok(Gateway { process, base: format!("http://127.0.0.1:{port}"), metrics })
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) base: String,
    pub(crate) metrics: String,
}

impl Gateway {
    /// An address of the gateway.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The administrator's key, which it shows when it starts for the first time.
    pub(crate) fn key(&self) -> anyhow::Result<String> {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let written = self.process.written();
            if let Some(at) = written.find("corten_") {
                let is_key = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
                let key: String = written[at..].chars().take_while(|letter| is_key(*letter)).collect();
                if key.len() > 40 {
                    return Ok(key);
                }
            }
            if Instant::now() > until {
                bail!("the gateway showed no key:\n{written}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A process that ends with its owner; what it writes is kept.
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    pub(crate) url: String,
    written: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a process and waits until it answers at a path, whatever it answers.
    pub(crate) fn start(name: &str, command: &mut Command, port: u16, path: &str) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let written = Arc::new(Mutex::new(String::new()));
        let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let written = Arc::clone(&written);
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                    let _ = writeln!(written, "{line}");
                }
            });
        }
        let mut process = Self { child, port, url: format!("http://127.0.0.1:{port}/mcp"), written };
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let probe = http::get(&format!("http://127.0.0.1:{port}{path}"), Duration::from_secs(1));
            if probe.is_ok_and(|answer| path != "/readyz" || answer.status == 200) {
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait().context("cannot look at a process")? {
                std::thread::sleep(Duration::from_millis(100));
                bail!("{name} ended with {status}:\n{}", process.written());
            }
            if Instant::now() > until {
                bail!("{name} did not get ready within 30 s:\n{}", process.written());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it wrote so far.
    pub(crate) fn written(&self) -> String {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]).status();
        if status.context("cannot start kill")?.success() { Ok(()) } else { bail!("cannot send SIG{signal}") }
    }

    /// Waits until it ended.
    pub(crate) fn wait(&mut self, patience: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + patience;
        while self.child.try_wait().context("cannot look at a process")?.is_none() {
            if Instant::now() > until {
                bail!("a process did not end within {} s", patience.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Its resident memory in kB.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).context("cannot read /proc")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        line.split_whitespace().next().and_then(|number| number.parse().ok()).context("VmRSS is no number")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A gateway ends its children when it is told to; what does not listen is killed.
        drop(self.signal("CONT"));
        drop(self.signal("TERM"));
        if self.wait(Duration::from_secs(10)).is_err() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// A port that nobody uses.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr().context("no address")?.port())
}
