//! The release of a record's JSON, checked against Go's types.

use std::sync::Arc;

use corten_chart::{Lock, Metadata};
use corten_value::Value;
use corten_yaml::{Field, Mode, Struct, Target};

use crate::timestamp::{self, decode as time, decode_lenient as time_or_empty};
use crate::{Hook, HookRun, Info, RecordChart, RecordFile, Release, Status};

/// Go: `release/v1.Release`.
static RELEASE: Target = Target::Struct(&Struct {
    name: "Release",
    type_name: "v1.Release",
    fields: &[
        text("name"),
        Field { name: "info", target: Target::Pointer(&INFO) },
        Field { name: "chart", target: Target::Pointer(&CHART) },
        Field { name: "config", target: Target::Map(&Target::Any) },
        text("manifest"),
        Field { name: "hooks", target: Target::List(&Target::Pointer(&HOOK)) },
        Field { name: "version", target: Target::Int },
        text("namespace"),
        text("apply_method"),
    ],
});

static INFO: Target = Target::Struct(&Struct {
    name: "infoJSON",
    type_name: "v1.infoJSON",
    fields: &[
        Field { name: "first_deployed", target: Target::Custom(time_or_empty) },
        Field { name: "last_deployed", target: Target::Custom(time_or_empty) },
        Field { name: "deleted", target: Target::Custom(time_or_empty) },
        text("description"),
        text("status"),
        text("notes"),
    ],
});

static CHART: Target = Target::Struct(&Struct {
    name: "Chart",
    type_name: "v2.Chart",
    fields: &[
        Field { name: "metadata", target: Target::Pointer(Metadata::TARGET) },
        Field { name: "lock", target: Target::Pointer(Lock::TARGET) },
        Field { name: "templates", target: Target::List(&Target::Pointer(&FILE)) },
        Field { name: "values", target: Target::Map(&Target::Any) },
        Field { name: "schema", target: Target::Custom(bytes) },
        Field { name: "schemamodtime", target: Target::Custom(time) },
        Field { name: "files", target: Target::List(&Target::Pointer(&FILE)) },
        Field { name: "modtime", target: Target::Custom(time) },
    ],
});

static FILE: Target = Target::Struct(&Struct {
    name: "File",
    type_name: "common.File",
    fields: &[
        text("name"),
        Field { name: "data", target: Target::Custom(bytes) },
        Field { name: "modtime", target: Target::Custom(time) },
    ],
});

static HOOK: Target = Target::Struct(&Struct {
    name: "Hook",
    type_name: "v1.Hook",
    fields: &[
        text("name"),
        text("kind"),
        text("path"),
        text("manifest"),
        texts("events"),
        Field { name: "last_run", target: HOOK_RUN },
        Field { name: "weight", target: Target::Int },
        texts("delete_policies"),
        texts("output_log_policies"),
    ],
});

const HOOK_RUN: Target = Target::Struct(&Struct {
    name: "hookExecutionJSON",
    type_name: "v1.hookExecutionJSON",
    fields: &[
        Field { name: "started_at", target: Target::Custom(time_or_empty) },
        Field { name: "completed_at", target: Target::Custom(time_or_empty) },
        text("phase"),
    ],
});

const fn text(name: &'static str) -> Field {
    Field { name, target: Target::String }
}

const fn texts(name: &'static str) -> Field {
    Field { name, target: Target::List(&Target::String) }
}

/// Go: a `[]byte` is base64 in JSON; it is decoded where it is used.
fn bytes(value: &Value) -> Result<Value, String> {
    match value {
        Value::Null | Value::String(_) => Ok(value.clone()),
        _ => Err("json: cannot unmarshal into Go value of type []uint8".to_owned()),
    }
}

pub(super) fn release(json: &Value) -> Result<Release, String> {
    let decoded = corten_yaml::unmarshal_value(json, &RELEASE, Mode::Lenient);
    if let Some(error) = decoded.error {
        return Err(error.message().to_owned());
    }
    let value = &decoded.value;
    let chart = value.get("chart").filter(|chart| !chart.is_null()).map(chart).transpose()?;
    Ok(Release {
        name: string(value, "name"),
        info: value.get("info").map(info).unwrap_or_default(),
        chart,
        config: value.get("config").cloned().unwrap_or_default(),
        manifest: string(value, "manifest"),
        hooks: list(value, "hooks").iter().filter(|hook| !hook.is_null()).map(hook).collect(),
        version: integer(value, "version"),
        namespace: string(value, "namespace"),
        labels: crate::Labels::new(),
        apply_method: string(value, "apply_method"),
    })
}

pub(super) fn info(value: &Value) -> Info {
    Info {
        first_deployed: timestamp::of(value.get("first_deployed")),
        last_deployed: timestamp::of(value.get("last_deployed")),
        deleted: timestamp::of(value.get("deleted")),
        description: string(value, "description"),
        status: Status::parse(value.get("status").and_then(Value::as_str).unwrap_or_default()),
        notes: string(value, "notes"),
        resources: Value::Null,
    }
}

/// The info of JSON that was not checked yet.
pub(super) fn info_of_json(json: &Value) -> Result<Info, String> {
    let decoded = corten_yaml::unmarshal_value(json, &INFO, Mode::Lenient);
    match decoded.error {
        Some(error) => Err(error.message().to_owned()),
        None => Ok(info(&decoded.value)),
    }
}

fn chart(value: &Value) -> Result<RecordChart, String> {
    let files = |name: &str| {
        let files = value.get(name).and_then(Value::as_list);
        files.map(|files| files.iter().filter(|file| !file.is_null()).map(file).collect()).transpose()
    };
    Ok(RecordChart {
        metadata: value.get("metadata").filter(|metadata| !metadata.is_null()).map(Metadata::from_decoded),
        lock: value.get("lock").and_then(Lock::from_decoded),
        templates: files("templates")?,
        values: value.get("values").cloned().unwrap_or_default(),
        schema: value.get("schema").and_then(Value::as_str).map(data).transpose()?,
        schema_modified: timestamp::of(value.get("schemamodtime")),
        files: files("files")?,
        modified: timestamp::of(value.get("modtime")),
    })
}

fn file(value: &Value) -> Result<RecordFile, String> {
    Ok(RecordFile {
        name: string(value, "name").into(),
        data: data(value.get("data").and_then(Value::as_str).unwrap_or_default())?,
        modified: timestamp::of(value.get("modtime")),
    })
}

fn data(text: &str) -> Result<Arc<[u8]>, String> {
    super::base64(text).map(Arc::from).map_err(|error| error.to_string())
}

fn hook(value: &Value) -> Hook {
    let texts = |name: &str| {
        list(value, name).iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    Hook {
        name: string(value, "name"),
        kind: string(value, "kind"),
        path: string(value, "path"),
        manifest: string(value, "manifest"),
        events: texts("events"),
        last_run: value.get("last_run").map(run).unwrap_or_default(),
        weight: integer(value, "weight"),
        delete_policies: texts("delete_policies"),
        output_log_policies: texts("output_log_policies"),
    }
}

fn run(value: &Value) -> HookRun {
    HookRun {
        started_at: timestamp::of(value.get("started_at")),
        completed_at: timestamp::of(value.get("completed_at")),
        phase: string(value, "phase"),
    }
}

fn string(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn integer(value: &Value, name: &str) -> i64 {
    match value.get(name) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_list).unwrap_or_default()
}
