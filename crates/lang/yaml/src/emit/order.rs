//! The order of keys: numbers inside them count as numbers (`a2` before `a10`).

use corten_gostd::text::{self, is_digit, is_letter};

use crate::Flavour;

/// Sorts entries that come in byte order.
///
/// Go's comparison is no strict order (`a1`, `a01b`, `a10` can go round in circles), so Go's own
/// result varies; a plain merge sort neither minds nor panics.
// compat: yaml-key-order
pub(super) fn sorted<'a, T>(mut entries: Vec<(&'a [u8], &'a T)>, flavour: Flavour) -> Vec<(&'a [u8], &'a T)> {
    if entries.windows(2).any(|pair| less(pair[1].0, pair[0].0, flavour)) {
        let mut buffer = Vec::with_capacity(entries.len());
        merge_sort(&mut entries, &mut buffer, flavour);
    }
    entries
}

fn merge_sort<E: Keyed>(entries: &mut [E], buffer: &mut Vec<E>, flavour: Flavour) {
    if entries.len() < 2 {
        return;
    }
    let middle = entries.len() / 2;
    merge_sort(&mut entries[..middle], buffer, flavour);
    merge_sort(&mut entries[middle..], buffer, flavour);
    buffer.clear();
    let (mut left, mut right) = (0, middle);
    while left < middle && right < entries.len() {
        let next = if less(entries[right].key(), entries[left].key(), flavour) { &mut right } else { &mut left };
        buffer.push(entries[*next]);
        *next += 1;
    }
    buffer.extend_from_slice(&entries[left..middle]);
    // What is left on the right is already in its place.
    entries[..buffer.len()].copy_from_slice(buffer);
}

trait Keyed: Copy {
    fn key(&self) -> &[u8];
}

impl<T> Keyed for (&[u8], &T) {
    fn key(&self) -> &[u8] {
        self.0
    }
}

/// Go: sorter.go `keyList.Less` for strings.
fn less(left: &[u8], right: &[u8], flavour: Flavour) -> bool {
    let mut same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    while same > 0 && [left, right].iter().any(|key| key.get(same).is_some_and(|byte| byte & 0xC0 == 0x80)) {
        same -= 1;
    }
    let Some(first) = runes(&left[same..]).next() else {
        return same < right.len();
    };
    let Some(second) = runes(&right[same..]).next() else {
        return false;
    };
    match (is_letter(first), is_letter(second)) {
        (true, true) => return first < second,
        (false, false) => {}
        (left_is_letter, right_is_letter) => {
            // Go: version 3 puts `a1` before `aa`, version 2 only if nothing came before.
            let after_digit = flavour == Flavour::V3 && runes(&left[..same]).last().is_some_and(is_digit);
            return if after_digit { left_is_letter } else { right_is_letter };
        }
    }
    let zero = first == '0' || second == '0';
    let start = i64::from(zero && follows_number(&left[..same]));
    let (left_number, left_digits) = leading_number(&left[same..], start);
    let (right_number, right_digits) = leading_number(&right[same..], start);
    (left_number, left_digits, first) < (right_number, right_digits, second)
}

/// Whether the digits at the end are more than zeros.
fn follows_number(head: &[u8]) -> bool {
    let runes: Vec<char> = runes(head).collect();
    runes.iter().rev().take_while(|rune| is_digit(**rune)).any(|rune| *rune != '0')
}

fn runes(text: &[u8]) -> impl Iterator<Item = char> {
    text::runes(text).map(|(rune, _)| rune)
}

fn leading_number(tail: &[u8], start: i64) -> (i64, usize) {
    let digits = runes(tail).take_while(|rune| is_digit(*rune));
    digits.fold((start, 0), |(number, count), digit| {
        let value = i64::from(u32::from(digit)) - i64::from(b'0');
        (number.wrapping_mul(10).wrapping_add(value), count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(keys: &[&str], flavour: Flavour) -> Vec<String> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        let entries = keys.iter().map(|key| (key.as_bytes(), &())).collect();
        sorted(entries, flavour).iter().map(|(key, ())| String::from_utf8_lossy(key).into_owned()).collect()
    }

    #[test]
    fn numbers_count_as_numbers() {
        assert_eq!(sort(&["a10", "a2", "b", "a-b", "ab"], Flavour::V2), ["a-b", "a2", "a10", "ab", "b"]);
        assert_eq!(sort(&["1a", "1-", "1"], Flavour::V2), ["1", "1-", "1a"]);
        assert_eq!(sort(&["1a", "1-", "1"], Flavour::V3), ["1", "1a", "1-"]);
    }

    #[test]
    fn a_comparison_that_is_no_order_does_no_harm() {
        assert_eq!(sort(&["a1", "a01b", "a9", "a10", "aB"], Flavour::V2).len(), 5);
    }
}
