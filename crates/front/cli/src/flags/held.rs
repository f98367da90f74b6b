//! The value a flag has, and how each kind reads a new one.

use std::collections::BTreeMap;

use corten_gostd::strconv;
use corten_gostd::time::Duration;

use crate::csv;
use crate::settings::Settings;
use crate::table::Kind;

/// A flag's value: pflag's `Value` for all the types that Helm uses.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// One value, in its normal form.
    Text(String),
    /// Several; `touched` once the default was replaced.
    List { items: Vec<String>, touched: bool },
    /// Pairs.
    Pairs(BTreeMap<String, String>),
}

const STRATEGIES: [&str; 3] = ["watcher", "legacy", "hookOnly"];

impl Held {
    /// The value before anything was given.
    pub(super) fn from_default(kind: Kind, default: &str, settings: &Settings) -> Self {
        match kind {
            Kind::Pairs => Self::Pairs(BTreeMap::new()),
            // The one list with a default is --kube-as-group.
            Kind::List if default != "[]" => Self::List { items: settings.kube_as_groups.clone(), touched: false },
            _ if kind.repeats() => Self::List { items: Vec::new(), touched: false },
            _ => Self::Text(default.to_owned()),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::List { .. } | Self::Pairs(_) => "",
        }
    }

    pub(super) fn list(&self) -> &[String] {
        match self {
            Self::List { items, .. } => items,
            Self::Text(_) | Self::Pairs(_) => &[],
        }
    }

    pub(super) fn pairs(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        match self {
            Self::Pairs(pairs) => pairs,
            Self::Text(_) | Self::List { .. } => &NONE,
        }
    }

    /// Reads a new value; the error is the cause in Go's words.
    pub(super) fn set(&mut self, kind: Kind, value: &str, warnings: &mut Vec<String>) -> Result<(), String> {
        match self {
            Self::Text(text) => *text = normal(kind, value, text, warnings)?,
            Self::List { items, touched } => {
                let new = if kind == Kind::Csv { read_csv(value)? } else { vec![value.to_owned()] };
                if !std::mem::replace(touched, true) {
                    items.clear();
                }
                items.extend(new);
            }
            Self::Pairs(pairs) => pairs.extend(read_pairs(value)?),
        }
        Ok(())
    }
}

fn normal(kind: Kind, value: &str, before: &str, warnings: &mut Vec<String>) -> Result<String, String> {
    let bytes = value.as_bytes();
    let numeric = |error: strconv::NumError| error.to_string();
    Ok(match kind {
        Kind::Bool => strconv::parse_bool(bytes).map_err(numeric)?.to_string(),
        // Go: the flag package hides strconv's words.
        Kind::GoBool => strconv::parse_bool(bytes).map_err(|_| "parse error".to_owned())?.to_string(),
        Kind::Int => strconv::parse_int(bytes, 0, 64).map_err(numeric)?.to_string(),
        Kind::Uint => strconv::parse_uint(bytes, 0, 64).map_err(numeric)?.to_string(),
        Kind::Uint64 => strconv::parse_uint(bytes, 0, 64).map_err(|error| short_cause(&error))?.to_string(),
        Kind::Level => strconv::parse_int(bytes, 10, 32).map_err(numeric)?.to_string(),
        Kind::Severity => {
            match ["INFO", "WARNING", "ERROR", "FATAL"].iter().position(|name| *name == value.to_uppercase()) {
                Some(level) => level.to_string(),
                None => strconv::parse_int(bytes, 10, 32).map_err(numeric)?.to_string(),
            }
        }
        Kind::Float32 => strconv::format_float(strconv::parse_float(bytes, 32).map_err(numeric)?, b'g', None, 32),
        Kind::Duration => duration(value)?.to_string(),
        Kind::Wait => wait(value, warnings)?,
        Kind::Format if matches!(value, "table" | "json" | "yaml") => value.to_owned(),
        Kind::Format => return Err("invalid format type".to_owned()),
        Kind::PostRenderer => post_renderer(value, before)?,
        Kind::TraceLocation => trace_location(value)?,
        Kind::ModuleSpec => module_spec(value)?,
        Kind::Text | Kind::List | Kind::Csv | Kind::Pairs | Kind::PostRendererArguments => value.to_owned(),
    })
}

fn duration(value: &str) -> Result<Duration, String> {
    Duration::parse(value)
}

/// Go: the flag package keeps only what kind of error it was.
fn short_cause(error: &strconv::NumError) -> String {
    let text = error.to_string();
    if text.ends_with("value out of range") { "value out of range".to_owned() } else { "parse error".to_owned() }
}

/// Go: pkg/cmd/flags.go waitValue.Set takes booleans with a warning.
fn wait(value: &str, warnings: &mut Vec<String>) -> Result<String, String> {
    let strategy = match value {
        "true" => "watcher",
        "false" => "hookOnly",
        _ if STRATEGIES.contains(&value) => return Ok(value.to_owned()),
        _ => {
            let quoted = strconv::quote(value.as_bytes());
            return Err(format!("invalid wait input {quoted}. Valid inputs are watcher, hookOnly, and legacy"));
        }
    };
    let warning = format!("--wait={value} is deprecated (boolean value) and can be replaced with --wait={strategy}");
    warnings.push(warning);
    Ok(strategy.to_owned())
}

fn post_renderer(value: &str, before: &str) -> Result<String, String> {
    match (value, before) {
        ("", _) => Ok(before.to_owned()),
        (_, "") => Ok(value.to_owned()),
        _ => Err("cannot specify --post-renderer flag more than once".to_owned()),
    }
}

/// Go: klog traceLocation.Set.
fn trace_location(value: &str) -> Result<String, String> {
    const SYNTAX: &str = "syntax error: expect file.go:234";
    if value.is_empty() {
        return Ok(":0".to_owned());
    }
    let (file, line) = value.split_once(':').filter(|(file, _)| file.contains('.')).ok_or(SYNTAX)?;
    match strconv::atoi(line.as_bytes()) {
        Ok(number) if number > 0 => Ok(format!("{file}:{number}")),
        Ok(_) => Err("negative or zero value for level".to_owned()),
        Err(_) => Err(SYNTAX.to_owned()),
    }
}

/// Go: klog parseModuleSpec.
fn module_spec(value: &str) -> Result<String, String> {
    const SYNTAX: &str = "syntax error: expect comma-separated list of filename=N";
    for item in value.split(',').filter(|item| !item.is_empty()) {
        let (pattern, level) = item.split_once('=').ok_or(SYNTAX)?;
        if pattern.is_empty() || level.is_empty() || level.contains('=') {
            return Err(SYNTAX.to_owned());
        }
        match strconv::parse_int(level.as_bytes(), 10, 32) {
            Ok(number) if number < 0 => return Err("negative value for vmodule level".to_owned()),
            Ok(_) => {}
            Err(_) => return Err("syntax error: expect comma-separated list of filename=N".to_owned()),
        }
    }
    Ok(value.to_owned())
}

/// Go: pflag readAsCSV reads the first record and drops the rest.
fn read_csv(value: &str) -> Result<Vec<String>, String> {
    if value.is_empty() { Ok(Vec::new()) } else { csv::read_record(value) }
}

/// Go: pflag stringToStringValue.Set; only with two or more `=` are the commas read as CSV.
fn read_pairs(value: &str) -> Result<Vec<(String, String)>, String> {
    let items = match value.matches('=').count() {
        0 => return Err(format!("{value} must be formatted as key=value")),
        1 => vec![value.trim_matches('"').to_owned()],
        _ => csv::read_record(value)?,
    };
    items
        .into_iter()
        .map(|item| match item.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(format!("{item} must be formatted as key=value")),
        })
        .collect()
}
