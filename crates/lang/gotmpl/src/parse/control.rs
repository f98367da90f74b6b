//! Control structures: `if`, `range`, `with`, `template`, `block`, `break`, `continue`.

use crate::Error;
use crate::lex::{Token, TokenKind};
use crate::tree::{Keyword, Kind, NONE, NodeId};

use super::{Ending, Parser, Step, Tree};

impl Parser<'_> {
    /// The left delimiter is past. Go: `Tree.action`.
    pub(super) fn parse_action(&mut self) -> Result<Step, Error> {
        let token = self.next_non_space();
        let node = match token.kind {
            TokenKind::Block => self.parse_block()?,
            TokenKind::Break => self.parse_jump(token, "{{break}}", Kind::Break)?,
            TokenKind::Continue => self.parse_jump(token, "{{continue}}", Kind::Continue)?,
            TokenKind::Else => return self.parse_else(),
            TokenKind::End => {
                self.expect(TokenKind::RightDelimiter, "end")?;
                return Ok(Step::Ending(Ending::End));
            }
            TokenKind::If => self.parse_control(Keyword::If)?,
            TokenKind::Range => self.parse_control(Keyword::Range)?,
            TokenKind::Template => self.parse_template()?,
            TokenKind::With => self.parse_control(Keyword::With)?,
            _ => {
                self.back();
                let position = self.peek().span.start;
                let pipe = self.parse_pipeline("command", TokenKind::RightDelimiter)?;
                self.add(position, Kind::Action(pipe))
            }
        };
        Ok(Step::Node(node))
    }

    fn parse_jump(&mut self, keyword: Token, text: &str, kind: Kind) -> Result<NodeId, Error> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelimiter {
            return Err(self.unexpected(token, text));
        }
        if self.tree.range_depth == 0 {
            return Err(self.fail(format!("{text} outside {{{{range}}}}")));
        }
        Ok(self.add(keyword.span.start, kind))
    }

    /// `else if` and `else with` leave their keyword to be read again.
    fn parse_else(&mut self) -> Result<Step, Error> {
        if !matches!(self.peek_non_space().kind, TokenKind::If | TokenKind::With) {
            self.expect(TokenKind::RightDelimiter, "else")?;
        }
        Ok(Step::Ending(Ending::Else))
    }

    /// The keyword is past. Go: `parseControl`.
    fn parse_control(&mut self, keyword: Keyword) -> Result<NodeId, Error> {
        let outside = self.tree.scope.mark();
        let pipe = self.parse_pipeline(keyword.name(), TokenKind::RightDelimiter)?;
        let inside = self.tree.scope.mark();
        self.tree.range_depth += u32::from(keyword == Keyword::Range);
        let (body, ending) = self.parse_list()?;
        self.tree.range_depth -= u32::from(keyword == Keyword::Range);
        let mut otherwise = NONE;
        if ending == Ending::Else {
            self.tree.scope.close_body(inside);
            otherwise = self.parse_otherwise(keyword)?;
        }
        self.tree.scope.close(outside);
        let position = self.source.node(pipe).position;
        Ok(self.add(position, Kind::Branch { keyword, pipe, body, otherwise }))
    }

    /// `{{else if b}}` reads as `{{else}}{{if b}}`, and the `end` of that is the end of all.
    fn parse_otherwise(&mut self, keyword: Keyword) -> Result<NodeId, Error> {
        let next = self.peek();
        let is_chained = match keyword {
            Keyword::If => next.kind == TokenKind::If,
            Keyword::With => next.kind == TokenKind::With,
            Keyword::Range => false,
        };
        if is_chained {
            self.next();
            let node = stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.parse_control(keyword))?;
            let start = self.stack.len();
            self.stack.push(node);
            return Ok(self.list(next.span.start, start));
        }
        let (list, ending) = self.parse_list()?;
        if ending != Ending::End {
            return Err(self.fail(format!("expected end; found {}", ending.text())));
        }
        Ok(list)
    }

    /// A block defines a template and invokes it.
    fn parse_block(&mut self) -> Result<NodeId, Error> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.parse_template_name(token, CONTEXT)?;
        let pipe = self.parse_pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.tree, Tree::new(name.clone()));
        let (root, ending) = self.parse_list()?;
        if ending != Ending::End {
            // Go: the block's own tree fails for everything but this.
            self.tree = outer;
            return Err(self.fail(format!("unexpected {} in {CONTEXT}", ending.text())));
        }
        self.define(root)?;
        self.tree = outer;
        let name = self.constant(name);
        Ok(self.add(token.span.start, Kind::Template { name, pipe }))
    }

    fn parse_template(&mut self) -> Result<NodeId, Error> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.parse_template_name(token, CONTEXT)?;
        let mut pipe = NONE;
        if self.next_non_space().kind != TokenKind::RightDelimiter {
            self.back();
            pipe = self.parse_pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        }
        let name = self.constant(name);
        Ok(self.add(token.span.start, Kind::Template { name, pipe }))
    }

    fn parse_template_name(&mut self, token: Token, context: &str) -> Result<crate::Text, Error> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => self.unquote(token),
            _ => Err(self.unexpected(token, context)),
        }
    }
}
