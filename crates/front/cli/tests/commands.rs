//! Whole commands: the binary under the name `helm`, on charts of this repository.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn helm(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corten"))
        .arg0("helm")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

fn charts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/charts")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// A folder of this test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn lint_prints_findings_and_counts() {
    let output = helm(&charts(), &["lint", "gateway"]);
    assert_eq!(
        text(&output.stdout),
        "==> Linting gateway\n[INFO] Chart.yaml: icon is recommended\n\n1 chart(s) linted, 0 chart(s) failed\n"
    );
    assert!(output.status.success());

    let output = helm(&charts(), &["lint", "errors", "--set", "which=yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("[ERROR] templates/e.yaml: unable to parse YAML"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        text(&output.stderr).ends_with("Error: 1 chart(s) linted, 1 chart(s) failed\n"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn show_values_keeps_every_byte() {
    let output = helm(&charts(), &["show", "values", "milvus"]);
    let file = std::fs::read_to_string(charts().join("milvus/values.yaml")).unwrap();
    assert_eq!(text(&output.stdout), file + "\n");
}

#[test]
fn create_writes_a_chart_that_renders_and_lints() {
    let folder = scratch("create");
    let output = helm(&folder, &["create", "shop"]);
    assert_eq!(text(&output.stdout), "Creating shop\n");
    for file in [
        "Chart.yaml",
        "values.yaml",
        ".helmignore",
        "charts",
        "templates/deployment.yaml",
        "templates/service.yaml",
        "templates/serviceaccount.yaml",
        "templates/ingress.yaml",
        "templates/httproute.yaml",
        "templates/hpa.yaml",
        "templates/NOTES.txt",
        "templates/_helpers.tpl",
        "templates/tests/test-connection.yaml",
    ] {
        assert!(folder.join("shop").join(file).exists(), "{file}");
    }
    assert!(helm(&folder, &["lint", "shop", "--strict"]).status.success());
    let all = helm(
        &folder,
        &["template", "r", "shop", "--set", "ingress.enabled=true,autoscaling.enabled=true,httpRoute.enabled=true"],
    );
    for kind in ["Deployment", "Service", "ServiceAccount", "Ingress", "HorizontalPodAutoscaler", "HTTPRoute", "Pod"] {
        assert!(text(&all.stdout).contains(&format!("\nkind: {kind}\n")), "{kind}: {}", text(&all.stderr));
    }
}

#[test]
fn output_dir_holds_what_stdout_would() {
    let folder = scratch("output-dir");
    let out = folder.to_string_lossy().into_owned();
    let output = helm(&charts(), &["template", "r", "order", "--output-dir", &out, "--include-crds"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains(&format!("wrote {out}/order/templates/many.yaml\n")),
        "{}",
        text(&output.stdout)
    );
    let many = std::fs::read_to_string(folder.join("order/templates/many.yaml")).unwrap();
    assert_eq!(many.matches("# Source: order/templates/many.yaml").count(), 6);
    assert!(folder.join("order/crds/crd.yaml").exists());
}

#[test]
fn output_dir_keeps_crds_out_of_the_release_folder() {
    let folder = scratch("output-dir-crds");
    let out = folder.to_string_lossy().into_owned();
    let output = helm(&charts(), &["template", "r", "order", "--output-dir", &out, "--include-crds", "--release-name"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(folder.join("order/crds/crd.yaml").exists());
    assert!(!folder.join("r/order/crds").exists());
    assert!(folder.join("r/order/templates/many.yaml").exists());
}

#[test]
fn output_dir_appends_hooks_to_what_is_there() {
    let folder = scratch("output-dir-hooks");
    let out = folder.to_string_lossy().into_owned();
    let lines = |name: &str| {
        let output = helm(&charts(), &["template", "r", "order", "--output-dir", &out]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::read_to_string(folder.join("order/templates").join(name)).unwrap().lines().count()
    };
    let once = lines("hooks.yaml");
    assert_eq!(lines("hooks.yaml"), 2 * once);
    assert_eq!(lines("many.yaml"), lines("many.yaml"));
}

#[test]
fn a_failing_render_writes_no_file() {
    let folder = scratch("output-dir-failing");
    let out = folder.join("out").to_string_lossy().into_owned();
    let output = helm(&charts(), &["template", "r", "errors", "--set", "which=fail", "--output-dir", &out]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.join("out").exists());
}

#[test]
fn a_seed_repeats_a_render() {
    let folder = scratch("seed");
    std::fs::create_dir_all(folder.join("c/templates")).unwrap();
    std::fs::write(folder.join("c/Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n").unwrap();
    let template = "a: {{ randAlphaNum 20 }}\nb: {{ now | unixEpoch }}\nc: {{ uuidv4 }}\nd: {{ genPrivateKey \"ecdsa\" | b64enc }}\n";
    std::fs::write(folder.join("c/templates/t.yaml"), template).unwrap();
    let render = |seed: &str| {
        let output = helm(&folder, &["template", "r", "c", "--seed", seed, "--now", "2026-01-02T03:04:05Z"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    assert_eq!(render("7"), render("7"));
    assert_ne!(render("7"), render("8"));
    assert!(render("7").contains("b: 1767323045"), "{}", render("7"));
}

#[test]
fn machines_get_findings_with_places() {
    let output = helm(&charts(), &["template", "r", "errors", "--set", "which=nested", "--diagnostics", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let line = text(&output.stderr).lines().find(|line| line.starts_with('{')).unwrap().to_owned();
    assert!(line.contains("\"file\":\"errors/templates/_h.tpl\""), "{line}");
    assert!(line.contains("nil pointer evaluating interface {}.b"), "{line}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let script = format!("{} template r values | head -1", env!("CARGO_BIN_EXE_corten"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(charts()).output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(text(&output.stdout), "---\n");
}

/// Answers every request on a port of its own with a schema, but `/none` with 404; ends with the test.
fn schema_server() -> std::net::SocketAddr {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let head: Vec<String> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let is_known = !head.first().is_some_and(|line| line.starts_with("GET /none "));
            let body = r#"{"properties": {"a": {"type": "integer"}}}"#;
            let status = if is_known { "200 OK" } else { "404 Not Found" };
            let length = body.len();
            drop(write!(&stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"));
        }
    });
    address
}

#[test]
fn schemas_refer_to_the_web() {
    let address = schema_server();
    let folder = scratch("web-schema");
    std::fs::create_dir_all(folder.join("c/templates")).unwrap();
    std::fs::write(folder.join("c/Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n").unwrap();
    std::fs::write(folder.join("c/templates/a.yaml"), "a: {{ .Values.a }}\n").unwrap();
    let template = |page: &str, value: &str| {
        let schema = format!(r#"{{"$ref": "http://{address}{page}"}}"#);
        std::fs::write(folder.join("c/values.schema.json"), schema).unwrap();
        helm(&folder, &["template", "c", "--set", value])
    };
    assert_eq!(text(&template("/s.json", "a=1").stdout), "---\n# Source: c/templates/a.yaml\na: 1\n");
    let refused = template("/s.json", "a=x");
    assert!(text(&refused.stderr).contains("- at '/a': got string, want integer"), "{}", text(&refused.stderr));
    let missing = template("/none", "a=1");
    let said = format!(
        "failing loading \"http://{address}/none\": HTTP request to http://{address}/none returned status 404 (Not Found)"
    );
    assert!(text(&missing.stderr).contains(&said), "{}", text(&missing.stderr));
}

#[test]
fn findings_name_files_on_disk_and_values_where_they_are_written() {
    let folder = scratch("findings");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "charts/shop/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: db, alias: data, version: 0.1.0}]\n",
    );
    write("charts/shop/values.yaml", "# defaults\nport: http\n");
    write("charts/shop/values.schema.json", r#"{"properties": {"port": {"type": "integer"}, "size": {"minimum": 1}}}"#);
    write("charts/shop/charts/base/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n");
    write("charts/shop/charts/base/templates/a.yaml", "a: 1\nb: {{ fail \"no\" }}\n");
    // Named like a file of the chart, and none.
    write("shop/values.yaml", "size: 0\n");
    let github = |arguments: &[&str]| {
        let all = [arguments, &["charts/shop", "-f", "shop/values.yaml", "--diagnostics", "github"]].concat();
        let output = helm(&folder, &all);
        let text = [output.stdout, output.stderr].concat();
        let lines: Vec<_> = str::from_utf8(&text)
            .unwrap()
            .lines()
            .filter(|line| line.starts_with("::error"))
            .map(str::to_owned)
            .collect();
        lines
    };
    let found = [
        "::error file=charts/shop/values.yaml,line=2,col=7,endLine=2,title=CT0102::`port`: got string, want integer",
        "::error file=shop/values.yaml,line=1,col=7,endLine=1,title=CT0102::`size`: minimum: got 0, want 1",
        "::error file=charts/shop/charts/base/templates/a.yaml,line=2,col=7,endLine=2,title=CT0203::no",
    ];
    assert_eq!(github(&["template"]), found);
    assert_eq!(github(&["lint"]), found);
}
