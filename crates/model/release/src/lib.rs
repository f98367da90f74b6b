//! The revision record, its codec, the state machine, plans and diffs of releases.
