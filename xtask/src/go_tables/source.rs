//! Reads the variables and constants of a Go source file as expressions, as far as test tables need.

use std::collections::BTreeMap;

use corten_gostd::strconv;

/// A Go expression.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Text(Vec<u8>),
    Int(i128),
    Rune(i128),
    Float(f64),
    Imaginary(f64),
    /// An identifier, with its package if any, or a type.
    Name(String),
    Call(Box<Expr>, Vec<Expr>),
    /// A composite literal: type (empty where it is elided), keys and elements.
    Composite(String, Vec<(Option<Expr>, Expr)>),
    Unary(char, Box<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    /// Functions and whatever else no table needs.
    Unknown,
}

/// All `var x = …` and `const x = …` of a file.
pub(super) fn declarations(text: &str) -> BTreeMap<String, Expr> {
    let mut found = BTreeMap::new();
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0 };
    while let Some(token) = reader.peek() {
        reader.at += 1;
        let is_start = matches!(token, "var" | "const") && reader.is_line_start(reader.at - 1);
        if !is_start {
            continue;
        }
        if reader.take("(") {
            while !reader.take(")") && reader.peek().is_some() {
                reader.declaration(&mut found);
            }
        } else {
            reader.declaration(&mut found);
        }
    }
    found
}

struct Token<'a> {
    text: &'a str,
    starts_line: bool,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut starts_line = true;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let length = match first {
            '\n' => {
                starts_line = true;
                1
            }
            _ if first.is_whitespace() => first.len_utf8(),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ => {
                let length = token_length(rest, first);
                tokens.push(Token { text: &rest[..length], starts_line });
                starts_line = false;
                length
            }
        };
        at += length;
    }
    tokens
}

fn token_length(rest: &str, first: char) -> usize {
    match first {
        '`' => rest[1..].find('`').map_or(rest.len(), |end| end + 2),
        '"' | '\'' => {
            let mut escaped = false;
            for (at, symbol) in rest.char_indices().skip(1) {
                if !escaped && symbol == first {
                    return at + 1;
                }
                escaped = !escaped && symbol == '\\';
            }
            rest.len()
        }
        '0'..='9' => number_length(rest),
        '.' if rest[1..].starts_with(|next: char| next.is_ascii_digit()) => number_length(rest),
        _ if first == '_' || first.is_alphabetic() => {
            rest.find(|symbol: char| symbol != '_' && !symbol.is_alphanumeric()).unwrap_or(rest.len())
        }
        _ => ["<<", ">>", ":=", "==", "&&", "||", "..."]
            .iter()
            .find(|op| rest.starts_with(**op))
            .map_or(first.len_utf8(), |op| op.len()),
    }
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_hex = rest.starts_with("0x") || rest.starts_with("0X");
    let mut at = 0;
    while at < bytes.len() {
        let exponent: &[u8] = if is_hex { b"pP" } else { b"eE" };
        let is_sign = matches!(bytes[at], b'+' | b'-') && at > 0 && exponent.contains(&bytes[at - 1]);
        if !(bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'_') || is_sign) {
            break;
        }
        at += 1;
    }
    at
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|token| token.text)
    }

    fn is_line_start(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.starts_line)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_here = self.peek() == Some(text);
        self.at += usize::from(is_here);
        is_here
    }

    /// `name type = value`, of which the type is passed over.
    fn declaration(&mut self, found: &mut BTreeMap<String, Expr>) {
        let Some(name) = self.peek() else { return };
        self.at += 1;
        let line = self.at;
        while self.peek().is_some_and(|token| token != "=") {
            if self.is_line_start(self.at) && self.at > line {
                return;
            }
            self.at += 1;
        }
        self.at += 1;
        let value = self.expression(0);
        found.insert(name.to_owned(), value);
    }

    fn expression(&mut self, least: u8) -> Expr {
        let mut left = self.unary();
        while let Some(operator) = self.peek() {
            let level = match operator {
                "*" | "/" | "<<" | ">>" | "&" => 2,
                "+" | "-" | "|" | "^" => 1,
                _ => break,
            };
            if level <= least || self.is_line_start(self.at) {
                break;
            }
            self.at += 1;
            let right = self.expression(level);
            left = Expr::Binary(operator.to_owned(), Box::new(left), Box::new(right));
        }
        left
    }

    fn unary(&mut self) -> Expr {
        for operator in ["-", "+", "^", "&", "*", "!"] {
            if self.take(operator) {
                return Expr::Unary(operator.chars().next().unwrap_or(' '), Box::new(self.unary()));
            }
        }
        let mut value = self.primary();
        loop {
            if self.take("(") {
                let arguments = self.items(")").into_iter().map(|(_, value)| value).collect();
                value = Expr::Call(Box::new(value), arguments);
            } else if self.peek() == Some(".") {
                self.at += 2;
                value = Expr::Unknown;
            } else if self.take("[") {
                self.items("]");
                value = Expr::Unknown;
            } else {
                return value;
            }
        }
    }

    fn primary(&mut self) -> Expr {
        let Some(token) = self.peek() else { return Expr::Unknown };
        let first = token.chars().next().unwrap_or(' ');
        match first {
            '"' | '`' => {
                self.at += 1;
                Expr::Text(strconv::unquote(token.as_bytes()).unwrap_or_default())
            }
            '\'' => {
                self.at += 1;
                let rune = strconv::unquote_char(&token.as_bytes()[1..], b'\'').map_or(0, |unquoted| unquoted.value);
                Expr::Rune(i128::from(rune))
            }
            '0'..='9' | '.' => {
                self.at += 1;
                number(token)
            }
            '(' => {
                self.at += 1;
                let value = self.expression(0);
                self.take(")");
                value
            }
            '{' => {
                self.at += 1;
                Expr::Composite(String::new(), self.items("}"))
            }
            _ => {
                let is_function = token == "func";
                let name = self.type_name();
                if is_function {
                    self.skip_block();
                    return Expr::Unknown;
                }
                if self.take("{") { Expr::Composite(name, self.items("}")) } else { Expr::Name(name) }
            }
        }
    }

    /// Elements up to a closing token.
    fn items(&mut self, end: &str) -> Vec<(Option<Expr>, Expr)> {
        let mut items = Vec::new();
        while !self.take(end) {
            if self.peek().is_none() {
                break;
            }
            let before = self.at;
            let mut value = self.expression(0);
            let mut key = None;
            if self.take(":") {
                key = Some(value);
                value = self.expression(0);
            }
            items.push((key, value));
            self.take(",");
            self.take("...");
            if self.at == before {
                self.at += 1;
            }
        }
        items
    }

    /// A type or a name, as text.
    fn type_name(&mut self) -> String {
        let Some(token) = self.peek() else { return String::new() };
        self.at += 1;
        match token {
            "[" => {
                let mut length = String::new();
                while let Some(token) = self.peek().filter(|token| *token != "]") {
                    length += token;
                    self.at += 1;
                }
                self.at += 1;
                format!("[{length}]{}", self.type_name())
            }
            "map" => {
                self.take("[");
                let key = self.type_name();
                self.take("]");
                format!("map[{key}]{}", self.type_name())
            }
            "*" => format!("*{}", self.type_name()),
            "struct" | "interface" => {
                self.skip_block();
                token.to_owned()
            }
            "func" => {
                while self.peek().is_some_and(|token| token != "{" && token != ",") {
                    self.at += 1;
                }
                token.to_owned()
            }
            _ => {
                let mut name = token.to_owned();
                while self.take(".") {
                    name += ".";
                    name += self.peek().unwrap_or_default();
                    self.at += 1;
                }
                name
            }
        }
    }

    fn skip_block(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            match token {
                "{" => depth += 1,
                "}" if depth <= 1 => return,
                "}" => depth -= 1,
                "," if depth == 0 => return,
                _ => {}
            }
        }
    }
}

fn number(token: &str) -> Expr {
    let bytes = token.as_bytes();
    if let Some(digits) = token.strip_suffix('i') {
        return strconv::parse_float(digits.as_bytes(), 64).map_or(Expr::Unknown, Expr::Imaginary);
    }
    if let Ok(number) = strconv::parse_uint(bytes, 0, 64) {
        return Expr::Int(i128::from(number));
    }
    strconv::parse_float(bytes, 64).map_or(Expr::Unknown, Expr::Float)
}
