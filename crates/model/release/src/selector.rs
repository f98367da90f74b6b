//! Label selectors, as `list --selector` takes them. Go: apimachinery's `labels.Parse`.

use corten_gostd::strconv;

use crate::Labels;

/// A selector: every requirement must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
    Greater(String, i64),
    Less(String, i64),
}

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(String);

impl Selector {
    /// Reads a selector; the empty text selects everything.
    ///
    /// # Errors
    /// Go's text.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        if parser.peek() == &Token::End {
            return Ok(Self(requirements));
        }
        loop {
            let requirement =
                parser.requirement().map_err(|error| SelectorError(format!("unable to parse requirement: {error}")))?;
            requirements.push(requirement);
            match parser.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Comma => {
                    if !matches!(parser.peek(), Token::Word(_) | Token::Not) {
                        let found = parser.peek().text();
                        return Err(SelectorError(format!("found '{found}', expected: identifier after ','")));
                    }
                }
                other => {
                    return Err(SelectorError(format!("found '{}', expected: ',' or 'end of string'", other.text())));
                }
            }
        }
    }

    /// Whether labels fit.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let number = |key: &String| labels.get(key).and_then(|text| text.parse::<i64>().ok());
        match self {
            Self::In(key, values) => labels.get(key).is_some_and(|text| values.contains(text)),
            Self::NotIn(key, values) => labels.get(key).is_none_or(|text| !values.contains(text)),
            Self::Exists(key) => labels.contains_key(key),
            Self::Missing(key) => !labels.contains_key(key),
            Self::Greater(key, bound) => number(key).is_some_and(|number| number > *bound),
            Self::Less(key, bound) => number(key).is_some_and(|number| number < *bound),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Not,
    Equal,
    DoubleEqual,
    NotEqual,
    Greater,
    Less,
    Open,
    Close,
    Comma,
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Not => "!",
            Self::Equal => "=",
            Self::DoubleEqual => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::Open => "(",
            Self::Close => ")",
            Self::Comma => ",",
            Self::End => "",
        }
    }
}

const SPECIAL: &[char] = &['=', '!', '(', ')', ',', '>', '<'];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let double = [("==", Token::DoubleEqual), ("!=", Token::NotEqual)];
        let single = match first {
            '=' => Some(Token::Equal),
            '!' => Some(Token::Not),
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            '>' => Some(Token::Greater),
            '<' => Some(Token::Less),
            _ => None,
        };
        if let Some((text, token)) = double.into_iter().find(|(text, _)| rest.starts_with(text)) {
            tokens.push(token);
            rest = &rest[text.len()..];
        } else if let Some(token) = single {
            tokens.push(token);
            rest = &rest[first.len_utf8()..];
        } else {
            let end = rest.find(|next: char| next.is_whitespace() || SPECIAL.contains(&next)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    tokens.push(Token::End);
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let is_missing = self.peek() == &Token::Not;
        if is_missing {
            self.at += 1;
        }
        let key = match self.next() {
            Token::Word(word) => word,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        if is_missing {
            return Ok(Requirement::Missing(key));
        }
        if matches!(self.peek(), Token::End | Token::Comma) {
            return Ok(Requirement::Exists(key));
        }
        match self.next() {
            Token::Equal | Token::DoubleEqual => Ok(Requirement::In(key, vec![self.exact()?])),
            Token::NotEqual => Ok(Requirement::NotIn(key, vec![self.exact()?])),
            Token::Greater => self.bound().map(|bound| Requirement::Greater(key, bound)),
            Token::Less => self.bound().map(|bound| Requirement::Less(key, bound)),
            Token::Word(word) if word == "in" => Ok(Requirement::In(key, self.set()?)),
            Token::Word(word) if word == "notin" => Ok(Requirement::NotIn(key, self.set()?)),
            other => Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text())),
        }
    }

    fn exact(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Comma => Ok(String::new()),
            _ => match self.next() {
                Token::Word(word) => Ok(word),
                other => Err(format!("found '{}', expected: identifier", other.text())),
            },
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let text = self.exact()?;
        text.parse().map_err(|_| {
            format!(
                "values[0][]: Invalid value: {}: for 'Gt', 'Lt' operators, the value must be an integer",
                strconv::quote(text.as_bytes())
            )
        })
    }

    fn set(&mut self) -> Result<Vec<String>, String> {
        if self.next() != Token::Open {
            return Err("found '', expected: '('".to_owned());
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Token::Word(word) => values.push(word),
                Token::Close => return Ok(values),
                Token::Comma => {}
                other => return Err(format!("found '{}', expected: ',', or ')'", other.text())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_choose_by_label() {
        let labels: Labels = [("a", "b"), ("n", "3")].map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        for text in ["", "a=b", "a==b,n", "a!=c", "a in (x, b)", "c notin (d)", "!z", "n>2", "n<4,a"] {
            assert!(Selector::parse(text).unwrap().matches(&labels), "{text}");
        }
        for text in ["a=c", "z", "!a", "a notin (b)", "n>3"] {
            assert!(!Selector::parse(text).unwrap().matches(&labels), "{text}");
        }
        for text in ["a=b,", "=b", "a b", "n>x", "a in b"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
