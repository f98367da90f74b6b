//! The map against the one of the standard library.

use std::collections::BTreeMap;

use super::{Entry, MOST_IN_LINE, Repr, SortedMap};

/// A generator of numbers that look random (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// One step on both maps; what it answers must be the same.
fn step(numbers: &mut Numbers, keys: u64, ours: &mut SortedMap<String, u64>, wanted: &mut BTreeMap<String, u64>) {
    let (key, value) = (numbers.below(keys).to_string(), numbers.below(1000));
    match numbers.below(8) {
        0..=2 => assert_eq!(ours.insert(key.clone(), value), wanted.insert(key, value)),
        3 => assert_eq!(ours.remove(key.as_str()), wanted.remove(key.as_str())),
        4 => {
            *ours.entry(key.clone()).or_insert(value) += 1;
            *wanted.entry(key).or_insert(value) += 1;
        }
        5 => {
            if let Entry::Occupied(entry) = ours.entry(key.clone()) {
                assert_eq!(Some(entry.remove()), wanted.remove(&key));
            } else {
                assert!(!wanted.contains_key(&key));
            }
        }
        6 => {
            assert_eq!(ours.get(key.as_str()), wanted.get(&key));
            assert_eq!(ours.contains_key(key.as_str()), wanted.contains_key(&key));
            assert_eq!(ours.get_key_value(key.as_str()), wanted.get_key_value(&key));
            if let (Some(ours), Some(wanted)) = (ours.get_mut(key.as_str()), wanted.get_mut(&key)) {
                *ours += value;
                *wanted += value;
            }
        }
        _ => {
            let modulus = 2 + numbers.below(50);
            ours.retain(|_, value| !value.is_multiple_of(modulus));
            wanted.retain(|_, value| !value.is_multiple_of(modulus));
        }
    }
}

fn check(ours: &SortedMap<String, u64>, wanted: &BTreeMap<String, u64>) {
    assert_eq!(ours.len(), wanted.len());
    assert_eq!(ours.is_empty(), wanted.is_empty());
    assert!(ours.iter().eq(wanted.iter()));
    assert!(ours.iter().rev().eq(wanted.iter().rev()));
    assert!(ours.keys().eq(wanted.keys()) && ours.values().eq(wanted.values()));
    assert_eq!(ours.first_key_value(), wanted.first_key_value());
    assert_eq!(ours.last_key_value(), wanted.last_key_value());
    assert_eq!(ours.iter().len(), wanted.len());
    assert_eq!(format!("{ours:?}"), format!("{wanted:?}"));
}

#[test]
fn it_answers_as_the_one_of_the_standard_library() {
    // Few keys stay in line, many cross over to a tree.
    for (seed, keys) in [(1, 6), (2, 40), (3, MOST_IN_LINE as u64 + 2), (4, 3000)] {
        let (mut ours, mut wanted) = (SortedMap::new(), BTreeMap::new());
        let mut numbers = Numbers(seed);
        for round in 0..20_000 {
            step(&mut numbers, keys, &mut ours, &mut wanted);
            if round % 97 == 0 {
                check(&ours, &wanted);
            }
        }
        check(&ours, &wanted);
        assert!(ours.clone().into_iter().eq(wanted.clone()));
        assert!(ours.clone().into_keys().eq(wanted.clone().into_keys()));
        assert!(ours.into_values().rev().eq(wanted.into_values().rev()));
    }
}

#[test]
fn it_is_made_of_entries_in_any_order() {
    let mut numbers = Numbers(5);
    for count in [0, 1, 2, 3, 50, MOST_IN_LINE, MOST_IN_LINE + 1, 1000] {
        for keys in [2, 60, 100_000] {
            let entries: Vec<(String, u64)> =
                (0..count).map(|_| (numbers.below(keys).to_string(), numbers.below(1000))).collect();
            let (mut ours, mut wanted): (SortedMap<_, _>, BTreeMap<_, _>) =
                (entries.iter().cloned().collect(), entries.iter().cloned().collect());
            check(&ours, &wanted);
            ours.extend(entries.iter().rev().cloned());
            wanted.extend(entries.iter().rev().cloned());
            check(&ours, &wanted);
            for (_, value) in &mut ours {
                *value += 1;
            }
            for value in ours.values_mut() {
                *value *= 2;
            }
            for value in wanted.values_mut() {
                *value = (*value + 1) * 2;
            }
            check(&ours, &wanted);
        }
    }
}

#[test]
fn equal_maps_are_equal_in_either_form() {
    let grown = || (0..=MOST_IN_LINE).map(|key| (key, ())).collect::<SortedMap<usize, ()>>();
    let mut shrunk = grown();
    assert!(matches!(shrunk.0, Repr::Tree(_)));
    assert_eq!(shrunk.remove(&0), Some(()));
    let line: SortedMap<usize, ()> = (1..=MOST_IN_LINE).map(|key| (key, ())).collect();
    assert!(matches!(line.0, Repr::Line(_)) && matches!(shrunk.0, Repr::Tree(_)));
    assert_eq!(line, shrunk);
    assert_ne!(line, grown());
    shrunk.clear();
    assert_eq!(shrunk, SortedMap::default());
}

#[test]
fn many_keys_in_any_order_do_not_move_each_other() {
    // With a vector alone this would move some 10¹¹ bytes.
    let mut numbers = Numbers(6);
    let mut map = SortedMap::new();
    for _ in 0..200_000 {
        map.insert(numbers.below(u64::MAX), 0_u64);
    }
    assert!(matches!(map.0, Repr::Tree(_)));
    assert!(map.iter().is_sorted());
}

#[test]
fn a_small_map_takes_the_room_of_its_entries() {
    let map: SortedMap<u64, u64> = [(2, 0), (1, 0), (2, 1), (3, 0), (3, 1)].into();
    let Repr::Line(line) = &map.0 else { unreachable!("few entries stand in line") };
    assert_eq!((line.len(), line.capacity()), (3, 3));
    assert_eq!(size_of_val(&map), 24);
}
