//! Symbolic links, resolved as Go's `filepath.EvalSymlinks` does, which names the part that fails.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::go_error::path_error;

/// Go: walkSymlinks gives up after this many links.
const MOST_LINKS: usize = 255;

/// The path without symbolic links.
///
/// # Errors
/// Go's text, for a part that is not there or links that go in circles.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, String> {
    let mut rest: VecDeque<OsString> = parts(path);
    let mut done = PathBuf::new();
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            done.pop();
            continue;
        }
        // An absolute part replaces what was there.
        done.push(&part);
        if Path::new(&part).has_root() {
            continue;
        }
        let found = fs::symlink_metadata(&done).map_err(|error| path_error("lstat", &done, &error))?;
        if found.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err("EvalSymlinks: too many links".to_owned());
            }
            let target = fs::read_link(&done).map_err(|error| path_error("readlink", &done, &error))?;
            done.pop();
            for part in parts(&target).into_iter().rev() {
                rest.push_front(part);
            }
        } else if !found.is_dir() && !rest.is_empty() {
            return Err("not a directory".to_owned());
        }
    }
    Ok(done)
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let is_part = |part: &Component<'_>| !matches!(part, Component::CurDir);
    path.components().filter(is_part).map(|part| part.as_os_str().to_owned()).collect()
}
