//! Pipelines, commands and operands.

use corten_gostd::strconv;

use crate::Error;
use crate::lex::{Token, TokenKind};
use crate::tree::{Callee, Kind, NodeId, Span, node_string};

use super::{MAX_DEPTH, Parser, index};

impl Parser<'_> {
    /// Go: `Tree.pipeline`; the end token is consumed.
    pub(super) fn parse_pipeline(&mut self, context: &str, end: TokenKind) -> Result<NodeId, Error> {
        let position = self.peek_non_space().span.start;
        let count = self.tree.scope.declared();
        let (variables, is_assign) = self.parse_declarations(context)?;
        let start = self.stack.len();
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                TokenKind::Bool
                | TokenKind::Char
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParenthesis => {
                    self.back();
                    let command = self.parse_command()?;
                    self.stack.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        self.check_pipeline(start, context)?;
        let fresh = index(variables.len());
        self.resolve_declarations(&variables, is_assign);
        let all = self.link(start);
        let commands = Span { start: all.start, end: all.end - fresh };
        let declares = Span { start: commands.end, end: all.end };
        let has_declarations = self.tree.scope.declared() != count;
        Ok(self.add(position, Kind::Pipe { declares, commands, is_assign, has_declarations }))
    }

    /// `$x :=`, `$x =`, `$i, $x :=` before the commands.
    fn parse_declarations(&mut self, context: &str) -> Result<(Vec<Token>, bool), Error> {
        let mut variables = Vec::new();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok((variables, false));
            }
            self.next();
            // `$x foo` needs a look at `foo` to know that `$x` is an operand.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_non_space();
                    variables.push(variable);
                    self.tree.scope.know(variable.span);
                    return Ok((variables, next.kind == TokenKind::Assign));
                }
                TokenKind::Symbol if self.lexer.value(next) == b"," => {
                    self.next_non_space();
                    variables.push(variable);
                    self.tree.scope.know(variable.span);
                    if context != "range" || variables.len() >= 2 {
                        return Err(self.fail(format!("too many declarations in {context}")));
                    }
                    match self.peek_non_space().kind {
                        TokenKind::Variable | TokenKind::RightDelimiter | TokenKind::RightParenthesis => {}
                        _ => return Err(self.fail("range can only initialize variables")),
                    }
                }
                _ => {
                    if after.kind == TokenKind::Space {
                        self.back_three(variable, after);
                    } else {
                        self.back_two(variable);
                    }
                    return Ok((variables, false));
                }
            }
        }
    }

    /// The commands still see the variables from before, so this comes after them.
    fn resolve_declarations(&mut self, variables: &[Token], is_assign: bool) {
        for variable in variables {
            let text = &*self.source.text;
            let (slot, older) = if is_assign {
                self.tree.scope.resolve(text, variable.span)
            } else {
                let slot = self.tree.scope.declare(text, variable.span);
                (slot, slot)
            };
            let names = self.add_names(&[variable.span]);
            let node = self.add(variable.span.start, Kind::Variable { slot, older, names });
            self.stack.push(node);
        }
    }

    /// The commands are those that the stack holds above `start`.
    fn check_pipeline(&self, start: usize, context: &str) -> Result<(), Error> {
        let commands = &self.stack[start..];
        if commands.is_empty() {
            return Err(self.fail(format!("missing value for {context}")));
        }
        for (stage, &command) in commands.iter().enumerate().skip(1) {
            let Kind::Command(operands) = self.source.node(command).kind else { continue };
            let first = self.source.node(self.source.links(operands)[0]).kind;
            if matches!(first, Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::String { .. }) {
                return Err(self.fail(format!("non executable command in pipeline stage {}", stage + 1)));
            }
        }
        Ok(())
    }

    /// Operands up to a `|`, which is consumed, or to the end of the pipeline. Go: `Tree.command`.
    fn parse_command(&mut self) -> Result<NodeId, Error> {
        let position = self.peek_non_space().span.start;
        let start = self.stack.len();
        loop {
            self.peek_non_space();
            let maybe = u32::from(self.stack.len() >= start + 2 && self.is_short_circuit(self.stack[start]));
            self.tree.scope.maybe += maybe;
            let operand = self.parse_operand()?;
            self.tree.scope.maybe -= maybe;
            self.stack.extend(operand);
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelimiter | TokenKind::RightParenthesis => self.back(),
                TokenKind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            break;
        }
        if self.stack.len() == start {
            return Err(self.fail("empty command"));
        }
        let operands = self.link(start);
        Ok(self.add(position, Kind::Command(operands)))
    }

    fn is_short_circuit(&self, operand: NodeId) -> bool {
        match self.source.node(operand).kind {
            Kind::Function(callee) => {
                matches!(self.source.callees[callee as usize], Callee::Builtin(builtin) if builtin.is_short_circuit())
            }
            _ => false,
        }
    }

    /// A term with the fields below it; none when no operand is here.
    fn parse_operand(&mut self) -> Result<Option<NodeId>, Error> {
        let Some(term) = self.parse_term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let start = index(self.source.names.len());
        while self.peek().kind == TokenKind::Field {
            let field = without_dot(self.next().span);
            self.source.names.push(field);
        }
        let fields = Span { start, end: index(self.source.names.len()) };
        let position = first.span.start;
        let kind = match self.source.node(term).kind {
            // Go makes one node of both, at the place of the second field.
            Kind::Field(names) => Kind::Field(self.join_names(names, fields)),
            Kind::Variable { slot, older, names } => {
                Kind::Variable { slot, older, names: self.join_names(names, fields) }
            }
            Kind::Bool(_) | Kind::String { .. } | Kind::Number(_) | Kind::Nil | Kind::Dot => {
                let mut message = b"unexpected . after term ".to_vec();
                strconv::append_quote(&mut message, &node_string(&self.source, term));
                return Err(self.fail(message));
            }
            _ => Kind::Chain { term, names: fields },
        };
        Ok(Some(self.add(position, kind)))
    }

    /// Go: `Tree.term`.
    fn parse_term(&mut self) -> Result<Option<NodeId>, Error> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => self.parse_function(token)?,
            TokenKind::Dot => Kind::Dot,
            TokenKind::Nil => Kind::Nil,
            TokenKind::Variable => {
                let text = &*self.source.text;
                if !self.tree.scope.is_known(text, token.span) {
                    let mut message = b"undefined variable ".to_vec();
                    strconv::append_quote(&mut message, self.lexer.value(token));
                    return Err(self.fail(message));
                }
                let (slot, older) = self.tree.scope.resolve(text, token.span);
                Kind::Variable { slot, older, names: self.add_names(&[token.span]) }
            }
            TokenKind::Field => Kind::Field(self.add_names(&[without_dot(token.span)])),
            TokenKind::Bool => Kind::Bool(self.lexer.value(token) == b"true"),
            TokenKind::Char | TokenKind::Complex | TokenKind::Number => self.parse_number(token)?,
            TokenKind::LeftParenthesis => return self.parse_parentheses().map(Some),
            TokenKind::String | TokenKind::RawString => {
                let text = self.unquote(token)?;
                Kind::String { constant: self.constant(text), literal: token.span }
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(self.add(token.span.start, kind)))
    }

    fn parse_function(&mut self, token: Token) -> Result<Kind, Error> {
        let Some(callee) = self.functions.find(self.source.bytes(token.span)) else {
            let mut message = b"function ".to_vec();
            strconv::append_quote(&mut message, self.lexer.value(token));
            message.extend_from_slice(b" not defined");
            return Err(self.fail(message));
        };
        self.source.callees.push(callee);
        Ok(Kind::Function(index(self.source.callees.len() - 1)))
    }

    fn parse_parentheses(&mut self) -> Result<NodeId, Error> {
        if self.tree.depth >= MAX_DEPTH {
            return Err(self.fail("max expression depth exceeded"));
        }
        self.tree.depth += 1;
        let pipe = stacker::maybe_grow(128 * 1024, 1024 * 1024, || {
            self.parse_pipeline("parenthesized pipeline", TokenKind::RightParenthesis)
        })?;
        self.tree.depth -= 1;
        Ok(pipe)
    }

    fn add_names(&mut self, names: &[Span]) -> Span {
        let start = index(self.source.names.len());
        self.source.names.extend_from_slice(names);
        Span { start, end: index(self.source.names.len()) }
    }

    /// One run of both; mostly they follow one another.
    fn join_names(&mut self, names: Span, more: Span) -> Span {
        if names.end == more.start {
            return Span { start: names.start, end: more.end };
        }
        let all = [self.source.names(names), self.source.names(more)].concat();
        self.add_names(&all)
    }
}

fn without_dot(span: Span) -> Span {
    Span { start: span.start + 1, end: span.end }
}
