//! A `World` for tests.

use std::cell::{Cell, RefCell};

use corten_gostd::time::Zone;
use corten_gotmpl::{KeyKind, LogLevel, World};
use corten_value::Value;

/// A world where nothing ever changes: a stopped clock, UTC, counted bytes for chance, no keys, no
/// names, an empty cluster. Log lines are kept.
#[derive(Debug, Default)]
pub struct FixedWorld {
    drawn: Cell<u8>,
    lines: RefCell<Vec<String>>,
    keys: Cell<usize>,
}

impl FixedWorld {
    /// The time on the stopped clock: 2026-01-02 03:04:05 UTC, in nanoseconds.
    pub const NOW: i128 = 1_767_323_045_000_000_000;

    /// How many private keys were asked for.
    pub fn keys_asked_for(&self) -> usize {
        self.keys.get()
    }

    /// The log lines so far, as `level message key=value …`.
    pub fn log_lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

impl World for FixedWorld {
    fn now(&self) -> i128 {
        Self::NOW
    }

    fn local_zone(&self) -> Zone {
        Zone::utc()
    }

    fn random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.drawn.get();
            self.drawn.set(self.drawn.get().wrapping_add(1));
        }
    }

    fn generate_key(&self, _: KeyKind) -> Result<Vec<u8>, String> {
        self.keys.set(self.keys.get() + 1);
        Err("a fixed world makes no keys".to_owned())
    }

    fn host_by_name(&self, _: &str) -> String {
        String::new()
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, String> {
        Ok(Value::empty_map())
    }

    fn schema_text(&self, url: &str) -> Result<String, String> {
        Err(format!("a fixed world has no text for {url}"))
    }

    fn log(&self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        let mut line = format!("{level:?} {message}");
        for (key, value) in attributes {
            line.extend([" ", key, "=", value]);
        }
        self.lines.borrow_mut().push(line);
    }
}
