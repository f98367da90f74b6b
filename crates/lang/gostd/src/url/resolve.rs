//! References against a base, and single path segments.

use super::escape::{Part, escape, unescape};
use super::{Url, UrlError};

impl Url {
    /// Go: `URL.ResolveReference`.
    #[must_use]
    pub fn resolve_reference(&self, reference: &Self) -> Self {
        let mut url = reference.clone();
        if reference.scheme.is_empty() {
            url.scheme.clone_from(&self.scheme);
        }
        if !reference.scheme.is_empty() || !reference.host.is_empty() || reference.user.is_some() {
            url.set_path(&resolve_path(&reference.escaped_path(), b""));
            return url;
        }
        let forget_place = |mut url: Self| {
            url.user = None;
            url.host.clear();
            url.path.clear();
            url
        };
        if !reference.opaque.is_empty() {
            return forget_place(url);
        }
        if reference.path.is_empty() && !reference.force_query && reference.raw_query.is_empty() {
            url.raw_query.clone_from(&self.raw_query);
            if reference.fragment.is_empty() {
                url.fragment.clone_from(&self.fragment);
                url.raw_fragment.clone_from(&self.raw_fragment);
            }
        }
        if reference.path.is_empty() && !self.opaque.is_empty() {
            url.opaque.clone_from(&self.opaque);
            return forget_place(url);
        }
        url.host.clone_from(&self.host);
        url.user.clone_from(&self.user);
        url.set_path(&resolve_path(&self.escaped_path(), &reference.escaped_path()));
        url
    }

    /// Go: `setPath`, for a path whose escapes are valid.
    fn set_path(&mut self, escaped: &[u8]) {
        let Ok(path) = unescape(escaped, Part::Path) else { return };
        self.raw_path = if escape(&path, Part::Path) == escaped { Vec::new() } else { escaped.to_vec() };
        self.path = path;
    }
}

/// Go: `resolvePath`: a path against the folder of another, without `.` and `..`.
fn resolve_path(base: &[u8], reference: &[u8]) -> Vec<u8> {
    let full = match reference.first() {
        None => base.to_vec(),
        Some(b'/') => reference.to_vec(),
        Some(_) => {
            let folder = base.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
            [&base[..folder], reference].concat()
        }
    };
    if full.is_empty() {
        return full;
    }
    let mut out = vec![b'/'];
    let mut is_first = true;
    let mut last: &[u8] = b"";
    for element in full.split(|byte| *byte == b'/') {
        last = element;
        match element {
            b"." => is_first = false,
            b".." => {
                let slash = out[1..].iter().rposition(|byte| *byte == b'/');
                out.truncate(slash.map_or(1, |slash| slash + 1));
                is_first = out.len() == 1;
            }
            element => {
                if !is_first {
                    out.push(b'/');
                }
                out.extend_from_slice(element);
                is_first = false;
            }
        }
    }
    if matches!(last, b"." | b"..") {
        out.push(b'/');
    }
    if out.get(1) == Some(&b'/') {
        out.remove(0);
    }
    out
}

/// Go: `url.PathEscape`.
pub fn path_escape(text: &[u8]) -> Vec<u8> {
    escape(text, Part::PathSegment)
}

/// Go: `url.PathUnescape`.
pub fn path_unescape(text: &[u8]) -> Result<Vec<u8>, UrlError> {
    unescape(text, Part::PathSegment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_as_in_go() {
        let resolve = |base: &str, reference: &str| {
            let parse = |text: &str| Url::parse(text.as_bytes()).unwrap();
            String::from_utf8(parse(base).resolve_reference(&parse(reference)).encode()).unwrap()
        };
        assert_eq!(resolve("file:///values.schema.json", "x/../y.json"), "file:///y.json");
        assert_eq!(resolve("http://h/a/b/c?q#f", "../d"), "http://h/a/d");
        assert_eq!(resolve("http://h/a/b", ""), "http://h/a/b");
        assert_eq!(resolve("http://h/a", "//k/.."), "http://k/");
    }
}
