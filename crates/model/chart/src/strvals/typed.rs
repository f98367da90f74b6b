//! What the text of a value becomes.

use corten_gostd::strconv;
use corten_value::Value;

/// Go: `typedVal`: booleans and null in any case, integers without leading zeros, else text.
pub(super) fn typed(text: String) -> Value {
    if equal_fold(&text, "true") {
        return Value::Bool(true);
    }
    if equal_fold(&text, "false") {
        return Value::Bool(false);
    }
    if equal_fold(&text, "null") {
        return Value::Null;
    }
    if text == "0" {
        return Value::Int(0);
    }
    if !text.starts_with('0')
        && let Ok(number) = strconv::parse_int(text.as_bytes(), 10, 64)
    {
        return Value::Int(number);
    }
    Value::from(text)
}

/// Go: `strings.EqualFold` with a lower-case ASCII word: the long s counts as an s.
fn equal_fold(text: &str, word: &str) -> bool {
    let fold = |character: char| if character == '\u{17F}' { 's' } else { character.to_ascii_lowercase() };
    text.len() <= word.len() + 1 && text.chars().map(fold).eq(word.chars())
}
