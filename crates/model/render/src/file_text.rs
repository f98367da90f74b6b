//! The rendered text of a file, and what its documents are once that is known.

use std::ops::Deref;

use bytes::Bytes;

use crate::documents::Documents;

/// The rendered text of a file.
#[derive(Clone, Debug, Default)]
pub struct FileText {
    text: Bytes,
    documents: Option<Documents>,
}

impl FileText {
    /// A text whose documents have been read.
    pub(crate) fn with_documents(text: Bytes, documents: Documents) -> Self {
        Self { text, documents: Some(documents) }
    }

    /// What is known of the documents, which is given away.
    pub(crate) fn take_documents(&mut self) -> Option<Documents> {
        self.documents.take()
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
        Self { text, documents: None }
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
