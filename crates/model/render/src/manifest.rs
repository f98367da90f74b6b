//! Documents: which are hooks, which are manifests, and in what order they are installed.

use bytes::Bytes;
use corten_chart::Compat;
use corten_gotmpl::World;
use corten_value::Value;
use corten_yaml::{Field, Head, Mode, Struct, Target};

use crate::file_text::{FileText, Heads};
use crate::kind_order::compare_kinds;
use crate::render::Files;
use crate::split::{split_manifests, split_manifests_as, trim_space};
use crate::{INSTALL_ORDER, context::base_name};

/// A document that is no hook.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The file it came from.
    pub path: String,
    /// Its text, a part of the file's.
    pub content: Bytes,
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
}

/// A document with the annotation `helm.sh/hook`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The file it came from.
    pub path: String,
    /// Its text, a part of the file's.
    pub content: Bytes,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// Its place among the hooks of an event.
    pub weight: i64,
    /// When it is deleted, as written, in lower case.
    pub delete_policies: Vec<String>,
    /// When its log is printed, as written, in lower case.
    pub output_log_policies: Vec<String>,
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookEvent {
    /// `pre-install`.
    PreInstall,
    /// `post-install`.
    PostInstall,
    /// `pre-delete`.
    PreDelete,
    /// `post-delete`.
    PostDelete,
    /// `pre-upgrade`.
    PreUpgrade,
    /// `post-upgrade`.
    PostUpgrade,
    /// `pre-rollback`.
    PreRollback,
    /// `post-rollback`.
    PostRollback,
    /// `test`, also written `test-success`.
    Test,
}

impl HookEvent {
    /// The event of a name in the annotation.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }

    /// The name of the event, as release records hold it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }
}

/// Hooks and manifests, each in install order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted {
    /// The hooks, by kind.
    pub hooks: Vec<Hook>,
    /// The manifests, by kind.
    pub manifests: Vec<Manifest>,
    /// The hook annotations of documents that were dropped because an event is unknown.
    pub unknown_hooks: Vec<String>,
}

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

/// Splits the files into documents and sorts them. Go: `manifest_sorter.go` `SortManifests`.
///
/// # Errors
/// The first document that does not parse.
pub fn sort_manifests(files: &mut Files, compat: Compat, world: &dyn World) -> Result<Sorted, ManifestError> {
    let mut documents = Vec::with_capacity(files.len());
    for (path, file) in files {
        let (file, heads) = file.parts();
        let mut heads = heads.into_iter().flatten();
        let texts = texts(path, file, compat).into_iter().enumerate();
        documents.extend(texts.map(|(number, text)| Document { path, file, number, text, head: heads.next() }));
    }
    let unknown = documents.iter().filter(|document| document.head.is_none());
    let unknown: Vec<&[u8]> = unknown.map(|document| document.text).collect();
    let mut heads = heads(&unknown, world).into_iter();
    let mut sorted = Sorted::default();
    for Document { path, file, number, text, head } in documents {
        // There is one for each up to the first that is wrong.
        let Some(head) = head.or_else(|| heads.next()) else { break };
        let head = head.map_err(|message| ManifestError { path: path.to_owned(), message, document: number })?;
        sorted.place(path, file.slice_ref(text), head);
    }
    let order = match compat {
        Compat::Helm4 => INSTALL_ORDER,
        // Helm 3 does not know the two kinds of webhooks, which stand last.
        Compat::Helm3 => &INSTALL_ORDER[..INSTALL_ORDER.len() - 2],
    };
    sorted.manifests.sort_by(|left, right| compare_kinds(&left.kind, &right.kind, order));
    sorted.hooks.sort_by(|left, right| compare_kinds(&left.kind, &right.kind, order));
    Ok(sorted)
}

/// A document of a file.
struct Document<'f> {
    path: &'f str,
    file: &'f Bytes,
    /// Which of the file's, from 0.
    number: usize,
    text: &'f [u8],
    head: Option<Result<Head, String>>,
}

/// The documents of a file.
fn texts<'f>(path: &str, text: &'f [u8], compat: Compat) -> Vec<&'f [u8]> {
    let is_counted = !base_name(path).starts_with('_') && !trim_space(text).is_empty();
    if is_counted { split_manifests_as(text, compat) } else { Vec::new() }
}

/// Reads the documents of a file ahead of [`sort_manifests`]. Notes are none, and go another way.
pub(crate) fn read_file(path: &str, text: Bytes, compat: Compat) -> FileText {
    if path.ends_with("NOTES.txt") {
        return text.into();
    }
    let heads = read_heads(&texts(path, &text, compat));
    FileText::with_heads(text, heads)
}

/// The documents of a recorded manifest in an order of kinds, each with its `helm.sh/resource-policy`;
/// hooks left out. Go: uninstall.go `deleteRelease`.
///
/// # Errors
/// The first document that does not parse.
pub fn sort_record(
    text: &[u8],
    order: &[&str],
    compat: Compat,
) -> Result<Vec<(Manifest, Option<String>)>, ManifestError> {
    let mut named: Vec<(String, &[u8])> = split_manifests_as(text, compat)
        .into_iter()
        .enumerate()
        .map(|(number, document)| (format!("manifest-{number}"), document))
        .collect();
    // Go: SortManifests sorts the names as texts, so the eleventh document comes before the third.
    named.sort_by(|left, right| left.0.cmp(&right.0));
    let mut documents = Vec::with_capacity(named.len());
    for (path, document) in named {
        let head = match head(document) {
            Ok(head) => head,
            Err(message) => return Err(ManifestError { path, message, document: 0 }),
        };
        if head.annotation("helm.sh/hook").is_some() {
            continue;
        }
        let policy = head.annotation("helm.sh/resource-policy").map(str::to_owned);
        let Head { api_version, kind, name, .. } = head;
        documents.push((Manifest { path, content: Bytes::copy_from_slice(document), api_version, kind, name }, policy));
    }
    documents.sort_by(|left, right| compare_kinds(&left.0.kind, &right.0.kind, order));
    Ok(documents)
}

/// Less text is read faster than a thread starts.
const WORTH_A_THREAD: usize = 128 << 10;

/// The heads of documents up to the first that is wrong, in two halves side by side when there is
/// much to read.
fn heads(documents: &[&[u8]], world: &dyn World) -> Heads {
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

fn read_heads(documents: &[&[u8]]) -> Heads {
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

impl Sorted {
    fn place(&mut self, path: &str, content: Bytes, head: Head) {
        let Some(hook) = head.annotation("helm.sh/hook").map(str::to_owned) else {
            let Head { api_version, kind, name, .. } = head;
            self.manifests.push(Manifest { path: path.to_owned(), content, api_version, kind, name });
            return;
        };
        let events: Option<Vec<HookEvent>> = words(&hook).map(|name| HookEvent::parse(&name)).collect();
        let Some(events) = events else {
            self.unknown_hooks.push(hook);
            return;
        };
        let list = |annotation: &str| head.annotation(annotation).map(|text| words(text).collect()).unwrap_or_default();
        self.hooks.push(Hook {
            path: path.to_owned(),
            content,
            events,
            weight: head
                .annotation("helm.sh/hook-weight")
                .map_or(0, |weight| corten_gostd::strconv::atoi(weight.as_bytes()).unwrap_or(0)),
            delete_policies: list("helm.sh/hook-delete-policy"),
            output_log_policies: list("helm.sh/hook-output-log-policy"),
            kind: head.kind,
            name: head.name,
        });
    }
}

/// The words of a comma list, without space around them, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
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
fn head(document: &[u8]) -> Result<Head, String> {
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
