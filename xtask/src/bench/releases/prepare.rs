//! What the rows need: a large chart, a namespace full of records, a server full of definitions.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::e2e::stand::{Stand, Who};

/// A chart with so many `ConfigMaps`.
pub(super) fn large_chart(stand: &Stand, objects: usize) -> anyhow::Result<String> {
    let template = format!(
        "{{{{- range $number := until {objects} }}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  \
         name: {{{{ $.Release.Name }}}}-{{{{ $number }}}}\n  labels: {{app: {{{{ $.Chart.Name }}}}}}\ndata:\n  \
         number: {{{{ $number | quote }}}}\n  text: |\n    a few lines of configuration,\n    as they are in many charts: \
         {{{{ $.Values.message }}}}\n{{{{- end }}}}\n"
    );
    chart(stand, "large", &[("templates/all.yaml", &template), ("values.yaml", "message: hello\n")])
}

fn chart(stand: &Stand, name: &str, files: &[(&str, &str)]) -> anyhow::Result<String> {
    let folder: PathBuf = stand.plane.folder().join("charts").join(name);
    let about = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    for (file, text) in files.iter().copied().chain([("Chart.yaml", about.as_str())]) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder)).context("cannot make a chart")?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder.to_string_lossy().into_owned())
}

/// A namespace with so many releases of the chart that `helm create` makes, with three revisions each. Helm installs
/// one; the others are copies of its records under other names.
pub(super) fn many_releases(stand: &Stand, releases: usize) -> anyhow::Result<String> {
    const SEED: &str = "seedling";
    let namespace = stand.namespace("bench")?;
    let folder = stand.plane.folder().join("charts");
    std::fs::create_dir_all(&folder).context("cannot make a folder for charts")?;
    let path = folder.join("web").to_string_lossy().into_owned();
    stand.succeed(Who::Helm, &namespace, &["create", &path])?;
    stand.succeed(Who::Helm, &namespace, &["install", SEED, &path])?;
    for replicas in ["2", "3"] {
        stand.succeed(
            Who::Helm,
            &namespace,
            &["upgrade", SEED, &path, "--set", &format!("replicaCount={replicas}")],
        )?;
    }
    let collection = format!("/api/v1/namespaces/{namespace}/secrets");
    let list = stand.get(&format!("{collection}?labelSelector=owner%3Dhelm"))?;
    let records = list["items"].as_array().context("no records")?;
    anyhow::ensure!(records.len() == 3, "{} records instead of 3", records.len());
    let mut bodies = Vec::with_capacity(releases * records.len());
    for number in 0..releases {
        for record in records {
            bodies.push(copy(record, SEED, &format!("web-{number:04}"))?);
        }
    }
    stand.succeed(Who::Helm, &namespace, &["uninstall", SEED])?;
    stand.plane.post_all(&collection, &bodies)?;
    Ok(namespace)
}

/// A record under another name.
fn copy(record: &Value, old: &str, new: &str) -> anyhow::Result<String> {
    let text = record["data"]["release"].as_str().context("a record without content")?;
    let inner = BASE64.decode(text.as_bytes()).context("not base64")?;
    let compressed = BASE64.decode(&inner).context("not base64 twice")?;
    let mut json = String::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut json).context("not gzip")?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(json.replace(old, new).as_bytes()).context("cannot compress")?;
    let compressed = encoder.finish().context("cannot compress")?;
    let mut labels = record["metadata"]["labels"].clone();
    labels["name"] = new.into();
    let name = record["metadata"]["name"].as_str().context("a record without a name")?.replace(old, new);
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": record["type"],
        "metadata": { "name": name, "labels": labels },
        "data": { "release": BASE64.encode(BASE64.encode(&compressed).as_bytes()) },
    });
    Ok(object.to_string())
}

/// So many definitions, in groups of ten, and a chart with objects of five of them.
pub(super) fn definitions(stand: &Stand, count: usize) -> anyhow::Result<String> {
    const KINDS: usize = 10;
    let mut bodies = Vec::with_capacity(count);
    for number in 0..count {
        let (group, kind) = (number / KINDS, number % KINDS);
        bodies.push(definition(&format!("g{group}.bench.example"), kind).to_string());
    }
    stand.plane.post_all("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &bodies)?;
    let started = Instant::now();
    let last = format!("/apis/g{}.bench.example/v1", (count - 1) / KINDS);
    while stand.get(&last).is_err() {
        anyhow::ensure!(started.elapsed() < Duration::from_mins(3), "the server does not serve {last}");
        std::thread::sleep(Duration::from_millis(500));
    }
    // The server's descriptions of them follow.
    std::thread::sleep(Duration::from_secs(20));
    let mut objects = String::new();
    for group in 0..5 {
        let _ = write!(
            objects,
            "---\napiVersion: g{group}.bench.example/v1\nkind: Kind{group}\nmetadata: {{name: {{{{ .Release.Name }}}}}}\n\
             spec: {{size: 3}}\n"
        );
    }
    let condition = "{{- if .Capabilities.APIVersions.Has \"g7.bench.example/v1/Kind7\" }}\n";
    chart(stand, "custom", &[("templates/all.yaml", &format!("{condition}{objects}{{{{- end }}}}\n"))])
}

fn definition(group: &str, kind: usize) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("kind{kind}s.{group}") },
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": { "kind": format!("Kind{kind}"), "plural": format!("kind{kind}s"), "singular": format!("kind{kind}") },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": {
                "type": "object", "properties": {
                    "spec": { "type": "object", "properties": {
                        "size": { "type": "integer", "description": "how large it is" },
                        "colour": { "type": "string", "description": "what it looks like" },
                    }},
                    "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                },
            }}}],
        },
    })
}

/// Empties Helm's cache of what the server serves.
pub(super) fn forget(stand: &Stand) -> anyhow::Result<()> {
    for folder in [".kube/cache", ".cache"] {
        let folder = stand.home().join(folder);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
    }
    Ok(())
}
