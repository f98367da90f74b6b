//! Splits a template's text into tokens. Go: parse/lex.go.
//!
//! Works on bytes: a byte that is not UTF-8 reads as U+FFFD. Trim markers and comments never leave
//! the lexer. After the first error it yields nothing of use, and the parser stops there.

mod token;

pub(crate) use token::{Token, TokenKind};

use corten_gostd::text::{decode_rune, is_digit, is_letter, is_print};

use crate::tree::Span;

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";
/// The trim marker and the space beside it.
const MARKER: usize = 2;
/// Less text is counted one byte after the other.
const SHORT: usize = 16;

/// The lexer. Positions are byte offsets, lines count from 1.
pub(crate) struct Lexer<'a> {
    whole: &'a [u8],
    /// The same, until an error empties it.
    text: &'a [u8],
    position: usize,
    start: usize,
    line: u32,
    start_line: u32,
    parentheses: usize,
    inside_action: bool,
    /// Whether `break` and `continue` are functions of the table, not keywords.
    break_is_name: bool,
    continue_is_name: bool,
    /// The text of the error token.
    error: Vec<u8>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a [u8], break_is_name: bool, continue_is_name: bool) -> Self {
        Self {
            whole: text,
            text,
            position: 0,
            start: 0,
            line: 1,
            start_line: 1,
            parentheses: 0,
            inside_action: false,
            break_is_name,
            continue_is_name,
            error: Vec::new(),
        }
    }

    /// The bytes of a token; the message of an error token.
    pub(crate) fn value(&self, token: Token) -> &[u8] {
        match token.kind {
            TokenKind::Error => &self.error,
            TokenKind::Eof => b"EOF",
            _ => &self.whole[token.span.range()],
        }
    }

    pub(crate) fn next_token(&mut self) -> Token {
        if self.inside_action { self.lex_action() } else { self.lex_text() }
    }

    fn lex_text(&mut self) -> Token {
        loop {
            let Some(offset) = find_left(self.rest()) else {
                self.position = self.text.len();
                self.count_lines();
                return self.token(if self.position > self.start { TokenKind::Text } else { TokenKind::Eof });
            };
            if offset > 0 {
                self.position += offset;
                let is_trimmed = has_left_marker(&self.text[self.position + LEFT.len()..]);
                let trim = if is_trimmed { trailing_space(&self.text[self.start..self.position]) } else { 0 };
                self.position -= trim;
                self.count_lines();
                let token = self.token(TokenKind::Text);
                self.position += trim;
                self.ignore();
                if token.span.len() > 0 {
                    return token;
                }
            }
            if let Some(token) = self.lex_left_delimiter() {
                return token;
            }
        }
    }

    /// None after a comment.
    fn lex_left_delimiter(&mut self) -> Option<Token> {
        self.position += LEFT.len();
        let marker = if has_left_marker(self.rest()) { MARKER } else { 0 };
        if self.text[self.position + marker..].starts_with(b"/*") {
            self.position += marker;
            self.ignore();
            return self.lex_comment();
        }
        let token = self.token(TokenKind::LeftDelimiter);
        self.inside_action = true;
        self.position += marker;
        self.ignore();
        self.parentheses = 0;
        Some(token)
    }

    fn lex_comment(&mut self) -> Option<Token> {
        self.position += 2;
        let Some(offset) = memchr::memmem::find(self.rest(), b"*/") else {
            return Some(self.fail("unclosed comment"));
        };
        self.position += offset + 2;
        let Some(is_trimmed) = self.at_right_delimiter() else {
            return Some(self.fail("comment ends before closing delimiter"));
        };
        self.position += RIGHT.len();
        if is_trimmed {
            self.position += MARKER;
            self.position += leading_space(self.rest());
        }
        self.ignore();
        None
    }

    fn lex_right_delimiter(&mut self, is_trimmed: bool) -> Token {
        if is_trimmed {
            self.position += MARKER;
            self.ignore();
        }
        self.position += RIGHT.len();
        let token = self.token(TokenKind::RightDelimiter);
        if is_trimmed {
            self.position += leading_space(self.rest());
            self.ignore();
        }
        self.inside_action = false;
        token
    }

    fn lex_action(&mut self) -> Token {
        let Some(&first) = self.text.get(self.position) else {
            return self.fail("unclosed action");
        };
        if let Some(token) = self.lex_plain(first) {
            return token;
        }
        // Only these begin a right delimiter.
        let is_space = is_space_byte(first);
        if (is_space || first == b'}')
            && let Some(is_trimmed) = self.at_right_delimiter()
        {
            if self.parentheses == 0 {
                return self.lex_right_delimiter(is_trimmed);
            }
            return self.fail("unclosed left paren");
        }
        if is_space {
            return self.lex_space();
        }
        let Some(symbol) = self.next() else {
            return self.fail("unclosed action");
        };
        match symbol {
            '=' => self.token(TokenKind::Assign),
            ':' if self.next() == Some('=') => self.token(TokenKind::Declare),
            ':' => self.fail("expected :="),
            '|' => self.token(TokenKind::Pipe),
            '"' => self.lex_quoted(b'"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.lex_quoted(b'\'', TokenKind::Char, "unterminated character constant"),
            '`' => self.lex_raw_quoted(),
            '$' => self.lex_field_or_variable(TokenKind::Variable),
            '.' if self.rest().first().is_some_and(|byte| !byte.is_ascii_digit()) => {
                self.lex_field_or_variable(TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.position = self.start;
                self.lex_number()
            }
            _ if is_alphanumeric(symbol) => self.lex_identifier(),
            '(' => {
                self.parentheses += 1;
                self.token(TokenKind::LeftParenthesis)
            }
            ')' if self.parentheses == 0 => self.fail("unexpected right paren"),
            ')' => {
                self.parentheses -= 1;
                self.token(TokenKind::RightParenthesis)
            }
            '!'..='~' => self.token(TokenKind::Symbol),
            _ => self.fail(format!("unrecognized character in action: {}", unicode_name(symbol))),
        }
    }

    /// The tokens that most of an action is made of, in ASCII: a lone space, words, fields, variables, strings
    /// without escapes, parentheses. Anything else is left where it is.
    #[inline]
    fn lex_plain(&mut self, first: u8) -> Option<Token> {
        let text = self.text;
        let at = |position: usize| text.get(position).copied().unwrap_or_default();
        let mut end = self.position + 1;
        let kind = match first {
            b' ' if !is_space_byte(at(end)) && at(end) != b'-' => TokenKind::Space,
            b'"' => {
                while !matches!(at(end), b'"' | b'\\' | b'\n') && end < text.len() {
                    end += 1;
                }
                if at(end) != b'"' {
                    return None;
                }
                end += 1;
                TokenKind::String
            }
            b'(' => {
                self.parentheses += 1;
                TokenKind::LeftParenthesis
            }
            b')' if self.parentheses > 0 => {
                self.parentheses -= 1;
                TokenKind::RightParenthesis
            }
            b'|' => TokenKind::Pipe,
            b'.' | b'$' | b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                // A field has a letter behind its dot, or it may be a number.
                if first == b'.' && (at(end).is_ascii_digit() || !WORD[usize::from(at(end))]) {
                    return None;
                }
                while WORD[usize::from(at(end))] {
                    end += 1;
                }
                if !matches!(at(end), b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(') {
                    return None;
                }
                match first {
                    b'.' => TokenKind::Field,
                    b'$' => TokenKind::Variable,
                    _ => self.word(&text[self.position..end]),
                }
            }
            _ => return None,
        };
        self.position = end;
        Some(self.token(kind))
    }

    /// What a word is.
    fn word(&self, word: &[u8]) -> TokenKind {
        match TokenKind::keyword(word) {
            Some(TokenKind::Break) if self.break_is_name => TokenKind::Identifier,
            Some(TokenKind::Continue) if self.continue_is_name => TokenKind::Identifier,
            Some(keyword) => keyword,
            None if matches!(word, b"true" | b"false") => TokenKind::Bool,
            None => TokenKind::Identifier,
        }
    }

    /// A run of spaces; the last one belongs to a trim marker that may follow.
    fn lex_space(&mut self) -> Token {
        let mut count = 0_usize;
        while let Some(&byte) = self.rest().first().filter(|byte| is_space_byte(**byte)) {
            self.position += 1;
            self.line += u32::from(byte == b'\n');
            count += 1;
        }
        let last = self.position - 1;
        if has_right_marker(&self.text[last..]) && self.text[last + MARKER..].starts_with(RIGHT) {
            self.position = last;
            if self.text[last] == b'\n' {
                self.line -= 1;
            }
            if count == 1 {
                return self.lex_right_delimiter(true);
            }
        }
        self.token(TokenKind::Space)
    }

    fn lex_identifier(&mut self) -> Token {
        let next = self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.fail_at(next);
        }
        let kind = self.word(&self.text[self.start..self.position]);
        self.token(kind)
    }

    /// The first character, `.` or `$`, is consumed.
    fn lex_field_or_variable(&mut self, kind: TokenKind) -> Token {
        if self.at_terminator() {
            return self.token(if kind == TokenKind::Variable { kind } else { TokenKind::Dot });
        }
        let next = self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.fail_at(next);
        }
        self.token(kind)
    }

    fn skip_alphanumeric(&mut self) -> Option<char> {
        loop {
            self.position += self.rest().iter().take_while(|byte| WORD[usize::from(**byte)]).count();
            let next = self.peek();
            if !next.is_some_and(is_alphanumeric) {
                return next;
            }
            self.next();
        }
    }

    fn fail_at(&mut self, symbol: Option<char>) -> Token {
        let name = symbol.map(unicode_name).unwrap_or_default();
        self.fail(format!("bad character {name}"))
    }

    /// Whether an identifier may end here.
    fn at_terminator(&self) -> bool {
        self.rest()
            .first()
            .is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'('))
            || self.rest().starts_with(RIGHT)
    }

    /// A string or character constant; the parser checks its escapes.
    fn lex_quoted(&mut self, quote: u8, kind: TokenKind, unterminated: &str) -> Token {
        loop {
            // Neither quotes, backslashes nor newlines are part of a longer rune.
            let is_plain = |byte: &&u8| **byte != quote && !matches!(**byte, b'\\' | b'\n');
            self.position += self.rest().iter().take_while(is_plain).count();
            match self.next() {
                Some('\\') if !matches!(self.next(), None | Some('\n')) => {}
                None | Some('\n' | '\\') => return self.fail(unterminated),
                Some(symbol) if symbol == char::from(quote) => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn lex_raw_quoted(&mut self) -> Token {
        match memchr::memchr(b'`', self.rest()) {
            Some(offset) => {
                let from = self.position;
                self.position += offset + 1;
                self.line += newlines(&self.text[from..self.position]);
                self.token(TokenKind::RawString)
            }
            None => self.fail("unterminated raw quoted string"),
        }
    }

    fn lex_number(&mut self) -> Token {
        if !self.scan_number() {
            return self.fail_number();
        }
        if matches!(self.rest().first(), Some(b'+' | b'-')) {
            // Complex: 1+2i, without spaces.
            if !self.scan_number() || self.text[self.position - 1] != b'i' {
                return self.fail_number();
            }
            return self.token(TokenKind::Complex);
        }
        self.token(TokenKind::Number)
    }

    fn fail_number(&mut self) -> Token {
        let mut message = b"bad number syntax: ".to_vec();
        corten_gostd::strconv::append_quote(&mut message, &self.text[self.start..self.position]);
        self.fail(message)
    }

    /// Accepts more than numbers; what is wrong fails in the parser.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if (digits.len() == 11 && self.accept(b"eE")) || (digits.len() == 23 && self.accept(b"pP")) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let is_accepted = self.rest().first().is_some_and(|byte| valid.contains(byte));
        self.position += usize::from(is_accepted);
        is_accepted
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    /// Whether a right delimiter is here, and whether it trims.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_marker(rest) && rest[MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        decode(self.rest()).map(|(symbol, _)| symbol)
    }

    fn next(&mut self) -> Option<char> {
        let (symbol, width) = decode(self.rest())?;
        self.position += width;
        self.line += u32::from(symbol == '\n');
        Some(symbol)
    }

    /// Skips what was read. Go counts the newlines of it once more when they went through `next`.
    fn ignore(&mut self) {
        self.count_lines();
        self.start = self.position;
        self.start_line = self.line;
    }

    fn count_lines(&mut self) {
        self.line += newlines(&self.text[self.start..self.position]);
    }

    fn token(&mut self, kind: TokenKind) -> Token {
        let token = Token { kind, span: span(self.start, self.position), line: self.start_line };
        self.start = self.position;
        self.start_line = self.line;
        token
    }

    fn fail(&mut self, message: impl Into<Vec<u8>>) -> Token {
        self.error = message.into();
        let token = Token { kind: TokenKind::Error, span: span(self.start, self.start), line: self.start_line };
        self.text = &[];
        self.start = 0;
        self.position = 0;
        token
    }
}

/// The bytes of ASCII words.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = byte == b'_' || byte.is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

/// Where the next left delimiter begins. Single braces are rare.
fn find_left(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|&at| text.get(at + 1) == Some(&b'{'))
}

/// Texts of 4 GiB and more do not get here: the set refuses them.
fn span(start: usize, end: usize) -> Span {
    let limit = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span { start: limit(start), end: limit(end) }
}

/// The first rune and its width; none at the end.
#[inline]
fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes.first()? {
        byte @ 0..0x80 => Some((char::from(byte), 1)),
        _ => Some(decode_rune(bytes)),
    }
}

/// Go: `fmt.Sprintf("%#U", r)`.
fn unicode_name(symbol: char) -> String {
    let code = u32::from(symbol);
    if is_print(symbol) { format!("U+{code:04X} '{symbol}'") } else { format!("U+{code:04X}") }
}

fn newlines(bytes: &[u8]) -> u32 {
    if bytes.len() < SHORT {
        return bytes.iter().map(|byte| u32::from(*byte == b'\n')).sum();
    }
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_alphanumeric(symbol: char) -> bool {
    if symbol.is_ascii() {
        return WORD[symbol as usize];
    }
    is_letter(symbol) || is_digit(symbol)
}

fn has_left_marker(bytes: &[u8]) -> bool {
    matches!(bytes, [b'-', space, ..] if is_space_byte(*space))
}

fn has_right_marker(bytes: &[u8]) -> bool {
    matches!(bytes, [space, b'-', ..] if is_space_byte(*space))
}

fn leading_space(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space_byte(**byte)).count()
}

fn trailing_space(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| is_space_byte(**byte)).count()
}
