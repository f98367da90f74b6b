//! Go's `path`, and `path/filepath` as it is on Unix: slash-separated paths as text.
//!
//! Works on bytes and never looks at a disk.

use crate::text::decode_rune;

/// Go: `path.ErrBadPattern`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

impl std::fmt::Display for BadPattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("syntax error in pattern")
    }
}

impl std::error::Error for BadPattern {}

/// Go: `path.Base`.
pub fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let Some(end) = path.iter().rposition(|byte| *byte != b'/') else { return b"/" };
    let path = &path[..=end];
    &path[path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)..]
}

/// Go: `path.Dir`.
pub fn dir(path: &[u8]) -> Vec<u8> {
    clean(&path[..path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)])
}

/// Go: `path.Ext`.
pub fn ext(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| matches!(byte, b'.' | b'/')) {
        Some(position) if path[position] == b'.' => &path[position..],
        _ => b"",
    }
}

/// Go: `path.IsAbs`.
pub fn is_abs(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

/// Whether [`clean`] gives the path as it is.
pub fn is_clean(path: &[u8]) -> bool {
    let relative = path.strip_prefix(b"/").unwrap_or(path);
    path == b"/" || relative.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Go: `path.Clean`.
pub fn clean(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let rooted = is_abs(path);
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match parts.last() {
                Some(&last) if last != b".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let mut out = Vec::with_capacity(path.len());
    if rooted {
        out.push(b'/');
    }
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    out
}

/// Go: `path.Join`.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        if !joined.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(part);
    }
    if joined.is_empty() { joined } else { clean(&joined) }
}

/// Go: `filepath.Match`: `*`, `?` and `[…]` do not match a slash; `\` escapes.
pub fn matches(mut pattern: &[u8], mut name: &[u8]) -> Result<bool, BadPattern> {
    while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        let at_last_chunk = pattern.is_empty();
        let complete = |rest: &[u8]| rest.is_empty() || !at_last_chunk;
        if let Some(rest) = match_chunk(chunk, name)?
            && complete(rest)
        {
            name = rest;
            continue;
        }
        if !star {
            return Ok(false);
        }
        let segment = name.iter().position(|byte| *byte == b'/').unwrap_or(name.len());
        let mut found = None;
        for skip in 0..segment {
            if let Some(rest) = match_chunk(chunk, &name[skip + 1..])?
                && complete(rest)
            {
                found = Some(rest);
                break;
            }
        }
        match found {
            Some(rest) => name = rest,
            None => return Ok(false),
        }
    }
    Ok(name.is_empty())
}

/// Stars at the start, the text up to the next star, and what follows.
fn scan_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().position(|byte| *byte != b'*').unwrap_or(pattern.len());
    let rest = &pattern[stars..];
    let mut in_range = false;
    let mut position = 0;
    while let Some(byte) = rest.get(position) {
        match byte {
            b'\\' if position + 1 < rest.len() => position += 1,
            b'[' => in_range = true,
            b']' => in_range = false,
            b'*' if !in_range => break,
            _ => {}
        }
        position += 1;
    }
    (stars > 0, &rest[..position], &rest[position..])
}

/// What is left of the text after a chunk without stars. The whole chunk is checked for bad syntax.
fn match_chunk<'a>(mut chunk: &[u8], mut text: &'a [u8]) -> Result<Option<&'a [u8]>, BadPattern> {
    let mut failed = false;
    while let Some(&first) = chunk.first() {
        failed = failed || text.is_empty();
        match first {
            b'[' => {
                let (rune, width) = if failed { ('\0', 0) } else { decode_rune(text) };
                text = &text[width..];
                let (matched, rest) = match_range(&chunk[1..], rune)?;
                failed = failed || !matched;
                chunk = rest;
                continue;
            }
            b'?' => {
                if !failed {
                    failed = text[0] == b'/';
                    text = &text[decode_rune(text).1..];
                }
            }
            _ => {
                if first == b'\\' {
                    chunk = &chunk[1..];
                }
                let literal = chunk.first().ok_or(BadPattern)?;
                if !failed {
                    failed = *literal != text[0];
                    text = &text[1..];
                }
            }
        }
        chunk = &chunk[1..];
    }
    Ok((!failed).then_some(text))
}

/// Matches a rune with `…]`; gives what follows the bracket.
fn match_range(mut chunk: &[u8], rune: char) -> Result<(bool, &[u8]), BadPattern> {
    let negated = chunk.first() == Some(&b'^');
    chunk = &chunk[usize::from(negated)..];
    let mut matched = false;
    let mut is_first = true;
    loop {
        if !is_first && chunk.first() == Some(&b']') {
            return Ok((matched != negated, &chunk[1..]));
        }
        is_first = false;
        let (low, rest) = escaped_rune(chunk)?;
        chunk = rest;
        let mut high = low;
        if chunk.first() == Some(&b'-') {
            (high, chunk) = escaped_rune(&chunk[1..])?;
        }
        matched = matched || (low..=high).contains(&rune);
    }
}

/// Go: `getEsc`.
fn escaped_rune(mut chunk: &[u8]) -> Result<(char, &[u8]), BadPattern> {
    match chunk.first() {
        None | Some(b'-' | b']') => return Err(BadPattern),
        Some(b'\\') => chunk = &chunk[1..],
        Some(_) => {}
    }
    let (rune, width) = decode_rune(chunk);
    let rest = &chunk[width..];
    if rest.is_empty() || (rune == char::REPLACEMENT_CHARACTER && width <= 1) {
        return Err(BadPattern);
    }
    Ok((rune, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_path_is_known() {
        let paths =
            ["", "/", "a", "/a", "a/b", "a/", "//a", "a//b", "./a", "a/.", "..", "a/../b", "/..", "a.b/..c", "."];
        for path in paths {
            // "." alone is what an empty path becomes.
            let is_same = clean(path.as_bytes()) == path.as_bytes() && path != "." && !path.starts_with("..");
            assert_eq!(is_clean(path.as_bytes()), is_same, "{path}");
        }
    }

    #[test]
    fn paths_as_go_cuts_them() {
        assert_eq!(clean(b"a/../../b//./c/"), b"../b/c");
        assert_eq!(clean(b"/../a"), b"/a");
        assert_eq!(clean(b"a/.."), b".");
        assert_eq!(base(b"a/b//"), b"b");
        assert_eq!(base(b"//"), b"/");
        assert_eq!(dir(b"a/b/c"), b"a/b");
        assert_eq!(dir(b"a"), b".");
        assert_eq!(ext(b"a.b/c.tar.gz"), b".gz");
        assert_eq!(ext(b"a.b/c"), b"");
        assert_eq!(join(&[b"", b"a", b"..", b"b"]), b"b");
        assert_eq!(join(&[b"", b""]), b"");
    }

    #[test]
    fn patterns_match_one_segment() {
        for (pattern, name, want) in [
            ("*.yaml", "a.yaml", Ok(true)),
            ("*.yaml", "a/b.yaml", Ok(false)),
            ("a*/b", "ac/b", Ok(true)),
            ("a?c", "a/c", Ok(false)),
            ("[^a-c]x", "dx", Ok(true)),
            ("[a", "a", Err(BadPattern)),
            ("a\\*", "a*", Ok(true)),
            ("[]a]", "]", Err(BadPattern)),
            ("*x*y", "axbxy", Ok(true)),
            ("", "", Ok(true)),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }
}
