//! Where charts and values come from: folders, archives, files, standard input; and the flags about it.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use corten_actions::ValuesFile;
use corten_chart::values::{Options, OptionsError};
use corten_chart::{Chart, Compat};
use corten_gostd::strconv;
use corten_gostd::time::{Time, Zone};
use corten_gotmpl::{LogLevel, World};
use corten_host::{HostWorld, HostWorldOptions, Loader, Log};
use corten_render::KubeVersion;
use corten_value::Value;

use super::fetch;
use crate::flags::FlagSet;
use crate::repositories;
use crate::session::{Failure, Session};

/// The generation of Helm that `--compat` names.
pub(super) fn compat(flags: &FlagSet) -> Result<Compat, Failure> {
    match flags.text("compat") {
        "" | "helm4" => Ok(Compat::Helm4),
        "helm3" => Ok(Compat::Helm3),
        other => Err(Failure::Hint {
            error: format!("unknown generation {} of Helm for --compat", strconv::quote(other.as_bytes())),
            hint: "use helm4 (4.2.4, the default) or helm3 (3.21.4)".to_owned(),
        }),
    }
}

/// The outside that templates see, with `--seed` and `--now` taken in.
pub(super) fn world(session: &Session<'_>, flags: &FlagSet) -> Result<HostWorld, Failure> {
    let level = if session.settings.debug { LogLevel::Debug } else { LogLevel::Info };
    world_that_tells(flags, Some(level), session.is_hasty)
}

/// The same for a second look at what was done and told already.
pub(super) fn silent_world(session: &Session<'_>, flags: &FlagSet) -> Result<HostWorld, Failure> {
    world_that_tells(flags, None, session.is_hasty)
}

fn world_that_tells(flags: &FlagSet, level: Option<LogLevel>, is_hasty: bool) -> Result<HostWorld, Failure> {
    let seed = match flags.text("seed") {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            let quoted = strconv::quote(text.as_bytes());
            Failure::Error(format!("invalid seed {quoted}: must be a whole number from 0 to {}", u64::MAX))
        })?),
    };
    let now = match flags.text("now") {
        "" => None,
        text => Some(moment(text)?),
    };
    let log = Log { level };
    Ok(HostWorld::new(HostWorldOptions { seed, now, log, web: fetch::schema, is_hasty }))
}

/// The zone that times are shown in.
pub(super) fn zone(session: &Session<'_>, flags: &FlagSet) -> Result<Zone, Failure> {
    Ok(world(session, flags)?.local_zone())
}

fn moment(text: &str) -> Result<i128, Failure> {
    if let Ok(time) = Time::parse("2006-01-02T15:04:05Z07:00", text, &Zone::utc()) {
        Ok(time.unix_nanos())
    } else {
        let quoted = strconv::quote(text.as_bytes());
        Err(Failure::Error(format!("invalid time {quoted}: must be like 2026-01-31T12:00:00Z")))
    }
}

/// `--kube-version`.
pub(super) fn kube_version(flags: &FlagSet) -> Result<Option<KubeVersion>, Failure> {
    match flags.text("kube-version") {
        "" => Ok(None),
        text => match KubeVersion::parse(text) {
            Ok(version) => Ok(Some(version)),
            Err(error) => Err(Failure::Error(format!("invalid kube version '{text}': {error}"))),
        },
    }
}

/// The values that the flags give. Go: values.Options.MergeValues.
pub(super) fn values(session: &Session<'_>, flags: &FlagSet, compat: Compat) -> Result<Value, OptionsError> {
    let list = |name: &str| flags.list(name).to_vec();
    let options = Options {
        files: list("values"),
        json: list("set-json"),
        set: list("set"),
        strings: list("set-string"),
        set_files: list("set-file"),
        literals: list("set-literal"),
    };
    options.merge(compat, &mut |name| read(session, name))
}

/// The local files among the user's values, for findings that point into them.
pub(super) fn values_files(flags: &FlagSet) -> Vec<ValuesFile> {
    let read = |name: &String| Some(ValuesFile { name: name.clone(), text: fs::read_to_string(name).ok()? });
    flags.list("values").iter().filter_map(read).collect()
}

/// Reads a values file. Go: values.readFile.
fn read(session: &Session<'_>, name: &str) -> Result<Vec<u8>, String> {
    if name.trim() == "-" {
        let mut data = Vec::new();
        io::stdin().lock().read_to_end(&mut data).map_err(|error| corten_host::system_text(&error))?;
        return Ok(data);
    }
    if let Err(error) = corten_gostd::url::Url::parse(name.as_bytes()) {
        return Err(error.to_string());
    }
    if fetch::scheme(&session.settings, name).is_some() {
        return fetch::values(session, name);
    }
    match scheme(name) {
        Some("oci") => Err(format!("cannot read {name}: this build does not reach registries yet")),
        _ => fs::read(name).map_err(|error| corten_host::path_error("open", Path::new(name), &error)),
    }
}

fn scheme(name: &str) -> Option<&str> {
    name.split_once("://").map(|(scheme, _)| scheme)
}

/// The folder or archive that a chart argument names. Go: ChartPathOptions.LocateChart.
pub(super) fn locate(session: &mut Session<'_>, flags: &FlagSet, name: &str) -> Result<PathBuf, Failure> {
    log_version(session, flags);
    let name = name.trim();
    if flags.text("repo").is_empty() {
        if let Ok(found) = fs::metadata(name) {
            if flags.is_on("verify") {
                return Err(verification(name, found.is_dir()));
            }
            let path = std::path::absolute(name).map_err(|error| Failure::Error(corten_host::system_text(&error)))?;
            return Ok(PathBuf::from(crate::paths::clean(&path.to_string_lossy())));
        }
        if Path::new(name).is_absolute() || name.starts_with('.') {
            return Err(Failure::Error(format!("path {} not found", strconv::quote(name.as_bytes()))));
        }
    }
    if flags.text("repo").is_empty() && fetch::scheme(&session.settings, name).is_some() {
        if flags.is_on("verify") {
            return Err(verification(name, false));
        }
        return fetch::chart(session, flags, name);
    }
    Err(remote(session, flags, name))
}

/// Go: runInstall and runShow.
fn log_version(session: &mut Session<'_>, flags: &FlagSet) {
    let version = flags.text("version").to_owned();
    session.log(LogLevel::Debug, "Original chart version", &[("version", &version)]);
    if version.is_empty() && flags.is_on("devel") {
        session.log(LogLevel::Debug, "setting version to >0.0.0-0", &[]);
    }
}

fn verification(name: &str, is_folder: bool) -> Failure {
    if is_folder {
        return Failure::Error("unpacked charts cannot be verified".to_owned());
    }
    Failure::Hint {
        error: format!("cannot verify {name}: this build does not check signatures yet"),
        hint: "leave out --verify, or check the archive with \"helm verify\" of Helm 4.2.4".to_owned(),
    }
}

/// Why a chart that is not on this machine cannot be had.
fn remote(session: &Session<'_>, flags: &FlagSet, name: &str) -> Failure {
    if let Some(scheme) = scheme(name).filter(|scheme| *scheme != "oci" && flags.text("repo").is_empty()) {
        return Failure::Error(format!("scheme {} not supported", strconv::quote(scheme.as_bytes())));
    }
    let hint = "fetch it with \"helm pull\" of Helm 4.2.4, and give the archive or its folder instead".to_owned();
    if flags.text("repo").is_empty() && scheme(name).is_none() {
        let Some((repository, _)) = name.split_once('/') else {
            let text = format!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}");
            return Failure::Error(text);
        };
        if !repositories::list(&session.settings).iter().any(|(known, _)| known == repository) {
            return Failure::Error(format!("repo {repository} not found"));
        }
    }
    Failure::Hint { error: format!("cannot fetch chart {name}: this build does not reach repositories yet"), hint }
}

/// Reads a chart from disk and logs what Helm logs about it.
pub(super) fn load(path: &Path, loader: Loader, compat: Compat, world: &dyn World) -> Result<Chart, String> {
    let mut warn = |warning| corten_render::log_warning(world, &warning);
    corten_host::read_chart(path, loader, compat, &mut warn).map_err(|error| error.to_string())
}

/// Which charts are refused by their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Those that are no applications.
    Libraries,
    /// None.
    Nothing,
}

/// Go: what runInstall checks before it renders.
pub(super) fn check_chart(
    session: &mut Session<'_>,
    flags: &FlagSet,
    chart: &Chart,
    refusal: Refusal,
) -> Result<(), Failure> {
    let kind = &chart.metadata.chart_type;
    if refusal == Refusal::Libraries && !matches!(kind.as_str(), "" | "application") {
        return Err(Failure::Error(format!("{kind} charts are not installable")));
    }
    if chart.metadata.deprecated {
        session.log(LogLevel::Warn, "this chart is deprecated", &[]);
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    match corten_chart::check_dependencies(chart, &chart.metadata.dependencies) {
        Ok(()) => Ok(()),
        Err(_) if flags.is_on("dependency-update") => Err(Failure::Hint {
            error: "cannot update the chart's dependencies: this build does not reach repositories yet".to_owned(),
            hint: "run \"helm dependency update\" of Helm 4.2.4 on the chart first".to_owned(),
        }),
        Err(error) => Err(Failure::Error(format!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' \
             to fetch missing dependencies: {error}"
        ))),
    }
}
