//! Backslashes and brackets.

use regex_syntax::hir::{ClassUnicode, Look};

use super::expression::Expression;
use super::{Parser, SyntaxError, check_utf8, class, next_rune};

impl<'p> Parser<'p> {
    /// Reads what starts with a backslash outside of brackets.
    pub(super) fn backslash(&mut self, text: &'p [u8]) -> Result<&'p [u8], SyntaxError> {
        match text.get(1) {
            Some(b'A') => self.push_look(Look::Start)?,
            Some(b'b') => self.push_look(Look::WordAscii)?,
            Some(b'B') => self.push_look(Look::WordAsciiNegate)?,
            Some(b'z') => self.push_look(Look::End)?,
            Some(b'C') => return Err(SyntaxError::invalid_escape(&text[..2])),
            Some(b'Q') => return self.quoted(&text[2..]),
            _ => {
                if let Some((class, rest)) = self.class_escape(text)? {
                    self.push(Expression::class(class))?;
                    return Ok(rest);
                }
                let (rune, rest) = escape(text)?;
                self.push_literal(rune)?;
                return Ok(rest);
            }
        }
        Ok(&text[2..])
    }

    /// Reads literal text up to `\E` or the end.
    fn quoted(&mut self, text: &'p [u8]) -> Result<&'p [u8], SyntaxError> {
        let end = text.windows(2).position(|pair| pair == br"\E");
        let mut literal = &text[..end.unwrap_or(text.len())];
        while !literal.is_empty() {
            let (rune, after) = next_rune(literal)?;
            self.push_literal(rune)?;
            literal = after;
        }
        Ok(end.map_or(&[], |end| &text[end + 2..]))
    }

    /// Reads `\d`, `\pL`, `\p{Greek}` and the like, if that is what it is.
    fn class_escape(&self, text: &'p [u8]) -> Result<Option<(ClassUnicode, &'p [u8])>, SyntaxError> {
        let [b'\\', letter, rest @ ..] = text else { return Ok(None) };
        if matches!(letter, b'p' | b'P') {
            return self.unicode_class(text).map(Some);
        }
        Ok(class::perl(*letter, self.flags.fold_case).map(|class| (class, rest)))
    }

    /// Go: `parseUnicodeClass`.
    fn unicode_class(&self, text: &'p [u8]) -> Result<(ClassUnicode, &'p [u8]), SyntaxError> {
        let mut negated = text[1] == b'P';
        if text.len() == 2 {
            // Go: nextRune of nothing is U+FFFD of width 0, so the name is empty.
            return Err(SyntaxError::invalid_range(text));
        }
        let (first, after) = next_rune(&text[2..])?;
        let (sequence, name, rest) = if first != u32::from(b'{') {
            let sequence = &text[..text.len() - after.len()];
            (sequence, &sequence[2..], after)
        } else {
            let Some(end) = text.iter().position(|byte| *byte == b'}') else {
                check_utf8(text)?;
                return Err(SyntaxError::invalid_range(text));
            };
            (&text[..=end], &text[3..end], &text[end + 1..])
        };
        let mut name = check_utf8(name)?;
        if let Some(positive) = name.strip_prefix('^') {
            negated = !negated;
            name = positive;
        }
        let class = class::unicode(name, negated, self.flags.fold_case);
        class.map(|class| (class, rest)).ok_or_else(|| SyntaxError::invalid_range(sequence))
    }

    /// Reads a bracket expression. Go: `parseClass`.
    pub(super) fn bracket(&mut self, text: &'p [u8]) -> Result<&'p [u8], SyntaxError> {
        let negated = text.get(1) == Some(&b'^');
        let mut rest = &text[1 + usize::from(negated)..];
        let mut set = ClassUnicode::empty();
        let mut ranges = ClassUnicode::empty();
        let mut is_first = true;
        while rest.first() != Some(&b']') || is_first {
            is_first = false;
            if let Some((class, after)) = self.named_class(rest)? {
                set.union(&class);
                rest = after;
                continue;
            }
            if let Some((class, after)) = self.class_escape(rest)? {
                set.union(&class);
                rest = after;
                continue;
            }
            let range = rest;
            let (low, after) = class_rune(rest, text)?;
            rest = after;
            let mut high = low;
            if rest.len() >= 2 && rest[0] == b'-' && rest[1] != b']' {
                (high, rest) = class_rune(&rest[1..], text)?;
                if high < low {
                    return Err(SyntaxError::invalid_range(&range[..range.len() - rest.len()]));
                }
            }
            class::push_range(&mut ranges, low, high);
        }
        if self.flags.fold_case {
            class::fold(&mut ranges);
        }
        set.union(&ranges);
        if negated {
            set.negate();
        }
        self.push(Expression::class(set))?;
        Ok(&rest[1..])
    }

    /// Reads `[:alpha:]`, if that is what it is. Go: `parseNamedClass`.
    fn named_class(&self, text: &'p [u8]) -> Result<Option<(ClassUnicode, &'p [u8])>, SyntaxError> {
        let Some(inner) = text.strip_prefix(b"[:") else { return Ok(None) };
        let Some(end) = inner.windows(2).position(|pair| pair == b":]") else { return Ok(None) };
        let rest = &inner[end + 2..];
        let class = class::posix(&inner[..end], self.flags.fold_case);
        class.map(|class| Some((class, rest))).ok_or_else(|| SyntaxError::invalid_range(&text[..end + 4]))
    }
}

/// One code point inside brackets. Go: `parseClassChar`.
fn class_rune<'p>(text: &'p [u8], bracket: &[u8]) -> Result<(u32, &'p [u8]), SyntaxError> {
    match text.first() {
        None => Err(SyntaxError::new("missing closing ]", bracket)),
        Some(b'\\') => escape(text),
        Some(_) => next_rune(text),
    }
}

/// The code point of an escape. Go: `parseEscape`.
fn escape(text: &[u8]) -> Result<(u32, &[u8]), SyntaxError> {
    if text.len() < 2 {
        return Err(SyntaxError::new("trailing backslash at end of expression", b""));
    }
    let (letter, rest) = next_rune(&text[1..])?;
    let invalid = |rest: &[u8]| SyntaxError::invalid_escape(&text[..text.len() - rest.len()]);
    let is_octal = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'0'..=b'7'));
    match u8::try_from(letter).unwrap_or(u8::MAX) {
        b'1'..=b'7' if !is_octal(rest.first()) => Err(invalid(rest)),
        b'0'..=b'7' => {
            let more = rest.iter().take(2).take_while(|byte| is_octal(Some(byte))).count();
            let digits = &text[1..2 + more];
            Ok((digits.iter().fold(0, |rune, digit| rune * 8 + u32::from(digit - b'0')), &rest[more..]))
        }
        b'x' => hexadecimal(rest).map_err(|fault| fault.unwrap_or_else(&invalid)),
        b'a' => Ok((7, rest)),
        b'f' => Ok((12, rest)),
        b'n' => Ok((10, rest)),
        b'r' => Ok((13, rest)),
        b't' => Ok((9, rest)),
        b'v' => Ok((11, rest)),
        byte if letter < 0x80 && !byte.is_ascii_alphanumeric() => Ok((letter, rest)),
        _ => Err(invalid(rest)),
    }
}

/// What stopped a `\x`: an error of its own, or an invalid escape that ends before this rest.
type HexFault<'p> = Result<SyntaxError, &'p [u8]>;

/// Reads `7F` or `{10FFFF}`.
fn hexadecimal(text: &[u8]) -> Result<(u32, &[u8]), HexFault<'_>> {
    if text.is_empty() {
        return Err(Err(text));
    }
    let (first, mut rest) = next_rune(text).map_err(Ok)?;
    if first != u32::from(b'{') {
        if rest.is_empty() {
            return Err(Err(rest));
        }
        let (second, rest) = next_rune(rest).map_err(Ok)?;
        return match (digit(first), digit(second)) {
            (Some(first), Some(second)) => Ok((first * 16 + second, rest)),
            _ => Err(Err(rest)),
        };
    }
    let mut value = 0;
    let mut has_digits = false;
    loop {
        if rest.is_empty() {
            return Err(Err(rest));
        }
        let (rune, after) = next_rune(rest).map_err(Ok)?;
        rest = after;
        if rune == u32::from(b'}') {
            return if has_digits { Ok((value, rest)) } else { Err(Err(rest)) };
        }
        value = value * 16 + digit(rune).ok_or(Err(rest))?;
        if value > u32::from(char::MAX) {
            return Err(Err(rest));
        }
        has_digits = true;
    }
}

fn digit(rune: u32) -> Option<u32> {
    char::from_u32(rune)?.to_digit(16)
}
