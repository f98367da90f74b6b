//! One binary under two names: which of them its texts use.

use std::borrow::Cow;

use super::{Command, OWN, ROOT};

/// The name that the program was called by, which its texts use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Called as `helm`: every text is Helm's.
    Helm,
    /// Called by its own name.
    Corten,
}

impl Program {
    /// The program that a path of an executable stands for.
    ///
    /// Only names that begin with `corten` are ours, so that a link of any other name
    /// (`helm`, `helm4`, `h`) behaves as Helm, whose texts do not follow its file name either.
    pub fn of(executable: &str) -> Self {
        let name = executable.rsplit(['/', '\\']).next().unwrap_or_default();
        if name.starts_with("corten") { Self::Corten } else { Self::Helm }
    }

    /// The program with its commands: under its own name it has more of them.
    pub fn root(self) -> &'static Command {
        match self {
            Self::Helm => &ROOT,
            Self::Corten => &OWN,
        }
    }

    /// The name to type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Corten => "corten",
        }
    }

    /// The name in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Helm => "Helm",
            Self::Corten => "Corten",
        }
    }

    /// Fills the name into a text of the table.
    pub fn fill(self, text: &str) -> Cow<'_, str> {
        if text.contains("{me}") || text.contains("{Me}") {
            return Cow::Owned(text.replace("{me}", self.name()).replace("{Me}", self.title()));
        }
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn only_our_own_name_is_ours() {
        assert_eq!(Program::of("/usr/bin/helm"), Program::Helm);
        assert_eq!(Program::of("h"), Program::Helm);
        assert_eq!(Program::of("target/debug/corten"), Program::Corten);
        assert_eq!(Program::of("C:\\bin\\corten.exe"), Program::Corten);
    }
}
