//! Reads a JSON path template. Go: client-go util/jsonpath/parser.go.

use corten_gostd::strconv;

use super::{Node, Param};

/// Filters nested deeper are refused; nobody writes them.
const DEEPEST: usize = 100;

/// The pieces of a template: texts, and one list per action.
pub(super) fn parse(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > DEEPEST {
        return Err("filters are nested too deep".to_owned());
    }
    let mut nodes = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if open > 0 {
            nodes.push(Node::Text(rest[..open].to_owned()));
        }
        let mut action = Action { rest: &rest[open + 1..], nodes: Vec::new(), depth };
        action.parse()?;
        nodes.push(Node::List(action.nodes));
        rest = action.rest;
    }
    if !rest.is_empty() {
        nodes.push(Node::Text(rest.to_owned()));
    }
    Ok(nodes)
}

/// The inside of one action. Go: parseAction.
fn parse_action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Action<'a> {
    rest: &'a str,
    nodes: Vec<Node>,
    depth: usize,
}

impl<'a> Action<'a> {
    /// Up to and with the closing brace.
    fn parse(&mut self) -> Result<(), String> {
        loop {
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Ok(());
            }
            if let Some(rest) = self.rest.strip_prefix("[?(") {
                self.rest = rest;
                self.filter()?;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("..") {
                if self.nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.rest = rest;
                self.nodes.push(Node::Recursive);
                if rest.starts_with(is_alphanumeric) {
                    self.field();
                }
                continue;
            }
            let Some(first) = self.rest.chars().next().filter(|first| !matches!(first, '\r' | '\n')) else {
                return Err("unclosed action".to_owned());
            };
            match first {
                ' ' | '@' | '$' => self.rest = &self.rest[1..],
                '[' => self.array()?,
                '"' | '\'' => self.quote(first)?,
                '.' => {
                    self.rest = &self.rest[1..];
                    self.field();
                }
                '+' | '-' => self.number()?,
                digit if digit.is_numeric() && !digit.is_alphabetic() => self.number()?,
                letter if is_alphanumeric(letter) => self.identifier(),
                other => {
                    return Err(format!("unrecognized character in action: U+{:04X} '{other}'", u32::from(other)));
                }
            }
        }
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Up to the next terminator that is not escaped.
    fn field(&mut self) {
        let mut end = self.rest.len();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == '\\' {
                characters.next();
            } else if is_terminator(character) {
                end = at;
                break;
            }
        }
        let name = self.take(end);
        self.nodes.push(if name == "*" { Node::Wildcard } else { Node::Field(name.replace('\\', "")) });
    }

    fn identifier(&mut self) {
        let word = self.take(self.rest.find(is_terminator).unwrap_or(self.rest.len()));
        self.nodes.push(match word {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            word => Node::Identifier(word.to_owned()),
        });
    }

    fn number(&mut self) -> Result<(), String> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest[sign..].find(|c: char| c != '.' && !c.is_numeric());
        let text = self.take(digits.map_or(self.rest.len(), |digits| digits + sign));
        self.nodes.push(match (strconv::atoi(text.as_bytes()), strconv::parse_float(text.as_bytes(), 64)) {
            (Ok(number), _) => Node::Int(number),
            (_, Ok(number)) => Node::Float(number),
            _ => return Err(format!("cannot parse number {text}")),
        });
        Ok(())
    }

    /// A text in either kind of quotes, with Go's escapes.
    fn quote(&mut self, quote: char) -> Result<(), String> {
        const OPEN: &str = "unterminated quoted string";
        let bytes = self.rest.as_bytes();
        let mut end = 1;
        loop {
            match bytes.get(end) {
                None | Some(b'\n') => return Err(OPEN.to_owned()),
                Some(&byte) if char::from(byte) == quote && bytes[end - 1] != b'\\' => break,
                Some(_) => end += 1,
            }
        }
        let text = self.take(end + 1);
        let inner = &text.as_bytes()[1..text.len() - 1];
        let byte = u8::try_from(quote).unwrap_or(b'"');
        let unquoted = unquote(inner, byte).ok_or_else(|| format!("unquote string {text} error invalid syntax"))?;
        self.nodes.push(Node::Text(unquoted));
        Ok(())
    }

    fn array(&mut self) -> Result<(), String> {
        let end = self.rest.find([']', '\n']).filter(|end| self.rest.as_bytes()[*end] == b']');
        let Some(end) = end else { return Err("unterminated array".to_owned()) };
        let text = &self.take(end + 1)[1..end];
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' ')), self.depth));
            self.nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        if let Some(key) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))
            && !key.contains('\'')
        {
            self.nodes.extend(parse_action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        self.nodes.push(Node::Array(params(text)?));
        Ok(())
    }

    /// `[?(left op right)]`, or a left side alone that must be there.
    fn filter(&mut self) -> Result<(), String> {
        let end = filter_end(self.rest)?;
        let text = self.take(end);
        self.rest = self.rest[1..].strip_prefix(']').ok_or("unclosed array expect ]")?;
        let node = match comparison(text) {
            None => {
                Node::Filter { left: parse_action(text, self.depth)?, right: Vec::new(), operator: "exists".to_owned() }
            }
            Some((left, operator, right)) => Node::Filter {
                left: parse_action(left, self.depth)?,
                right: parse_action(right, self.depth)?,
                operator: operator.to_owned(),
            },
        };
        self.nodes.push(node);
        Ok(())
    }
}

/// The parenthesis that closes a filter: one outside the first pair of quotes.
fn filter_end(text: &str) -> Result<usize, String> {
    let mut pair = None;
    let mut is_paired = false;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => break,
            b'"' | b'\'' => match pair {
                None => pair = Some(byte),
                Some(open) if open == byte && bytes[at - 1] != b'\\' => is_paired = true,
                Some(_) => {}
            },
            b')' if pair.is_some() == is_paired => return Ok(at),
            _ => {}
        }
    }
    Err("unterminated filter".to_owned())
}

/// Go: `^([^!<>=]+)([!<>=]+)(.+?)$`.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_sign = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let start = text.find(is_sign).filter(|start| *start > 0)?;
    let signs = text[start..].find(|c| !is_sign(c)).unwrap_or_else(|| text.len() - start - 1);
    (signs > 0).then(|| (&text[..start], &text[start..start + signs], &text[start + signs..]))
}

/// `start:end:step`, each with an optional sign. Go: `^(-?[\d]*)(:-?[\d]*)?(:-?[\d]*)?$`.
fn params(text: &str) -> Result<[Param; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part)) {
        return Err(invalid());
    }
    let mut params = [Param::default(); 3];
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let value = strconv::atoi(part.as_bytes()).map_err(|_| format!("array index {part} is not a number"))?;
        params[at] = Param { value, known: true, derived: false };
    }
    if parts.len() == 1 {
        params[1] = Param { value: params[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(params)
}

/// Go: `UnquoteExtend`.
fn unquote(mut text: &[u8], quote: u8) -> Option<String> {
    let mut out = Vec::new();
    while !text.is_empty() {
        let read = strconv::unquote_char(text, quote)?;
        read.append_to(&mut out);
        text = read.rest;
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}
