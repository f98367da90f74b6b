//! Splits rendered text into documents exactly where Helm does.

use corten_chart::Compat;
use corten_gostd::text::{is_space, trim_right};

/// The documents of a rendered file in order, each without leading white space; blank ones are
/// left out. Go: util/manifest.go `SplitManifests`, which cuts at every `(?m)^---[ \t]*`, so also
/// inside `---apiVersion: v1` and inside block scalars at column 0.
pub fn split_manifests(text: &[u8]) -> Vec<&[u8]> {
    let text = trim_left(text);
    let mut documents = Vec::new();
    let mut start = 0;
    let mut line = 0;
    loop {
        if text[line..].starts_with(b"---") {
            push_document(&mut documents, &text[start..line]);
            start = line + 3;
            start += text[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        match find_newline(&text[line..]) {
            Some(length) => line += length + 1,
            None => break,
        }
    }
    push_document(&mut documents, &text[start..]);
    documents
}

/// The same for a generation of Helm.
pub fn split_manifests_as(text: &[u8], compat: Compat) -> Vec<&[u8]> {
    match compat {
        Compat::Helm4 => split_manifests(text),
        Compat::Helm3 => split_trimmed(text),
    }
}

/// The documents as Helm 3 cut them: trimmed on both sides, where a separator takes all white space after it
/// along, so that of two in a row the second stays as text. Go: v3 releaseutil/manifest.go cuts at
/// `(?:^|\s*\n)---\s*`.
fn split_trimmed(text: &[u8]) -> Vec<&[u8]> {
    let text = trim_space(text);
    let mut documents = Vec::new();
    let (mut start, mut line) = (0, 0);
    loop {
        // The start of the text, or a newline that no separator has taken.
        let is_free = line == 0 || line > start;
        if is_free && text[line..].starts_with(b"---") {
            push_trimmed(&mut documents, &text[start..line]);
            let rest = &text[line + 3..];
            // Go: \s of a regexp is ASCII.
            let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')).count();
            start = line + 3 + spaces;
            line = start;
        }
        match find_newline(&text[line..]) {
            Some(length) => line += length + 1,
            None => break,
        }
    }
    push_trimmed(&mut documents, &text[start..]);
    documents
}

fn push_trimmed<'a>(documents: &mut Vec<&'a [u8]>, document: &'a [u8]) {
    let document = trim_space(document);
    if !document.is_empty() {
        documents.push(document);
    }
}

fn find_newline(text: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', text)
}

fn push_document<'a>(documents: &mut Vec<&'a [u8]>, document: &'a [u8]) {
    let document = trim_left(document);
    if !document.is_empty() {
        documents.push(document);
    }
}

/// Go: `strings.TrimLeftFunc(text, unicode.IsSpace)`.
pub(crate) fn trim_left(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(first) = rest.first() {
        if first.is_ascii() {
            if !is_space(char::from(*first)) {
                return rest;
            }
            rest = &rest[1..];
            continue;
        }
        match leading_char(rest) {
            Some(char) if is_space(char) => rest = &rest[char.len_utf8()..],
            _ => return rest,
        }
    }
    rest
}

/// Go: `strings.TrimSpace`.
pub fn trim_space(text: &[u8]) -> &[u8] {
    trim_right(trim_left(text), is_space)
}

fn leading_char(text: &[u8]) -> Option<char> {
    let head = &text[..text.len().min(4)];
    head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        split_manifests(text.as_bytes()).into_iter().map(|document| str::from_utf8(document).unwrap()).collect()
    }

    #[test]
    fn separators_cut_without_a_line_of_their_own() {
        assert_eq!(split("---\na: 1\n---  \nb: 2\n---c: 3\n"), ["a: 1\n", "b: 2\n", "c: 3\n"]);
    }

    #[test]
    fn blank_documents_vanish() {
        assert_eq!(split("\n---\n\n---\n  \t\n---\nx: 1"), ["x: 1"]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn the_first_indentation_is_lost_as_in_helm() {
        assert_eq!(split("  a: 1\n  b: 2\n"), ["a: 1\n  b: 2\n"]);
    }

    #[test]
    fn helm_3_trims_and_takes_one_separator_at_a_time() {
        let split = |text: &'static str| -> Vec<&str> {
            split_manifests_as(text.as_bytes(), Compat::Helm3)
                .into_iter()
                .map(|part| str::from_utf8(part).unwrap())
                .collect()
        };
        assert_eq!(split("---\na: 1\n\n---  \n  b: 2\n---c: 3\n"), ["a: 1", "b: 2", "c: 3"]);
        assert_eq!(split("a: 1\n---\n---\nb: 2\n"), ["a: 1", "---\nb: 2"]);
        assert_eq!(split("a: ---\n"), ["a: ---"]);
    }

    #[test]
    fn unicode_space_is_trimmed() {
        assert_eq!(trim_space("\u{85}\u{3000} a \u{A0}".as_bytes()), b"a");
    }
}
