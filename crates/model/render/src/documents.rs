//! Documents of rendered files: where they stand, what they are, what is wrong with them.

use std::ops::Range;

use bytes::Bytes;
use corten_chart::Compat;
use corten_gotmpl::World;
use corten_value::Value;
use corten_yaml::{Field, Head, Mode, Struct, Target};

use crate::context::base_name;
use crate::file_text::FileText;
use crate::render::Files;
use crate::split::{split_manifests, split_manifests_as, trim_space};

/// A document that is not YAML, or whose head has a wrong type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("YAML parse error on {path}: {message}")]
pub struct ManifestError {
    /// The file.
    pub path: String,
    /// The message of go-yaml or encoding/json.
    pub message: String,
    /// Which document of the file, from 0.
    pub document: usize,
}

/// A document of a file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Where it stands in the file, in bytes.
    pub(crate) range: Range<usize>,
    pub(crate) head: Head,
}

/// The documents of a file, or which of them is the first that is wrong (from 0) and why.
pub(crate) type Documents = Result<Vec<Document>, (usize, String)>;

/// The texts of the documents of a file.
fn texts<'f>(path: &str, file: &'f [u8], compat: Compat) -> Vec<&'f [u8]> {
    let is_counted = !base_name(path).starts_with('_') && !trim_space(file).is_empty();
    if is_counted { split_manifests_as(file, compat) } else { Vec::new() }
}

/// Reads the documents of a file ahead of [`read_files`]. Notes are none, and go another way.
pub(crate) fn read_file(path: &str, file: Bytes, compat: Compat) -> FileText {
    if path.ends_with("NOTES.txt") {
        return file.into();
    }
    let texts = texts(path, &file, compat);
    let documents = placed(&file, &texts, &mut texts.iter().map(|text| head(text)));
    FileText::with_documents(file, documents)
}

/// Reads the documents of all files, as far as nobody has done it; each file has its own, in the same order.
///
/// # Errors
/// The first document that is wrong.
pub(crate) fn read_files(
    files: &mut Files,
    compat: Compat,
    world: &dyn World,
) -> Result<Vec<Vec<Document>>, ManifestError> {
    let known: Vec<Option<Documents>> = files.values_mut().map(FileText::take_documents).collect();
    let mut unknown: Vec<Vec<&[u8]>> = Vec::with_capacity(known.len());
    for ((path, file), known) in files.iter().zip(&known) {
        unknown.push(if known.is_some() { Vec::new() } else { texts(path, file, compat) });
    }
    let mut heads = heads(&unknown.concat(), world).into_iter();
    let mut all = Vec::with_capacity(known.len());
    for (((path, file), known), texts) in files.iter().zip(known).zip(&unknown) {
        let documents = known.unwrap_or_else(|| placed(file, texts, &mut heads));
        let failed = |(document, message)| ManifestError { path: path.clone(), message, document };
        all.push(documents.map_err(failed)?);
    }
    Ok(all)
}

/// Documents of a file by their texts, each with the next head.
fn placed(file: &[u8], texts: &[&[u8]], heads: &mut dyn Iterator<Item = Result<Head, String>>) -> Documents {
    let mut documents = Vec::with_capacity(texts.len());
    for (number, (text, head)) in texts.iter().zip(heads).enumerate() {
        let start = text.as_ptr().addr() - file.as_ptr().addr();
        let head = head.map_err(|message| (number, message))?;
        documents.push(Document { range: start..start + text.len(), head });
    }
    Ok(documents)
}

/// Less text is read faster than a thread starts.
const WORTH_A_THREAD: usize = 128 << 10;

/// The heads of documents up to the first that is wrong, in two halves side by side when there is
/// much to read.
fn heads(documents: &[&[u8]], world: &dyn World) -> Vec<Result<Head, String>> {
    let total: usize = documents.iter().map(|document| document.len()).sum();
    if total < WORTH_A_THREAD || documents.len() < 2 {
        return read_heads(documents);
    }
    let mut read = 0;
    let is_first_half = |document: &&[u8]| {
        read += document.len();
        read <= total / 2
    };
    let middle = documents.iter().copied().take_while(is_first_half).count();
    let (first, second) = documents.split_at(middle);
    let (mut heads, mut rest) = (Vec::new(), Vec::new());
    world.join(Box::new(|| heads = read_heads(first)), Box::new(|| rest = read_heads(second)));
    if heads.last().is_none_or(Result::is_ok) {
        heads.append(&mut rest);
    }
    heads
}

fn read_heads(documents: &[&[u8]]) -> Vec<Result<Head, String>> {
    let mut heads = Vec::with_capacity(documents.len());
    for document in documents {
        let head = head(document);
        let is_wrong = head.is_err();
        heads.push(head);
        if is_wrong {
            break;
        }
    }
    heads
}

/// Go: manifest.go `SimpleHead`.
static SIMPLE_HEAD: Target = Target::Struct(&Struct {
    name: "SimpleHead",
    type_name: "util.SimpleHead",
    fields: &[
        Field { name: "apiVersion", target: Target::String },
        Field { name: "kind", target: Target::String },
        Field { name: "metadata", target: Target::Pointer(&METADATA) },
    ],
});

static METADATA: Target = Target::Struct(&Struct {
    name: "",
    type_name: "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
    fields: &[
        Field { name: "name", target: Target::String },
        Field { name: "annotations", target: Target::Map(&Target::String) },
    ],
});

/// Reads a document as far as sorting needs it; all of it must be YAML.
pub(crate) fn head(document: &[u8]) -> Result<Head, String> {
    if let Some(head) = corten_yaml::read_head(document) {
        return Ok(head);
    }
    let value = corten_yaml::decode_into(document, &SIMPLE_HEAD, Mode::Lenient).map_err(|error| error.to_string())?;
    let text = |at: Option<&Value>| at.and_then(Value::as_str).unwrap_or_default().to_owned();
    let annotations = value.at("metadata.annotations").and_then(Value::as_map);
    Ok(Head {
        api_version: text(value.get("apiVersion")),
        kind: text(value.get("kind")),
        name: text(value.at("metadata.name")),
        annotations: annotations
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.to_string(), text(Some(value))))
            .collect(),
    })
}

/// A document that is wrong.
pub(crate) struct DocumentProblem {
    /// The message of go-yaml or encoding/json.
    pub message: String,
    /// The place in the rendered file, in bytes.
    pub offset: usize,
}

/// Checks all documents of a rendered file.
pub(crate) fn check_documents(text: &[u8]) -> Vec<DocumentProblem> {
    split_manifests(text)
        .into_iter()
        .filter_map(|document| {
            let error = corten_yaml::decode_into(document, &SIMPLE_HEAD, Mode::Lenient).err()?;
            let start = document.as_ptr().addr() - text.as_ptr().addr();
            let offset = error.span().map_or_else(|| line_offset(document, error.line()), |span| span.start);
            Some(DocumentProblem { message: error.to_string(), offset: start + offset })
        })
        .collect()
}

/// Where a line starts; lines count from 1.
fn line_offset(text: &[u8], line: Option<usize>) -> usize {
    let wanted = line.unwrap_or(1).saturating_sub(1);
    text.split_inclusive(|byte| *byte == b'\n').take(wanted).map(<[u8]>::len).sum()
}
