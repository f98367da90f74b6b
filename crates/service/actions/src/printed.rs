//! Text for standard output that is made of the documents themselves, without a copy of them.

use bytes::Bytes;

use crate::file_write::document;

/// What is printed, in pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(Bytes),
    /// The file that a document came from, and the document.
    Document(String, Bytes),
}

impl Printed {
    /// Adds a document, which is printed below the name of its file.
    pub(crate) fn push(&mut self, path: String, content: Bytes) {
        self.0.push(Part::Document(path, content));
    }

    /// Leaves one line break behind all that was added. It begins with `---`, so nothing has to be trimmed
    /// but the last document.
    pub(crate) fn trim_end(&mut self) {
        let mut text = match self.0.pop() {
            Some(Part::Document(path, content)) => document(&path, &content),
            Some(Part::Text(text)) => text.into(),
            None => Vec::new(),
        };
        text.truncate(corten_render::trim_space(&text).len());
        text.push(b'\n');
        self.0.push(Part::Text(text.into()));
    }

    /// The pieces in order.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().flat_map(Part::pieces)
    }

    /// All of it in one.
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces().collect::<Vec<&[u8]>>().concat()
    }
}

impl Part {
    fn pieces(&self) -> [&[u8]; 5] {
        match self {
            Self::Text(text) => [text, b"", b"", b"", b""],
            Self::Document(path, content) => [b"---\n# Source: ", path.as_bytes(), b"\n", content, b"\n"],
        }
    }
}

impl From<Vec<u8>> for Printed {
    fn from(text: Vec<u8>) -> Self {
        Self(vec![Part::Text(text.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_trimmed_ends_with_one_line_break() {
        let mut printed = Printed::default();
        printed.trim_end();
        assert_eq!(printed.to_vec(), b"\n");
        let mut printed = Printed::default();
        printed.push("c/a.yaml".to_owned(), Bytes::from_static(b"a: 1\n\n"));
        printed.push("c/b.yaml".to_owned(), Bytes::from_static(b"b: 1\n \xC2\x85\n"));
        printed.trim_end();
        printed.push("c/h.yaml".to_owned(), Bytes::from_static(b"h: 1\n"));
        let wanted =
            "---\n# Source: c/a.yaml\na: 1\n\n\n---\n# Source: c/b.yaml\nb: 1\n---\n# Source: c/h.yaml\nh: 1\n\n";
        assert_eq!(String::from_utf8_lossy(&printed.to_vec()), wanted);
    }

    #[test]
    fn a_blank_document_leaves_its_name() {
        let mut printed = Printed::default();
        printed.push("c/crds/a.yaml".to_owned(), Bytes::from_static(b" \n"));
        printed.trim_end();
        assert_eq!(printed.to_vec(), b"---\n# Source: c/crds/a.yaml\n");
    }
}
