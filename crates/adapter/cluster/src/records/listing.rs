//! A list of records, taken piece by piece: of each only as much is kept as is wanted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use corten_release::{Body, Fence, Labels, Lease, Stored};
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::RecordKind;
use super::protobuf::{self, Reader};
use crate::connection::{COMPRESSED, NAMES, Pieces};

/// How much of a record is kept where only its beginning is wanted: times, notes and the metadata of the chart are
/// rarely longer, compressed. A multiple of four, so that it is whole base64.
const HEAD: usize = 8 * 1024;

/// How much of every record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Enough for a list.
    Heads,
    /// All of it.
    Whole,
    /// Nothing: what the object says about itself is enough.
    Names,
}

impl Amount {
    /// What to accept for it. Servers that cannot leave out the content send it.
    pub(super) fn accepted(self) -> &'static str {
        match self {
            Self::Heads | Self::Whole => COMPRESSED,
            Self::Names => NAMES,
        }
    }
}

/// The records of one answer.
#[derive(Default)]
pub(super) struct Page {
    pub records: Vec<Stored>,
    /// Where the next page begins; empty when there is none.
    pub next: String,
}

/// An answer that is being read.
pub(super) struct Listing {
    kind: RecordKind,
    amount: Amount,
    page: Page,
    reader: Option<Reader>,
    json: Vec<u8>,
}

impl Listing {
    pub(super) fn new(kind: RecordKind, amount: Amount) -> Self {
        Self { kind, amount, page: Page::default(), reader: None, json: Vec::new() }
    }

    /// The records, once the answer is at its end.
    pub(super) fn finish(mut self) -> Result<Page, String> {
        if let Some(reader) = &self.reader {
            reader.finish()?;
        } else {
            let list: List<'_> = serde_json::from_slice(&self.json).map_err(|error| error.to_string())?;
            self.page.next = list.metadata.next;
            let stored = |item| stored(self.kind, item, self.amount);
            self.page.records = list.items.into_iter().filter_map(stored).collect();
        }
        Ok(self.page)
    }
}

impl Pieces for Listing {
    fn begin(&mut self, headers: &HeaderMap) {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.page = Page::default();
        self.json.clear();
        self.reader = content_type.starts_with("application/vnd.kubernetes.protobuf").then(Reader::default);
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), String> {
        let Self { amount, page, reader, json, .. } = self;
        let Some(reader) = reader else {
            json.extend_from_slice(piece);
            return Ok(());
        };
        reader.take(piece, &mut |part| {
            match part {
                protobuf::Part::ListMetadata(metadata) => page.next = protobuf::next_page(metadata)?,
                protobuf::Part::Item(item) => {
                    let record = protobuf::item(item)?;
                    let text = match amount {
                        Amount::Names => Some(""),
                        _ => record.content.and_then(|content| std::str::from_utf8(content).ok()),
                    };
                    page.records.extend(text.map(|text| of_text(record.metadata, text, *amount)));
                }
            }
            Ok(())
        })
    }
}

/// The record in an object of JSON; `None` when its content is not what this kind of object holds.
pub(super) fn stored(kind: RecordKind, item: Item<'_>, amount: Amount) -> Option<Stored> {
    if amount == Amount::Names {
        return Some(of_text(item.metadata, "", amount));
    }
    let text = item.data.release?;
    match kind {
        RecordKind::Secret => {
            let text = String::from_utf8(BASE64.decode(text.as_bytes()).ok()?).ok()?;
            Some(of_text(item.metadata, &text, amount))
        }
        RecordKind::ConfigMap => Some(of_text(item.metadata, &text, amount)),
    }
}

fn of_text(metadata: Metadata, text: &str, amount: Amount) -> Stored {
    let Metadata { name, namespace, resource_version, labels, annotations } = metadata;
    let body = match text.get(..HEAD) {
        _ if amount == Amount::Names => Body::Head("".into()),
        Some(head) if amount == Amount::Heads && text.len() > HEAD => Body::Head(head.into()),
        _ => Body::Encoded(text.into()),
    };
    let lease = Lease::from_annotations(|name| annotations.get(name).map(String::as_str));
    Stored { key: name, namespace, labels, lease, fence: Fence(resource_version), body }
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(default)]
    metadata: ListMetadata,
    #[serde(borrow, default)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize, Default)]
struct ListMetadata {
    #[serde(default, rename = "continue")]
    next: String,
}

/// A Secret or `ConfigMap` in JSON.
#[derive(Deserialize)]
pub(super) struct Item<'a> {
    metadata: Metadata,
    #[serde(borrow, default)]
    data: Data<'a>,
}

#[derive(Deserialize, Default)]
struct Data<'a> {
    #[serde(borrow)]
    release: Option<Cow<'a, str>>,
}

/// What matters of the metadata of such an object.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub name: String,
    #[serde(default)]
    pub namespace: String,
    #[serde(default)]
    pub resource_version: String,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_content() {
        let json = r#"{"kind":"PartialObjectMetadataList","metadata":{"continue":"more"},
            "items":[{"metadata":{"name":"a","labels":{"version":"7"}}}]}"#;
        let read = |amount| {
            let mut listing = Listing::new(RecordKind::Secret, amount);
            listing.begin(&HeaderMap::new());
            listing.take(json.as_bytes()).unwrap();
            listing.finish().unwrap()
        };
        let page = read(Amount::Names);
        assert_eq!((page.next.as_str(), page.records.len()), ("more", 1));
        assert_eq!((page.records[0].key.as_str(), page.records[0].labels["version"].as_str()), ("a", "7"));
        assert!(matches!(&page.records[0].body, Body::Head(text) if text.is_empty()));
        assert!(read(Amount::Whole).records.is_empty());
    }
}
