//! Starting the parts in order, each with the flags it needs.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::parts::text;
use super::{ControlPlane, Parts};

/// The token of the administrator; the server listens on loopback only.
pub(crate) const TOKEN: &str = "test-administrator";

/// In 1.36 a controller that sees its own write late puts the object off, now and then for minutes.
const CONTROLLERS: &str = "StaleControllerConsistencyDaemonSet=false,StaleControllerConsistencyJob=false,\
                           StaleControllerConsistencyReplicaSet=false,StaleControllerConsistencyStatefulSet=false";

/// Starts everything.
pub(super) fn run(plane: &mut ControlPlane, parts: &Parts) -> anyhow::Result<()> {
    let folder = empty(&plane.folder)?;
    plane.folder.clone_from(&folder);
    let free: Vec<u16> = free_ports(4)?;
    let [etcd, peers, api, kubelet] = free[..] else { anyhow::bail!("no free ports") };
    plane.address = format!("127.0.0.1:{api}");
    start_etcd(plane, parts, etcd, peers)?;
    start_api_server(plane, parts, etcd, api)?;
    write_kubeconfig(plane)?;
    plane.wait("the API server", |plane| get(plane, "/readyz").is_some_and(|body| body == "ok"))?;
    start_controllers(plane, parts)?;
    start_kwok(plane, parts, kubelet)?;
    add_node(plane)?;
    plane.wait("the default service account", |plane| {
        get(plane, "/api/v1/namespaces/default/serviceaccounts/default").is_some_and(|body| body.contains("\"uid\""))
    })?;
    plane.wait("the node", |plane| {
        get(plane, "/api/v1/nodes/test")
            .is_some_and(|body| body.contains("KubeletReady") && !body.contains("node.kubernetes.io/not-ready"))
    })
}

fn empty(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder.join("certificates"))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    folder.canonicalize().context("cannot find the folder of the control plane")
}

fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>().context("no free port")?;
    listeners.iter().map(|listener| Ok(listener.local_addr().context("no address")?.port())).collect()
}

fn start_etcd(plane: &mut ControlPlane, parts: &Parts, port: u16, peers: u16) -> anyhow::Result<()> {
    let address = format!("http://127.0.0.1:{port}");
    let peers = format!("http://127.0.0.1:{peers}");
    let mut etcd = parts.command("etcd");
    etcd.args(["--unsafe-no-fsync", "--log-level", "error", "--data-dir", &text(&plane.folder.join("etcd"))]);
    etcd.args(["--listen-client-urls", &address, "--advertise-client-urls", &address]);
    etcd.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
    etcd.args(["--initial-cluster", &format!("default={peers}")]);
    plane.spawn("etcd", etcd)
}

fn start_api_server(plane: &mut ControlPlane, parts: &Parts, etcd: u16, port: u16) -> anyhow::Result<()> {
    let certificates = plane.folder.join("certificates");
    // The key of the server's certificate, which it makes itself, signs tokens too.
    let key = text(&certificates.join("apiserver.key"));
    let tokens = plane.folder.join("tokens.csv");
    std::fs::write(&tokens, format!("{TOKEN},admin,admin,\"system:masters\"\nnobody,nobody,nobody\n"))
        .context("cannot write the tokens")?;
    let mut server = parts.command("kube-apiserver");
    server.args(["--etcd-servers", &format!("http://127.0.0.1:{etcd}"), "--bind-address", "127.0.0.1"]);
    server.args(["--secure-port", &port.to_string(), "--cert-dir", &text(&certificates)]);
    server.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
    server.args(["--service-account-signing-key-file", &key, "--service-account-key-file", &key]);
    server.args(["--service-cluster-ip-range", "10.0.0.0/16", "--authorization-mode", "RBAC"]);
    server.args(["--token-auth-file", &text(&tokens)]);
    plane.spawn("kube-apiserver", server)
}

fn write_kubeconfig(plane: &ControlPlane) -> anyhow::Result<()> {
    let config = kubeconfig(&format!("https://{}", plane.address), "certificates/apiserver.crt");
    std::fs::write(plane.kubeconfig(), config).context("cannot write the kubeconfig")
}

/// A kubeconfig of the administrator for a server.
pub(crate) fn kubeconfig(server: &str, authority: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{name: test, cluster: {{server: \"{server}\", certificate-authority: \"{authority}\"}}}}]\n\
         contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]\n\
         users: [{{name: admin, user: {{token: {TOKEN}}}}}]\n"
    )
}

fn start_controllers(plane: &mut ControlPlane, parts: &Parts) -> anyhow::Result<()> {
    let kubeconfig = text(&plane.kubeconfig());
    let key = text(&plane.folder.join("certificates/apiserver.key"));
    let alone = ["--leader-elect=false", "--secure-port=0", "--kubeconfig", &kubeconfig];
    let mut manager = parts.command("kube-controller-manager");
    manager.args(alone).args(["--service-account-private-key-file", &key, "--use-service-account-credentials=false"]);
    // A node that gets no time on a busy machine is not gone.
    manager.arg("--node-monitor-grace-period=1h");
    if parts.are_built_here() {
        manager.args(["--feature-gates", CONTROLLERS]);
    }
    plane.spawn("kube-controller-manager", manager)?;
    let mut scheduler = parts.command("kube-scheduler");
    scheduler.args(alone);
    plane.spawn("kube-scheduler", scheduler)
}

fn start_kwok(plane: &mut ControlPlane, parts: &Parts, port: u16) -> anyhow::Result<()> {
    let stages = crate::workspace::root().join("tools/testcluster/stages.yaml");
    let stages = std::fs::read_to_string(&stages).with_context(|| format!("cannot read {}", stages.display()))?;
    let logs = plane.folder.join("container.log");
    std::fs::write(&logs, "2026-01-01T00:00:00.000000000Z stdout F a line of a container\n")
        .context("cannot write the log of containers")?;
    let config = plane.folder.join("stages.yaml");
    std::fs::write(&config, stages.replace("LOGS_FILE", &text(&logs))).context("cannot write the stages")?;
    let certificates = plane.folder.join("certificates");
    let mut kwok = parts.kwok();
    kwok.args(["--kubeconfig", &text(&plane.kubeconfig()), "--manage-all-nodes=true", "--config", &text(&config)]);
    kwok.args(["--server-address", &format!("127.0.0.1:{port}"), "--node-ip", "127.0.0.1"]);
    kwok.args(["--node-port", &port.to_string(), "--tls-cert-file", &text(&certificates.join("apiserver.crt"))]);
    kwok.args(["--tls-private-key-file", &text(&certificates.join("apiserver.key"))]);
    plane.spawn("kwok", kwok)
}

fn add_node(plane: &ControlPlane) -> anyhow::Result<()> {
    let node =
        r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"test","annotations":{"kwok.x-k8s.io/node":"fake"}}}"#;
    request(plane, "POST", "/api/v1/nodes", Some(node)).map(drop).context("cannot add the node")
}

/// Asks the API server something as the administrator.
pub(super) fn request(plane: &ControlPlane, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["-s", "--fail-with-body", "-X", method, "--cacert"]);
    curl.arg(plane.folder.join("certificates/apiserver.crt"));
    curl.args(["-H", &format!("Authorization: Bearer {TOKEN}"), &format!("https://{}{path}", plane.address)]);
    if let Some(body) = body {
        curl.args(["-H", "Content-Type: application/json", "--data", body]);
    }
    let output = curl.output().context("cannot start curl")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(output.status.success(), "{method} {path}: {text}");
    Ok(text)
}

/// Posts many bodies to one path, several at once.
pub(super) fn post_all(plane: &ControlPlane, path: &str, bodies: &[String]) -> anyhow::Result<()> {
    let folder = plane.folder.join("bodies");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut config = String::new();
    for (number, body) in bodies.iter().enumerate() {
        let file = folder.join(number.to_string());
        std::fs::write(&file, body).with_context(|| format!("cannot write {}", file.display()))?;
        let certificate = text(&plane.folder.join("certificates/apiserver.crt"));
        let separator = if number == 0 { "" } else { "next\n" };
        let _ = write!(
            config,
            "{separator}url = \"https://{}{path}\"\ncacert = \"{certificate}\"\nsilent\nshow-error\nfail\n\
             header = \"Authorization: Bearer {TOKEN}\"\nheader = \"Content-Type: application/json\"\n\
             data-binary = \"@{}\"\noutput = \"/dev/null\"\n",
            plane.address,
            text(&file)
        );
    }
    let file = plane.folder.join("bodies.curl");
    std::fs::write(&file, config).with_context(|| format!("cannot write {}", file.display()))?;
    let mut curl = Command::new("curl");
    let output =
        curl.args(["--parallel", "--parallel-max", "8", "-K"]).arg(&file).output().context("cannot start curl")?;
    anyhow::ensure!(output.status.success(), "POST {path}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))
}

fn get(plane: &ControlPlane, path: &str) -> Option<String> {
    request(plane, "GET", path, None).ok()
}
