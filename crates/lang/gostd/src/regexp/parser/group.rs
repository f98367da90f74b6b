//! Groups and their flags.

use super::{Flags, Item, Parser, SyntaxError, check_utf8, next_rune};

impl<'p> Parser<'p> {
    /// Opens a capturing group.
    pub(super) fn open_group(&mut self, name: String) {
        self.stack.push(Item::Paren(self.flags, Some(self.names.len())));
        self.names.push(name);
    }

    /// Closes the innermost group. Go: `parseRightParen`.
    pub(super) fn close_group(&mut self) -> Result<(), SyntaxError> {
        self.concatenate()?;
        self.alternate()?;
        let inner = self.stack.pop().and_then(Item::into_expression);
        let (Some(inner), Some(Item::Paren(flags, group))) = (inner, self.stack.pop()) else {
            return Err(SyntaxError::new("unexpected )", self.whole));
        };
        self.flags = flags;
        self.push(match group {
            Some(number) => inner.captured(number),
            None => inner,
        })
    }

    /// Reads `(?…`: a named group, or flags with or without a group. Go: `parsePerlFlags`.
    pub(super) fn perl_group(&mut self, text: &'p [u8]) -> Result<&'p [u8], SyntaxError> {
        let has_p = text.len() > 4 && text[2..].starts_with(b"P<");
        let has_name = text.len() > 3 && text[2] == b'<';
        if has_p || has_name {
            return self.named_group(text, if has_p { 4 } else { 3 });
        }
        let mut rest = &text[2..];
        let mut flags = self.flags;
        let mut value = true;
        let mut saw_flag = false;
        while !rest.is_empty() {
            let (rune, after) = next_rune(rest)?;
            rest = after;
            match char::from_u32(rune) {
                Some('i') => flags.fold_case = value,
                Some('m') => flags.multi_line = value,
                Some('s') => flags.dot_newline = value,
                Some('U') => flags.non_greedy = value,
                Some('-') if value => {
                    value = false;
                    saw_flag = false;
                    continue;
                }
                Some(end @ (':' | ')')) if value || saw_flag => {
                    self.set_flags(flags, end == ':');
                    return Ok(rest);
                }
                _ => break,
            }
            saw_flag = true;
        }
        let text = &text[..text.len() - rest.len()];
        Err(SyntaxError::new("invalid or unsupported Perl syntax", text))
    }

    fn set_flags(&mut self, flags: Flags, opens_group: bool) {
        if opens_group {
            self.stack.push(Item::Paren(self.flags, None));
        }
        self.flags = flags;
    }

    fn named_group(&mut self, text: &'p [u8], start: usize) -> Result<&'p [u8], SyntaxError> {
        let invalid = |text: &[u8]| SyntaxError::new("invalid named capture", text);
        let Some(end) = text.iter().position(|byte| *byte == b'>') else {
            check_utf8(text)?;
            return Err(invalid(text));
        };
        let name = check_utf8(&text[start..end])?;
        if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            return Err(invalid(&text[..=end]));
        }
        self.open_group(name.to_owned());
        Ok(&text[end + 1..])
    }
}
