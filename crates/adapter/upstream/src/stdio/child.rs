//! One child process: its pipes, its environment, its end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::upstream::{Command, UpstreamConfig, UpstreamError};
use corten_mcp::{Message, Secret};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

use super::lines::{End, Lines};
use crate::channel::Channel;
use crate::exchange::connect_error;
use crate::outside::Outside;

/// Variables that every child gets of our environment: where programs, folders and languages are, nothing secret.
const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TERM",
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];
/// How many messages wait for a child that does not read.
const OUTBOX: usize = 256;
/// How long a child has after its input was closed, and after it was told to end. The supervisor needs a little
/// more for the same.
const GRACE: Duration = Duration::from_secs(2);
const SUPERVISED_GRACE: Duration = Duration::from_secs(6);
/// The longest line of its errors that is logged.
const LOGGED: usize = 4096;
/// Shorter secrets are not looked for in the log of a child: they would blot out half of it.
const LOOKED_FOR: usize = 6;

/// A running child.
pub(crate) struct Child {
    pub(crate) server: Box<str>,
    pub(crate) channel: Arc<Channel>,
    /// Set when it is to end.
    stop: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
    was_stopped: AtomicBool,
}

impl Child {
    /// Starts the program of a configuration.
    pub(crate) fn spawn(config: &UpstreamConfig, command: &Command, outside: &Outside) -> Result<Self, UpstreamError> {
        let mut process = process(command, outside);
        let failed = |what: &str| connect_error(&config.name, &format!("cannot start {}: {what}", command.program));
        let mut started = process.spawn().map_err(|error| failed(&error.to_string()))?;
        let pipes = (started.stdin.take(), started.stdout.take(), started.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else { return Err(failed("it has no pipes")) };
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let channel = Channel::new(&config.name, outbox);
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = watch::channel(false);
        drop(tokio::spawn(write(input, inbox, stopped.clone())));
        drop(tokio::spawn(read(output, Arc::clone(&channel), config.name.clone(), config.limits.response_bytes)));
        drop(tokio::spawn(log(errors, config.name.clone(), command.env.clone())));
        let grace = if outside.supervisor.is_some() { SUPERVISED_GRACE } else { GRACE };
        drop(tokio::spawn(watch_over(started, Arc::clone(&channel), stopped, end, grace)));
        tracing::info!(server = %config.name, program = %command.program, "started");
        Ok(Self { server: config.name.clone(), channel, stop, ended, was_stopped: AtomicBool::new(false) })
    }

    /// Ends the child; [`Child::ended`] waits for it.
    pub(crate) fn stop(&self) {
        self.was_stopped.store(true, Ordering::Release);
        self.channel.end("it was stopped");
        self.stop.send_replace(true);
    }

    /// Whether the child ended because we wanted it to.
    pub(crate) fn was_stopped(&self) -> bool {
        self.was_stopped.load(Ordering::Acquire)
    }

    /// Waits until the child is gone.
    pub(crate) async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error says that the watcher is gone, and the child with it.
        drop(ended.wait_for(|is_ended| *is_ended).await);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.channel.end("it was stopped");
        self.stop.send_replace(true);
    }
}

fn process(command: &Command, outside: &Outside) -> tokio::process::Command {
    let mut process = match &outside.supervisor {
        Some((program, arguments)) => {
            let mut process = tokio::process::Command::new(program);
            process.args(arguments);
            for (flag, value) in [("--memory", command.memory), ("--processes", command.processes)] {
                if let Some(value) = value {
                    process.arg(flag).arg(value.to_string());
                }
            }
            process.arg("--").arg(&command.program);
            process
        }
        None => tokio::process::Command::new(&command.program),
    };
    process.args(&command.args).env_clear().envs(environment(command));
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if let Some(folder) = &command.folder {
        process.current_dir(folder);
    }
    // A group of its own: a Ctrl-C in our terminal is for us, and what the child starts can be ended with it.
    #[cfg(unix)]
    process.process_group(0);
    process
}

/// What a child sees of the environment: the allow-list, then what the configuration gives it.
fn environment(command: &Command) -> BTreeMap<OsString, OsString> {
    let names = INHERITED.iter().copied().chain(command.inherit.iter().map(String::as_str));
    let mut variables: BTreeMap<OsString, OsString> =
        names.filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
    variables.extend(command.env.iter().map(|(name, value)| (name.into(), value.expose().into())));
    variables
}

/// Writes messages, one a line.
async fn write(
    mut input: impl AsyncWrite + Unpin,
    mut inbox: mpsc::Receiver<Bytes>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let message = tokio::select! {
            message = inbox.recv() => message,
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
        };
        let Some(message) = message else { return };
        let mut line = Vec::with_capacity(message.len() + 1);
        // A line break between the tokens of JSON is as good as a space; within strings there is none.
        line.extend(message.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        line.push(b'\n');
        if input.write_all(&line).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
}

/// Reads messages, one a line.
async fn read(output: impl AsyncRead + Unpin, channel: Arc<Channel>, server: Box<str>, limit: usize) {
    let mut lines = Lines::new(output, limit);
    loop {
        match lines.next().await {
            Ok(line) => match Message::parse(line) {
                Ok(message) => channel.receive(message),
                // Programs that greet on their standard output are common.
                Err(error) => tracing::debug!(%server, %error, "a line of its output is no message"),
            },
            Err(End::Closed) => return channel.end("it closed its output"),
            Err(End::TooLong) => return channel.end(&format!("it wrote a message of more than {limit} bytes")),
        }
    }
}

/// Passes the child's errors on to our log, without the secrets that we gave it.
async fn log(errors: impl AsyncRead + Unpin, server: Box<str>, secrets: BTreeMap<String, Secret>) {
    let mut lines = Lines::new(errors, 1 << 20);
    while let Ok(line) = lines.next().await {
        let text = String::from_utf8_lossy(&line);
        let text = hide(&text, &secrets);
        let shown: String = text.chars().take(LOGGED).collect();
        tracing::info!(target: "corten::child", %server, "{shown}");
    }
}

fn hide(text: &str, secrets: &BTreeMap<String, Secret>) -> String {
    let long = secrets.values().map(Secret::expose).filter(|secret| secret.len() >= LOOKED_FOR);
    long.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
}

/// Waits for the end of a child, or brings it about.
async fn watch_over(
    mut child: tokio::process::Child,
    channel: Arc<Channel>,
    mut stopped: watch::Receiver<bool>,
    end: watch::Sender<bool>,
    grace: Duration,
) {
    let group = child.id();
    let status = tokio::select! {
        status = child.wait() => Some(status),
        // Also when the sender is gone: nobody is left who could stop it.
        _ = stopped.wait_for(|is_stopped| *is_stopped) => None,
    };
    match status {
        Some(Ok(status)) => channel.end(&format!("it ended with {status}")),
        Some(Err(error)) => channel.end(&format!("it cannot be waited for: {error}")),
        None => {
            // Its input was closed by the writer, which is how a server is told to end.
            if tokio::time::timeout(grace, child.wait()).await.is_err() {
                signal(group, false);
                if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
                    drop(child.kill().await);
                }
            }
        }
    }
    // What the child started and left behind is in its group.
    signal(group, true);
    end.send_replace(true);
}

#[cfg(unix)]
fn signal(group: Option<u32>, is_last: bool) {
    use nix::sys::signal::{Signal, killpg};
    let Some(group) = group.and_then(|group| i32::try_from(group).ok()) else { return };
    let signal = if is_last { Signal::SIGKILL } else { Signal::SIGTERM };
    let _ = killpg(nix::unistd::Pid::from_raw(group), signal);
}

#[cfg(not(unix))]
fn signal(_: Option<u32>, _: bool) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_log() {
        let secrets = BTreeMap::from([
            ("KEY".to_owned(), Secret::new("sesame-open".to_owned())),
            ("SHORT".to_owned(), Secret::new("a".to_owned())),
        ]);
        assert_eq!(hide("got sesame-open as a key", &secrets), "got *** as a key");
    }

    #[test]
    fn a_child_sees_no_more_than_the_list() {
        let command = Command {
            env: BTreeMap::from([("OWN".to_owned(), Secret::new("x".to_owned()))]),
            inherit: vec!["CARGO_PKG_NAME".to_owned()],
            ..Command::default()
        };
        let seen = environment(&command);
        assert_eq!(seen.get(&OsString::from("OWN")), Some(&OsString::from("x")));
        assert!(!seen.contains_key(&OsString::from("CARGO_MANIFEST_DIR")));
    }

    #[tokio::test]
    async fn messages_are_one_line_each() {
        let (outbox, inbox) = mpsc::channel(4);
        let (stop, stopped) = watch::channel(false);
        let (input, output) = tokio::io::duplex(256);
        let writing = tokio::spawn(write(input, inbox, stopped));
        outbox.send(Bytes::from_static(b"{\n \"a\": 1}")).await.unwrap();
        let mut lines = Lines::new(output, 100);
        assert_eq!(lines.next().await.unwrap(), "{  \"a\": 1}");
        stop.send_replace(true);
        writing.await.unwrap();
        assert_eq!(lines.next().await, Err(End::Closed));
    }
}
