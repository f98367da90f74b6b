//! Reads standard Base64 as Go does: newlines are skipped, leftover bits ignored, and an error is
//! the offset that Go names.

/// The decoded bytes, or where the text is corrupt.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut position = 0;
    loop {
        let (quantum, digits) = quantum(text, &mut position)?;
        match digits {
            0 => return Ok(out),
            4 => out.extend_from_slice(&quantum),
            _ => {
                out.extend_from_slice(&quantum[..digits - 1]);
                // Padding ends the text.
                return if position < text.len() { Err(position) } else { Ok(out) };
            }
        }
    }
}

/// Up to four digits as three bytes, and how many digits there were.
fn quantum(text: &[u8], position: &mut usize) -> Result<([u8; 3], usize), usize> {
    let mut value = 0_u32;
    let mut count = 0;
    while count < 4 {
        let Some(&byte) = text.get(*position) else {
            return if count == 0 { Ok(([0; 3], 0)) } else { Err(*position - count) };
        };
        *position += 1;
        match byte {
            b'\n' | b'\r' => continue,
            b'=' => {
                padding(text, position, count)?;
                break;
            }
            _ => value |= digit(byte).ok_or(*position - 1)? << (18 - 6 * count),
        }
        count += 1;
    }
    let [_, first, second, third] = value.to_be_bytes();
    Ok(([first, second, third], count))
}

/// What follows the first `=` after that many digits.
fn padding(text: &[u8], position: &mut usize, digits: usize) -> Result<(), usize> {
    let skip_newlines = |position: &mut usize| {
        while matches!(text.get(*position), Some(b'\n' | b'\r')) {
            *position += 1;
        }
    };
    if digits < 2 {
        return Err(*position - 1);
    }
    if digits == 2 {
        skip_newlines(position);
        match text.get(*position) {
            None => return Err(text.len()),
            Some(b'=') => *position += 1,
            Some(_) => return Err(*position - 1),
        }
    }
    skip_newlines(position);
    Ok(())
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_where_go_sees_them() {
        assert_eq!(decode(b"YWJj\nZGU=\n"), Ok(b"abcde".to_vec()));
        assert_eq!(decode(b"YR=="), Ok(b"a".to_vec()));
        for (text, offset) in
            [("a", 0), ("YQ", 0), ("YQ=", 3), ("YQ=x", 2), ("YQ==x", 4), ("*", 0), ("YWJjY", 4), ("=", 0)]
        {
            assert_eq!(decode(text.as_bytes()), Err(offset), "{text}");
        }
    }
}
