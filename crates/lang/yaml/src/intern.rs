//! Sharing of equal short strings: documents repeat their keys and many of their values.

use std::sync::Arc;

/// The most slots, for long texts.
const MOST_SLOTS: usize = 1024;
/// The fewest, so that a small document costs little.
const FEWEST_SLOTS: usize = 32;
/// About so many bytes of text have a string worth sharing.
const BYTES_PER_SLOT: usize = 32;

/// A small cache of strings; a newer string takes the slot of an older one.
#[derive(Debug)]
pub(crate) struct Interner {
    slots: Vec<Option<Arc<str>>>,
    /// How many slots there will be: a power of two.
    size: usize,
}

impl Interner {
    /// A cache for the strings of a text of so many bytes.
    pub(crate) fn for_text(length: usize) -> Self {
        let size = (length / BYTES_PER_SLOT).next_power_of_two().clamp(FEWEST_SLOTS, MOST_SLOTS);
        Self { slots: Vec::new(), size }
    }

    /// A shared copy of the text.
    #[inline]
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if self.slots.is_empty() {
            self.slots.resize(self.size, None);
        }
        let slot = &mut self.slots[slot_of(text.as_bytes()) & (self.size - 1)];
        match slot {
            Some(known) if **known == *text => Arc::clone(known),
            _ => {
                let fresh = Arc::from(text);
                *slot = Some(Arc::clone(&fresh));
                fresh
            }
        }
    }
}

/// A slot chosen by length and both ends of the text.
#[inline]
fn slot_of(bytes: &[u8]) -> usize {
    let (head, tail) = if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
    } else {
        (bytes.iter().fold(0, |head, &byte| head << 8 | u64::from(byte)), 0)
    };
    let mixed = (head ^ tail.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 54).unwrap_or_default()
}
