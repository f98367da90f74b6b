//! The world of the second thread: there is nothing outside, but who asks is noticed.

use std::cell::Cell;

use corten_gostd::time::Zone;
use corten_gotmpl::{KeyKind, LogLevel, SignatureKind, World};
use corten_value::Value;

/// Answers nothing that counts: a file that asks is executed again by the first thread.
#[derive(Debug, Default)]
pub(super) struct Aside(Cell<bool>);

impl Aside {
    /// Whether anything was asked since the last time.
    pub(super) fn was_asked(&self) -> bool {
        self.0.take()
    }

    fn ask<T>(&self, answer: T) -> T {
        self.0.set(true);
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

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(0);
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
