//! Files as data: commands say what to write, and the front writes when all went well.

/// A file that a command wants written.
#[derive(Clone, Debug, PartialEq)]
pub struct FileWrite {
    /// The path, as the user sees it (`wrote PATH`).
    pub path: String,
    /// The bytes.
    pub data: Vec<u8>,
    /// What to do with a file that is there.
    pub mode: WriteMode,
}

/// What to do with a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Replace it.
    Create,
    /// Write behind its end; make it when it is not there.
    Append,
}

impl FileWrite {
    /// A document as Helm writes it into a file of `--output-dir`.
    pub(crate) fn document(folder: &str, name: &str, content: &[u8], mode: WriteMode) -> Self {
        let path = format!("{folder}{}{name}", std::path::MAIN_SEPARATOR);
        Self { path, data: document(name, content), mode }
    }
}

/// A document as Helm prints it.
pub(crate) fn document(name: &str, content: &[u8]) -> Vec<u8> {
    [b"---\n# Source: ", name.as_bytes(), b"\n", content, b"\n"].concat()
}
