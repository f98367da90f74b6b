//! Entropy: the system's, or a reproducible stream for `--seed`.

use std::cell::RefCell;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A source of random bytes.
#[derive(Debug)]
pub(crate) enum Entropy {
    /// The operating system's.
    System,
    /// The same bytes for the same seed.
    Seeded(Box<RefCell<ChaCha20Rng>>),
}

impl Entropy {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded(Box::new(RefCell::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    pub(crate) fn fill(&self, buffer: &mut [u8]) {
        match self {
            Self::System => getrandom::fill(buffer).expect("invariant: the operating system gives random bytes"),
            Self::Seeded(generator) => generator.borrow_mut().fill_bytes(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn a_seed_repeats() {
        let draw = || {
            let mut bytes = [0; 16];
            Entropy::new(Some(7)).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(), draw());
    }
}
