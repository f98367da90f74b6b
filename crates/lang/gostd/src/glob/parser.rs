//! The trees of patterns.

use super::lexer::{Lexer, Token};

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    Range {
        low: char,
        high: char,
        negated: bool,
    },
    List {
        runes: String,
        negated: bool,
    },
    /// The alternatives of braces, which are patterns.
    AnyOf(Vec<Node>),
    Pattern(Vec<Node>),
    /// What remains of an alternative that others contain.
    Nothing,
}

/// Nesting that no real pattern has.
const MAX_DEPTH: usize = 1000;

/// Parses a pattern; braces left open close at its end, as in Go.
pub(super) fn parse(pattern: &[u8]) -> Result<Vec<Node>, String> {
    let mut lexer = Lexer::new(pattern);
    // The alternatives of each open brace; the first entry is the whole pattern.
    let mut open: Vec<Vec<Vec<Node>>> = vec![vec![Vec::new()]];
    loop {
        let node = match lexer.next()? {
            Token::End => break,
            Token::Text(text) => Node::Text(text),
            Token::Any => Node::Any,
            Token::Super => Node::Super,
            Token::Single => Node::Single,
            Token::RangeOpen => range(&mut lexer)?,
            Token::TermsOpen if open.len() > MAX_DEPTH => return Err("pattern nests too deeply".to_owned()),
            Token::TermsOpen => {
                open.push(vec![Vec::new()]);
                continue;
            }
            Token::Separator => {
                if let Some(alternatives) = open.last_mut() {
                    alternatives.push(Vec::new());
                }
                continue;
            }
            Token::TermsClose => {
                close(&mut open);
                continue;
            }
            token => return Err(format!("unexpected token: {token:?}")),
        };
        push(&mut open, node);
    }
    while open.len() > 1 {
        close(&mut open);
    }
    Ok(open.pop().and_then(|mut whole| whole.pop()).unwrap_or_default())
}

fn push(open: &mut [Vec<Vec<Node>>], node: Node) {
    if let Some(pattern) = open.last_mut().and_then(|alternatives| alternatives.last_mut()) {
        pattern.push(node);
    }
}

fn close(open: &mut Vec<Vec<Vec<Node>>>) {
    if let Some(alternatives) = open.pop() {
        push(open, Node::AnyOf(alternatives.into_iter().map(Node::Pattern).collect()));
    }
}

/// Go: `parserRange`.
fn range(lexer: &mut Lexer<'_>) -> Result<Node, String> {
    let (mut negated, mut low, mut high, mut runes) = (false, None, None, None);
    loop {
        match lexer.next()? {
            Token::End => return Err("unexpected end".to_owned()),
            Token::Not => negated = true,
            Token::RangeLow(rune) => low = Some(rune),
            Token::RangeHigh(rune) => {
                if low.is_some_and(|low| rune < low) {
                    let low = low.unwrap_or_default();
                    return Err(format!("hi character '{rune}' should be greater than lo '{low}'"));
                }
                high = Some(rune);
            }
            Token::Text(text) => runes = Some(text),
            Token::RangeClose => {
                return match (low, high, runes) {
                    (Some(low), Some(high), None) => Ok(Node::Range { low, high, negated }),
                    (None, None, Some(runes)) => Ok(Node::List { runes, negated }),
                    _ => Err("could not parse range".to_owned()),
                };
            }
            token => return Err(format!("unexpected token: {token:?}")),
        }
    }
}
