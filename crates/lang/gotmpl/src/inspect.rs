//! What tools may look at: the tokens of a text, and definitions printed again.

use crate::lex::{Lexer, TokenKind};
use crate::tree::node_string;
use crate::{TemplateSet, Text};

/// A token of a template's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenText {
    /// Go: the constant of its `itemType`.
    pub kind: &'static str,
    /// Its bytes; the message of an error.
    pub text: Vec<u8>,
}

/// The tokens of a text up to its end or the first error. Comments make none.
pub fn tokens(text: &Text) -> Vec<TokenText> {
    let mut lexer = Lexer::new(text.as_bytes(), false, false);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token();
        let is_last = matches!(token.kind, TokenKind::Eof | TokenKind::Error);
        let text = if token.kind == TokenKind::Eof { Vec::new() } else { lexer.value(token).to_vec() };
        tokens.push(TokenText { kind: token.kind.go_name(), text });
        if is_last {
            return tokens;
        }
    }
}

impl TemplateSet {
    /// A definition printed again from its tree. Go: `Tree.Root.String()`.
    pub fn printed(&self, name: &str) -> Option<Vec<u8>> {
        let definition = self.definition(name.as_bytes())?;
        Some(node_string(&definition.source, definition.root))
    }
}
