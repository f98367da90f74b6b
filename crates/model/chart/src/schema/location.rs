//! URLs with JSON pointers and anchors.

use corten_gostd::strconv;
use corten_gostd::url::{Url, path_escape, path_unescape};

use super::document::Document;

/// A URL and the decoded fragment behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) url: String,
    pub(super) fragment: String,
}

/// A document and a JSON pointer into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) pointer: String,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}#{}", self.url, encode(&self.fragment))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}#{}", self.url, encode(&self.pointer))
    }
}

impl Place {
    /// The text of this place with one token more.
    pub(super) fn with(&self, token: &str) -> String {
        format!("{self}/{}", encode(&escape(token)))
    }

    /// What lies there.
    pub(super) fn lookup<'a>(&self, document: &'a Document) -> Result<&'a Document, String> {
        let mut found = document;
        for token in self.pointer.split('/').skip(1) {
            let Some(token) = unescape(token) else {
                return Err(format!("invalid json-pointer {}", go_quote(&self.to_string())));
            };
            let next = match found {
                Document::Map(map) => map.get(token.as_str()),
                Document::List(list) => {
                    strconv::atoi(token.as_bytes()).ok().and_then(|index| list.get(usize::try_from(index).ok()?))
                }
                _ => None,
            };
            found = next.ok_or_else(|| format!("json-pointer in {} not found", go_quote(&self.to_string())))?;
        }
        Ok(found)
    }
}

/// Go: `%q`.
pub(super) fn go_quote(text: &str) -> String {
    strconv::quote(text.as_bytes())
}

/// A token of a JSON pointer.
pub(super) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        match part.split_at_checked(1)? {
            ("0", rest) => out.extend(["~", rest]),
            ("1", rest) => out.extend(["/", rest]),
            _ => return None,
        }
    }
    Some(out)
}

/// Go: `encode`: percent-encoded, but for slashes.
pub(super) fn encode(fragment: &str) -> String {
    let parts: Vec<String> = fragment.split('/').map(|part| lossy(path_escape(part.as_bytes()))).collect();
    parts.join("/")
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What stands before and behind the first `#`.
pub(super) fn split(text: &str) -> (&str, &str) {
    text.split_once('#').unwrap_or((text, ""))
}

/// Go: `splitFragment`: the fragment decoded.
pub(super) fn split_fragment(text: &str) -> Result<(&str, String), String> {
    let (url, fragment) = split(text);
    match path_unescape(fragment.as_bytes()) {
        Ok(fragment) => Ok((url, lossy(fragment))),
        Err(error) => Err(parse_error(text, &error.0)),
    }
}

fn parse_error(url: &str, error: &str) -> String {
    format!("error in parsing {}: {error}", go_quote(url))
}

/// Go: `url.join`: a reference against a base.
pub(super) fn join(base: &str, reference: &str) -> Result<Reference, String> {
    let parsed = Url::parse(base.as_bytes()).map_err(|error| parse_error(base, &error.0))?;
    let (reference, fragment) = split_fragment(reference)?;
    let url = Url::parse(reference.as_bytes()).map_err(|error| parse_error(reference, &error.0))?;
    let mut resolved = parsed.resolve_reference(&url);
    if url.scheme.is_empty() && !parsed.opaque.is_empty() {
        resolved.opaque.clone_from(&parsed.opaque);
    }
    Ok(Reference { url: lossy(resolved.encode()), fragment })
}
