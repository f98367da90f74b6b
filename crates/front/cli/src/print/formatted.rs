//! A release through a Go template, as `get all --template` has it. Go: pkg/cmd/printer.go.
//!
//! Templates see the structs of Go: fields by their Go names, times with their methods.

use std::any::Any;

use corten_chart::{Dependency, Maintainer, Metadata};
use corten_gostd::time::{Time, Zone};
use corten_gotmpl::{
    Kind, List, ListType, Map, MapType, Method, MissingKey, Object, ObjectType, Options, Output, TemplateSet, Text,
    Type, Val, World,
};
use corten_release::{Hook, Labels, RecordChart, RecordFile, Release, Timestamp};

/// What a template writes of a release, and what is wrong with it.
pub(crate) fn formatted(text: &str, release: &Release, world: &dyn World) -> (Vec<u8>, Result<(), String>) {
    let options = Options { missing_key: MissingKey::Invalid, lint_mode: false, enable_dns: false };
    let mut templates = TemplateSet::new([], options);
    if let Err(error) = templates.parse("_", text.as_bytes().to_vec()) {
        return (Vec::new(), Err(error.to_string()));
    }
    let data = Map::any([(Text::from("Release"), of_release(release, &world.local_zone()))].into_iter().collect());
    let mut output = Output::default();
    let outcome = templates.execute("_", &Val::Map(data), world, &mut output);
    (output.bytes, outcome.map_err(|error| error.to_string()))
}

/// A struct, or the pointer to one.
#[derive(Debug)]
struct Struct {
    go_type: &'static ObjectType,
    fields: Vec<(&'static str, Val)>,
}

impl Object for Struct {
    fn go_type(&self) -> &'static ObjectType {
        self.go_type
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        self.fields.clone()
    }
}

const fn pointer(name: &'static str) -> ObjectType {
    ObjectType { name, kind: Kind::Ptr, methods: &[] }
}

const fn plain(name: &'static str) -> ObjectType {
    ObjectType { name, kind: Kind::Struct, methods: &[] }
}

static RELEASE: ObjectType = pointer("*v1.Release");
static INFO: ObjectType = pointer("*v1.Info");
static HOOK: ObjectType = pointer("*v1.Hook");
static HOOK_RUN: ObjectType = plain("v1.HookExecution");
static CHART: ObjectType = ObjectType { name: "*v2.Chart", kind: Kind::Ptr, methods: CHART_METHODS };
static METADATA: ObjectType = pointer("*v2.Metadata");
static MAINTAINER: ObjectType = pointer("*v2.Maintainer");
static DEPENDENCY: ObjectType = pointer("*v2.Dependency");
static LOCK: ObjectType = pointer("*v2.Lock");
static FILE: ObjectType = pointer("*common.File");
static TIME: ObjectType = ObjectType { name: "time.Time", kind: Kind::Struct, methods: TIME_METHODS };

const CHART_METHODS: &[Method] = &[
    Method { name: "Name", params: &[], variadic: false, call: |_, chart, _| Ok(of_metadata_field(chart, "Name")) },
    Method {
        name: "AppVersion",
        params: &[],
        variadic: false,
        call: |_, chart, _| Ok(of_metadata_field(chart, "AppVersion")),
    },
];

fn of_metadata_field(chart: &Val, name: &str) -> Val {
    let field = |value: &Val, name: &str| match value {
        Val::Object(object) => object.field(name),
        _ => None,
    };
    field(chart, "Metadata").and_then(|metadata| field(&metadata, name)).unwrap_or_else(|| Val::str(""))
}

/// Go's `time.Time`.
#[derive(Debug)]
struct Moment(Time);

impl Object for Moment {
    fn go_type(&self) -> &'static ObjectType {
        &TIME
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.text()))
    }
}

fn with_time(value: &Val, read: impl Fn(&Time) -> Val) -> Val {
    let time = value.as_object::<Moment>();
    time.map_or(Val::Nil, |moment: &Moment| read(&moment.0))
}

const TIME_METHODS: &[Method] = &[
    Method {
        name: "Format",
        params: &[Type::String],
        variadic: false,
        call: |_, time, arguments| {
            let layout =
                arguments.first().and_then(Val::as_text).map(|text| text.as_bytes().to_vec()).unwrap_or_default();
            Ok(with_time(time, |time| Val::Str(Text::from(time.format(&layout)))))
        },
    },
    Method {
        name: "IsZero",
        params: &[],
        variadic: false,
        call: |_, time, _| Ok(with_time(time, |t| Val::Bool(t.is_zero()))),
    },
    Method {
        name: "String",
        params: &[],
        variadic: false,
        call: |_, time, _| Ok(with_time(time, |t| Val::Str(Text::from(t.text())))),
    },
    Method {
        name: "Unix",
        params: &[],
        variadic: false,
        call: |_, time, _| Ok(with_time(time, |t| Val::int64(t.unix()))),
    },
];

fn of(go_type: &'static ObjectType, fields: Vec<(&'static str, Val)>) -> Val {
    Val::object(Struct { go_type, fields })
}

fn text(text: &str) -> Val {
    Val::str(text)
}

fn time(stamp: Option<&Timestamp>, zone: &Zone) -> Val {
    Val::object(Moment(stamp.map_or_else(Time::zero, |stamp| stamp.shown_in(zone))))
}

fn list<T>(items: &[T], convert: impl Fn(&T) -> Val) -> Val {
    Val::List(List::new(ListType::ANY, items.iter().map(convert).collect()))
}

fn labels(labels: &Labels) -> Val {
    Val::Map(Map::new(
        MapType::STRING,
        labels.iter().map(|(name, value)| (Text::from(name.as_str()), text(value))).collect(),
    ))
}

fn of_release(release: &Release, zone: &Zone) -> Val {
    let info = &release.info;
    let stamp = |stamp: &Option<Timestamp>| time(stamp.as_ref(), zone);
    let info = of(
        &INFO,
        vec![
            ("FirstDeployed", stamp(&info.first_deployed)),
            ("LastDeployed", stamp(&info.last_deployed)),
            ("Deleted", stamp(&info.deleted)),
            ("Description", text(&info.description)),
            ("Status", text(info.status.as_str())),
            ("Notes", text(&info.notes)),
            ("Resources", Val::from(&info.resources)),
        ],
    );
    of(
        &RELEASE,
        vec![
            ("Name", text(&release.name)),
            ("Info", info),
            ("Chart", release.chart.as_ref().map_or(Val::Nil, |chart| of_chart(chart, zone))),
            ("Config", Val::from(&release.config)),
            ("Manifest", text(&release.manifest)),
            ("Hooks", list(&release.hooks, |hook| of_hook(hook, zone))),
            ("Version", Val::int(release.version)),
            ("Namespace", text(&release.namespace)),
            ("Labels", labels(&release.labels)),
            ("ApplyMethod", text(&release.apply_method)),
        ],
    )
}

fn of_hook(hook: &Hook, zone: &Zone) -> Val {
    let texts = |items: &[String]| Val::strings(items.iter().map(String::as_str));
    let run = of(
        &HOOK_RUN,
        vec![
            ("StartedAt", time(hook.last_run.started_at.as_ref(), zone)),
            ("CompletedAt", time(hook.last_run.completed_at.as_ref(), zone)),
            ("Phase", text(&hook.last_run.phase)),
        ],
    );
    of(
        &HOOK,
        vec![
            ("Name", text(&hook.name)),
            ("Kind", text(&hook.kind)),
            ("Path", text(&hook.path)),
            ("Manifest", text(&hook.manifest)),
            ("Events", texts(&hook.events)),
            ("LastRun", run),
            ("Weight", Val::int(hook.weight)),
            ("DeletePolicies", texts(&hook.delete_policies)),
            ("OutputLogPolicies", texts(&hook.output_log_policies)),
        ],
    )
}

fn of_chart(chart: &RecordChart, zone: &Zone) -> Val {
    let files = |files: &Option<Vec<RecordFile>>| {
        let convert = |file: &RecordFile| {
            let data = Val::Bytes(std::sync::Arc::clone(&file.data));
            let fields =
                vec![("Name", text(&file.name)), ("Data", data), ("ModTime", time(file.modified.as_ref(), zone))];
            of(&FILE, fields)
        };
        list(files.as_deref().unwrap_or_default(), convert)
    };
    let lock = chart.lock.as_ref().map_or(Val::Nil, |lock| {
        of(&LOCK, vec![("Digest", text(&lock.digest)), ("Dependencies", list(&lock.dependencies, of_dependency))])
    });
    of(
        &CHART,
        vec![
            ("Metadata", chart.metadata.as_ref().map_or(Val::Nil, of_metadata)),
            ("Lock", lock),
            ("Templates", files(&chart.templates)),
            ("Values", Val::from(&chart.values)),
            ("Schema", Val::Bytes(chart.schema.clone().unwrap_or_default())),
            ("Files", files(&chart.files)),
            ("ModTime", time(chart.modified.as_ref(), zone)),
        ],
    )
}

fn of_metadata(metadata: &Metadata) -> Val {
    let texts = |items: &[String]| Val::strings(items.iter().map(String::as_str));
    let annotations: Labels =
        metadata.annotations.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
    of(
        &METADATA,
        vec![
            ("Name", text(&metadata.name)),
            ("Home", text(&metadata.home)),
            ("Sources", texts(&metadata.sources)),
            ("Version", text(&metadata.version)),
            ("Description", text(&metadata.description)),
            ("Keywords", texts(&metadata.keywords)),
            ("Maintainers", list(&metadata.maintainers, of_maintainer)),
            ("Icon", text(&metadata.icon)),
            ("APIVersion", text(&metadata.api_version)),
            ("Condition", text(&metadata.condition)),
            ("Tags", text(&metadata.tags)),
            ("AppVersion", text(&metadata.app_version)),
            ("Deprecated", Val::Bool(metadata.deprecated)),
            ("Annotations", labels(&annotations)),
            ("KubeVersion", text(&metadata.kube_version)),
            ("Dependencies", list(&metadata.dependencies, of_dependency)),
            ("Type", text(&metadata.chart_type)),
        ],
    )
}

fn of_maintainer(maintainer: &Maintainer) -> Val {
    let fields = [("Name", &maintainer.name), ("Email", &maintainer.email), ("URL", &maintainer.url)];
    of(&MAINTAINER, fields.into_iter().map(|(name, value)| (name, text(value))).collect())
}

fn of_dependency(dependency: &Dependency) -> Val {
    of(
        &DEPENDENCY,
        vec![
            ("Name", text(&dependency.name)),
            ("Version", text(&dependency.version)),
            ("Repository", text(&dependency.repository)),
            ("Condition", text(&dependency.condition)),
            ("Tags", Val::strings(dependency.tags.iter().map(String::as_str))),
            ("Enabled", Val::Bool(dependency.enabled)),
            ("Alias", text(&dependency.alias)),
        ],
    )
}
