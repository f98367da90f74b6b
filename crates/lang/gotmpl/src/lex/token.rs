//! The alphabet between lexer and parser.

use crate::tree::Span;

/// A token: what it is, where it stands, and the line it starts on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
    pub(crate) line: u32,
}

/// Go: `itemType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Error,
    Bool,
    /// A printable ASCII character without a meaning of its own.
    Symbol,
    Char,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl TokenKind {
    /// The keyword that a word is.
    pub(crate) fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }

    /// Go: the name of the constant.
    pub(crate) fn go_name(self) -> &'static str {
        match self {
            Self::Error => "itemError",
            Self::Bool => "itemBool",
            Self::Symbol => "itemChar",
            Self::Char => "itemCharConstant",
            Self::Complex => "itemComplex",
            Self::Assign => "itemAssign",
            Self::Declare => "itemDeclare",
            Self::Eof => "itemEOF",
            Self::Field => "itemField",
            Self::Identifier => "itemIdentifier",
            Self::LeftDelimiter => "itemLeftDelim",
            Self::LeftParenthesis => "itemLeftParen",
            Self::Number => "itemNumber",
            Self::Pipe => "itemPipe",
            Self::RawString => "itemRawString",
            Self::RightDelimiter => "itemRightDelim",
            Self::RightParenthesis => "itemRightParen",
            Self::Space => "itemSpace",
            Self::String => "itemString",
            Self::Text => "itemText",
            Self::Variable => "itemVariable",
            Self::Block => "itemBlock",
            Self::Break => "itemBreak",
            Self::Continue => "itemContinue",
            Self::Dot => "itemDot",
            Self::Define => "itemDefine",
            Self::Else => "itemElse",
            Self::End => "itemEnd",
            Self::If => "itemIf",
            Self::Nil => "itemNil",
            Self::Range => "itemRange",
            Self::Template => "itemTemplate",
            Self::With => "itemWith",
        }
    }

    /// Whether errors show it as a keyword; `.` is one to Go.
    pub(crate) fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }
}
