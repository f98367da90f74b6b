//! A stream of documents as Kubernetes' `YAMLReader` splits it: on lines that begin with `---`.
//!
//! Helm's values loader reads files this way, each document on its own and later ones over earlier
//! ones.

use std::borrow::Cow;

use crate::Error;

/// Go: the buffer of `bufio.NewReader`.
const BUFFER: usize = 4096;

/// The documents of a stream; see [`documents`].
#[derive(Debug)]
pub struct Documents<'a> {
    rest: &'a [u8],
}

/// Splits a stream. Every line of a document ends with a single `\n`, added to the last one too.
pub fn documents(text: &[u8]) -> Documents<'_> {
    Documents { rest: text }
}

impl<'a> Iterator for Documents<'a> {
    type Item = Result<Cow<'a, [u8]>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest;
        let mut length = 0;
        let mut rewritten: Option<Vec<u8>> = None;
        while let Some((line, ended)) = next_line(&mut self.rest) {
            if let Some(after) = line.strip_prefix(b"---") {
                if let Some(error) = separator_error(after) {
                    self.rest = &[];
                    return Some(Err(error));
                }
                if length > 0 {
                    break;
                }
            }
            let taken = start.len() - self.rest.len();
            let same = ended && taken == length + line.len() + 1;
            if !same && rewritten.is_none() {
                rewritten = Some(start[..length].to_vec());
            }
            if let Some(text) = &mut rewritten {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            length += line.len() + 1;
        }
        match rewritten {
            Some(text) => Some(Ok(Cow::Owned(text))),
            None if length > 0 => Some(Ok(Cow::Borrowed(&start[..length]))),
            None => None,
        }
    }
}

/// Go: `LineReader.Read`: the next line without its end, and whether a line feed ended it.
fn next_line<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], bool)> {
    if rest.is_empty() {
        return None;
    }
    let Some(end) = memchr::memchr(b'\n', rest) else {
        let line = std::mem::take(rest);
        // Go: a last line that fills the reader's buffer is lost.
        // compat: yaml-stream-4096
        return if fills_buffer(line) { None } else { Some((line, false)) };
    };
    let line = &rest[..end];
    *rest = &rest[end + 1..];
    // A line that had `\r\n` does not end with a bare line feed.
    match line.strip_suffix(b"\r") {
        Some(line) => Some((line, false)),
        None => Some((line, true)),
    }
}

fn fills_buffer(mut line: &[u8]) -> bool {
    while line.len() >= BUFFER {
        // Go: a carriage return at the end of a full buffer is put back.
        let kept = usize::from(line[BUFFER - 1] == b'\r');
        line = &line[BUFFER - kept..];
    }
    line.is_empty()
}

fn separator_error(after: &[u8]) -> Option<Error> {
    let text = String::from_utf8_lossy(after);
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return None;
    }
    Some(Error::new(format!("invalid Yaml document separator: {trimmed}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let show = |document: Result<Cow<'_, [u8]>, Error>| match document {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("error: {error}"),
        };
        documents(text.as_bytes()).map(show).collect()
    }

    #[test]
    fn documents_begin_at_dashes() {
        assert_eq!(split("---\na: 1\n---\nb: 2"), ["---\na: 1\n", "b: 2\n"]);
        assert_eq!(split("a: 1\r\nb: 2\r\n"), ["a: 1\nb: 2\n"]);
        assert_eq!(split("a: 1\n--- {b: 2}\nc: 3\n"), ["error: invalid Yaml document separator: {b: 2}"]);
        assert_eq!(split("a\n---\n---\nb\n"), ["a\n", "---\nb\n"]);
        assert!(split("").is_empty());
    }

    #[test]
    fn a_last_line_that_fills_the_buffer_is_lost() {
        assert_eq!(split(&format!("a: 1\n#{}", "x".repeat(4095))), ["a: 1\n"]);
    }
}
