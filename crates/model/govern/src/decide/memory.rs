//! What was decided before, per caller and target.
//!
//! Sharded so that callers seldom meet; bounded, and simply emptied when full, because everything
//! in it can be made again. A hit is checked against the whole key: two callers whose hashes
//! collide never see each other's decisions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::decide::{Action, Hints, Kind, Prepared};
use crate::fnv::Fnv;
use crate::principal::Principal;

const SHARDS: u64 = 16;
const MAX_PER_SHARD: usize = 2_048;
/// How long a name may be to be remembered: callers choose it.
const MAX_NAME: usize = 1_024;

#[derive(Debug)]
pub(super) struct Memory {
    shards: Vec<Mutex<BTreeMap<u64, Remembered>>>,
}

#[derive(Debug)]
struct Remembered {
    caller: Arc<Principal>,
    kind: Kind,
    server: Box<str>,
    name: Box<str>,
    hints: Hints,
    prepared: Arc<Prepared>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Memory {
    pub(super) fn get_or_make(
        &self,
        caller: &Arc<Principal>,
        action: &Action<'_>,
        make: impl FnOnce() -> Prepared,
    ) -> Arc<Prepared> {
        if action.server.len() + action.name.len() > MAX_NAME {
            return Arc::new(make());
        }
        let mut hash = Fnv::new();
        hash.text(caller.kind.as_str()).text(&caller.name).text(action.kind.as_str());
        hash.text(action.server).text(action.name);
        let hash = hash.finish();
        let shard = &self.shards[(hash % SHARDS) as usize];
        let guard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = guard.get(&hash).filter(|found| found.is_for(caller, action)) {
            return Arc::clone(&found.prepared);
        }
        drop(guard);
        let prepared = Arc::new(make());
        let remembered = Remembered {
            caller: Arc::clone(caller),
            kind: action.kind,
            server: action.server.into(),
            name: action.name.into(),
            hints: action.hints,
            prepared: Arc::clone(&prepared),
        };
        let mut guard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.len() >= MAX_PER_SHARD {
            guard.clear();
        }
        guard.insert(hash, remembered);
        prepared
    }
}

impl Remembered {
    fn is_for(&self, caller: &Arc<Principal>, action: &Action<'_>) -> bool {
        (Arc::ptr_eq(&self.caller, caller) || self.caller == *caller)
            && self.kind == action.kind
            && *self.server == *action.server
            && *self.name == *action.name
            && self.hints == action.hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{Arguments, Decision, Outcome};
    use crate::timestamp::Timestamp;

    #[test]
    fn names_that_callers_make_long_are_not_kept() {
        let memory = Memory::default();
        let caller = Arc::new(Principal::anonymous(Vec::new()));
        let make = || {
            let decision = Decision {
                allow: false,
                visible: false,
                policies: Arc::default(),
                reasons: Arc::default(),
                scopes: Arc::default(),
            };
            Prepared { base: Outcome::default(), decision, moving: None }
        };
        for (name, kept) in [("read".to_owned(), 1), ("x".repeat(MAX_NAME), 1)] {
            let action = Action {
                kind: Kind::Tool,
                server: "files",
                name: &name,
                hints: Hints::default(),
                arguments: Arguments::None,
                time: Timestamp::from_micros(0),
            };
            memory.get_or_make(&caller, &action, make);
            let all: usize = memory.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
            assert_eq!(all, kept, "{} bytes", name.len());
        }
    }
}
