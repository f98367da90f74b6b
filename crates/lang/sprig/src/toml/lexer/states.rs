//! The states between values: top level, table names, keys, arrays, inline tables, comments.

use super::{Kind, LexError, Lexer, is_newline, is_whitespace, quoted};

/// A state of the lexer. Go: the `lex…` functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::toml) enum State {
    Top,
    TopEnd,
    TableStart,
    TableEnd,
    ArrayTableEnd,
    TableNameStart,
    TableNameEnd,
    BareName,
    QuotedName,
    KeyStart,
    KeyNameStart,
    KeyEnd,
    Value,
    ArrayValue,
    ArrayValueEnd,
    ArrayEnd,
    InlineTableValue,
    InlineTableValueEnd,
    InlineTableEnd,
    String,
    MultilineString,
    RawString,
    MultilineRawString,
    MultilineStringEscape,
    StringEscape,
    NumberOrDateStart,
    NumberOrDate,
    BaseNumberOrDate,
    Datetime,
    HexInteger,
    OctalInteger,
    BinaryInteger,
    DecimalNumber,
    DecimalNumberStart,
    Float,
    Bool,
    CommentStart,
    Comment,
}

type Next = Result<State, LexError>;

impl Lexer<'_> {
    pub(super) fn step(&mut self) -> Next {
        match self.state {
            State::Top => self.top(),
            State::TopEnd => self.top_end(),
            State::TableStart => self.table_start(),
            State::TableEnd => {
                self.emit(Kind::TableEnd);
                Ok(State::TopEnd)
            }
            State::ArrayTableEnd => match self.next()? {
                Some(']') => {
                    self.emit(Kind::ArrayTableEnd);
                    Ok(State::TopEnd)
                }
                other => Err(self.errorf(format!(
                    "expected end of table array name delimiter ']', but got {} instead",
                    quoted(other)
                ))),
            },
            State::TableNameStart => self.table_name_start(),
            State::TableNameEnd => self.table_name_end(),
            State::BareName => self.bare_name(),
            State::QuotedName => self.quoted_name(),
            State::KeyStart => self.key_start(),
            State::KeyNameStart => self.key_name_start(),
            State::KeyEnd => self.key_end(),
            State::ArrayValue => self.array_value(),
            State::ArrayValueEnd => self.array_value_end(),
            State::ArrayEnd => {
                self.ignore();
                self.emit(Kind::ArrayEnd);
                Ok(self.pop())
            }
            State::InlineTableValue => self.inline_table_value(),
            State::InlineTableValueEnd => self.inline_table_value_end(),
            State::InlineTableEnd => {
                self.ignore();
                self.emit(Kind::InlineTableEnd);
                Ok(self.pop())
            }
            State::CommentStart => {
                self.ignore();
                self.emit(Kind::CommentStart);
                Ok(State::Comment)
            }
            State::Comment => {
                while self.next()?.is_some_and(|rune| !is_newline(rune)) {}
                self.backup();
                self.emit(Kind::Text);
                Ok(self.pop())
            }
            _ => self.value_step(),
        }
    }

    pub(super) fn skip(&mut self, next: State) -> Next {
        self.ignore();
        Ok(next)
    }

    fn comment(&mut self, after: State) -> Next {
        self.stack.push(after);
        Ok(State::CommentStart)
    }

    fn top(&mut self) -> Next {
        match self.next()? {
            Some(rune) if is_whitespace(rune) || is_newline(rune) => self.skip(State::Top),
            Some('#') => self.comment(State::Top),
            Some('[') => Ok(State::TableStart),
            None if self.position > self.start => Err(self.errorf("unexpected EOF")),
            None => {
                self.emit(Kind::End);
                Ok(State::Top)
            }
            Some(_) => {
                self.backup();
                self.stack.push(State::TopEnd);
                Ok(State::KeyStart)
            }
        }
    }

    fn top_end(&mut self) -> Next {
        match self.next()? {
            Some('#') => self.comment(State::Top),
            Some(rune) if is_whitespace(rune) => Ok(State::TopEnd),
            Some(rune) if is_newline(rune) => self.skip(State::Top),
            None => {
                self.emit(Kind::End);
                Ok(State::Top)
            }
            other => Err(self.errorf(format!(
                "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                quoted(other)
            ))),
        }
    }

    fn table_start(&mut self) -> Next {
        if self.peek()? == Some('[') {
            self.next()?;
            self.emit(Kind::ArrayTableStart);
            self.stack.push(State::ArrayTableEnd);
        } else {
            self.emit(Kind::TableStart);
            self.stack.push(State::TableEnd);
        }
        Ok(State::TableNameStart)
    }

    fn table_name_start(&mut self) -> Next {
        self.skip_whitespace()?;
        match self.peek()? {
            Some(']') | None => Err(self.errorf("unexpected end of table name (table names cannot be empty)")),
            Some('.') => Err(self.errorf("unexpected table separator (table names cannot be empty)")),
            Some('"' | '\'') => {
                self.ignore();
                self.stack.push(State::TableNameEnd);
                Ok(State::QuotedName)
            }
            Some(_) => {
                self.stack.push(State::TableNameEnd);
                Ok(State::BareName)
            }
        }
    }

    fn table_name_end(&mut self) -> Next {
        self.skip_whitespace()?;
        match self.next()? {
            Some('.') => self.skip(State::TableNameStart),
            Some(']') => Ok(self.pop()),
            other => {
                Err(self.errorf(format!("expected '.' or ']' to end table name, but got {} instead", quoted(other))))
            }
        }
    }

    fn bare_name(&mut self) -> Next {
        let is_bare = |rune: char| rune.is_ascii_alphanumeric() || matches!(rune, '_' | '-');
        while self.next()?.is_some_and(is_bare) {}
        self.backup();
        self.emit(Kind::Text);
        Ok(self.pop())
    }

    fn quoted_name(&mut self) -> Next {
        match self.next()? {
            Some('"') => self.skip(State::String),
            Some('\'') => self.skip(State::RawString),
            None => Err(self.errorf("unexpected EOF; expected value")),
            other => Err(self.errorf(format!("expected value but found {} instead", quoted(other)))),
        }
    }

    fn key_start(&mut self) -> Next {
        self.skip_whitespace()?;
        match self.peek()? {
            Some('=') | None => return Err(self.errorf("unexpected '=': key name appears blank")),
            Some('.') => return Err(self.errorf("unexpected '.': keys cannot start with a '.'")),
            Some('"' | '\'') => self.ignore(),
            Some(_) => {}
        }
        self.emit(Kind::KeyStart);
        Ok(State::KeyNameStart)
    }

    fn key_name_start(&mut self) -> Next {
        self.skip_whitespace()?;
        match self.peek()? {
            Some('"' | '\'') => {
                self.ignore();
                self.stack.push(State::KeyEnd);
                Ok(State::QuotedName)
            }
            Some('=') | None => Err(self.errorf("unexpected '='")),
            Some('.') => Err(self.errorf("unexpected '.'")),
            Some(_) => {
                self.stack.push(State::KeyEnd);
                Ok(State::BareName)
            }
        }
    }

    fn key_end(&mut self) -> Next {
        self.skip_whitespace()?;
        match self.next()? {
            None => Err(self.errorf("unexpected EOF; expected key separator '='")),
            Some('.') => self.skip(State::KeyNameStart),
            Some('=') => {
                self.emit(Kind::KeyEnd);
                self.skip(State::Value)
            }
            other => {
                let message = format!("expected '.' or '=', but got {} instead", quoted(other));
                Err(if other == Some('\n') { self.error_on_previous_line(message) } else { self.errorf(message) })
            }
        }
    }

    fn array_value(&mut self) -> Next {
        match self.next()? {
            Some(rune) if is_whitespace(rune) || is_newline(rune) => self.skip(State::ArrayValue),
            Some('#') => self.comment(State::ArrayValue),
            Some(',') => Err(self.errorf("unexpected comma")),
            Some(']') => Ok(State::ArrayEnd),
            _ => {
                self.backup();
                self.stack.push(State::ArrayValueEnd);
                Ok(State::Value)
            }
        }
    }

    fn array_value_end(&mut self) -> Next {
        match self.next()? {
            Some(rune) if is_whitespace(rune) || is_newline(rune) => self.skip(State::ArrayValueEnd),
            Some('#') => self.comment(State::ArrayValueEnd),
            Some(',') => self.skip(State::ArrayValue),
            Some(']') => Ok(State::ArrayEnd),
            other => Err(self
                .errorf(format!("expected a comma (',') or array terminator (']'), but got {}", rune_or_end(other)))),
        }
    }

    fn inline_table_value(&mut self) -> Next {
        match self.next()? {
            Some(rune) if is_whitespace(rune) || is_newline(rune) => self.skip(State::InlineTableValue),
            Some('#') => self.comment(State::InlineTableValue),
            Some(',') => Err(self.errorf("unexpected comma")),
            Some('}') => Ok(State::InlineTableEnd),
            _ => {
                self.backup();
                self.stack.push(State::InlineTableValueEnd);
                Ok(State::KeyStart)
            }
        }
    }

    fn inline_table_value_end(&mut self) -> Next {
        match self.next()? {
            Some(rune) if is_whitespace(rune) || is_newline(rune) => self.skip(State::InlineTableValueEnd),
            Some('#') => self.comment(State::InlineTableValueEnd),
            Some(',') => {
                self.ignore();
                self.skip_whitespace()?;
                let is_last = self.peek()? == Some('}');
                Ok(if is_last { State::InlineTableValueEnd } else { State::InlineTableValue })
            }
            Some('}') => Ok(State::InlineTableEnd),
            other => Err(self.errorf(format!(
                "expected a comma or an inline table terminator '}}', but got {} instead",
                rune_or_end(other)
            ))),
        }
    }
}

/// Go: `runeOrEOF`.
fn rune_or_end(rune: Option<char>) -> String {
    rune.map_or_else(|| "end of file".to_owned(), |rune| format!("'{rune}'"))
}
