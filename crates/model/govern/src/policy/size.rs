//! Bounds on the text of a policy, checked before the parser sees it.
//!
//! Cedar's parser, its trees and the destructors of its trees recurse, so depth is bounded where it
//! can be counted cheaply: in the characters outside of strings and comments.

/// Bytes of one policy.
const MAX_LENGTH: usize = 64 * 1024;
/// Brackets of any kind inside of each other.
const MAX_NESTING: usize = 24;
/// Accesses in a row: `a.b.c`.
const MAX_ACCESSES: usize = 24;
/// Operators that build chains: `&&`, `||`, `+`, `-`, `*`, and `if`.
const MAX_OPERATORS: usize = 500;

/// Says what there is too much of.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("is longer than {MAX_LENGTH} bytes"));
    }
    let (mut nesting, mut accesses, mut operators) = (0_usize, 0_usize, 0_usize);
    let mut bytes = text.bytes().peekable();
    let mut before = b' ';
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'/' if bytes.peek() == Some(&b'/') => while bytes.next().is_some_and(|byte| byte != b'\n') {},
            b'(' | b'[' | b'{' => {
                nesting += 1;
                // A call or an index goes on with the access before it.
                accesses += usize::from(byte != b'{');
            }
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            b'.' => accesses += 1,
            b'&' | b'|' if bytes.peek() == Some(&byte) => operators += 1,
            b'+' | b'-' | b'*' => operators += 1,
            b'i' if bytes.peek() == Some(&b'f') && !is_word(before) => operators += 1,
            _ => {}
        }
        if matches!(byte, b'&' | b'|' | b',' | b';' | b'{' | b'}' | b'=' | b'<' | b'>') {
            accesses = 0;
        }
        if nesting > MAX_NESTING {
            return Err(format!("nests brackets deeper than {MAX_NESTING} levels"));
        }
        if accesses > MAX_ACCESSES {
            return Err(format!("has more than {MAX_ACCESSES} accesses in a row"));
        }
        if operators > MAX_OPERATORS {
            return Err(format!("has more than {MAX_OPERATORS} operators"));
        }
        before = byte;
    }
    Ok(())
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_people_write_passes_and_towers_do_not() {
        let terms = |count| vec![r#"resource.name == "a(((([[[["#.to_owned() + "\""; count].join(" || ");
        assert_eq!(check(&terms(400)), Ok(()));
        let list = format!("resource.name in [{}]", vec!["\"x\""; 5_000].join(", "));
        assert_eq!(check(&list), Ok(()));
        assert!(check(&terms(600)).unwrap_err().contains("operators"));
        assert!(check(&"(".repeat(25)).unwrap_err().contains("nests"));
        assert!(check(&".a".repeat(25)).unwrap_err().contains("accesses"));
        assert!(check(&"if true then true else ".repeat(600)).unwrap_err().contains("operators"));
        assert!(check(&" ".repeat(70_000)).unwrap_err().contains("longer"));
        assert_eq!(check("// ((((((((((((((((((((((((((((((\n\"((((((((((((((((((((((((((\\\"\""), Ok(()));
    }
}
