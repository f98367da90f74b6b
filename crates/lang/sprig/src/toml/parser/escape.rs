//! Escapes of TOML strings.

/// Go: `stripFirstNewline`.
pub(super) fn strip_first_newline(text: &[u8]) -> &[u8] {
    match text {
        [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
        _ => text,
    }
}

/// Removes each backslash before a line's end with all white space behind it. Go:
/// `stripEscapedNewlines`.
pub(super) fn strip_newlines(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if rest.get(1) == Some(&b'\\') {
            out.extend_from_slice(br"\\");
            rest = &rest[2..];
            continue;
        }
        let spaces = rest[1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        if rest[1..=spaces].contains(&b'\n') {
            rest = &rest[1 + spaces..];
        } else {
            out.push(b'\\');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Replaces escapes; `Err(Ok)` is an error of the text, `Err(Err)` one of the parser. Go:
/// `replaceEscapes`.
pub(super) fn replace(text: &[u8]) -> Result<Vec<u8>, Result<String, String>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let code = rest.get(at + 1).copied().unwrap_or_default();
        let after = rest.get(at + 2..).unwrap_or_default();
        let digits = match code {
            b' ' | b'\t' => return Err(Ok(format!("invalid escape: '\\{}'", char::from(code)))),
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            let (code, after) = after.split_at_checked(digits).ok_or_else(|| Err("short escape".to_owned()))?;
            out.extend_from_slice(rune(code).map_err(Ok)?.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
            continue;
        }
        out.push(match code {
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 12,
            b'r' => b'\r',
            b'e' => 27,
            b'"' | b'\\' => code,
            _ => {
                let code = corten_gostd::strconv::quote_rune(char::from(code));
                return Err(Err(format!("Expected valid escape code after \\, but got {code}.")));
            }
        });
        rest = after;
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// Go: `asciiEscapeToUnicode`.
fn rune(digits: &[u8]) -> Result<char, String> {
    let digits = String::from_utf8_lossy(digits);
    u32::from_str_radix(&digits, 16)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| format!("Escaped character '\\u{digits}' is not valid UTF-8."))
}
