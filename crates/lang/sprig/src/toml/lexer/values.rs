//! The states inside values: strings, numbers, dates.

use corten_gostd::{strconv, text};

use super::{Item, Kind, LexError, Lexer, State, is_newline, is_whitespace, quoted};

type Next = Result<State, LexError>;

impl Lexer<'_> {
    pub(super) fn value_step(&mut self) -> Next {
        match self.state {
            State::String => self.string(),
            State::MultilineString => self.multiline('"', State::MultilineString, Kind::MultilineString),
            State::RawString => self.raw_string(),
            State::MultilineRawString => self.multiline('\'', State::MultilineRawString, Kind::RawMultilineString),
            State::MultilineStringEscape => {
                if self.next()?.is_some_and(is_newline) {
                    return Ok(State::MultilineString);
                }
                self.backup();
                self.stack.push(State::MultilineString);
                self.string_escape()
            }
            State::StringEscape => self.string_escape(),
            State::NumberOrDateStart => {
                let is_zero = self.next()? == Some('0');
                Ok(if is_zero { State::BaseNumberOrDate } else { State::NumberOrDate })
            }
            State::NumberOrDate => match self.next_after(|rune| rune.is_ascii_digit())? {
                Some('-' | ':') => Ok(State::Datetime),
                Some('_') => Ok(State::DecimalNumber),
                Some('.' | 'e' | 'E') => Ok(State::Float),
                _ => self.finish(Kind::Integer),
            },
            State::BaseNumberOrDate => self.base_number_or_date(),
            State::Datetime => {
                let is_part = |rune: char| {
                    rune.is_ascii_digit() || matches!(rune, '-' | ':' | 'T' | 't' | ' ' | '.' | 'Z' | 'z' | '+')
                };
                self.next_after(is_part)?;
                self.backup();
                let item = Item { kind: Kind::Datetime, text: text::trim_space(self.current()), line: self.line };
                self.items.push_back(Ok(item));
                self.start = self.position;
                Ok(self.pop())
            }
            State::HexInteger => self.integer(|rune| rune.is_ascii_hexdigit()),
            State::OctalInteger => self.integer(|rune| matches!(rune, '0'..='7')),
            State::BinaryInteger => self.integer(|rune| matches!(rune, '0' | '1')),
            State::DecimalNumber => match self.next_after(|rune| rune.is_ascii_digit() || rune == '_')? {
                Some('.' | 'e' | 'E') => Ok(State::Float),
                _ => self.finish(Kind::Integer),
            },
            State::DecimalNumberStart => self.decimal_number_start(),
            State::Float => {
                let is_part = |rune: char| rune.is_ascii_digit() || matches!(rune, '_' | '.' | '-' | '+' | 'e' | 'E');
                self.next_after(is_part)?;
                self.finish(Kind::Float)
            }
            State::Bool => self.boolean(),
            _ => self.value(),
        }
    }

    /// Skips what is accepted and reads one character more.
    fn next_after(&mut self, accept: impl Fn(char) -> bool) -> Result<Option<char>, LexError> {
        loop {
            let rune = self.next()?;
            if !rune.is_some_and(&accept) {
                return Ok(rune);
            }
        }
    }

    /// Steps back and emits.
    fn finish(&mut self, kind: Kind) -> Next {
        self.backup();
        self.emit(kind);
        Ok(self.pop())
    }

    fn integer(&mut self, is_digit: fn(char) -> bool) -> Next {
        self.next_after(|rune| is_digit(rune) || rune == '_')?;
        self.finish(Kind::Integer)
    }

    fn value(&mut self) -> Next {
        let rune = self.next()?;
        match rune {
            Some(space) if is_whitespace(space) => return self.skip(State::Value),
            Some('0'..='9') => {
                self.backup();
                return Ok(State::NumberOrDateStart);
            }
            Some('[') => {
                self.ignore();
                self.emit(Kind::Array);
                return Ok(State::ArrayValue);
            }
            Some('{') => {
                self.ignore();
                self.emit(Kind::InlineTableStart);
                return Ok(State::InlineTableValue);
            }
            Some('"') => return self.open_string('"', State::String, State::MultilineString),
            Some('\'') => return self.open_string('\'', State::RawString, State::MultilineRawString),
            Some('.') => return Err(self.errorf("floats must start with a digit, not '.'")),
            Some('i' | 'n') => {
                let is_infinite = self.accept('n')? && self.accept('f')?;
                if is_infinite || (self.accept('a')? && self.accept('n')?) {
                    self.emit(Kind::Float);
                    return Ok(self.pop());
                }
            }
            Some('-' | '+') => return Ok(State::DecimalNumberStart),
            _ => {}
        }
        if rune.is_some_and(text::is_letter) {
            self.backup();
            return Ok(State::Bool);
        }
        match rune {
            None => Err(self.errorf("unexpected EOF; expected value")),
            other => {
                let message = format!("expected value but found {} instead", quoted(other));
                Err(if other == Some('\n') { self.error_on_previous_line(message) } else { self.errorf(message) })
            }
        }
    }

    fn open_string(&mut self, quote: char, single: State, multiline: State) -> Next {
        if self.accept(quote)? {
            if self.accept(quote)? {
                return self.skip(multiline);
            }
            self.backup();
        }
        self.skip(single)
    }

    fn string(&mut self) -> Next {
        match self.next_after(|rune| !is_newline(rune) && !matches!(rune, '\\' | '"'))? {
            None => Err(self.errorf("unexpected EOF; expected '\"'")),
            Some('\\') => {
                self.stack.push(State::String);
                Ok(State::StringEscape)
            }
            Some('"') => {
                self.backup();
                let has_escape = std::mem::take(&mut self.has_escape);
                self.emit(if has_escape { Kind::EscapedString } else { Kind::String });
                self.next()?;
                self.ignore();
                Ok(self.pop())
            }
            Some(_) => Err(self.error_on_previous_line("strings cannot contain newlines")),
        }
    }

    fn raw_string(&mut self) -> Next {
        match self.next_after(|rune| !is_newline(rune) && rune != '\'')? {
            None => Err(self.errorf("unexpected EOF; expected \"'\"")),
            Some('\'') => {
                self.backup();
                self.emit(Kind::RawString);
                self.next()?;
                self.ignore();
                Ok(self.pop())
            }
            Some(_) => Err(self.error_on_previous_line("strings cannot contain newlines")),
        }
    }

    /// Go: `lexMultilineString` and `lexMultilineRawString`: up to two quotes may stand before the
    /// closing three.
    fn multiline(&mut self, quote: char, state: State, kind: Kind) -> Next {
        let escapes = quote == '"';
        match self.next_after(|rune| rune != quote && !(escapes && rune == '\\'))? {
            None => {
                let (open, close) = if escapes { ("'", "'") } else { ("\"", "\"") };
                let quotes = quote.to_string().repeat(3);
                Err(self.errorf(format!("unexpected EOF; expected {open}{quotes}{close}")))
            }
            Some('\\') if escapes => Ok(State::MultilineStringEscape),
            Some(_) => {
                if !self.accept(quote)? {
                    return Ok(state);
                }
                if !self.accept(quote)? {
                    self.backup();
                    return Ok(state);
                }
                if self.peek()? == Some(quote) {
                    return self.many_quotes(quote, state);
                }
                for _ in 0..3 {
                    self.backup();
                }
                if escapes {
                    self.has_escape = false;
                }
                self.emit(kind);
                for _ in 0..3 {
                    self.next()?;
                }
                self.ignore();
                Ok(self.pop())
            }
        }
    }

    fn many_quotes(&mut self, quote: char, state: State) -> Next {
        let current = self.current();
        let too_many = if quote == '"' {
            current.ends_with(br#"""""""#) && !current.ends_with(br#"\""""""#)
        } else {
            current.ends_with(b"'''''")
        };
        if too_many {
            let (wrap, quotes) = (if quote == '"' { '\'' } else { '"' }, quote.to_string().repeat(6));
            return Err(self.errorf(format!("unexpected {wrap}{quotes}{wrap}")));
        }
        self.backup();
        self.backup();
        Ok(state)
    }

    fn string_escape(&mut self) -> Next {
        self.has_escape = true;
        let rune = self.next()?;
        match rune {
            Some('e' | 'b' | 't' | 'n' | 'f' | 'r' | '"' | ' ' | '\t' | '\\') => Ok(self.pop()),
            Some('x') => self.hex_escape(2, "two", 'x'),
            Some('u') => self.hex_escape(4, "four", 'u'),
            Some('U') => self.hex_escape(8, "eight", 'U'),
            other => Err(self.error(format!("invalid escape in string '\\{}'", other.unwrap_or('\0')))),
        }
    }

    fn hex_escape(&mut self, digits: usize, count: &str, letter: char) -> Next {
        for _ in 0..digits {
            if !self.next()?.is_some_and(|rune| rune.is_ascii_hexdigit()) {
                let found = strconv::quote(self.current());
                let message =
                    format!("expected {count} hexadecimal digits after '\\{letter}', but got {found} instead");
                return Err(self.errorf(message));
            }
        }
        Ok(self.pop())
    }

    fn base_number_or_date(&mut self) -> Next {
        let rune = self.next()?;
        let (what, is_digit, state): (_, fn(char) -> bool, _) = match rune {
            Some('0'..='9') => return Ok(State::NumberOrDate),
            Some('_') => return Ok(State::DecimalNumber),
            Some('.' | 'e' | 'E') => return Ok(State::Float),
            Some('b') => ("a binary", |rune| matches!(rune, '0' | '1'), State::BinaryInteger),
            Some('o') => ("an octal", |rune| matches!(rune, '0'..='7'), State::OctalInteger),
            Some('x') => ("a hexadecimal", |rune| rune.is_ascii_hexdigit(), State::HexInteger),
            _ => return self.finish(Kind::Integer),
        };
        let next = self.peek()?;
        if next.is_some_and(is_digit) {
            return Ok(state);
        }
        let current = String::from_utf8_lossy(self.current());
        Err(self.errorf(format!("not {what} number: '{current}{}'", next.unwrap_or('\0'))))
    }

    fn decimal_number_start(&mut self) -> Next {
        let rune = self.next()?;
        match rune {
            Some(letter @ ('i' | 'n')) => {
                let (second, third) = if letter == 'i' { ('n', 'f') } else { ('a', 'n') };
                if !self.accept(second)? || !self.accept(third)? {
                    let current = String::from_utf8_lossy(self.current());
                    return Err(self.errorf(format!("invalid float: '{current}'")));
                }
                self.emit(Kind::Float);
                return Ok(self.pop());
            }
            Some('0') => {
                if let Some(base @ ('b' | 'o' | 'x')) = self.peek()? {
                    let current = String::from_utf8_lossy(self.current());
                    let message = format!("cannot use sign with non-decimal numbers: '{current}{base}'");
                    return Err(self.errorf(message));
                }
            }
            Some('.') => return Err(self.errorf("floats must start with a digit, not '.'")),
            _ => {}
        }
        if rune.is_some_and(|rune| rune.is_ascii_digit()) {
            return Ok(State::DecimalNumber);
        }
        Err(self.errorf(format!("expected a digit but got {}", quoted(rune))))
    }

    fn boolean(&mut self) -> Next {
        let start = self.position;
        self.next_after(text::is_letter)?;
        self.backup();
        match &self.input[start..self.position] {
            b"true" | b"false" => {
                self.emit(Kind::Bool);
                Ok(self.pop())
            }
            other => Err(self.errorf(format!("expected value but found {} instead", strconv::quote(other)))),
        }
    }
}
