//! Texts that findings point into, and how offsets become lines and columns.

use std::ops::Range;
use std::sync::Arc;

/// A text that diagnostics point into.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name to show, mostly a path.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

/// The number of a text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// All texts that the diagnostics of one run point into.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

/// A line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Sources {
    /// Adds a text.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        self.0.push(Source { name: name.into(), text: text.into() });
        SourceId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// The text of a number.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.0.get(id.0 as usize)
    }
}

impl Source {
    /// The place of a byte offset; offsets past the end are the end.
    pub fn place(&self, offset: usize) -> Place {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Place {
            line: before.split(|byte| *byte == b'\n').count(),
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
        }
    }

    /// The byte offsets of a line, from 1, without its newline.
    pub fn line_span(&self, line: usize) -> Option<Range<usize>> {
        let mut start = 0;
        for (number, text) in self.text.split('\n').enumerate() {
            if number + 1 == line {
                return Some(start..start + text.trim_end_matches('\r').len());
            }
            start += text.len() + 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_in_characters() {
        let mut sources = Sources::default();
        let id = sources.add("f", "a\nöb\n");
        let source = sources.get(id).unwrap();
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(4), Place { line: 2, column: 2 });
        assert_eq!(source.place(99), Place { line: 3, column: 1 });
        assert_eq!(source.line_span(2), Some(2..5));
        assert_eq!(source.line_span(9), None);
    }
}
