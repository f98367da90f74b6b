//! The world of the second thread: there is nothing outside, but who asks is noticed.

use std::cell::Cell;

use corten_gostd::time::Zone;
use corten_gotmpl::{KeyKind, LogLevel, SignatureKind, World};
use corten_value::Value;

/// Answers nothing that counts: a file that asks is executed again by the first thread.
#[derive(Debug, Default)]
pub(super) struct Aside {
    was_asked: Cell<bool>,
    drawn: Cell<u64>,
}

impl Aside {
    /// Whether anything was asked since the last time.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.take()
    }

    fn ask<T>(&self, answer: T) -> T {
        self.was_asked.set(true);
        answer
    }

    fn refuse<T>(&self) -> Result<T, String> {
        self.ask(Err(String::new()))
    }
}

impl World for Aside {
    fn now(&self) -> i128 {
        self.ask(0)
    }

    fn local_zone(&self) -> Zone {
        self.ask(Zone::utc())
    }

    /// Whoever draws until something fits must find it: the bytes are even, if nothing else (`SplitMix64`).
    fn random(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(size_of::<u64>()) {
            let state = self.drawn.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.drawn.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..part.len()]);
        }
        self.ask(());
    }

    fn generate_key(&self, _: KeyKind) -> Result<Vec<u8>, String> {
        self.refuse()
    }

    fn sign(&self, _: SignatureKind, _: &[u8], _: &[u8]) -> Result<Vec<u8>, String> {
        self.refuse()
    }

    fn public_key(&self, _: SignatureKind, _: &[u8]) -> Result<Vec<u8>, String> {
        self.refuse()
    }

    fn host_by_name(&self, _: &str) -> String {
        self.ask(String::new())
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, String> {
        self.refuse()
    }

    fn schema_text(&self, _: &str) -> Result<String, String> {
        self.refuse()
    }

    fn log(&self, _: LogLevel, _: &str, _: &[(&str, &str)]) {
        self.ask(());
    }
}
