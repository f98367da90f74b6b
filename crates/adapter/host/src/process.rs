//! The process that a flow runs in: the real clock, real sleep, and a name that tells it from all others.
//!
//! A holder's token says which boot, which space of process numbers and when the process started, so that
//! another process of the same machine can see whether it is still there, and never takes a later process
//! of the same number for it.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use corten_release::{BoxFuture, Holder, Process};

/// This process.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostProcess;

impl Process for HostProcess {
    fn now(&self) -> i128 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i128::try_from(elapsed.as_nanos()).unwrap_or(i128::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn holder(&self) -> Holder {
        let process = std::process::id();
        let token = match (space(), started(process)) {
            (Some(space), Some(started)) => format!("{space}.{started}"),
            // Without /proc nobody else can look; chance is enough to tell processes apart.
            _ => format!("-.{}", self.now()),
        };
        Holder { host: host_name(), process, token }
    }

    fn is_alive(&self, holder: &Holder) -> Option<bool> {
        let (of, start) = holder.token.rsplit_once('.')?;
        let is_here = holder.host == host_name() && space().is_some_and(|space| space == of);
        is_here.then(|| started(holder.process).is_some_and(|started| started == start))
    }
}

fn host_name() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = || ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = kernel.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).or_else(variable);
    name.unwrap_or_else(|| "localhost".to_owned())
}

/// The boot and the space of process numbers that we live in.
fn space() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
    let digits: String = numbers.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}.{digits}", boot.trim().get(..8)?))
}

/// When a process started, in ticks since boot; `None` when it does not exist.
fn started(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; the 20th field after it is the start.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // A zombie does nothing any more.
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).map(str::to_owned))?
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn we_are_alive_and_others_are_not() {
        let own = HostProcess.holder();
        assert_eq!(HostProcess.is_alive(&own), Some(true));
        let later = Holder { token: format!("{}0", own.token), ..own.clone() };
        assert_eq!(HostProcess.is_alive(&later), Some(false));
        let gone = Holder { process: u32::MAX, ..own.clone() };
        assert_eq!(HostProcess.is_alive(&gone), Some(false));
        let elsewhere = Holder { host: "elsewhere".to_owned(), ..own };
        assert_eq!(HostProcess.is_alive(&elsewhere), None);
    }
}
