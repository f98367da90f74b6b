//! The world of the first thread: what others can notice waits until all files have been parsed.

use std::cell::Cell;

use corten_gostd::time::Zone;
use corten_gotmpl::{Job as OtherJob, KeyKind, LogLevel, OwnJob, Scratch, SignatureKind, World};
use corten_value::Value;

use super::{Job, parse_error};

/// Passes questions on; those that somebody outside notices only when all files of the job parse.
pub(super) struct ParsedFirst<'w, 'a> {
    world: &'w dyn World,
    job: &'w Job<'a>,
    scratch: &'w Scratch,
    /// Whether all files parse, once that is known.
    is_parsed: Cell<Option<bool>>,
}

impl<'w, 'a> ParsedFirst<'w, 'a> {
    pub(super) fn new(world: &'w dyn World, job: &'w Job<'a>, scratch: &'w Scratch) -> Self {
        Self { world, job, scratch, is_parsed: Cell::new(None) }
    }

    /// What is asked.
    pub(super) fn outside(&self) -> &'w dyn World {
        self.world
    }

    /// Whether a question was not passed on because a file does not parse: what was made since then does not count.
    pub(super) fn is_wrong(&self) -> bool {
        self.is_parsed.get() == Some(false)
    }

    fn is_parsed(&self) -> bool {
        self.is_parsed.get().unwrap_or_else(|| {
            let is_parsed = parse_error(self.job, self.scratch).is_none();
            self.is_parsed.set(Some(is_parsed));
            is_parsed
        })
    }
}

impl World for ParsedFirst<'_, '_> {
    fn now(&self) -> i128 {
        self.world.now()
    }

    fn local_zone(&self) -> Zone {
        self.world.local_zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.world.random(buffer);
    }

    fn generate_key(&self, kind: KeyKind) -> Result<Vec<u8>, String> {
        self.world.generate_key(kind)
    }

    fn sign(&self, kind: SignatureKind, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        self.world.sign(kind, key, message)
    }

    fn public_key(&self, kind: SignatureKind, key: &[u8]) -> Result<Vec<u8>, String> {
        self.world.public_key(kind, key)
    }

    fn host_by_name(&self, name: &str) -> String {
        if self.is_parsed() { self.world.host_by_name(name) } else { String::new() }
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value, String> {
        if self.is_parsed() { self.world.lookup(api_version, kind, namespace, name) } else { Err(String::new()) }
    }

    fn schema_text(&self, url: &str) -> Result<String, String> {
        if self.is_parsed() { self.world.schema_text(url) } else { Err(String::new()) }
    }

    fn join(&self, left: OwnJob<'_>, right: OtherJob<'_>) {
        self.world.join(left, right);
    }

    fn log(&self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        if self.is_parsed() {
            self.world.log(level, message, attributes);
        }
    }
}
