//! A table by name that is looked up far more often than it grows.
//!
//! Names of templates share long beginnings (`chart/charts/sub/templates/…`), which makes each step
//! of an ordered search compare most of a name; here a name is read once. Entries stand in the
//! order they came, so nothing depends on the order of hashes.

/// Fewer entries are compared one by one.
const FEW: usize = 8;

/// Values by name.
#[derive(Clone, Debug)]
pub(crate) struct Names<K, V> {
    entries: Vec<(K, V)>,
    /// Positions in `entries`, counted from 1, by hash; a power of two, at least twice the entries.
    slots: Vec<u32>,
}

impl<K, V> Default for Names<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), slots: Vec::new() }
    }
}

impl<K: AsRef<[u8]>, V> Names<K, V> {
    /// Makes room for more entries.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.entries.reserve(more);
        if self.entries.len() + more > FEW {
            self.spread(self.entries.len() + more);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&V> {
        self.entry(name).map(|(_, value)| value)
    }

    /// The value, and the name as it was given.
    pub(crate) fn entry(&self, name: &[u8]) -> Option<&(K, V)> {
        self.position(name).map(|position| &self.entries[position])
    }

    /// Adds a value, or replaces the one of that name.
    pub(crate) fn insert(&mut self, name: K, value: V) {
        if let Some(position) = self.position(name.as_ref()) {
            self.entries[position].1 = value;
            return;
        }
        self.entries.push((name, value));
        let count = self.entries.len();
        if self.slots.len() >= count * 2 {
            self.place(count - 1);
        } else if count > FEW {
            self.spread(count * 2);
        }
    }

    /// Makes slots for so many entries.
    fn spread(&mut self, count: usize) {
        self.slots.clear();
        self.slots.resize((count * 2).next_power_of_two(), 0);
        (0..self.entries.len()).for_each(|position| self.place(position));
    }

    /// In the order they came.
    pub(crate) fn into_entries(self) -> Vec<(K, V)> {
        self.entries
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        if self.slots.is_empty() {
            return self.entries.iter().position(|(known, _)| known.as_ref() == name);
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(name) & mask;
        loop {
            let position = (self.slots[slot] as usize).checked_sub(1)?;
            if self.entries[position].0.as_ref() == name {
                return Some(position);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn place(&mut self, position: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = hash(self.entries[position].0.as_ref()) & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        // A set holds fewer templates than 4 GiB of text can define.
        self.slots[slot] = u32::try_from(position + 1).unwrap_or(u32::MAX);
    }
}

/// Eight bytes at a time.
fn hash(name: &[u8]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |state: u64, part: u64| (state.rotate_left(23) ^ part).wrapping_mul(FACTOR);
    let (chunks, rest) = name.as_chunks::<8>();
    let mut state = chunks.iter().fold(name.len() as u64, |state, chunk| mix(state, u64::from_le_bytes(*chunk)));
    state = mix(state, rest.iter().fold(0, |part, &byte| part << 8 | u64::from(byte)));
    usize::try_from(state >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_replaced() {
        let mut names = Names::default();
        for round in 0..2 {
            for number in 0..500 {
                names.insert(format!("chart/templates/{number}"), number * 2 + round);
            }
        }
        for number in 0..500 {
            assert_eq!(names.get(format!("chart/templates/{number}").as_bytes()), Some(&(number * 2 + 1)));
        }
        assert_eq!(names.get(b"chart/templates/500"), None);
        assert_eq!(names.into_entries().len(), 500);
    }
}
