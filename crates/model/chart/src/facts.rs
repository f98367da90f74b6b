//! What lies in the folder of a chart, good or bad, for checks of charts that may not even load.

use std::sync::Arc;

use crate::ignore::Rules;
use crate::{Chart, Compat, File, Warning, load_files};

/// What lies at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Nothing; with the system's text, as Go words it: `stat x: no such file or directory`.
    Missing(String),
    /// A folder.
    Folder,
    /// A file with its content.
    File(Arc<[u8]>),
    /// Something that cannot be looked at, with the system's text.
    Unreadable(String),
}

/// The folder of a chart as a linter sees it.
#[derive(Clone, Debug)]
pub struct ChartFacts {
    /// The absolute path of the folder.
    pub folder: String,
    /// Chart.yaml.
    pub chart_yaml: Entry,
    /// values.yaml.
    pub values: Entry,
    /// values.schema.json.
    pub schema: Entry,
    /// templates/.
    pub templates: Entry,
    /// crds/.
    pub crds: Entry,
    /// The chart, loaded from the folder with `.helmignore` applied, or why it does not load.
    pub chart: Result<Chart, String>,
    /// What loading warned about. Helm loads several times and warns each time.
    pub warnings: Vec<Warning>,
}

impl ChartFacts {
    /// The facts of an archive's files as if they lay in `folder`.
    pub fn from_files(folder: &str, files: &[File], compat: Compat) -> Self {
        let file = |name: &str| match files.iter().find(|file| &*file.name == name) {
            Some(file) => Entry::File(Arc::clone(&file.data)),
            None => missing(folder, name),
        };
        let subfolder = |name: &str| {
            let prefix = format!("{name}/");
            if files.iter().any(|file| file.name.starts_with(&prefix)) { Entry::Folder } else { file(name) }
        };
        let mut warnings = Vec::new();
        let chart = kept(files).and_then(|kept| {
            load_files(kept, compat, &mut |warning| warnings.push(warning)).map_err(|error| error.to_string())
        });
        Self {
            folder: folder.to_owned(),
            chart_yaml: file("Chart.yaml"),
            values: file("values.yaml"),
            schema: file("values.schema.json"),
            templates: subfolder("templates"),
            crds: subfolder("crds"),
            chart,
            warnings,
        }
    }
}

fn missing(folder: &str, name: &str) -> Entry {
    Entry::Missing(format!("stat {folder}/{name}: no such file or directory"))
}

/// The files that `.helmignore` leaves, in the order in which a folder is walked.
fn kept(files: &[File]) -> Result<Vec<File>, String> {
    let mut rules = match files.iter().find(|file| &*file.name == ".helmignore") {
        Some(file) => Rules::parse(&file.data)?,
        None => Rules::empty(),
    };
    rules.add_defaults();
    let is_ignored = |name: &str| {
        let folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        folders.into_iter().any(|folder| rules.ignores(folder, true)) || rules.ignores(name, false)
    };
    let mut kept: Vec<File> = files.iter().filter(|file| !is_ignored(&file.name)).cloned().collect();
    // Folders are walked name by name, so a slash sorts before everything else.
    kept.sort_by(|left, right| left.name.split('/').cmp(right.name.split('/')));
    Ok(kept)
}
