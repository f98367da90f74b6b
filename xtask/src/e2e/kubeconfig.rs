//! Ways to say which cluster, as whom: Corten reaches the server, or fails, with Helm's texts.
//!
//! Every case is a set of files, variables and flags for one command; both run it, and status, output and errors have
//! to be equal.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::stand::{Stand, Who};
use super::{Depth, texts};
use crate::cluster::TOKEN;

/// A case: what it is about, its files, `KUBECONFIG`, and flags. `SERVER`, `CA`, `TOKEN`, `PROXY` and `DIR` stand for
/// what they say.
struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    kubeconfig: &'static str,
    flags: &'static [&'static str],
}

const CLUSTER: &str = "clusters: [{name: c, cluster: {server: 'SERVER', certificate-authority: CA}}]\n";
const CONTEXT: &str = "contexts: [{name: x, context: {cluster: c, user: u, namespace: default}}]\ncurrent-context: x\n";
const USER: &str = "users: [{name: u, user: {token: TOKEN}}]\n";
const PLUGIN: &str = "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\
                      \"status\":{\"token\":\"TOKEN\"}}'\n";
const EXEC: &str = "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, \
                    interactiveMode: Never}}}]\n";
const BY_FLAGS: &[&str] = &["--kube-apiserver", "SERVER", "--kube-token", "TOKEN", "--kube-ca-file", "CA"];

const CASES: &[Case] = &[
    Case {
        name: "three files make one configuration",
        files: &[("a", CONTEXT), ("b", CLUSTER), ("c", USER)],
        kubeconfig: "DIR/a:DIR/b:DIR/c",
        flags: &[],
    },
    Case {
        name: "the first file that names something wins",
        files: &[
            ("a", "CLUSTER\nCONTEXT\nUSER"),
            ("b", "current-context: other\nusers: [{name: u, user: {token: wrong}}]\n"),
        ],
        kubeconfig: "DIR/a:DIR/b:DIR/missing",
        flags: &[],
    },
    Case {
        name: "another context",
        files: &[(
            "a",
            "CLUSTER\nUSER\ncurrent-context: none\ncontexts: [{name: other, context: {cluster: c, user: u, namespace: kube-system}}]\n",
        )],
        kubeconfig: "DIR/a",
        flags: &["--kube-context", "other"],
    },
    Case {
        name: "an unknown context",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-context", "z"],
    },
    Case { name: "a context without a cluster", files: &[("a", "CONTEXT\nUSER")], kubeconfig: "DIR/a", flags: &[] },
    Case {
        name: "a token in a file",
        files: &[("a", "CLUSTER\nCONTEXT\nusers: [{name: u, user: {tokenFile: secret}}]\n"), ("secret", "TOKEN\n")],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a missing token file",
        files: &[("a", "CLUSTER\nCONTEXT\nusers: [{name: u, user: {tokenFile: nothing}}]\n")],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a wrong token",
        files: &[("a", "CLUSTER\nCONTEXT\nusers: [{name: u, user: {token: wrong}}]\n")],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a plugin gives the token",
        files: &[("a", "CLUSTER\nCONTEXT\nEXEC"), ("plugin", PLUGIN)],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case { name: "a missing plugin", files: &[("a", "CLUSTER\nCONTEXT\nEXEC")], kubeconfig: "DIR/a", flags: &[] },
    Case {
        name: "a plugin that fails",
        files: &[("a", "CLUSTER\nCONTEXT\nEXEC"), ("plugin", "#!/bin/sh\necho no luck >&2\nexit 3\n")],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a plugin of another version",
        files: &[
            ("a", "CLUSTER\nCONTEXT\nEXEC"),
            (
                "plugin",
                "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"t\"}}'\n",
            ),
        ],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a plugin without a token",
        files: &[
            ("a", "CLUSTER\nCONTEXT\nEXEC"),
            (
                "plugin",
                "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'\n",
            ),
        ],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "another name in the certificate",
        files: &[(
            "a",
            "CONTEXT\nUSER\nclusters: [{name: c, cluster: {server: 'SERVER', certificate-authority: CA, tls-server-name: localhost}}]\n",
        )],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a name that the certificate does not have",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-tls-server-name", "elsewhere.example"],
    },
    Case {
        name: "no authority for the certificate",
        files: &[("a", "CONTEXT\nUSER\nclusters: [{name: c, cluster: {server: 'SERVER'}}]\n")],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "certificates are not looked at",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-insecure-skip-tls-verify"],
    },
    Case {
        name: "a missing authority",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-ca-file", "DIR/nothing"],
    },
    Case {
        name: "through a proxy",
        files: &[(
            "a",
            "CONTEXT\nUSER\nclusters: [{name: c, cluster: {server: 'SERVER', certificate-authority: CA, proxy-url: 'http://PROXY'}}]\n",
        )],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case {
        name: "a proxy that is not there",
        files: &[(
            "a",
            "CONTEXT\nUSER\nclusters: [{name: c, cluster: {server: 'SERVER', certificate-authority: CA, proxy-url: 'http://127.0.0.1:1'}}]\n",
        )],
        kubeconfig: "DIR/a",
        flags: &[],
    },
    Case { name: "flags alone", files: &[], kubeconfig: "DIR/none", flags: BY_FLAGS },
    Case {
        name: "as somebody who may do nothing",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-as-user", "nobody", "--kube-as-group", "guests"],
    },
    Case {
        name: "groups without a user",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-as-group", "guests"],
    },
    Case {
        name: "a server that is not there",
        files: &[("a", "CLUSTER\nCONTEXT\nUSER")],
        kubeconfig: "DIR/a",
        flags: &["--kube-apiserver", "https://127.0.0.1:1"],
    },
    Case { name: "no configuration", files: &[], kubeconfig: "DIR/none", flags: &[] },
    Case { name: "a file that is no YAML", files: &[("a", "clusters: [\n")], kubeconfig: "DIR/a", flags: &[] },
    Case {
        name: "a file that is named and missing",
        files: &[],
        kubeconfig: "",
        flags: &["--kubeconfig", "DIR/nothing"],
    },
];

/// Runs all cases.
pub(super) fn run(stand: &Stand, _: Depth) -> anyhow::Result<()> {
    let proxy = tunnels()?;
    let mut failed = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let folder = stand.plane.folder().join(format!("kubeconfig-{number}"));
        let fill = |text: &str| {
            let certificate = stand.plane.folder().join("certificates/apiserver.crt");
            [("CLUSTER\n", CLUSTER), ("CONTEXT\n", CONTEXT), ("EXEC", EXEC), ("USER\n", USER), ("USER", USER)]
                .iter()
                .fold(text.to_owned(), |text, (name, part)| text.replace(name, part))
                .replace("SERVER", &format!("https://{}", stand.plane.address()))
                .replace("CA", &certificate.to_string_lossy())
                .replace("TOKEN", TOKEN)
                .replace("PROXY", &proxy)
                .replace("DIR", &folder.to_string_lossy())
        };
        write(&folder, case, &fill)?;
        let outcome = |who| -> anyhow::Result<String> {
            let mut command = Command::new(stand.binary(who));
            command.arg("list").args(case.flags.iter().map(|flag| fill(flag)));
            stand.dress(&mut command, Path::new(&fill(case.kubeconfig)));
            let output = command.current_dir(&folder).output().context("cannot start")?;
            let text = [output.stdout, output.stderr].concat();
            Ok(texts::settled(&format!("{}\n{}", output.status, String::from_utf8_lossy(&text)), "default"))
        };
        let (ours, theirs) = (outcome(Who::Corten)?, outcome(Who::Helm)?);
        if ours != theirs {
            println!("{}:\n{}", case.name, texts::difference(&ours, &theirs));
            failed.push(case.name);
        }
    }
    println!("{} ways to a cluster, {} differ", CASES.len(), failed.len());
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

fn write(folder: &Path, case: &Case, fill: &dyn Fn(&str) -> String) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in case.files {
        let path = folder.join(name);
        std::fs::write(&path, fill(text)).with_context(|| format!("cannot write {}", path.display()))?;
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .with_context(|| format!("cannot make {} runnable", path.display()))?;
    }
    Ok(())
}

/// A proxy that knows `CONNECT` only; it serves as long as this process lives.
fn tunnels() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    let address = listener.local_addr().context("no address")?.to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A client that breaks off is its own affair.
            std::thread::spawn(move || drop(tunnel(client)));
        }
    });
    Ok(address)
}

fn tunnel(mut client: TcpStream) -> anyhow::Result<()> {
    let mut head = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let target = line.split(' ').nth(1).context("no target")?.to_owned();
    while line.trim() != "" {
        line.clear();
        head.read_line(&mut line)?;
    }
    let mut server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut back, mut out) = (server.try_clone()?, client.try_clone()?);
    let returning = std::thread::spawn(move || drop(std::io::copy(&mut back, &mut out)));
    std::io::copy(&mut client, &mut server)?;
    server.shutdown(std::net::Shutdown::Write)?;
    drop(returning.join());
    Ok(())
}
