//! `create` writes a new chart, from the scaffold or from a starter.

use std::fs;
use std::path::Path;

use corten_chart::File;
use corten_gotmpl::World as _;
use corten_host::{Loader, path_error};

use super::chart_source;
use crate::flags::FlagSet;
use crate::paths;
use crate::session::{Failure, Session};

/// The variable that allows charts of the experimental generation.
const GATE: &str = "HELM_EXPERIMENTAL_CHART_V3";

/// What `--chart-api-version` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    V2,
    V3,
}

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let path = &arguments[0];
    session.print(&format!("Creating {path}\n"))?;
    let generation = generation(session, flags.text("chart-api-version"))?;
    let name = paths::base(path);
    let folder = paths::dir(path);
    let starter = flags.text("starter");
    if starter.is_empty() {
        return scaffold(session, &name, &folder, generation);
    }
    let starters = paths::join(&[&session.settings.homes.data, "starters"]);
    let source = if Path::new(starter).is_absolute() { starter.to_owned() } else { paths::join(&[&starters, starter]) };
    from_starter(session, flags, (&name, &folder, &source), generation)
}

fn generation(session: &Session<'_>, text: &str) -> Result<Generation, Failure> {
    match text {
        "" | "v2" => Ok(Generation::V2),
        "v3" if session.variable(GATE).is_some_and(|text| !text.is_empty()) => Ok(Generation::V3),
        "v3" => Err(Failure::Error(format!(
            "this feature has been marked as experimental and is not enabled by default. \
             Please set {GATE}=1 in your environment to use this feature"
        ))),
        other => Err(Failure::Error(format!("unsupported chart API version: {other} (supported: v2, v3)"))),
    }
}

/// Go: chartutil.Create.
fn scaffold(session: &mut Session<'_>, name: &str, folder: &str, generation: Generation) -> Result<(), Failure> {
    corten_chart::check_chart_name(name)?;
    let folder = absolute(folder)?;
    let found = fs::metadata(&folder).map_err(|error| path_error("stat", Path::new(&folder), &error))?;
    if !found.is_dir() {
        return Err(Failure::Error(format!("no such directory {folder}")));
    }
    let chart = paths::join(&[&folder, name]);
    refuse_file(&chart)?;
    for file in corten_chart::scaffold(name) {
        let path = paths::join(&[&chart, &file.name]);
        if Path::new(&path).exists() {
            let quoted = corten_gostd::strconv::quote(path.as_bytes());
            session.print(&format!("WARNING: File {quoted} already exists. Overwriting.\n"))?;
        }
        write(&path, &in_generation(file, generation))?;
    }
    let charts = paths::join(&[&chart, "charts"]);
    fs::create_dir_all(&charts).map_err(|error| Failure::Error(path_error("mkdir", Path::new(&charts), &error)))
}

/// Charts of both generations are the same but for the version in Chart.yaml.
fn in_generation(file: File, generation: Generation) -> File {
    match generation {
        Generation::V3 if &*file.name == "Chart.yaml" => {
            let text = String::from_utf8_lossy(&file.data).replacen("apiVersion: v2", "apiVersion: v3", 1);
            File::new(file.name, text.into_bytes())
        }
        _ => file,
    }
}

/// Go: chartutil.CreateFrom and `SaveDir`.
fn from_starter(
    session: &Session<'_>,
    flags: &FlagSet,
    (name, folder, source): (&str, &str, &str),
    generation: Generation,
) -> Result<(), Failure> {
    let world = chart_source::world(session, flags)?;
    let starter = chart_source::load(Path::new(source), Loader::Plain, chart_source::compat(flags)?, &world)
        .map_err(|error| format!("could not load {source}: {error}"))?;
    let mut metadata = corten_chart::starter_metadata(name);
    if generation == Generation::V3 {
        "v3".clone_into(&mut metadata.api_version);
    }
    let seconds = i64::try_from(world.now().div_euclid(1_000_000_000)).unwrap_or_default();
    let files = corten_chart::create_from(metadata, starter, seconds).map_err(|error| error.to_string())?;
    let chart = paths::join(&[folder, name]);
    refuse_file(&chart)?;
    fs::create_dir_all(&chart).map_err(|error| path_error("mkdir", Path::new(&chart), &error))?;
    files.iter().try_for_each(|file| write(&paths::join(&[&chart, &file.name]), file))
}

fn refuse_file(path: &str) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => {
            Err(Failure::Error(format!("file {path} already exists and is not a directory")))
        }
        _ => Ok(()),
    }
}

fn write(path: &str, file: &File) -> Result<(), Failure> {
    let path = Path::new(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| path_error("mkdir", folder, &error))?;
    }
    fs::write(path, &file.data).map_err(|error| Failure::Error(path_error("open", path, &error)))
}

/// Go: filepath.Abs.
fn absolute(path: &str) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::Error(corten_host::system_text(&error)))?;
    Ok(paths::clean(&path.to_string_lossy()))
}
