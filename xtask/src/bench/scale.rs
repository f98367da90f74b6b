//! Charts made up to grow in one direction, three sizes each.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A chart and the command line that renders it.
pub(super) struct Workload {
    pub name: String,
    pub arguments: Vec<String>,
}

/// Writes the charts and returns how to render them.
pub(super) fn workloads() -> anyhow::Result<Vec<Workload>> {
    let root = crate::link::target().join("bench");
    fs::create_dir_all(&root).context("cannot make the folder of made-up charts")?;
    let root = root.canonicalize().context("no folder of made-up charts")?;
    let mut workloads = Vec::new();
    for documents in [1250, 2500, 5000] {
        workloads.push(workload(format!("{documents} documents"), documents_chart(&root, documents)?, None));
    }
    for subcharts in [25, 50, 100] {
        workloads.push(workload(format!("{subcharts} subcharts x 50 templates"), umbrella(&root, subcharts)?, None));
    }
    for calls in [500, 1000, 2000] {
        workloads.push(workload(format!("{calls} tpl with 800 defines"), tpl_chart(&root, calls)?, None));
    }
    for entries in [60_000, 120_000, 240_000] {
        let chart = documents_chart(&root, 10)?;
        let values = values_file(&root, entries)?;
        let megabytes = fs::metadata(&values).context("no values file")?.len() >> 20;
        workloads.push(workload(format!("{megabytes} MB of values"), chart, Some(values)));
    }
    Ok(workloads)
}

fn workload(name: String, chart: PathBuf, values: Option<PathBuf>) -> Workload {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut arguments = vec!["template".to_owned(), "r".to_owned(), text(chart)];
    if let Some(values) = values {
        arguments.extend(["-f".to_owned(), text(values)]);
    }
    Workload { name, arguments }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).context("cannot make a folder")?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn chart_yaml(name: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
}

/// One template that ranges over many config maps.
fn documents_chart(root: &Path, documents: usize) -> anyhow::Result<PathBuf> {
    let folder = root.join(format!("documents-{documents}"));
    write(&folder.join("Chart.yaml"), &chart_yaml("documents"))?;
    write(&folder.join("values.yaml"), "team: core\n")?;
    let template = format!(
        "{{{{- range $i := until {documents} }}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm-{{{{ $i }}}}\n  labels:\n    \
         app: {{{{ $.Chart.Name }}}}\n    team: {{{{ $.Values.team | quote }}}}\ndata:\n  index: {{{{ $i | quote }}}}\n  text: {{{{ printf \"entry %d\" $i }}}}\n{{{{- end }}}}\n"
    );
    write(&folder.join("templates/all.yaml"), &template)?;
    Ok(folder)
}

/// Many subcharts of 50 templates each.
fn umbrella(root: &Path, subcharts: usize) -> anyhow::Result<PathBuf> {
    let folder = root.join(format!("umbrella-{subcharts}"));
    let mut parent = chart_yaml("umbrella") + "dependencies:\n";
    let mut values = String::from("global:\n  domain: example.com\n");
    for number in 0..subcharts {
        let name = format!("sub{number}");
        writeln!(parent, "- {{name: {name}, version: 0.1.0, condition: {name}.enabled}}").context("format")?;
        writeln!(values, "{name}:\n  enabled: true\n  replicas: {number}").context("format")?;
        let sub = folder.join("charts").join(&name);
        write(&sub.join("Chart.yaml"), &chart_yaml(&name))?;
        write(
            &sub.join("values.yaml"),
            "replicas: 1\nimage: {repository: nginx, tag: latest}\nresources: {limits: {cpu: 1, memory: 1Gi}}\n",
        )?;
        let helpers = format!(
            "{{{{- define \"{name}.labels\" -}}}}\napp: {{{{ .Chart.Name }}}}\nrelease: {{{{ .Release.Name }}}}\n{{{{- end }}}}\n"
        );
        write(&sub.join("templates/_helpers.tpl"), &helpers)?;
        for file in 0..50 {
            let template = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{name}-{file}\n  labels:\n    {{{{- include \"{name}.labels\" . | nindent 4 }}}}\ndata:\n  \
                 replicas: {{{{ .Values.replicas | quote }}}}\n  domain: {{{{ .Values.global.domain }}}}\n  image: {{{{ printf \"%s:%s\" .Values.image.repository .Values.image.tag }}}}\n  \
                 resources: |\n    {{{{- toYaml .Values.resources | nindent 4 }}}}\n"
            );
            write(&sub.join(format!("templates/t{file}.yaml")), &template)?;
        }
    }
    write(&folder.join("Chart.yaml"), &parent)?;
    write(&folder.join("values.yaml"), &values)?;
    Ok(folder)
}

/// Many calls of `tpl` while many definitions are in scope.
fn tpl_chart(root: &Path, calls: usize) -> anyhow::Result<PathBuf> {
    let folder = root.join(format!("tpl-{calls}"));
    write(&folder.join("Chart.yaml"), &chart_yaml("tpl"))?;
    write(&folder.join("values.yaml"), "text: '{{ .Release.Name }}-{{ include \"d.1\" . }}'\n")?;
    let defines: String = (0..800)
        .map(|number| format!("{{{{- define \"d.{number}\" -}}}}\n{{{{ .Release.Name }}}}-{number}\n{{{{- end }}}}\n"))
        .collect::<Vec<String>>()
        .concat();
    write(&folder.join("templates/_defines.tpl"), &defines)?;
    let template = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tpl}}\ndata:\n{{{{- range $i := until {calls} }}}}\n  k{{{{ $i }}}}: {{{{ tpl (printf \"%s %d\" $.Values.text $i) $ | quote }}}}\n{{{{- end }}}}\n"
    );
    write(&folder.join("templates/all.yaml"), &template)?;
    Ok(folder)
}

/// A values file of about 110 bytes an entry.
fn values_file(root: &Path, entries: usize) -> anyhow::Result<PathBuf> {
    let path = root.join(format!("values-{entries}.yaml"));
    let mut text = String::from("entries:\n");
    for number in 0..entries {
        write!(
            text,
            "  entry-{number}:\n    name: service-{number}\n    replicas: {}\n    image: registry.example.com/team/service:{number}\n    tags: [a, b, \"{number}\"]\n",
            number % 7
        )
        .context("format")?;
    }
    write(&path, &text)?;
    Ok(path)
}
