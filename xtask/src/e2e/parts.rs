//! Servers of Debian packages, started in a folder of their own on free ports, ended when dropped.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// A server that runs until it is dropped.
pub(crate) struct Part {
    command: Command,
    process: Child,
    folder: PathBuf,
    /// Where it listens on loopback.
    pub(crate) port: u16,
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may be gone already; either way nothing of it is kept.
        self.kill();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Part {
    /// Kills it; what it wrote to its folder stays.
    pub(crate) fn kill(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }

    /// Starts it again, where it was.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        self.process = self.command.spawn().with_context(|| format!("cannot start {:?} again", self.command))?;
        self.wait()
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let is_gone = self.process.try_wait().context("cannot ask for a process")?.is_some();
            if is_gone || Instant::now() > end {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("{} did not start:\n{log}", self.command.get_program().display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// PostgreSQL with a database `postgres` and a user of that name without a password.
pub(crate) fn postgres() -> anyhow::Result<Part> {
    let initdb = find(&["initdb"], &["/usr/lib/postgresql/*/bin"], "postgresql")?;
    let bin = initdb.parent().context("initdb lies in a folder")?.to_owned();
    let folder = folder("postgres")?;
    let data = folder.join("data");
    let mut init = as_user("postgres", &folder, &initdb)?;
    init.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"]).arg(&data);
    finish(&mut init)?;
    let port = free_port()?;
    let mut server = as_user("postgres", &folder, &bin.join("postgres"))?;
    server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-h", "127.0.0.1", "-c", "fsync=off", "-p"]);
    server.arg(port.to_string());
    start(server, folder, port)
}

/// What a query gives in the database of [`postgres`], as text.
pub(crate) fn ask_postgres(port: u16, query: &str) -> anyhow::Result<String> {
    let psql = find(&["psql"], &["/usr/lib/postgresql/*/bin"], "postgresql")?;
    let mut command = Command::new(psql);
    command.args(["-h", "127.0.0.1", "-U", "postgres", "-X", "-A", "-t", "-c", query, "-p", &port.to_string()]);
    let output = command.stdin(Stdio::null()).output().context("cannot start psql")?;
    ensure!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// MariaDB with a user `corten` without a password that may do everything.
pub(crate) fn mariadb() -> anyhow::Result<Part> {
    let server = find(&["mariadbd", "mysqld"], &["/usr/sbin"], "mariadb-server")?;
    let install = find(&["mariadb-install-db", "mysql_install_db"], &[], "mariadb-server")?;
    let folder = folder("mariadb")?;
    let data = folder.join("data");
    let script = folder.join("init.sql");
    // One statement per line is what the server reads.
    let grant = "GRANT ALL ON *.* TO corten@'127.0.0.1' IDENTIFIED BY 'corten';\n";
    std::fs::write(&script, grant).context("cannot write the script of MariaDB")?;
    let mut init = as_user("mysql", &folder, &install)?;
    init.arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg("--auth-root-authentication-method=normal");
    finish(&mut init)?;
    let port = free_port()?;
    let mut command = as_user("mysql", &folder, &server)?;
    command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    command.arg(format!("--socket={}", folder.join("socket").display()));
    command.arg(format!("--port={port}")).args(["--bind-address=127.0.0.1", "--skip-name-resolve"]);
    command.arg(format!("--init-file={}", script.display()));
    start(command, folder, port)
}

/// Redis that keeps nothing.
pub(crate) fn redis() -> anyhow::Result<Part> {
    let server = find(&["redis-server"], &[], "redis-server")?;
    let folder = folder("redis")?;
    let port = free_port()?;
    let mut command = Command::new(server);
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]).arg(port.to_string());
    command.current_dir(&folder);
    start(command, folder, port)
}

/// The same over TLS for `localhost`; gives the file of the authority that vouches for it too.
pub(crate) fn redis_over_tls() -> anyhow::Result<(Part, PathBuf)> {
    let server = find(&["redis-server"], &[], "redis-server")?;
    let openssl = find(&["openssl"], &[], "openssl")?;
    let folder = folder("redis")?;
    let run = |line: &str| finish(Command::new(&openssl).args(line.split(' ')).current_dir(&folder));
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=ca"))?;
    run(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"))?;
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").context("cannot write the names")?;
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -out server.pem -days 2 -extfile names")?;
    let port = free_port()?;
    let mut command = Command::new(server);
    command.args([
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--port",
        "0",
        "--tls-auth-clients",
        "no",
    ]);
    command.args(["--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file", "ca.pem"]);
    command.arg("--tls-port").arg(port.to_string()).current_dir(&folder);
    let authority = folder.join("ca.pem");
    Ok((start(command, folder, port)?, authority))
}

fn start(mut command: Command, folder: PathBuf, port: u16) -> anyhow::Result<Part> {
    let log = std::fs::File::create(folder.join("log")).context("cannot write a log")?;
    let errors = log.try_clone().context("cannot share a log")?;
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    let process = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut started = Part { command, process, folder, port };
    started.wait()?;
    Ok(started)
}

/// A command of a user that the package made: databases refuse to run as root.
fn as_user(user: &str, folder: &Path, program: &Path) -> anyhow::Result<Command> {
    if !is_root() {
        return Ok(Command::new(program));
    }
    finish(Command::new("chown").arg("-R").arg(user).arg(folder))?;
    let mut command = Command::new("setpriv");
    command.args(["--init-groups", "--reuid", user, "--regid", user, "--"]).arg(program).current_dir(folder);
    Ok(command)
}

#[cfg(unix)]
fn is_root() -> bool {
    let own = std::fs::metadata("/proc/self").map(|data| std::os::unix::fs::MetadataExt::uid(&data));
    own.is_ok_and(|user| user == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Finds a program, after installing its package when it is not there and that is allowed.
fn find(names: &[&str], folders: &[&str], package: &str) -> anyhow::Result<PathBuf> {
    if let Some(found) = look(names, folders) {
        return Ok(found);
    }
    println!("installing {package}");
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends", package]);
    finish(&mut install).with_context(|| format!("{package} is needed: install it and try again"))?;
    look(names, folders).with_context(|| format!("{package} is installed and has no {}", names[0]))
}

fn look(names: &[&str], folders: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for folder in folders {
        match folder.split_once("/*/") {
            // The highest version comes last in the order of names.
            Some((above, below)) => {
                let versions = std::fs::read_dir(above).into_iter().flatten().flatten();
                let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join(below)).collect();
                versions.sort();
                places.extend(versions.into_iter().rev());
            }
            None => places.push(PathBuf::from(folder)),
        }
    }
    places.iter().flat_map(|place| names.iter().map(move |name| place.join(name))).find(|file| file.is_file())
}

fn finish(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A folder that every user may enter.
fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("corten-{name}-{}", free_port()?));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("there is no free port")?;
    Ok(listener.local_addr().context("a listener has an address")?.port())
}
