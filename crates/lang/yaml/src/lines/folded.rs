//! Scalars of several lines: plain ones, and quoted ones that nobody wants.

use super::scalar::{Class, Scalar};
use super::{Lines, Sink};
use crate::Style;

impl<'a, S: Sink> Lines<'a, '_, S> {
    /// Goes on with a value that stands at the end of its line: a plain scalar takes all lines that
    /// are indented deeper than its collection.
    pub(super) fn more_lines(&mut self, mut scalar: Scalar<'a>) -> Option<Scalar<'a>> {
        if scalar.style != Style::Plain || scalar.is_over {
            return Some(scalar);
        }
        let parent = self.levels.last()?.column;
        let is_wanted = !self.sink.skips_child();
        loop {
            let end = self.at;
            let Some(blanks) = self.next_folded(parent)? else {
                self.at = end;
                return Some(scalar);
            };
            let line = self.folded_line()?;
            if is_wanted {
                let text = scalar.text.to_mut();
                match blanks {
                    0 => text.push(' '),
                    blanks => text.extend(std::iter::repeat_n('\n', blanks)),
                }
                text.push_str(line);
            }
        }
    }

    /// Goes to the content of the next line of a scalar; gives the blank lines before it. The outer
    /// `None` refuses, the inner is the end.
    #[expect(clippy::option_option, reason = "the end of a scalar is no refusal")]
    fn next_folded(&mut self, parent: usize) -> Option<Option<usize>> {
        let mut blanks = 0;
        loop {
            let start = self.at;
            self.skip_spaces();
            match self.byte(self.at) {
                b'\n' => {
                    blanks += 1;
                    self.at += 1;
                }
                b'\t' => return None,
                0 | b'#' => return Some(None),
                _ if self.at - start <= parent => return Some(None),
                _ => return Some(Some(blanks)),
            }
        }
    }

    /// The rest of a line, all of it content.
    fn folded_line(&mut self) -> Option<&'a str> {
        let start = self.at;
        let (mut end, class) = self.plain_end(start);
        if class != Class::Newline {
            return None;
        }
        self.at = (end + 1).min(self.bytes.len());
        while self.byte(end - 1) == b' ' {
            end -= 1;
        }
        self.text.get(start..end)
    }

    /// Skips a quoted value, over several lines too, and the end of its line.
    pub(super) fn skip_quoted(&mut self) -> Option<()> {
        let quote = self.byte(self.at);
        let mut at = self.at + 1;
        loop {
            match self.byte(at) {
                b'\'' if quote == b'\'' && self.byte(at + 1) == b'\'' => at += 2,
                byte if byte == quote => break,
                b'\\' if quote == b'"' => {
                    if !matches!(self.byte(at + 1), b'"' | b'\\' | b'n' | b't') {
                        return None;
                    }
                    at += 2;
                }
                // It could be the end of the document.
                b'\n' if matches!(self.byte(at + 1), b'-' | b'.') => return None,
                0 => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        self.end_line(false)
    }
}
