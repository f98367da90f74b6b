//! A stream of Kubernetes objects whose text is kept, comments and all.
//!
//! Go: kyaml kio.ParseAll and kio.StringAll, which mark every object with its number while it is in memory.

use corten_gostd::text::{replace_all, trim_space};
use corten_yaml::written::{self, Piece, Written};

use super::annotations;

/// The numbers of objects, under their new and their old name.
const INDEX: &str = "internal.config.kubernetes.io/index";
const OLD_INDEX: &str = "config.kubernetes.io/index";

/// How wide the sequences of an object are indented.
const SEQUENCE_INDENT: &str = "internal.config.kubernetes.io/seqindent";

/// What kyaml once called an annotation, and what it calls it now.
const RENAMED: [(&str, &str); 3] = [
    ("config.kubernetes.io/path", "internal.config.kubernetes.io/path"),
    (OLD_INDEX, INDEX),
    ("config.k8s.io/id", "internal.config.kubernetes.io/id"),
];

/// Reads the objects of a stream; documents without any are left out.
///
/// Go: kyaml `ByteReader.Read`.
pub(super) fn parse_all(text: &[u8]) -> Result<Vec<Written>, String> {
    let text = replace_all(text, b"\r\n", b"\n");
    let documents = split(&text)?;
    let mut objects: Vec<Written> = Vec::with_capacity(documents.len());
    for (at, document) in documents.iter().enumerate() {
        // What ended the document belongs to it, but for the last.
        let is_last = at + 1 == documents.len();
        let document = if is_last { (*document).to_vec() } else { [document, &b"\n"[..]].concat() };
        let read = written::read(&document).map_err(|error| format!("MalformedYAMLError: {error}"))?;
        let Some(mut object) = read.filter(|object| !object.part(object.top()).is_null()) else {
            continue;
        };
        mark(&mut object, objects.len())?;
        if documents.len() == 1 && annotations::is_list(&object) {
            return Ok(annotations::items(&object));
        }
        objects.push(object);
    }
    Ok(objects)
}

/// Writes objects, without the marks of [`parse_all`].
///
/// Go: kyaml `ByteWriter.Write`.
pub(super) fn string_all(objects: &mut [Written]) -> Result<String, String> {
    let is_wide: Vec<bool> =
        objects.iter().map(|object| annotations::last(object, SEQUENCE_INDENT) == Some("wide")).collect();
    for object in objects.iter_mut() {
        for key in [INDEX, OLD_INDEX, SEQUENCE_INDENT] {
            annotations::clear(object, key)?;
        }
        annotations::clear_empty(object)?;
    }
    let pieces = objects.iter().zip(is_wide);
    let pieces = pieces.map(|(object, is_wide)| Piece { of: object, part: annotations::unwrapped(object), is_wide });
    Ok(written::write(pieces))
}

/// Go: kyaml `ByteReader.decode`: the number of the object as annotations.
fn mark(object: &mut Written, index: usize) -> Result<(), String> {
    for (old, new) in RENAMED {
        let value = |key| annotations::get(object, key).filter(|value| !value.is_empty()).map(str::to_owned);
        match (value(new), value(old)) {
            (Some(value), None) => annotations::set(object, old, &value)?,
            (None, Some(value)) => annotations::set(object, new, &value)?,
            _ => {}
        }
    }
    let index = index.to_string();
    annotations::set(object, OLD_INDEX, &index)?;
    annotations::set(object, INDEX, &index)
}

/// Go: kyaml `splitDocuments`, which cuts at `\n---.*\n`.
fn split(text: &[u8]) -> Result<Vec<&[u8]>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].windows(4).position(|window| window == b"\n---") {
        let separator = at + found;
        let Some(length) = text[separator + 1..].iter().position(|&byte| byte == b'\n') else {
            break;
        };
        let end = separator + 1 + length;
        let trimmed = trim_space(&text[separator + 4..end]);
        if !trimmed.is_empty() && trimmed[0] != b'#' {
            let line = String::from_utf8_lossy(trim_space(&text[separator..end])).into_owned();
            return Err(format!("invalid document separator: {line}"));
        }
        documents.push(&text[start..separator]);
        start = end + 1;
        at = start;
    }
    documents.push(&text[start..]);
    Ok(documents)
}
