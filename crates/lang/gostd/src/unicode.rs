//! Rune classes and simple case mappings, of the Unicode version that Go 1.26 carries.
//!
//! Used by quoting, by `strings.Title` and by the case functions of charts. Each lookup is a
//! binary search over ranges.

mod tables;

/// Go: `unicode.IsLetter`.
pub fn is_letter(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_alphabetic() } else { contains(tables::LETTER, rune) }
}

/// Go: `unicode.IsDigit`.
pub fn is_digit(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_digit() } else { contains(tables::DIGIT, rune) }
}

/// Go: `unicode.IsUpper`.
pub fn is_upper(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_uppercase() } else { contains(tables::UPPER, rune) }
}

/// Go: `unicode.IsLower`.
pub fn is_lower(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_lowercase() } else { contains(tables::LOWER, rune) }
}

/// Go: `unicode.IsSpace`.
pub fn is_space(rune: char) -> bool {
    matches!(
        rune,
        '\t'..='\r'
            | ' '
            | '\u{85}'
            | '\u{A0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200A}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202F}'
            | '\u{205F}'
            | '\u{3000}'
    )
}

/// Go: `unicode.IsPrint`, which `strconv.IsPrint` agrees with.
pub fn is_print(rune: char) -> bool {
    if rune.is_ascii() { matches!(rune, ' '..='~') } else { contains(tables::PRINT, rune) }
}

/// Go: `unicode.ToUpper`.
pub fn to_upper(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_uppercase() } else { shift(rune, |row| row.3) }
}

/// Go: `unicode.ToLower`.
pub fn to_lower(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_lowercase() } else { shift(rune, |row| row.4) }
}

/// Go: `unicode.ToTitle`.
pub fn to_title(rune: char) -> char {
    if rune.is_ascii() { rune.to_ascii_uppercase() } else { shift(rune, |row| row.5) }
}

fn contains(ranges: &[(u32, u32)], rune: char) -> bool {
    let code = u32::from(rune);
    let after = ranges.partition_point(|(first, _)| *first <= code);
    after > 0 && code <= ranges[after - 1].1
}

fn shift(rune: char, delta: fn(&tables::Case) -> i32) -> char {
    let code = u32::from(rune);
    let after = tables::CASES.partition_point(|row| row.0 <= code);
    // Rows of every second rune interleave, so the row may be one of the last three.
    let row = tables::CASES[after.saturating_sub(3)..after]
        .iter()
        .rev()
        .find(|(first, last, step, ..)| code <= *last && (code - first) % step == 0);
    row.and_then(|row| char::from_u32(code.wrapping_add_signed(delta(row)))).unwrap_or(rune)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_mappings_are_simple() {
        assert_eq!(to_upper('ß'), 'ß');
        assert_eq!(to_upper('é'), 'É');
        assert_eq!(to_lower('Σ'), 'σ');
        assert_eq!(to_title('ǆ'), 'ǅ');
        assert_eq!(to_upper('ǆ'), 'Ǆ');
        assert_eq!(to_lower('İ'), 'i');
        assert_eq!(to_upper('ÿ'), 'Ÿ');
    }

    #[test]
    fn classes() {
        assert!(is_letter('ж') && !is_letter('٣') && is_digit('٣'));
        assert!(is_print('é') && !is_print('\u{AD}') && !is_print('\u{200B}'));
        assert!(is_upper('Ж') && is_lower('ж'));
    }
}
