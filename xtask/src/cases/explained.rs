//! Differences from Helm that are wanted, by their id in `docs/compat.md`.

use serde_json::Value as Json;

use super::Answer;

/// A wanted difference: its id, and whether a case shows it.
struct Explained {
    id: &'static str,
    applies: fn(&str, &Json, &Answer, &Answer) -> bool,
}

const EXPLAINED: &[Explained] = &[];

/// The id that explains a difference.
pub(super) fn explain(kind: &str, input: &Json, want: &Answer, got: &Answer) -> Option<&'static str> {
    EXPLAINED.iter().find(|explained| (explained.applies)(kind, input, want, got)).map(|explained| explained.id)
}
