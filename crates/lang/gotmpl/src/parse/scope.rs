//! Which variables a pipeline sees. Go keeps names on a stack at run time and another list in the
//! parser; both are followed here, so that a variable is a slot and errors stay the same.

use crate::tree::{NONE, Span};

/// The variables of a template while it is parsed.
pub(super) struct Scope {
    /// Go: `Tree.vars`, what the parser lets pass: spans of names. `$` is not among them.
    known: Vec<Span>,
    /// What the stack holds at run time.
    live: Vec<Live>,
    slots: u32,
    /// Counts declarations, to tell which pipelines hold some.
    declared: u32,
    /// Above zero inside operands that `and` and `or` may skip.
    pub(super) maybe: u32,
}

#[derive(Clone, Copy)]
struct Live {
    name: Span,
    slot: u32,
    /// The slot that the name has when this declaration is skipped; itself when it cannot be.
    older: u32,
}

/// A place in the scope to return to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    known: usize,
    live: usize,
}

impl Scope {
    pub(super) fn new() -> Self {
        Self { known: Vec::new(), live: Vec::new(), slots: 1, declared: 0, maybe: 0 }
    }

    /// The slots that a frame needs; slot 0 is `$`.
    pub(super) fn slots(&self) -> u32 {
        self.slots
    }

    pub(super) fn declared(&self) -> u32 {
        self.declared
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { known: self.known.len(), live: self.live.len() }
    }

    /// Go: `popVars`, at the end of a control structure.
    pub(super) fn close(&mut self, mark: Mark) {
        self.known.truncate(mark.known);
        self.live.truncate(mark.live);
    }

    /// The variables of the body are gone in the `else` branch, though Go's parser still knows them.
    pub(super) fn close_body(&mut self, mark: Mark) {
        self.live.truncate(mark.live);
    }

    /// Makes the parser accept a name, declared or assigned.
    pub(super) fn know(&mut self, name: Span) {
        self.known.push(name);
    }

    pub(super) fn is_known(&self, text: &[u8], name: Span) -> bool {
        let wanted = &text[name.range()];
        wanted == b"$" || self.known.iter().any(|&known| &text[known.range()] == wanted)
    }

    /// A new variable that lives from here on.
    pub(super) fn declare(&mut self, text: &[u8], name: Span) -> u32 {
        let slot = u32::try_from(self.live.len()).unwrap_or(NONE - 2) + 1;
        let older = if self.maybe > 0 { self.resolve(text, name).0 } else { slot };
        self.live.push(Live { name, slot, older });
        self.slots = self.slots.max(slot + 1);
        self.declared += 1;
        slot
    }

    /// The slot of a name and the one below it, [`NONE`] where there is none at run time.
    pub(super) fn resolve(&self, text: &[u8], name: Span) -> (u32, u32) {
        let wanted = &text[name.range()];
        let found = self.live.iter().rev().find(|live| &text[live.name.range()] == wanted);
        let unfound = if wanted == b"$" { 0 } else { NONE };
        found.map_or((unfound, unfound), |live| (live.slot, live.older))
    }
}
