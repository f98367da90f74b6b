//! Anchors, aliases, tags and directives.

use std::borrow::Cow;

use super::Scanner;
use super::characters::character_width;
use crate::Error;
use crate::token::{Tag, TokenKind};

impl<'a> Scanner<'a> {
    /// Go: `yaml_parser_fetch_anchor` and `yaml_parser_scan_anchor`.
    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.position += 1;
        let name = self.scan_word();
        let ends_well =
            self.is_blank_or_end(0) || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends_well {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.check_fault()?;
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    /// Letters, digits, `_` and `-`.
    fn scan_word(&mut self) -> &'a str {
        let start = self.position;
        while is_word(self.byte(0)) {
            self.position += 1;
        }
        self.slice(start, self.position)
    }

    /// Go: `yaml_parser_fetch_tag` and `yaml_parser_scan_tag`.
    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        let tag = if self.byte(1) == b'<' {
            self.position += 2;
            let suffix = self.scan_tag_uri("")?;
            if self.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.position += 1;
            Tag { handle: Cow::Borrowed(""), suffix }
        } else {
            self.scan_short_tag()?
        };
        if !self.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.check_fault()?;
        self.push(TokenKind::Tag(Box::new(tag)), start);
        Ok(())
    }

    fn scan_short_tag(&mut self) -> Result<Tag<'a>, Error> {
        let handle = self.scan_tag_handle(false)?;
        if handle.len() > 1 && handle.ends_with('!') {
            return Ok(Tag { handle: Cow::Borrowed(handle), suffix: self.scan_tag_uri("")? });
        }
        let suffix = self.scan_tag_uri(handle)?;
        if suffix.is_empty() {
            // Go: the tag `!` has no handle.
            return Ok(Tag { handle: Cow::Borrowed(""), suffix: Cow::Borrowed("!") });
        }
        Ok(Tag { handle: Cow::Borrowed("!"), suffix })
    }

    /// Go: `yaml_parser_scan_tag_handle`.
    fn scan_tag_handle(&mut self, directive: bool) -> Result<&'a str, Error> {
        if self.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let start = self.position;
        self.position += 1;
        self.scan_word();
        if self.byte(0) == b'!' {
            self.position += 1;
        } else if directive && self.position - start != 1 {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(self.slice(start, self.position))
    }

    /// Go: `yaml_parser_scan_tag_uri`, after a head whose `!` is left out.
    fn scan_tag_uri(&mut self, head: &str) -> Result<Cow<'a, str>, Error> {
        let start = self.position;
        let mut bytes = head.as_bytes().get(1..).unwrap_or_default().to_vec();
        loop {
            match self.byte(0) {
                b'%' => self.scan_uri_escapes(&mut bytes)?,
                byte if is_uri(byte) => {
                    bytes.push(byte);
                    self.position += 1;
                }
                _ => break,
            }
        }
        self.check_fault()?;
        if head.is_empty() && self.position == start {
            return Err(self.error("did not find expected tag URI"));
        }
        // Escapes may spell bytes that are not UTF-8; tags are only compared.
        Ok(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Go: `yaml_parser_scan_uri_escapes`: the escaped bytes of one character.
    fn scan_uri_escapes(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut left = None;
        loop {
            let digits = (char::from(self.byte(1)).to_digit(16), char::from(self.byte(2)).to_digit(16));
            let (b'%', (Some(high), Some(low))) = (self.byte(0), digits) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            let rest = match left {
                Some(_) if octet & 0xC0 != 0x80 => {
                    return Err(self.error("found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => left - 1,
                None if (0x80..0xC0).contains(&octet) || octet >= 0xF8 => {
                    return Err(self.error("found an incorrect leading UTF-8 octet"));
                }
                None => character_width(octet) - 1,
            };
            out.push(octet);
            self.position += 3;
            if rest == 0 {
                return Ok(());
            }
            left = Some(rest);
        }
    }

    /// Go: `yaml_parser_fetch_directive` and `yaml_parser_scan_directive`.
    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.position += 1;
        let name = self.scan_word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.is_blank_or_end(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.push(kind, start);
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_line_rest();
        }
        if !self.is_break_or_end(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.check_fault()?;
        self.skip_break();
        Ok(())
    }

    fn scan_version(&mut self) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if self.byte(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.position += 1;
        let minor = self.scan_version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8, Error> {
        let (mut number, mut length) = (0, 0);
        while self.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + (self.byte(0) - b'0');
            self.position += 1;
        }
        if length == 0 {
            return Err(self.error("did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let handle = Cow::Borrowed(self.scan_tag_handle(true)?);
        if !self.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        let suffix = self.scan_tag_uri("")?;
        if !self.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective(Box::new(Tag { handle, suffix })))
    }
}

/// Go: `is_alpha`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The characters of a tag's URI besides escapes.
fn is_uri(byte: u8) -> bool {
    is_word(byte)
        || matches!(
            byte,
            b';' | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
        )
}
