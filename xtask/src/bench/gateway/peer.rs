//! The peer: ToolHive's vMCP, built once by Go.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::e2e::gateway::parts::{Parts, Process, free_port};

/// Its version.
pub(super) const VERSION: &str = "0.44.0";

/// Starts it before one upstream: anonymous, without audit, names as they are.
pub(super) fn start(parts: &Parts, upstream: &str) -> anyhow::Result<Process> {
    let binary = binary(parts)?;
    let file = parts.folder()?.join("vmcp.yaml");
    let text = format!(
        "name: bench\ngroupRef: bench\nincomingAuth: {{type: anonymous}}\n\
         outgoingAuth: {{source: inline, default: {{type: unauthenticated}}}}\n\
         aggregation: {{conflictResolution: priority, conflictResolutionConfig: {{priorityOrder: [one]}}}}\n\
         backends:\n  - {{name: one, url: \"{upstream}\", transport: streamable-http}}\n"
    );
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let port = free_port()?;
    let mut command = Command::new(binary);
    command.arg("serve").arg("-c").arg(&file).args(["--port", &port.to_string()]);
    Process::start("vmcp", &mut command, port, "/health")
}

fn binary(parts: &Parts) -> anyhow::Result<PathBuf> {
    let folder = parts.tools.join(format!("vmcp-{VERSION}"));
    let binary = folder.join(format!("vmcp{}", std::env::consts::EXE_SUFFIX));
    if binary.exists() {
        return Ok(binary);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    eprintln!("building vmcp {VERSION} (ten minutes, once)");
    let status = Command::new("go")
        .args(["install", &format!("github.com/stacklok/toolhive/cmd/vmcp@v{VERSION}")])
        .env("GOBIN", &folder)
        .current_dir(std::env::temp_dir())
        .status()
        .context("cannot start go: the peer is built with Go 1.26 or newer")?;
    if status.success() { Ok(binary) } else { bail!("go install of vmcp {VERSION} failed") }
}
