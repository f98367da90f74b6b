//! Findings as data: which value does not fit, beside the text that Helm makes of it.

use super::failure::{Failure, FailureKind};

/// A value that does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where the value is, from the top chart's values: keys, and positions in lists.
    pub path: Vec<String>,
    /// What is wrong with it.
    pub message: String,
    /// Where one of several schemas was to fit: why each does not.
    pub details: Vec<String>,
}

impl Violation {
    /// The same value, seen from above.
    pub(super) fn below(mut self, path: &[String]) -> Self {
        self.path.splice(0..0, path.iter().cloned());
        self
    }
}

/// The findings that stand for themselves, in the order of the text.
pub(super) fn of(failure: &Failure) -> Vec<Violation> {
    let mut found = Vec::new();
    collect(failure, &mut found);
    found
}

fn collect(failure: &Failure, found: &mut Vec<Violation>) {
    let stands_for_its_causes = failure.kind != FailureKind::Plain || failure.message == "'allOf' failed";
    if stands_for_its_causes && !failure.causes.is_empty() {
        for cause in &failure.causes {
            stacker::maybe_grow(32 << 10, 1 << 20, || collect(cause, found));
        }
        return;
    }
    let details = failure.causes.iter().flat_map(of).map(|cause| cause.described()).collect();
    found.push(Violation { path: tokens(&failure.at), message: failure.message.clone(), details });
}

impl Violation {
    fn described(&self) -> String {
        let place = if self.path.is_empty() { String::new() } else { format!("`{}`: ", self.path.join(".")) };
        let details = if self.details.is_empty() { String::new() } else { format!(" ({})", self.details.join("; ")) };
        format!("{place}{}{details}", self.message)
    }
}

/// The steps of a JSON pointer.
fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(at: &str, message: &str, causes: Vec<Failure>) -> Failure {
        Failure { at: at.to_owned(), message: message.to_owned(), causes, ..Failure::default() }
    }

    #[test]
    fn alternatives_are_details_of_one_finding() {
        let causes =
            vec![failure("/a~1b/0", "got string, want integer", Vec::new()), failure("/a~1b", "too short", Vec::new())];
        let root = Failure {
            kind: FailureKind::Root,
            causes: vec![
                failure("/a~1b", "'anyOf' failed", causes.clone()),
                failure("/a~1b", "'allOf' failed", causes),
            ],
            ..Failure::default()
        };
        let found: Vec<_> = of(&root).iter().map(Violation::described).collect();
        assert_eq!(
            found,
            [
                "`a/b`: 'anyOf' failed (`a/b.0`: got string, want integer; `a/b`: too short)",
                "`a/b.0`: got string, want integer",
                "`a/b`: too short",
            ]
        );
    }
}
