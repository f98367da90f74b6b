//! Templates of replacements: `$1`, `${1}`, `$name`, `${name}`, `$$`.

use crate::unicode::{is_digit, is_letter};

/// Appends the template with its references replaced. Go: `Regexp.expand`.
pub(super) fn append<'t>(
    out: &mut Vec<u8>,
    template: &[u8],
    names: &[String],
    group: &dyn Fn(usize) -> Option<&'t [u8]>,
) {
    let mut rest = template;
    while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
        out.extend_from_slice(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix(b"$") {
            out.push(b'$');
            rest = after;
            continue;
        }
        let Some((name, after)) = reference(rest) else {
            // Go: malformed, so the dollar is literal.
            out.push(b'$');
            continue;
        };
        rest = after;
        let text = match number(name) {
            Some(number) => group(number),
            None => named(names, name, group),
        };
        out.extend_from_slice(text.unwrap_or_default());
    }
    out.extend_from_slice(rest);
}

/// The text of the first group of this name that took part.
fn named<'t>(names: &[String], name: &[u8], group: &dyn Fn(usize) -> Option<&'t [u8]>) -> Option<&'t [u8]> {
    names.iter().enumerate().filter(|(_, own)| own.as_bytes() == name).find_map(|(number, _)| group(number))
}

/// The name behind a dollar and what follows. Go: `extract`.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"{");
    let body = inner.unwrap_or(text);
    let mut length = 0;
    for chunk in body.utf8_chunks() {
        let valid = chunk.valid();
        let taken = valid
            .char_indices()
            .find(|(_, rune)| !is_letter(*rune) && !is_digit(*rune) && *rune != '_')
            .map_or(valid.len(), |(at, _)| at);
        length += taken;
        if taken < valid.len() || !chunk.invalid().is_empty() {
            break;
        }
    }
    if length == 0 {
        return None;
    }
    let (name, rest) = body.split_at(length);
    let rest = if inner.is_some() { rest.strip_prefix(b"}")? } else { rest };
    Some((name, rest))
}

/// A name that is a group number: digits without leading zero, below a hundred million.
fn number(name: &[u8]) -> Option<usize> {
    if name.len() > 1 && name[0] == b'0' || !name.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
    Some(number).filter(|_| name.len() <= 9)
}
