//! `corten up --demo` from the first line it prints to its end, asked by `corten mcp`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const CORTEN: &str = env!("CARGO_BIN_EXE_corten");

/// A gateway and its folder; both are gone when it is dropped.
struct Gateway {
    child: Child,
    url: String,
    said: String,
    data: PathBuf,
}

impl Gateway {
    fn start(name: &str) -> Self {
        Self::start_with(name, "")
    }

    /// With more lines in its configuration.
    fn start_with(name: &str, more: &str) -> Self {
        let data = std::env::temp_dir().join(format!("corten-up-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("corten.yaml"), format!("metrics: {{listen: \"off\"}}\n{more}")).unwrap();
        let mut child = Command::new(CORTEN)
            .args(["up", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.join("data"))
            .current_dir(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !said.contains("mcpServers") {
            said.push_str(&lines.next().unwrap().unwrap());
            said.push('\n');
        }
        let url = said.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
        Self { child, url, said, data }
    }

    /// Tells it to stop and waits until it has.
    fn stop(&mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    /// What is at a path, with its head.
    fn get(&self, path: &str) -> String {
        use std::io::{Read as _, Write as _};
        let address = self.url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: mcp-gateway:8080\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    fn ask(&self, words: &[&str]) -> Output {
        let words: Vec<&str> = words.iter().map(|word| if *word == "URL" { self.url.as_str() } else { word }).collect();
        Command::new(CORTEN).args(words).current_dir(&self.data).output().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.data));
    }
}

#[test]
fn a_fresh_machine_sees_the_whole_path() {
    let gateway = Gateway::start("whole");
    assert!(gateway.said.contains("(shown this once)"), "{}", gateway.said);

    let listed = gateway.ask(&["mcp", "list", "URL", "tools"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("Adds two numbers."), "{listed:?}");

    let called = gateway.ask(&["mcp", "call", "URL", "add", "-a", "a=2", "-a", "b=3"]);
    assert_eq!(String::from_utf8_lossy(&called.stdout), "5\n", "{called:?}");

    let unknown = gateway.ask(&["mcp", "call", "URL", "nothing"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("Unknown tool: nothing"), "{unknown:?}");
}

#[test]
fn health_tells_how_every_engine_is() {
    let gateway = Gateway::start("health");
    let answer = gateway.get("/health");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("\"engines\":{\"gateway\":{\"status\":\"ok\""), "{answer}");
}

/// Takes one export of spans and gives its request.
fn collector() -> (std::net::SocketAddr, std::sync::mpsc::Receiver<(String, String)>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        send.send((head, String::from_utf8_lossy(&body).into_owned())).unwrap();
    });
    (address, receive)
}

#[test]
fn spans_of_calls_reach_a_collector() {
    let (address, received) = collector();
    let mut gateway = Gateway::start_with("traces", &format!("traces: {{endpoint: \"http://{address}\"}}\n"));
    let called = gateway.ask(&["mcp", "call", "URL", "add", "-a", "a=2", "-a", "b=3"]);
    assert_eq!(String::from_utf8_lossy(&called.stdout), "5\n", "{called:?}");
    gateway.stop();
    let (head, body) = received.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("post /v1/traces "), "{head}");
    for part in ["service.name", "corten", "tools/call add", "gen_ai.tool.name", "mcp.server.name", "demo"] {
        assert!(body.contains(part), "{part} is missing in {body:?}");
    }
}

#[test]
fn what_the_operator_says_about_a_tool_decides_in_lists_and_calls() {
    let server = format!("{{command: \"{CORTEN}\", args: [demo-server]");
    let more = format!(
        "servers:\n  a: {server}, tools: {{change: {{add: {{annotations: {{readOnlyHint: false}}}}}}}}}}\n  b: {server}}}\n\
         policies:\n  - name: careful\n    cedar: \"forbid(principal, action, resource is Tool) unless {{ resource.read_only }};\"\n"
    );
    let gateway = Gateway::start_with("annotations", &more);
    let alone = format!("{}/a", gateway.url);
    for (url, refused, allowed) in [("URL", "a_add", "b_add"), (&alone, "add", "echo")] {
        let listed = gateway.ask(&["mcp", "list", url, "tools", "-o", "json"]);
        let listed = String::from_utf8_lossy(&listed.stdout);
        let is_listed = |name: &str| listed.contains(&format!("\"{name}\""));
        assert!(is_listed(allowed) && !is_listed(refused), "{listed}");
        let called = gateway.ask(&["mcp", "call", url, refused, "-a", "a=2", "-a", "b=3"]);
        let said = String::from_utf8_lossy(&called.stderr);
        assert!(said.contains(&format!("Unknown tool: {refused}")), "{called:?}");
    }
    let called = gateway.ask(&["mcp", "call", "URL", "b_add", "-a", "a=2", "-a", "b=3"]);
    assert_eq!(String::from_utf8_lossy(&called.stdout), "5\n", "{called:?}");
}

#[test]
fn what_no_role_allows_is_unknown_and_what_arguments_forbid_is_refused() {
    let more = "roles:\n  reader: {allow: [{servers: [demo], tools: [echo]}]}\n\
                auth: {anonymous: true, anonymous_roles: [reader]}\n\
                policies:\n  - name: quiet\n    cedar: 'forbid(principal, action, resource) \
                when { context.arguments has text && context.arguments.text like \"*secret*\" };'\n";
    let gateway = Gateway::start_with("arguments", more);
    let called = gateway.ask(&["mcp", "call", "URL", "echo", "-a", "text=hello"]);
    assert_eq!(String::from_utf8_lossy(&called.stdout), "hello\n", "{called:?}");
    let refused = gateway.ask(&["mcp", "call", "URL", "echo", "-a", "text=a secret"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("these arguments are not permitted"), "{refused:?}");
    for (tool, argument) in [("count_words", "text=hello"), ("count_words", "text=a secret"), ("add", "a=1")] {
        let unknown = gateway.ask(&["mcp", "call", "URL", tool, "-a", argument]);
        let said = String::from_utf8_lossy(&unknown.stderr);
        assert!(said.contains(&format!("Unknown tool: {tool}")), "{unknown:?}");
    }
}

#[test]
fn a_server_that_is_away_is_said_to_be() {
    let gateway = Gateway::start_with("away", "servers:\n  away: {url: \"http://127.0.0.1:1/mcp\"}\n");
    let listed = gateway.ask(&["mcp", "list", "URL", "tools"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("demo_add"), "{listed:?}");
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(said.contains("warning: what server away offers is missing: cannot connect to server away"), "{said}");
    let health = gateway.get("/health");
    assert!(health.contains("\"servers\":2,\"ready\":1"), "{health}");
    let refused = gateway.ask(&["mcp", "list", "http://127.0.0.1:1/mcp"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("cannot connect to server 127.0.0.1:1: "), "{said}");
}

#[test]
fn who_may_do_what_changes_with_the_file() {
    let gateway = Gateway::start("reload");
    let call = || gateway.ask(&["mcp", "call", "URL", "add", "-a", "a=2", "-a", "b=3"]);
    assert_eq!(String::from_utf8_lossy(&call().stdout), "5\n");
    let file = gateway.data.join("corten.yaml");
    std::fs::write(&file, "metrics: {listen: \"off\"}\nauth: {anonymous: true, anonymous_roles: [nobody]}\n").unwrap();
    let refused = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        String::from_utf8_lossy(&call().stderr).contains("Unknown tool: add")
    });
    assert!(refused, "the new roles of callers without a key are not in force");
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_before_anything_starts() {
    let output = Command::new(CORTEN).args(["up", "--check", "-f", "absent.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("Error: cannot read configuration absent.yaml:"), "{said}");

    let folder = std::env::temp_dir().join(format!("corten-up-wrong-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (text, message, place) in [
        ("servers:\n  a: {comand: x}\n", "unknown field `comand`", "corten.yaml:2:7"),
        ("servers:\n  a: {url: \":::\"}\n", "server a cannot be used", "corten.yaml:2:3"),
        (
            "servers:\n  a: {url: \"http://h/mcp\", headers: {k: \"${env:CORTEN_NO}\"}}\n",
            "CORTEN_NO",
            "corten.yaml:2:3",
        ),
        ("policies:\n- name: p\n  cedar: permit()\n", "policy \"p\" is not valid Cedar", "corten.yaml:2:3"),
    ] {
        std::fs::write(folder.join("corten.yaml"), text).unwrap();
        let output = Command::new(CORTEN).args(["up", "--check"]).current_dir(&folder).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(message) && said.contains(&format!("\n --> {place}\n")), "{said}");
        assert!(said.trim_end().ends_with('^') && output.status.code() == Some(1), "{said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
