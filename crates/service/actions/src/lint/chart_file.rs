//! Rules about Chart.yaml. Go: chartfile.go.

use corten_chart::Metadata;
use corten_gostd::semver::{Constraints, Version};
use corten_gostd::{path, strconv};
use corten_value::Value;
use corten_yaml::{Mode, Target};

use super::address::{is_email, is_request_url, is_url};
use super::rules::Checked;

/// A Chart.yaml that parses.
#[derive(Debug)]
pub(super) struct ChartFile {
    metadata: Metadata,
    /// The file as plain values.
    values: Value,
    /// What a strict reader says.
    strict: Checked,
}

impl ChartFile {
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        static TABLE: Target = Target::Map(&Target::Any);
        let metadata = Metadata::decode(text).map_err(|error| error.to_string())?;
        Ok(Self {
            metadata,
            values: corten_yaml::decode_into(text, &TABLE, Mode::Lenient).unwrap_or_default(),
            strict: Metadata::decode_strict(text).map(|_| ()).map_err(|error| error.to_string()),
        })
    }
}

fn fail(text: &str) -> Checked {
    Err(text.to_owned())
}

pub(super) fn strict(file: &ChartFile) -> Checked {
    file.strict.clone().map_err(|reason| format!("failed to strictly parse chart metadata file\n\t{reason}"))
}

pub(super) fn name(file: &ChartFile) -> Checked {
    let name = file.metadata.name.as_bytes();
    if name.is_empty() {
        return fail("name is required");
    }
    if path::base(name) != name {
        return Err(format!("chart name {} is invalid", strconv::quote(name)));
    }
    Ok(())
}

pub(super) fn api_version(file: &ChartFile) -> Checked {
    match file.metadata.api_version.as_str() {
        "v1" | "v2" => Ok(()),
        "" => fail("apiVersion is required. The value must be either \"v1\" or \"v2\""),
        other => Err(format!("apiVersion '{other}' is not valid. The value must be either \"v1\" or \"v2\"")),
    }
}

pub(super) fn version_type(file: &ChartFile) -> Checked {
    is_text(file, "version")
}

pub(super) fn app_version_type(file: &ChartFile) -> Checked {
    is_text(file, "appVersion")
}

fn is_text(file: &ChartFile, key: &str) -> Checked {
    let type_name = match file.values.get(key) {
        None | Some(Value::String(_)) => return Ok(()),
        Some(Value::Null) => "<nil>",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Int(_)) => "int64",
        Some(Value::Float(_)) => "float64",
        Some(Value::List(_)) => "[]interface {}",
        Some(Value::Map(_)) => "map[string]interface {}",
    };
    Err(format!("{key} should be of type string but it's of type {type_name}"))
}

pub(super) fn version(file: &ChartFile) -> Checked {
    let text = &file.metadata.version;
    if text.is_empty() {
        return fail("version is required");
    }
    let Ok(version) = Version::parse(text) else { return Err(format!("version '{text}' is not a valid SemVer")) };
    let above_zero = Constraints::parse(">0.0.0-0").map_err(|error| error.to_string())?;
    match above_zero.validate(&version) {
        Err(reasons) if !reasons.is_empty() => Err(format!("version {}", reasons[0])),
        _ => Ok(()),
    }
}

pub(super) fn strict_version(file: &ChartFile) -> Checked {
    let version = &file.metadata.version;
    match Version::parse_strict(version) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("version '{version}' is not a valid SemVerV2")),
    }
}

pub(super) fn maintainers(file: &ChartFile) -> Checked {
    for (index, maintainer) in file.metadata.maintainers.iter().enumerate() {
        if file.metadata.null_maintainer() == Some(index) {
            return fail("a maintainer entry is empty");
        }
        let (name, email, url) = (&maintainer.name, &maintainer.email, &maintainer.url);
        if name.is_empty() {
            return fail("each maintainer requires a name");
        }
        if !email.is_empty() && !is_email(email) {
            return Err(format!("invalid email '{email}' for maintainer '{name}'"));
        }
        if !url.is_empty() && !is_url(url) {
            return Err(format!("invalid url '{url}' for maintainer '{name}'"));
        }
    }
    Ok(())
}

pub(super) fn sources(file: &ChartFile) -> Checked {
    match file.metadata.sources.iter().find(|source| !is_request_url(source)) {
        Some(source) => Err(format!("invalid source URL '{source}'")),
        None => Ok(()),
    }
}

pub(super) fn icon(file: &ChartFile) -> Checked {
    if file.metadata.icon.is_empty() { fail("icon is recommended") } else { Ok(()) }
}

pub(super) fn icon_url(file: &ChartFile) -> Checked {
    let icon = &file.metadata.icon;
    if icon.is_empty() || is_request_url(icon) { Ok(()) } else { Err(format!("invalid icon URL '{icon}'")) }
}

pub(super) fn chart_type(file: &ChartFile) -> Checked {
    let version = &file.metadata.api_version;
    if file.metadata.chart_type.is_empty() || version == "v2" {
        return Ok(());
    }
    Err(format!("chart type is not valid in apiVersion '{version}'. It is valid in apiVersion 'v2'"))
}

pub(super) fn dependencies(file: &ChartFile) -> Checked {
    let version = &file.metadata.api_version;
    if file.metadata.dependencies.is_empty() || version == "v2" {
        return Ok(());
    }
    let place = "They are valid in apiVersion 'v2'";
    Err(format!("dependencies are not valid in the Chart file with apiVersion '{version}'. {place}"))
}
