//! Scalars and keys on one line.

use std::borrow::Cow;

use super::{Lines, Sink};
use crate::Style;

/// Longer keys are left to the parser: go-yaml bounds them.
const MAX_KEY: usize = 1000;

/// A scalar that ends on its line.
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) style: Style,
    /// Whether a colon follows, which is taken; else the whole line is.
    pub(super) is_key: bool,
    /// Whether no further line can belong to it.
    pub(super) is_over: bool,
}

/// What a byte means in a plain scalar of a block collection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Content,
    Colon,
    Hash,
    Newline,
    Tab,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Content; 256];
    table[b':' as usize] = Class::Colon;
    table[b'#' as usize] = Class::Hash;
    table[b'\n' as usize] = Class::Newline;
    table[0] = Class::Newline;
    table[b'\t' as usize] = Class::Tab;
    table
};

/// Whether a plain scalar may begin with a byte, whatever follows it.
const fn starts_plain(byte: u8) -> bool {
    match byte {
        b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' => false,
        byte => byte > b' ' && byte != 0x7F,
    }
}

impl<'a, S: Sink> Lines<'a, '_, S> {
    /// A plain or quoted scalar. A value ends its line, a key ends with its colon.
    #[inline]
    pub(super) fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.byte(self.at) {
            b'"' => {
                let text = self.double_quoted()?;
                self.after_quotes(text, Style::DoubleQuoted)
            }
            b'\'' => {
                let text = self.single_quoted()?;
                self.after_quotes(text, Style::SingleQuoted)
            }
            b'-' if !self.is_blank_or_end(self.at + 1) => self.plain(),
            byte if starts_plain(byte) => self.plain(),
            _ => None,
        }
    }

    fn plain(&mut self) -> Option<Scalar<'a>> {
        let start = self.at;
        let (at, class) = self.plain_end(start);
        let mut end = at;
        while self.byte(end - 1) == b' ' {
            end -= 1;
        }
        let text = Cow::Borrowed(self.text.get(start..end)?);
        let is_key = match class {
            Class::Colon => {
                if self.byte(at + 1) == b'\t' || end - start > MAX_KEY {
                    return None;
                }
                self.at = at + 1;
                true
            }
            Class::Newline => {
                self.at = (at + 1).min(self.bytes.len());
                false
            }
            Class::Hash => {
                self.at = at;
                self.skip_line();
                false
            }
            Class::Content | Class::Tab => return None,
        };
        Some(Scalar { text, style: Style::Plain, is_key, is_over: class != Class::Newline })
    }

    /// Where a run of plain text ends on its line, and at what.
    #[inline]
    pub(super) fn plain_end(&self, start: usize) -> (usize, Class) {
        let mut at = start;
        loop {
            match CLASSES[usize::from(self.byte(at))] {
                Class::Content => at += 1,
                Class::Colon if !self.is_blank_or_end(at + 1) => at += 1,
                Class::Hash if self.byte(at - 1) != b' ' => at += 1,
                class => return (at, class),
            }
        }
    }

    /// `"…"` on one line with the plainest of escapes.
    pub(super) fn double_quoted(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at + 1;
        let mut at = start;
        let mut is_escaped = false;
        loop {
            match self.byte(at) {
                b'"' => break,
                b'\\' => {
                    if !matches!(self.byte(at + 1), b'"' | b'\\' | b'n' | b't') {
                        return None;
                    }
                    is_escaped = true;
                    at += 2;
                }
                b'\n' | 0 => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        let text = self.text.get(start..at)?;
        if !is_escaped {
            return Some(Cow::Borrowed(text));
        }
        let mut out = String::with_capacity(text.len());
        let mut pieces = text.split('\\');
        out.push_str(pieces.next()?);
        while let Some(piece) = pieces.next() {
            match piece.as_bytes().first() {
                Some(b'n') => out.push('\n'),
                Some(b't') => out.push('\t'),
                Some(_) => out.push('"'),
                // Two backslashes: the piece between them is empty.
                None => {
                    out.push('\\');
                    out.push_str(pieces.next()?);
                    continue;
                }
            }
            out.push_str(&piece[1..]);
        }
        Some(Cow::Owned(out))
    }

    /// `'…'` on one line.
    pub(super) fn single_quoted(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at + 1;
        let mut at = start;
        let mut is_escaped = false;
        loop {
            match self.byte(at) {
                b'\'' if self.byte(at + 1) == b'\'' => {
                    is_escaped = true;
                    at += 2;
                }
                b'\'' => break,
                b'\n' | 0 => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        let text = self.text.get(start..at)?;
        Some(if is_escaped { Cow::Owned(text.replace("''", "'")) } else { Cow::Borrowed(text) })
    }

    fn after_quotes(&mut self, text: Cow<'a, str>, style: Style) -> Option<Scalar<'a>> {
        let end = self.at;
        self.skip_spaces();
        let is_key = self.byte(self.at) == b':';
        if is_key {
            self.at += 1;
            if !matches!(self.byte(self.at), b' ' | b'\n' | 0) || text.len() > MAX_KEY {
                return None;
            }
        } else {
            let is_spaced = self.at > end;
            self.end_line(is_spaced)?;
        }
        Some(Scalar { text, style, is_key, is_over: true })
    }
}
