//! Documents: which are hooks, which are manifests, and in what order they are installed.

use std::ops::Range;

use bytes::{Buf as _, Bytes};
use corten_chart::Compat;
use corten_gotmpl::World;
use corten_yaml::Head;

use crate::INSTALL_ORDER;
use crate::documents::{Document, ManifestError, head, read_files};
use crate::kind_order::compare_kinds;
use crate::render::Files;
use crate::split::split_manifests_as;

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

/// Files that were not sorted, and why.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unsorted {
    /// The document that is wrong.
    pub error: ManifestError,
    /// The files as they were.
    pub files: Files,
}

/// Splits the files into documents and sorts them. Go: `manifest_sorter.go` `SortManifests`.
///
/// # Errors
/// The first document that does not parse.
pub fn sort_manifests(mut files: Files, compat: Compat, world: &dyn World) -> Result<Sorted, Box<Unsorted>> {
    let documents = match read_files(&mut files, compat, world) {
        Ok(documents) => documents,
        Err(error) => return Err(Box::new(Unsorted { error, files })),
    };
    let mut sorted = Sorted::default();
    for ((path, file), documents) in files.into_iter().zip(documents) {
        sorted.place_all(path, file.into(), documents);
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

impl Sorted {
    /// Takes the documents of a file. The last one takes over what it can of the file.
    fn place_all(&mut self, path: String, text: Bytes, mut documents: Vec<Document>) {
        let last = documents.pop();
        for Document { range, head } in documents {
            self.place(path.clone(), text.slice(range), head);
        }
        if let Some(Document { range, head }) = last {
            self.place(path, only(text, range), head);
        }
    }

    fn place(&mut self, path: String, content: Bytes, head: Head) {
        let Some(hook) = head.annotation("helm.sh/hook").map(str::to_owned) else {
            let Head { api_version, kind, name, .. } = head;
            self.manifests.push(Manifest { path, content, api_version, kind, name });
            return;
        };
        let events: Option<Vec<HookEvent>> = words(&hook).map(|name| HookEvent::parse(&name)).collect();
        let Some(events) = events else {
            self.unknown_hooks.push(hook);
            return;
        };
        let list = |annotation: &str| head.annotation(annotation).map(|text| words(text).collect()).unwrap_or_default();
        self.hooks.push(Hook {
            path,
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

/// A part of a text that is not needed as a whole.
fn only(mut text: Bytes, range: Range<usize>) -> Bytes {
    if range.end < text.len() {
        text.truncate(range.end);
    }
    text.advance(range.start);
    text
}

/// The words of a comma list, without space around them, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}
