//! Reads standard Base32 as Go does: newlines are dropped first, leftover bits ignored, and an
//! error is the offset that Go names.

/// The decoded bytes, or where the text without its newlines is corrupt. What follows the padding
/// is ignored while it is short, as in Go.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5 + 5);
    for start in (0..text.len()).step_by(8) {
        let mut value = 0_u64;
        let mut count = 0;
        let mut at_end = false;
        while count < 8 {
            let position = start + count;
            let byte = *text.get(position).ok_or(start)?;
            if byte == b'=' && count >= 2 && text.len() - position <= 8 {
                padding(&text, position, count)?;
                at_end = true;
                break;
            }
            value |= digit(byte).ok_or(position)? << (35 - 5 * count);
            count += 1;
        }
        out.extend_from_slice(&value.to_be_bytes()[3..3 + count * 5 / 8]);
        if at_end {
            break;
        }
    }
    Ok(out)
}

/// Checks a group of that many digits from its first `=` on.
fn padding(text: &[u8], position: usize, digits: usize) -> Result<(), usize> {
    let missing = 7 - digits;
    let rest = text.get(position + 1..position + 1 + missing).ok_or(text.len())?;
    if let Some(wrong) = rest.iter().position(|byte| *byte != b'=') {
        return Err(position + wrong);
    }
    if matches!(digits, 3 | 6) { Err(position) } else { Ok(()) }
}

fn digit(byte: u8) -> Option<u64> {
    match byte {
        b'A'..=b'Z' => Some(u64::from(byte - b'A')),
        b'2'..=b'7' => Some(u64::from(byte - b'2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_where_go_sees_them() {
        assert_eq!(decode(b"MFRG\nG===\n"), Ok(b"abc".to_vec()));
        assert_eq!(decode(b"ME======M"), Ok(b"a".to_vec()));
        for (text, offset) in [
            ("M", 0),
            ("ME", 0),
            ("ME=====", 7),
            ("ME====x=", 5),
            ("m", 0),
            ("MFR=====", 3),
            ("=", 0),
            ("ME======ME======", 2),
            ("MFRGGZ==", 6),
        ] {
            assert_eq!(decode(text.as_bytes()), Err(offset), "{text}");
        }
    }
}
