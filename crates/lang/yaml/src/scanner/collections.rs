//! Tokens of collections: indentation, flow levels, keys and values.

use super::{MAX_DEPTH, MAX_SIMPLE_KEY, NO_KEY, Scanner, SimpleKey};
use crate::Error;
use crate::token::{Mark, Token, TokenKind};

impl<'a> Scanner<'a> {
    /// Go: `yaml_simple_key_is_valid`.
    pub(super) fn simple_key_is_valid(&mut self, level: usize) -> Result<bool, Error> {
        let Some(&key) = self.simple_keys.get(level).filter(|key| key.possible) else {
            return Ok(false);
        };
        if key.mark.line < self.line || key.index + MAX_SIMPLE_KEY < self.index() {
            if key.required {
                return Err(self.error("could not find expected ':'"));
            }
            self.simple_keys[level].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    /// Go: `yaml_parser_save_simple_key`.
    pub(super) fn save_simple_key(&mut self) -> Result<(), Error> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        self.remove_simple_key()?;
        let level = self.simple_keys.len() - 1;
        let column = self.column();
        self.simple_keys[level] = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == column.cast_signed(),
            token_number: self.tokens_parsed + self.tokens.len(),
            index: self.index(),
            column,
            mark: self.mark(),
        };
        self.key_levels.resize(self.tokens.len(), NO_KEY);
        self.key_levels.push_back(u32::try_from(level).unwrap_or(NO_KEY));
        Ok(())
    }

    /// Go: `yaml_parser_remove_simple_key`.
    pub(super) fn remove_simple_key(&mut self) -> Result<(), Error> {
        let level = self.simple_keys.len() - 1;
        let key = &mut self.simple_keys[level];
        if key.possible {
            if key.required {
                return Err(self.error("could not find expected ':'"));
            }
            key.possible = false;
            let number = key.token_number;
            self.forget_key(number);
        }
        Ok(())
    }

    /// Go: `delete(parser.simple_keys_by_tok, number)`.
    fn forget_key(&mut self, number: usize) {
        let level = number.checked_sub(self.tokens_parsed).and_then(|at| self.key_levels.get_mut(at));
        if let Some(level) = level {
            *level = NO_KEY;
        }
    }

    /// Go: `yaml_parser_roll_indent`: opens a block collection when the column lies deeper. `number`
    /// is the token before which it opens; `None` puts it at the end.
    fn roll_indent(
        &mut self,
        column: usize,
        number: Option<usize>,
        kind: TokenKind<'a>,
        mark: Mark,
    ) -> Result<(), Error> {
        let column = column.cast_signed();
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.error("exceeded max depth of 10000"));
        }
        let token = Token { kind, start: mark, end: mark };
        match number {
            Some(number) => self.insert(number, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    /// Go: `yaml_insert_token`, which puts a token at the end if the parser is past its place.
    fn insert(&mut self, number: usize, token: Token<'a>) {
        match number.checked_sub(self.tokens_parsed) {
            Some(at) if at <= self.tokens.len() => self.tokens.insert(at, token),
            _ => self.tokens.push_back(token),
        }
    }

    /// Go: `yaml_parser_unroll_indent`: closes the block collections that lie deeper.
    #[inline]
    pub(super) fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            let mark = self.mark();
            self.tokens.push_back(Token { kind: TokenKind::BlockEnd, start: mark, end: mark });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Go: `yaml_parser_fetch_flow_collection_start`.
    pub(super) fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.save_simple_key()?;
        let token_number = self.tokens_parsed + self.tokens.len();
        self.simple_keys.push(SimpleKey { token_number, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.error("exceeded max depth of 10000"));
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_flow_collection_end`.
    pub(super) fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            // Go: a flow collection without keys forgets its own start, so `{}: x` is no key.
            // compat: yaml-empty-flow-key
            if let Some(key) = self.simple_keys.pop() {
                self.forget_key(key.token_number);
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_flow_entry`.
    pub(super) fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_block_entry`. In flow context the parser reports it.
    pub(super) fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.mark())?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_key`.
    pub(super) fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.mark())?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    /// Go: `yaml_parser_fetch_value`.
    pub(super) fn fetch_value(&mut self) -> Result<(), Error> {
        let level = self.simple_keys.len() - 1;
        if self.simple_key_is_valid(level)? {
            let SimpleKey { token_number, column, mark, .. } = self.simple_keys[level];
            let token = Token { kind: TokenKind::Key, start: mark, end: mark };
            self.insert(token_number, token);
            self.roll_indent(column, Some(token_number), TokenKind::BlockMappingStart, mark)?;
            self.simple_keys[level].possible = false;
            self.forget_key(token_number);
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.mark())?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind<'a>) {
        let start = self.mark();
        self.position += 1;
        self.push(kind, start);
    }
}
