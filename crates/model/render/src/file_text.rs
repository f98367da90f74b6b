//! The rendered text of a file, and what its documents are once that is known.

use std::ops::Deref;

use bytes::Bytes;
use corten_yaml::Head;

/// The rendered text of a file.
#[derive(Clone, Debug, Default)]
pub struct FileText {
    text: Bytes,
    /// Of the documents in their order, up to the first that is wrong.
    heads: Option<Heads>,
}

/// What documents are, or what is wrong with them.
pub(crate) type Heads = Vec<Result<Head, String>>;

impl FileText {
    /// A text whose documents have been read.
    pub(crate) fn with_heads(text: Bytes, heads: Heads) -> Self {
        Self { text, heads: Some(heads) }
    }

    /// The text, and what is known of its documents, which is given away.
    pub(crate) fn parts(&mut self) -> (&Bytes, Option<Heads>) {
        (&self.text, self.heads.take())
    }
}

impl Deref for FileText {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.text
    }
}

impl From<Bytes> for FileText {
    fn from(text: Bytes) -> Self {
        Self { text, heads: None }
    }
}

impl From<String> for FileText {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<Vec<u8>> for FileText {
    fn from(text: Vec<u8>) -> Self {
        Bytes::from(text).into()
    }
}

impl From<FileText> for Bytes {
    fn from(file: FileText) -> Self {
        file.text
    }
}
