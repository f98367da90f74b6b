//! The colours of statuses, namespaces and headers. Go: internal/cli/output/color.go.

/// Whether texts are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    /// Plain text.
    Plain,
    /// ANSI codes.
    Ansi,
}

impl Palette {
    /// The status of a release.
    pub(crate) fn status(self, status: &str) -> String {
        let code = match status {
            "deployed" => 32,
            "failed" | "unknown" => 31,
            "pending-install" | "pending-upgrade" | "pending-rollback" | "uninstalling" => 33,
            _ => return status.to_owned(),
        };
        self.paint(code, status)
    }

    /// The head of a column.
    pub(crate) fn header(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            // Go: fatih/color ends bold with its own code.
            Self::Ansi => format!("\u{1b}[1m{text}\u{1b}[0;22m"),
        }
    }

    /// A namespace.
    pub(crate) fn namespace(self, text: &str) -> String {
        self.paint(36, text)
    }

    /// A text that names what is added, changed or removed.
    pub(crate) fn paint(self, code: u8, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}
