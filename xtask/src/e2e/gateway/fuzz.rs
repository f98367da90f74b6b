//! The admin API, tried with everything that its own description allows and forbids.

use std::process::Command;

use anyhow::{Context as _, bail};

use super::parts::Parts;

/// The fuzzer, a package of Python.
const FUZZER: &str = "schemathesis==4.32.5";

pub(super) fn api(parts: &Parts) -> anyhow::Result<String> {
    let folder = parts.tools.join("schemathesis");
    let program = folder.join("bin").join("schemathesis");
    if !program.exists() {
        let shown = folder.to_string_lossy().into_owned();
        crate::workspace::run("python3", &["-m", "venv", &shown])?;
        crate::workspace::run(&folder.join("bin").join("pip").to_string_lossy(), &["install", "--quiet", FUZZER])?;
    }
    let mut gateway = parts.gateway("limits: {per_caller: 10000000}\nlog: {level: debug}\nservers: {}\n")?;
    let key = gateway.key()?;
    let output = Command::new(&program)
        .args(["run", &gateway.url("/api/openapi.json"), "--header", &format!("X-API-Key: {key}")])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"])
        .args(["--max-examples", "50", "--workers", "1", "--seed", "1"])
        // What it deletes may be the key that it uses.
        .args(["--exclude-method", "DELETE"])
        .current_dir(parts.folder()?)
        .output()
        .context("cannot start schemathesis")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !gateway.process.is_running() {
        bail!("the gateway ended:\n{}", gateway.process.written());
    }
    let secret = key.rsplit('_').next().unwrap_or(&key);
    let written = gateway.process.written();
    // The key is shown once, when the gateway starts.
    if secret.len() > 20 && written.matches(secret).count() > 1 {
        bail!("the log has the key");
    }
    if !output.status.success() {
        let tail: Vec<&str> = text.lines().rev().take(60).collect();
        bail!("schemathesis found:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    let cases = text.lines().rev().find(|line| line.contains("generated")).unwrap_or("no summary").trim();
    Ok(cases.to_owned())
}
