//! The JSON of a record, field by field in Go's order.

use corten_gostd::json::{append_string, append_value};
use corten_value::Value;
use data_encoding::BASE64;

use crate::timestamp::ZERO;
use crate::{Hook, HookRun, Info, RecordChart, RecordFile, Release, Timestamp};

/// The JSON that Helm 4.2.4 writes of a release. Go: the tags of `release/v1` and `chart/v2`.
pub fn to_json(release: &Release) -> Vec<u8> {
    let mut out = Vec::with_capacity(estimate(release));
    let mut fields = Fields::open(&mut out);
    fields.text("name", &release.name);
    append_info(fields.key("info"), &release.info);
    if let Some(chart) = &release.chart {
        append_chart(fields.key("chart"), chart);
    }
    fields.table("config", &release.config);
    fields.text("manifest", &release.manifest);
    if !release.hooks.is_empty() {
        append_list(fields.key("hooks"), &release.hooks, append_hook);
    }
    fields.number("version", release.version);
    fields.text("namespace", &release.namespace);
    fields.text("apply_method", &release.apply_method);
    fields.close();
    out
}

/// A part of a record and its size in JSON, before compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeOf {
    /// What it is: `templates of the chart`, `file README.md of the chart`, ….
    pub part: String,
    /// Its size.
    pub bytes: usize,
}

/// The parts of a record, the largest first, for people who must make one smaller.
pub fn sizes(release: &Release) -> Vec<SizeOf> {
    let mut parts = vec![("the manifest".to_owned(), release.manifest.len())];
    parts.push(("the notes".to_owned(), release.info.notes.len()));
    parts.push(("the hooks".to_owned(), release.hooks.iter().map(|hook| hook.manifest.len()).sum()));
    let json = |value: &Value| corten_gostd::json::encode(value, true).len();
    parts.push(("the given values".to_owned(), json(&release.config)));
    if let Some(chart) = &release.chart {
        let size = |file: &RecordFile| file.data.len().div_ceil(3) * 4;
        parts.push(("the default values of the chart".to_owned(), json(&chart.values)));
        parts.push(("the templates of the chart".to_owned(), chart.templates.iter().flatten().map(size).sum()));
        parts.push(("values.schema.json".to_owned(), chart.schema.as_ref().map_or(0, |schema| schema.len())));
        parts.extend(chart.files.iter().flatten().map(|file| (format!("the file {}", file.name), size(file))));
    }
    let mut sizes: Vec<SizeOf> = parts.into_iter().map(|(part, bytes)| SizeOf { part, bytes }).collect();
    sizes.retain(|size| size.bytes > 0);
    sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
    sizes
}

fn estimate(release: &Release) -> usize {
    let files = |files: &Option<Vec<RecordFile>>| {
        files.iter().flatten().map(|file| file.data.len() * 4 / 3 + 96).sum::<usize>()
    };
    let chart = release.chart.as_ref().map_or(0, |chart| files(&chart.templates) + files(&chart.files));
    let hooks: usize = release.hooks.iter().map(|hook| hook.manifest.len() + 256).sum();
    release.manifest.len() * 9 / 8 + release.info.notes.len() + chart + hooks + 4096
}

fn append_info(out: &mut Vec<u8>, info: &Info) {
    let mut fields = Fields::open(out);
    fields.time("first_deployed", info.first_deployed.as_ref());
    fields.time("last_deployed", info.last_deployed.as_ref());
    fields.time("deleted", info.deleted.as_ref());
    fields.text("description", &info.description);
    fields.text("status", info.status.as_str());
    fields.text("notes", &info.notes);
    fields.table("resources", &info.resources);
    fields.close();
}

fn append_chart(out: &mut Vec<u8>, chart: &RecordChart) {
    let files = |out: &mut Vec<u8>, files: &Option<Vec<RecordFile>>| match files {
        Some(files) => append_list(out, files, append_file),
        None => out.extend_from_slice(b"null"),
    };
    let mut fields = Fields::open(out);
    let metadata = chart.metadata.as_ref().map_or(Value::Null, corten_chart::Metadata::to_value);
    append_ordered(fields.key("metadata"), &metadata, METADATA);
    let lock = chart.lock.as_ref().map_or(Value::Null, corten_chart::Lock::to_value);
    append_ordered(fields.key("lock"), &lock, LOCK);
    files(fields.key("templates"), &chart.templates);
    append_value(fields.key("values"), &chart.values, true);
    match &chart.schema {
        Some(schema) => append_bytes(fields.key("schema"), schema),
        None => fields.key("schema").extend_from_slice(b"null"),
    }
    let modified = chart.schema_modified.as_ref().map_or_else(|| ZERO.to_owned(), Timestamp::text);
    append_string(fields.key("schemamodtime"), modified.as_bytes(), true);
    files(fields.key("files"), &chart.files);
    fields.time("modtime", chart.modified.as_ref());
    fields.close();
}

/// Go: the order of the fields of `chart.Metadata` …
const METADATA: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

/// … of `chart.Lock` …
const LOCK: &[&str] = &["generated", "digest", "dependencies"];

/// … of `chart.Dependency` and `chart.Maintainer`, which have one name in common.
const INSIDE: &[&str] =
    &["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias", "email", "url"];

/// Writes a table as Go writes a struct: its keys in the order of the fields.
fn append_ordered(out: &mut Vec<u8>, value: &Value, order: &[&str]) {
    let Some(map) = value.as_map() else { return append_value(out, value, true) };
    let place = |key: &str| order.iter().position(|field| *field == key).unwrap_or(order.len());
    let mut entries: Vec<(&str, &Value)> = map.iter().map(|(key, value)| (&**key, value)).collect();
    entries.sort_by_key(|(key, _)| place(key));
    let mut fields = Fields::open(out);
    for (key, value) in entries {
        let out = fields.key(key);
        match value.as_list().filter(|_| matches!(key, "maintainers" | "dependencies")) {
            Some(items) => append_list(out, items, |out, item| append_ordered(out, item, INSIDE)),
            None => append_value(out, value, true),
        }
    }
    fields.close();
}

fn append_file(out: &mut Vec<u8>, file: &RecordFile) {
    let mut fields = Fields::open(out);
    append_string(fields.key("name"), file.name.as_bytes(), true);
    append_bytes(fields.key("data"), &file.data);
    fields.time("modtime", file.modified.as_ref());
    fields.close();
}

fn append_hook(out: &mut Vec<u8>, hook: &Hook) {
    let mut fields = Fields::open(out);
    fields.text("name", &hook.name);
    fields.text("kind", &hook.kind);
    fields.text("path", &hook.path);
    fields.text("manifest", &hook.manifest);
    fields.texts("events", &hook.events);
    append_run(fields.key("last_run"), &hook.last_run);
    fields.number("weight", hook.weight);
    fields.texts("delete_policies", &hook.delete_policies);
    fields.texts("output_log_policies", &hook.output_log_policies);
    fields.close();
}

fn append_run(out: &mut Vec<u8>, run: &HookRun) {
    let mut fields = Fields::open(out);
    fields.time("started_at", run.started_at.as_ref());
    fields.time("completed_at", run.completed_at.as_ref());
    append_string(fields.key("phase"), run.phase.as_bytes(), true);
    fields.close();
}

fn append_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + BASE64.encode_len(bytes.len()), 0);
    if let Some(room) = out.get_mut(start..) {
        BASE64.encode_mut(bytes, room);
    }
    out.push(b'"');
}

fn append_list<T>(out: &mut Vec<u8>, items: &[T], append: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        append(out, item);
    }
    out.push(b']');
}

/// An open object; fields other than [`Self::key`] are left out when they are empty (`omitempty`).
struct Fields<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Fields<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    fn close(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        append_string(self.out, name.as_bytes(), true);
        self.out.push(b':');
        self.out
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            append_string(self.key(name), text.as_bytes(), true);
        }
    }

    fn number(&mut self, name: &str, number: i64) {
        if number != 0 {
            append_value(self.key(name), &Value::Int(number), true);
        }
    }

    fn time(&mut self, name: &str, time: Option<&Timestamp>) {
        if let Some(time) = time {
            append_string(self.key(name), time.text().as_bytes(), true);
        }
    }

    fn table(&mut self, name: &str, table: &Value) {
        if table.as_map().is_some_and(|map| !map.is_empty()) {
            append_value(self.key(name), table, true);
        }
    }

    fn texts(&mut self, name: &str, texts: &[String]) {
        if !texts.is_empty() {
            append_list(self.key(name), texts, |out, text| append_string(out, text.as_bytes(), true));
        }
    }
}
