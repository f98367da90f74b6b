//! Flow collections on one line, made of quoted scalars and the plainest of plain ones.

use std::borrow::Cow;

use super::step;
use super::{Lines, Sink};
use crate::Style;

/// Deeper ones are left to the parser.
const MAX_DEPTH: usize = 16;

/// Bytes that mean nothing but themselves anywhere in a plain scalar.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'/' | b'.' | b'$' | b'+' | b'-' | b'=' | b'(' | b')')
}

impl<'a, S: Sink> Lines<'a, '_, S> {
    /// A collection that begins here, up to its bracket.
    pub(super) fn flow(&mut self, depth: usize) -> Option<()> {
        if depth == MAX_DEPTH {
            return None;
        }
        let is_map = self.byte(self.at) == b'{';
        let bracket = if is_map { b'}' } else { b']' };
        step(self.sink.open(is_map))?;
        self.at += 1;
        self.skip_spaces();
        if self.byte(self.at) == bracket {
            self.at += 1;
            return step(self.sink.close());
        }
        loop {
            if is_map {
                self.flow_key()?;
            }
            if matches!(self.byte(self.at), b'[' | b'{') {
                self.flow(depth + 1)?;
            } else {
                let (text, style) = self.flow_scalar()?;
                step(self.sink.value(text, style))?;
            }
            self.skip_spaces();
            let end = self.byte(self.at);
            self.at += 1;
            match end {
                b',' => self.skip_spaces(),
                end if end == bracket => return step(self.sink.close()),
                _ => return None,
            }
        }
    }

    /// A key with its colon and the space after it.
    fn flow_key(&mut self) -> Option<()> {
        let (key, style) = self.flow_scalar()?;
        if self.byte(self.at) != b':' || self.byte(self.at + 1) != b' ' {
            return None;
        }
        self.at += 1;
        self.skip_spaces();
        step(self.sink.key(&key, style))
    }

    fn flow_scalar(&mut self) -> Option<(Cow<'a, str>, Style)> {
        match self.byte(self.at) {
            b'"' => Some((self.double_quoted()?, Style::DoubleQuoted)),
            b'\'' => Some((self.single_quoted()?, Style::SingleQuoted)),
            b'-' if !is_plain(self.byte(self.at + 1)) => None,
            byte if is_plain(byte) => {
                let start = self.at;
                while is_plain(self.byte(self.at)) {
                    self.at += 1;
                }
                Some((Cow::Borrowed(self.text.get(start..self.at)?), Style::Plain))
            }
            _ => None,
        }
    }
}
