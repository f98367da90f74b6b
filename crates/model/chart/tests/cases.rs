//! Charts in case files: what Helm 4.2.4 makes of them.
//!
//! `do=load` and `do=process` take sections `file PATH` and print the chart; `do=archive` and
//! `do=check` take bytes in base64.

use std::fmt::Display;
use std::process::ExitCode;

use corten_chart::{
    Chart, Compat, File, Level, Warning, archive_files, check_archive, load_files, load_values, process_dependencies,
};
use corten_gostd::{json, strconv};
use corten_testkit::Case;
use corten_value::Value;

type Outcome = Result<Vec<u8>, Vec<u8>>;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), |case| {
        match case.attribute("do").unwrap_or_default() {
            "load" => load(case, false),
            "process" => load(case, true),
            "archive" => archive(case),
            "check" => check_archive(case.attribute("name").unwrap_or_default(), &data(case)?)
                .map(|()| b"ok".to_vec())
                .map_err(String::into_bytes),
            other => Err(format!("unknown do={other}").into_bytes()),
        }
    })
}

fn text(error: &dyn Display) -> Vec<u8> {
    error.to_string().into_bytes()
}

fn data(case: &Case) -> Outcome {
    let encoded = case.section("data").unwrap_or_default();
    data_encoding::BASE64.decode(encoded.as_bytes()).map_err(|error| text(&error))
}

fn load(case: &Case, processes: bool) -> Outcome {
    let mut warnings = Vec::new();
    let mut warn = |warning: Warning| warnings.push(log_line(&warning));
    let files = case.sections.iter().filter_map(|(title, text)| {
        let name = title.strip_prefix("file ")?;
        Some(File::new(name, text.as_bytes()))
    });
    let mut chart = load_files(files.collect(), Compat::Helm4, &mut warn).map_err(|error| text(&error))?;
    if processes {
        let values = case.section("values").unwrap_or_default();
        let values = load_values(values.as_bytes()).map_err(|error| text(&error))?;
        process_dependencies(&mut chart, &values, Compat::Helm4, &mut warn).map_err(|error| text(&error))?;
    }
    let mut out = json::encode_indent(&dump(&chart), "", " ", false);
    for warning in warnings {
        out.push(b'\n');
        out.extend_from_slice(warning.as_bytes());
    }
    Ok(out)
}

fn dump(chart: &Chart) -> Value {
    let names = |files: &[File]| Value::from(files.iter().map(|file| Value::from(&*file.name)).collect::<Vec<_>>());
    let mut parts = vec![("metadata", chart.metadata.to_value()), ("values", chart.values.clone())];
    if !chart.templates.is_empty() {
        parts.push(("templates", names(&chart.templates)));
    }
    if !chart.files.is_empty() {
        parts.push(("files", names(&chart.files)));
    }
    if let Some(lock) = &chart.lock {
        parts.push(("lock", lock.to_value()));
    }
    if let Some(schema) = &chart.schema {
        parts.push(("schema", Value::from(String::from_utf8_lossy(schema).into_owned())));
    }
    if !chart.dependencies.is_empty() {
        let mut subcharts: Vec<&Chart> = chart.dependencies.iter().collect();
        subcharts.sort_by_key(|subchart| subchart.name());
        parts.push(("dependencies", subcharts.into_iter().map(dump).collect::<Vec<_>>().into()));
    }
    Value::from_iter(parts)
}

fn archive(case: &Case) -> Outcome {
    let files = archive_files(&data(case)?, Compat::Helm4).map_err(|error| text(&error))?;
    let line = |file: &File| {
        let seconds = file.modified.unwrap_or_default().div_euclid(1_000_000_000);
        format!("{} {seconds} {}", file.name, strconv::quote(&file.data))
    };
    Ok(files.iter().map(line).collect::<Vec<_>>().join("\n").into_bytes())
}

/// A warning as slog's text handler writes it.
fn log_line(warning: &Warning) -> String {
    let quoted = |text: &str| {
        let is_plain = !text.is_empty() && !text.contains([' ', '"', '=', '\\']);
        if is_plain { text.to_owned() } else { strconv::quote(text.as_bytes()) }
    };
    let level = match warning.level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let mut line = format!("level={level} msg={}", quoted(&warning.message));
    for (key, value) in &warning.attributes {
        line.extend([" ", key, "=", &quoted(value)]);
    }
    line
}
