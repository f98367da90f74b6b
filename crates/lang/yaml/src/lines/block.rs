//! Block scalars whose indentation their first line gives.

use std::borrow::Cow;

use super::step;
use super::{Lines, Sink};
use crate::Style;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

impl<S: Sink> Lines<'_, '_, S> {
    /// A literal scalar; a folded one only where nobody wants its text.
    pub(super) fn block(&mut self) -> Option<()> {
        let is_wanted = !self.sink.skips_child();
        let style = if self.byte(self.at) == b'|' { Style::Literal } else { Style::Folded };
        if is_wanted && style == Style::Folded {
            return None;
        }
        self.at += 1;
        let chomping = match self.byte(self.at) {
            b'-' => Chomping::Strip,
            b'+' => Chomping::Keep,
            _ => Chomping::Clip,
        };
        self.at += usize::from(chomping != Chomping::Clip);
        self.skip_spaces();
        if self.byte(self.at) != b'\n' {
            return None;
        }
        self.at += 1;
        let mut out = String::new();
        let indent = self.leading_breaks(&mut out)?;
        let mut trailing = 0;
        let mut is_first = true;
        while let Some((start, end)) = self.block_line(indent, &mut trailing)? {
            if !is_wanted {
                trailing = 0;
                continue;
            }
            if end == self.bytes.len() {
                // The parser knows what a last line without an end means.
                return None;
            }
            let breaks = trailing + usize::from(!is_first);
            out.extend(std::iter::repeat_n('\n', breaks));
            out.push_str(self.text.get(start..end)?);
            (trailing, is_first) = (0, false);
        }
        let breaks = match chomping {
            Chomping::Strip => 0,
            Chomping::Clip => 1,
            Chomping::Keep => 1 + trailing,
        };
        out.extend(std::iter::repeat_n('\n', breaks));
        step(self.sink.value(Cow::Owned(out), style))
    }

    /// The blank lines before the first one with content, and the column of that.
    fn leading_breaks(&mut self, out: &mut String) -> Option<usize> {
        let parent = self.levels.last()?.column;
        let mut deepest = 0;
        loop {
            let start = self.at;
            self.skip_spaces();
            let column = self.at - start;
            match self.byte(self.at) {
                b'\n' => {
                    deepest = deepest.max(column);
                    out.push('\n');
                    self.at += 1;
                }
                b'\t' | 0 => return None,
                _ => {
                    self.at = start;
                    return (column > parent && column >= deepest).then_some(column);
                }
            }
        }
    }

    /// The next line of content without its indentation; blank lines before it are counted. The
    /// outer `None` refuses, the inner is the end.
    #[expect(clippy::option_option, reason = "the end of a scalar is no refusal")]
    fn block_line(&mut self, indent: usize, blanks: &mut usize) -> Option<Option<(usize, usize)>> {
        loop {
            let start = self.at;
            while self.at - start < indent && self.byte(self.at) == b' ' {
                self.at += 1;
            }
            match self.byte(self.at) {
                b'\n' => {
                    *blanks += 1;
                    self.at += 1;
                }
                0 => return Some(None),
                b'\t' if self.at - start < indent => return None,
                _ if self.at - start < indent => {
                    self.at = start;
                    return Some(None);
                }
                _ => {
                    let content = self.at;
                    let rest = &self.bytes[content..];
                    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.at = (content + length + 1).min(self.bytes.len());
                    return Some(Some((content, content + length)));
                }
            }
        }
    }
}
