//! The program between the gateway and a child: nothing of the child outlives the gateway, not even when that is
//! killed with no chance to clean up.
//!
//! It passes its input on to the child and leaves output and errors alone. When its input ends, the gateway has closed
//! it or is gone: the child's input is closed, after a moment its processes are told to end, after another they are
//! killed. On Linux processes that left the child's group come back to this program (it is their reaper) and end too.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a child has after its input was closed, and after it was told to end.
const GRACE: Duration = Duration::from_secs(2);
/// How often the child is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Runs `[--memory BYTES] [--processes COUNT] -- PROGRAM [ARGUMENT…]` until it ends or the input does.
pub fn supervise(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let (mut memory, mut processes) = (None, None);
    loop {
        let Some(flag) = arguments.next() else { return ExitCode::from(2) };
        if flag == "--" {
            break;
        }
        let value = arguments.next().and_then(|value| value.to_str()?.parse::<u64>().ok());
        match flag.to_str() {
            Some("--memory") => memory = value,
            Some("--processes") => processes = value,
            _ => return ExitCode::from(2),
        }
    }
    let Some(program) = arguments.next() else { return ExitCode::from(2) };
    tree::prepare(memory, processes);
    let spawned = Command::new(&program).args(arguments).stdin(Stdio::piped()).spawn();
    match spawned {
        Ok(child) => watch(child),
        Err(error) => {
            let text = format!("cannot start {}: {error}\n", program.display());
            drop(std::io::stderr().write_all(text.as_bytes()));
            ExitCode::from(127)
        }
    }
}

fn watch(mut child: Child) -> ExitCode {
    let (sender, ended) = mpsc::channel::<()>();
    if let Some(mut input) = child.stdin.take() {
        std::thread::spawn(move || {
            // The sender goes with the thread: that is the sign that the input ended.
            let _sender = sender;
            let mut buffer = vec![0; 64 << 10];
            let mut source = std::io::stdin().lock();
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                if input.write_all(&buffer[..count]).and_then(|()| input.flush()).is_err() {
                    break;
                }
            }
        });
    }
    let status = loop {
        if let Ok(Some(status)) = child.try_wait() {
            break Some(status);
        }
        if ended.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Disconnected) {
            break wait(&mut child).or_else(|| {
                tree::end(&child);
                wait(&mut child)
            });
        }
    };
    tree::kill(&mut child);
    let code = status.and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

fn wait(child: &mut Child) -> Option<std::process::ExitStatus> {
    let until = Instant::now() + GRACE;
    while Instant::now() < until {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(LOOK);
    }
    None
}

#[cfg(unix)]
mod tree {
    //! The processes of a child on Unix: its group, and on Linux whatever left it.

    use std::process::Child;

    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::getpgrp;

    /// Sets the bounds, which the child inherits, and becomes the reaper of what the child leaves behind.
    pub(super) fn prepare(memory: Option<u64>, processes: Option<u64>) {
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_child_subreaper(true);
        // The signals that end the group are for the child: this program has to see them through.
        ignore(Signal::SIGTERM);
        ignore(Signal::SIGINT);
        ignore(Signal::SIGHUP);
        if let Some(bytes) = memory {
            // What a process writes to, not what it reserves: runtimes reserve far more than they use.
            let _ = setrlimit(Resource::RLIMIT_DATA, bytes, bytes);
        }
        if let Some(count) = processes {
            set_processes(count);
        }
    }

    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
    fn set_processes(count: u64) {
        let _ = setrlimit(Resource::RLIMIT_NPROC, count, count);
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "freebsd")))]
    fn set_processes(_: u64) {}

    /// Blocks a signal for this thread and those it starts; a child gets a clean mask from `Command`.
    fn ignore(signal: Signal) {
        let mut set = nix::sys::signal::SigSet::empty();
        set.add(signal);
        let _ = set.thread_block();
    }

    /// Tells the group to end.
    pub(super) fn end(_: &Child) {
        let _ = killpg(getpgrp(), Signal::SIGTERM);
    }

    /// Kills what is left.
    pub(super) fn kill(child: &mut Child) {
        drop(child.kill());
        drop(child.wait());
        for _ in 0..64 {
            let left = children();
            if left.is_empty() {
                break;
            }
            for process in left {
                let _ = nix::sys::signal::kill(process, Signal::SIGKILL);
                let _ = nix::sys::wait::waitpid(process, None);
            }
        }
    }

    /// The processes whose parent we are: on Linux also those that lost theirs.
    fn children() -> Vec<nix::unistd::Pid> {
        let own = std::process::id().to_string();
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let parent = |process: i32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // The name in parentheses may have spaces and parentheses itself.
            stat.rsplit_once(')')?.1.split_whitespace().nth(1).map(str::to_owned)
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .filter(|process| parent(*process).as_deref() == Some(own.as_str()))
            .map(nix::unistd::Pid::from_raw)
            .collect()
    }
}

#[cfg(windows)]
mod tree {
    //! The processes of a child on Windows.

    use std::process::{Child, Command, Stdio};

    pub(super) fn prepare(_: Option<u64>, _: Option<u64>) {}

    pub(super) fn end(_: &Child) {}

    /// Kills the child with everything below it.
    pub(super) fn kill(child: &mut Child) {
        let process = child.id().to_string();
        let mut command = Command::new("taskkill");
        command.args(["/T", "/F", "/PID", &process]).stdout(Stdio::null()).stderr(Stdio::null());
        drop(command.status());
        drop(child.kill());
        drop(child.wait());
    }
}
