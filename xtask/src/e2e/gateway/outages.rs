//! What the gateway keeps goes away: Redis, the database, room on the disk. Calls go on where they may, nothing
//! crashes, no record is lost.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::http;
use super::mcp::{self, Client, PATIENCE};
use super::parts::{Gateway, Parts, free_port};
use crate::e2e::parts as part;

/// How long a call may take while something is away.
const CALL: Duration = Duration::from_secs(1);
/// Within which time the gateway is whole again.
const AGAIN: Duration = Duration::from_secs(15);

/// Calls twenty times without and with a session; gives how many were answered.
fn call_all(gateway: &Gateway, key: &str, client: &mut Client) -> anyhow::Result<u32> {
    let message = mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}}));
    let mut answered = 0;
    for _ in 0..20 {
        let started = Instant::now();
        let answer = mcp::ask(&gateway.url("/mcp/fixture"), &message, &[("X-API-Key", key)])?;
        mcp::result(&answer.response()?)?;
        client.call("test_simple_text", &json!({}))?;
        answered += 2;
        if started.elapsed() > CALL {
            bail!("two calls took {:?}", started.elapsed());
        }
    }
    Ok(answered)
}

fn admin(gateway: &Gateway, key: &str, path: &str) -> anyhow::Result<u16> {
    Ok(http::send("GET", &gateway.url(path), &[("X-API-Key", key)], &[], PATIENCE)?.status)
}

pub(super) fn servers(parts: &Parts) -> anyhow::Result<String> {
    let fixture = parts.fixture("both")?;
    let mut database = part::postgres()?;
    let mut redis = part::redis()?;
    let data = parts.folder()?;
    let settings = format!(
        "store: \"postgres://postgres@127.0.0.1:{}/postgres\"\nredis: \"redis://127.0.0.1:{}\"\nservers: {{fixture: {{url: \"{}\"}}}}\n",
        database.port, redis.port, fixture.url
    );
    let mut gateway = parts.gateway_in(&data, free_port()?, &settings)?;
    let key = gateway.key()?;
    let open = || Client::open_as(&gateway.url("/mcp/fixture"), "2025-11-25", &[("X-API-Key", &key)]);
    let mut client = open()?;
    let mut calls = call_all(&gateway, &key, &mut client)?;
    redis.kill();
    calls += call_all(&gateway, &key, &mut client).context("without Redis")?;
    redis.restart()?;
    database.kill();
    calls += call_all(&gateway, &key, &mut client).context("without the database")?;
    open().context("a new session without the database")?;
    let status = admin(&gateway, &key, "/api/v1/audit")?;
    if status != 503 {
        bail!("without the database the audit log is answered with {status}");
    }
    redis.kill();
    calls += call_all(&gateway, &key, &mut client).context("without both")?;
    redis.restart()?;
    database.restart()?;
    let until = Instant::now() + AGAIN;
    while admin(&gateway, &key, "/api/v1/audit")? != 200 {
        if Instant::now() > until {
            bail!("the database is back, and the gateway does not use it");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    calls += call_all(&gateway, &key, &mut client).context("with both again")?;
    // kill -9: what was answered is recorded all the same.
    gateway.process.signal("KILL")?;
    gateway.process.wait(Duration::from_secs(5))?;
    drop(gateway);
    let gateway = parts.gateway_in(&data, free_port()?, &settings)?;
    let recorded = recorded(parts, &gateway, &data, calls)?;
    Ok(format!("{calls} calls answered while each was away, {recorded} of them recorded after kill -9"))
}

/// Waits until the records of all calls are in the store.
fn recorded(parts: &Parts, gateway: &Gateway, data: &Path, calls: u32) -> anyhow::Result<u32> {
    let file = data.join(format!("corten-{}.yaml", gateway.process.port));
    let audit = |verb: &str| {
        let mut command = Command::new(&parts.corten);
        command.args(["audit", verb, "-f"]).arg(&file).arg("--data").arg(data);
        command.output().context("cannot start corten audit")
    };
    let until = Instant::now() + AGAIN;
    loop {
        let output = audit("export")?;
        let count = String::from_utf8_lossy(&output.stdout).matches("\"action\":\"tools/call\"").count();
        if u32::try_from(count).unwrap_or(u32::MAX) == calls {
            let verified = audit("verify")?;
            if !verified.status.success() {
                bail!("the chain is broken: {}", String::from_utf8_lossy(&verified.stderr));
            }
            return Ok(calls);
        }
        if Instant::now() > until {
            bail!("{count} of {calls} calls are recorded: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A small disk of memory.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: PathBuf) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(&folder).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(&self.0).output());
    }
}

pub(super) fn disk(parts: &Parts) -> anyhow::Result<String> {
    let Some(disk) = Disk::mount(parts.folder()?) else {
        return Ok("not checked: only root can mount a small disk".to_owned());
    };
    let fixture = parts.fixture("both")?;
    let settings = format!("servers: {{fixture: {{url: \"{}\"}}}}\n", fixture.url);
    let mut gateway = parts.gateway_in(&disk.0, free_port()?, &settings)?;
    let key = gateway.key()?;
    let message = mcp::stateless(&json!(1), "tools/call", &json!({"name": "test_simple_text", "arguments": {}}));
    let call = |gateway: &Gateway| mcp::ask(&gateway.url("/mcp/fixture"), &message, &[("X-API-Key", &key)]);
    let mut done = 0;
    done += u32::from(call(&gateway)?.status == 200);
    let filler = disk.0.join("filler");
    // It ends with an error: that is the point.
    drop(std::fs::write(&filler, vec![0; 16 << 20]));
    let mut refused = 0;
    // What is left of the last page of the spool still takes some.
    for _ in 0..200 {
        match call(&gateway)?.status {
            200 => done += 1,
            503 => refused += 1,
            other => bail!("with a full disk a call is answered with {other}"),
        }
    }
    if refused < 100 {
        bail!("with a full disk {refused} of 200 calls were refused");
    }
    std::fs::remove_file(&filler).context("cannot make room")?;
    let until = Instant::now() + AGAIN;
    let waited = Instant::now();
    while call(&gateway)?.status != 200 {
        if Instant::now() > until {
            bail!("there is room again, and calls are still refused");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    done += 1;
    let waited = waited.elapsed();
    if !gateway.process.is_running() {
        bail!("the gateway ended");
    }
    recorded(parts, &gateway, &disk.0, done).context("after the disk was full")?;
    drop(gateway);
    Ok(format!("{refused} of 200 calls refused, taken again after {waited:.0?}, {done} answers and as many records"))
}
