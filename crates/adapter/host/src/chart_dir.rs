//! Charts on disk: folders, walked as Helm walks them, and archives.
//!
//! Go: pkg/chart/loader, pkg/chart/v2/loader, internal/sympath. Folders are read in byte order of
//! names, `.helmignore` decides what belongs to the chart, symbolic links are followed and told.
//! What the files mean is [`corten_chart`]'s.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use corten_chart::ignore::Rules;
use corten_chart::{
    Chart, Compat, File, LoadError, Warning, archive_files, check_api_version, check_archive, load_files,
};

mod file;
mod reading;

use crate::go_error::path_error;
use crate::links;
use file::{Folder, Found};

/// Why a chart cannot be read; Display is Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadChartError {
    /// There is nothing at the path.
    #[error("{0}")]
    NotFound(String),
    /// A file or folder cannot be read, or is none that a chart may hold.
    #[error("{0}")]
    Read(String),
    /// The files are no chart.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Which of Helm's two loaders to follow: they differ in what they check first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loader {
    /// The one of `template`, `install`, `show`, `package`: finds out the generation first.
    General,
    /// The one of `lint` and `dependency`; in Helm 3 the only one.
    Plain,
}

/// Reads a chart from a folder or an archive.
pub fn read_chart(
    path: &Path,
    loader: Loader,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<Chart, ReadChartError> {
    let loader = if compat == Compat::Helm3 { Loader::Plain } else { loader };
    let found = fs::metadata(path).map_err(|error| {
        let text = path_error("stat", path, &error);
        if error.kind() == io::ErrorKind::NotFound {
            ReadChartError::NotFound(text)
        } else {
            ReadChartError::Read(text)
        }
    })?;
    if found.is_dir() {
        if loader == Loader::General {
            detect_folder(path)?;
        }
        let files = chart_files(path, warn)?;
        return Ok(load_files(files, compat, warn)?);
    }
    let data = fs::read(path).map_err(|error| ReadChartError::Read(path_error("open", path, &error)))?;
    read_archive(&path.to_string_lossy(), &data, loader, compat, warn)
}

/// Reads a chart from the bytes of an archive that was found under `name`.
pub fn read_archive(
    name: &str,
    data: &[u8],
    loader: Loader,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<Chart, ReadChartError> {
    check_archive(name, data).map_err(ReadChartError::Read)?;
    let files = archive_files(data, compat).map_err(|error| match error {
        corten_chart::ArchiveError::Header => {
            ReadChartError::Read(format!("file '{name}' does not appear to be a valid chart file (details: {error})"))
        }
        // compat: archive-error-hidden: Helm 4's general loader does not say what is wrong.
        _ if loader == Loader::General => ReadChartError::Read("unable to load chart archive".to_owned()),
        error => LoadError::from(error).into(),
    })?;
    if loader == Loader::General {
        let chart_yaml = files.iter().find(|file| &*file.name == "Chart.yaml");
        check_api_version(&chart_yaml.ok_or(LoadError::NoVersion)?.data)?;
    }
    Ok(load_files(files, compat, warn)?)
}

fn detect_folder(folder: &Path) -> Result<(), ReadChartError> {
    let path = absolute(folder)?.join("Chart.yaml");
    let text = fs::read(&path).map_err(|error| {
        let reason = path_error("open", &path, &error);
        ReadChartError::Read(format!("unable to detect chart at {}: {reason}", path.display()))
    })?;
    Ok(check_api_version(&text)?)
}

/// The files of a chart's folder, without those that `.helmignore` names.
pub fn chart_files(folder: &Path, warn: &mut dyn FnMut(Warning)) -> Result<Vec<File>, ReadChartError> {
    let root = absolute(folder)?;
    let mut rules = read_rules(&root.join(".helmignore"))?;
    rules.add_defaults();
    let folder = Folder::open(&root);
    let (read, walked) =
        reading::read_beside(|found| Walk { rules, found, warn }.folder(&root, ""), |file| folder.read(file));
    // A file that cannot be read comes before what went wrong later in the walk.
    let files = read?;
    walked?;
    Ok(files)
}

fn read_rules(path: &Path) -> Result<Rules, ReadChartError> {
    if fs::metadata(path).is_err() {
        return Ok(Rules::empty());
    }
    let text = fs::read(path).map_err(|error| ReadChartError::Read(path_error("open", path, &error)))?;
    Rules::parse(&text).map_err(ReadChartError::Read)
}

/// Go: `filepath.Abs`.
fn absolute(path: &Path) -> Result<PathBuf, ReadChartError> {
    let path = std::path::absolute(path).map_err(|error| ReadChartError::Read(path_error("getwd", path, &error)))?;
    let clean = corten_gostd::path::clean(path.to_string_lossy().as_bytes());
    let is_same = cfg!(windows) || clean == path.to_string_lossy().as_bytes();
    Ok(if is_same { path } else { PathBuf::from(String::from_utf8_lossy(&clean).into_owned()) })
}

struct Walk<'a> {
    rules: Rules,
    found: &'a mut dyn FnMut(Found),
    warn: &'a mut dyn FnMut(Warning),
}

impl Walk<'_> {
    /// Reads the entries of a folder that lies at `inside` below the chart.
    fn folder(&mut self, folder: &Path, inside: &str) -> Result<(), ReadChartError> {
        let read = |error| ReadChartError::Read(path_error("open", folder, &error));
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            let entry = entry.map_err(read)?;
            entries.push((entry.file_name(), entry.file_type().map_err(read)?));
        }
        entries.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for (name, kind) in entries {
            let path = || folder.join(&name);
            let shown = name.to_string_lossy();
            let inside = if inside.is_empty() { shown.into_owned() } else { [inside, "/", &shown].concat() };
            let kind = if kind.is_symlink() { self.follow(&path())? } else { kind };
            if self.rules.ignores(&inside, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path(), &inside)?;
            } else if kind.is_file() {
                (self.found)(Found::new(inside, path));
            } else {
                return Err(ReadChartError::Read(format!(
                    "cannot load irregular file {} as it has file mode type bits set",
                    path().display()
                )));
            }
        }
        Ok(())
    }

    /// What a symbolic link leads to. Contents count as if they stood at the place of the link.
    fn follow(&mut self, path: &Path) -> Result<FileType, ReadChartError> {
        let resolved = links::resolve(path)
            .map_err(|reason| ReadChartError::Read(format!("error evaluating symlink {}: {reason}", path.display())))?;
        let warning = Warning::info("found symbolic link in path. Contents of linked file included and used")
            .with("path", path.to_string_lossy())
            .with("resolved", resolved.to_string_lossy());
        (self.warn)(warning);
        let found = fs::symlink_metadata(&resolved);
        let found = found.map_err(|error| ReadChartError::Read(path_error("lstat", &resolved, &error)))?;
        Ok(found.file_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("corten-chart-dir-{}-{name}", std::process::id()));
        for (file, text) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn names(root: &Path) -> Vec<String> {
        let files = chart_files(root, &mut |_| {}).unwrap();
        files.into_iter().map(|file| file.name.to_string()).collect()
    }

    #[test]
    fn files_come_sorted_folder_by_folder() {
        let root = folder("sorted", &[("b", ""), ("a/z", ""), ("a.b", ""), (".helmignore", "x\n"), ("x/y", "")]);
        assert_eq!(names(&root), [".helmignore", "a/z", "a.b", "b"]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn an_archive_is_told_from_other_files() {
        let root = folder("archive", &[("c.tgz", "text")]);
        let path = root.join("c.tgz");
        let error = read_chart(&path, Loader::General, Compat::Helm4, &mut |_| {}).unwrap_err().to_string();
        let wanted = "does not appear to be a gzipped archive; got 'application/octet-stream'";
        assert_eq!(error, format!("file '{}' {wanted}", path.display()));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_general_loader_hides_what_is_wrong_with_an_archive() {
        let root = folder("cut", &[]);
        fs::create_dir_all(&root).unwrap();
        let path = root.join("c.tgz");
        fs::write(&path, b"\x1f\x8b\x08\0\0\0\0\0\0\xff").unwrap();
        let error = |loader| read_chart(&path, loader, Compat::Helm4, &mut |_| {}).unwrap_err().to_string();
        assert_eq!(error(Loader::General), "unable to load chart archive");
        assert_eq!(error(Loader::Plain), "unexpected EOF");
        fs::remove_dir_all(root).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_read_where_they_are() {
        use std::os::unix::ffi::OsStrExt as _;

        let root = folder("bytes", &[("a", "1")]);
        let odd = root.join(std::ffi::OsStr::from_bytes(b"b\xff"));
        fs::create_dir_all(&odd).unwrap();
        fs::write(odd.join("c"), "2").unwrap();
        let files = chart_files(&root, &mut |_| {}).unwrap();
        assert_eq!(files[1], File { modified: files[1].modified, ..File::new("b\u{fffd}/c", &b"2"[..]) });
        fs::remove_dir_all(root).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_told() {
        let root = folder("links", &[("out/x", "1"), ("in/Chart.yaml", "")]);
        std::os::unix::fs::symlink("../out", root.join("in/linked")).unwrap();
        let mut told = Vec::new();
        let files = chart_files(&root.join("in"), &mut |warning| told.push(warning.attributes)).unwrap();
        assert_eq!(&*files[1].name, "linked/x");
        assert_eq!(told.len(), 1);
        std::os::unix::fs::symlink("nowhere", root.join("in/zzz")).unwrap();
        let error = chart_files(&root.join("in"), &mut |_| {}).unwrap_err().to_string();
        let (link, target) = (root.join("in/zzz"), root.join("in/nowhere"));
        let (link, target) = (link.display(), target.display());
        assert_eq!(error, format!("error evaluating symlink {link}: lstat {target}: no such file or directory"));
        fs::remove_dir_all(root).unwrap();
    }
}
