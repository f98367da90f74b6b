//! Reads one record of comma-separated values as Go's encoding/csv does, for the flags that split lists.

const BARE_QUOTE: &str = "bare \" in non-quoted-field";
const OPEN_QUOTE: &str = "extraneous or missing \" in quoted-field";

/// The fields of the first record.
///
/// Empty lines before it are skipped; what follows it is not looked at.
pub(crate) fn read_record(text: &str) -> Result<Vec<String>, String> {
    let mut reader = Reader { rest: text, line: String::new(), number: 0, start: 0, at_line: 0, column: 1 };
    loop {
        if !reader.next_line() {
            return Err("EOF".to_owned());
        }
        if reader.line != "\n" && !reader.line.is_empty() {
            break;
        }
    }
    (reader.start, reader.at_line) = (reader.number, reader.number);
    let mut fields = Vec::new();
    loop {
        let (field, more) = if reader.line.starts_with('"') { reader.quoted()? } else { reader.plain()? };
        fields.push(field);
        if !more {
            return Ok(fields);
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// What is left of the current line, with its end.
    line: String,
    number: usize,
    start: usize,
    /// Go: pos.line, which empty lines do not move.
    at_line: usize,
    column: usize,
}

impl Reader<'_> {
    /// Reads the next line; `\r\n` becomes `\n`, and a `\r` at the very end is dropped.
    fn next_line(&mut self) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.number += 1;
        self.line = match line.strip_suffix("\r\n") {
            Some(text) => format!("{text}\n"),
            None => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        };
        true
    }

    fn advance(&mut self, bytes: usize) {
        self.line.drain(..bytes);
        self.column += bytes;
    }

    fn plain(&mut self) -> Result<(String, bool), String> {
        let comma = self.line.find(',');
        let field = match comma {
            Some(at) => self.line[..at].to_owned(),
            None => self.line.strip_suffix('\n').unwrap_or(&self.line).to_owned(),
        };
        if let Some(quote) = field.find('"') {
            return Err(self.error(self.number, self.column + quote, BARE_QUOTE));
        }
        if let Some(at) = comma {
            self.advance(at + 1);
        }
        Ok((field, comma.is_some()))
    }

    fn quoted(&mut self) -> Result<(String, bool), String> {
        self.advance(1);
        let mut field = String::new();
        loop {
            let Some(quote) = self.line.find('"') else {
                if self.line.is_empty() {
                    return Err(self.error(self.at_line, self.column, OPEN_QUOTE));
                }
                field.push_str(&self.line);
                self.column += self.line.len();
                self.line.clear();
                if self.next_line() && !self.line.is_empty() {
                    self.at_line += 1;
                    self.column = 1;
                }
                continue;
            };
            field.push_str(&self.line[..quote]);
            self.advance(quote + 1);
            match self.line.as_bytes().first() {
                Some(b'"') => {
                    field.push('"');
                    self.advance(1);
                }
                Some(b',') => {
                    self.advance(1);
                    return Ok((field, true));
                }
                None | Some(b'\n') => return Ok((field, false)),
                Some(_) => return Err(self.error(self.number, self.column - 1, OPEN_QUOTE)),
            }
        }
    }

    fn error(&self, line: usize, column: usize, what: &str) -> String {
        let place = format!("parse error on line {line}, column {column}: {what}");
        if self.start == line { place } else { format!("record on line {}; {place}", self.start) }
    }
}

#[cfg(test)]
mod tests {
    use super::read_record;

    fn read(text: &str) -> Result<Vec<String>, String> {
        read_record(text)
    }

    #[test]
    fn quotes_protect_commas_and_line_ends() {
        assert_eq!(read("a,b"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read("\"a,b\",c"), Ok(vec!["a,b".to_owned(), "c".to_owned()]));
        assert_eq!(read("\n\"a\nb\"\"\"\nrest"), Ok(vec!["a\nb\"".to_owned()]));
        assert_eq!(read("a,"), Ok(vec!["a".to_owned(), String::new()]));
    }

    #[test]
    fn errors_are_those_of_go() {
        assert_eq!(read("a\"b"), Err("parse error on line 1, column 2: bare \" in non-quoted-field".to_owned()));
        assert_eq!(
            read("\"a"),
            Err("parse error on line 1, column 3: extraneous or missing \" in quoted-field".to_owned())
        );
        assert_eq!(
            read("\"a\nb"),
            Err("record on line 1; parse error on line 2, column 2: extraneous or missing \" in quoted-field"
                .to_owned())
        );
        assert_eq!(
            read("x,\"a\"b"),
            Err("parse error on line 1, column 5: extraneous or missing \" in quoted-field".to_owned())
        );
        assert_eq!(read("\n"), Err("EOF".to_owned()));
    }
}
