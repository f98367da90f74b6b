//! Go's slash paths on names of chart files.

use std::borrow::Cow;

use corten_gostd::path;

pub(crate) use corten_gostd::path::BadPattern;

/// Go: `path.Base`.
pub(crate) fn base(name: &str) -> Cow<'_, str> {
    if let Some(last) = name.rsplit('/').next().filter(|last| !last.is_empty()) {
        return Cow::Borrowed(last);
    }
    String::from_utf8_lossy(path::base(name.as_bytes()))
}

/// Go: `path.Ext`.
pub(crate) fn ext(name: &str) -> &str {
    let length = path::ext(name.as_bytes()).len();
    &name[name.len() - length..]
}

/// Go: `path.Clean`.
pub(crate) fn clean(name: &str) -> String {
    String::from_utf8_lossy(&path::clean(name.as_bytes())).into_owned()
}

/// Go: `filepath.Match`.
pub(crate) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    path::matches(pattern.as_bytes(), name.as_bytes())
}
