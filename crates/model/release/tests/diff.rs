//! Differences in case files: manifests, live objects and dry runs in, what a person reads out.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use corten_gostd::json;
use corten_release::diff::{
    Context, DryRun, Line, Live, Options, Secrets, Sides, compare, compare_hooks, dropped_values, github_annotations,
    text_lines, to_json, unified,
};
use corten_release::merge::{MergeSchema, OpenApiDocument};
use corten_release::{Object, ObjectKey};
use corten_testkit::Case;
use corten_value::Value;

const SCHEMAS: &str = include_str!("merge/openapi.json");

type Outcome = Result<Vec<u8>, Vec<u8>>;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diff"), diff)
}

fn diff(case: &Case) -> Outcome {
    let old = objects(case, "old")?;
    let new = objects(case, "new")?;
    let live = objects(case, "live")?;
    let dry_run = objects(case, "dry-run")?;
    let gone = case.section("gone").unwrap_or_default();
    let mut facts: BTreeMap<ObjectKey, Live<'_>> = BTreeMap::new();
    for object in old.iter().chain(&new).filter(|object| gone.lines().any(|name| name == object.name)) {
        facts.insert(object.key(), Live::default());
    }
    for object in &live {
        facts.insert(object.key(), Live { object: Some(&object.content), dry_run: DryRun::NotAsked });
    }
    for object in &dry_run {
        facts.entry(object.key()).or_default().dry_run = DryRun::Object(&object.content);
    }
    for (title, error) in &case.sections {
        let name = title.strip_prefix("refused ");
        for (key, facts) in &mut facts {
            if name == Some(key.name.as_str()) {
                facts.dry_run = DryRun::Refused(error);
            }
        }
    }
    let schemas = OpenApiDocument::parse(SCHEMAS.as_bytes()).map_err(|error| error.to_string().into_bytes())?;
    let schema_of = |object: &Object| -> Option<Arc<MergeSchema>> {
        schemas.kind(&object.group, &object.version, &object.kind).ok().flatten().map(Arc::new)
    };
    let secrets = if case.attribute("secrets").is_some() { Secrets::Shown } else { Secrets::Masked };
    let keeps_unchanged = case.attribute("all").is_some();
    let options = Options { secrets, keeps_unchanged, schema_of: &schema_of };
    let mut changes = compare(&Sides { old: &old, new: &new, live: &facts }, &options);
    changes.hooks = compare_hooks(&objects(case, "old hooks")?, &objects(case, "new hooks")?, &options);
    if let Some(before) = case.section("values before") {
        let [before, after, defaults] =
            [before, case.section("values after").unwrap_or("{}"), case.section("defaults").unwrap_or("{}")].map(yaml);
        changes.values = dropped_values(&before?, &after?, &defaults?);
    }
    let text = match case.attribute("show").unwrap_or_default() {
        "json" => String::from_utf8_lossy(&json::encode_indent(&to_json(&changes), "", " ", false)).into_owned(),
        "github" => github_annotations(&changes).join("\n"),
        "unified" => {
            let count = case.attribute("context").and_then(|count| count.parse().ok());
            let context = count.map_or(Context::All, Context::Lines);
            let shown = changes.objects.iter().filter_map(|change| unified(change, context));
            shown.map(|one| format!("{}\n{}", one.title, joined(&one.lines))).collect::<Vec<_>>().join("\n")
        }
        _ => joined(&text_lines(&changes)),
    };
    Ok(text.into_bytes())
}

fn joined(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

fn yaml(text: &str) -> Result<Value, Vec<u8>> {
    corten_yaml::decode(text.as_bytes()).map_err(|error| error.to_string().into_bytes())
}

fn objects(case: &Case, section: &str) -> Result<Vec<Object>, Vec<u8>> {
    let text = case.section(section).unwrap_or_default();
    text.split("---\n").filter(|part| !part.trim().is_empty()).map(object).collect()
}

fn object(text: &str) -> Result<Object, Vec<u8>> {
    let content = yaml(text)?;
    let field = |path: &str| content.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let api_version = field("apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    Ok(Object {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: field("kind"),
        resource: String::new(),
        namespaced: true,
        namespace: "default".to_owned(),
        name: field("metadata.name"),
        content: content.clone(),
    })
}
