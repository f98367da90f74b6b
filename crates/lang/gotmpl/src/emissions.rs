//! Where each byte of the output came from, recorded only when a caller asks.

use crate::Text;

/// Which template span wrote which bytes: eight bytes per write.
///
/// An entry holds from its offset to that of the next. Text that `include` and `tpl` returned keeps
/// entries of its own, which hang below the action that used it: functions such as `indent` may
/// have changed the text on its way.
#[derive(Clone, Debug, Default)]
pub struct Emissions {
    pub(crate) entries: Vec<Emission>,
    pub(crate) captures: Vec<Capture>,
    /// For each action that used captures: its entry's site and the run of captures.
    pub(crate) uses: Vec<Use>,
}

/// A write: where its bytes start, and the node that wrote them, numbered through all sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Emission {
    pub(crate) offset: u32,
    pub(crate) site: u32,
}

/// The captures that went into an action's value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) entry: Emission,
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// What `include` or `tpl` returned, with the spans that wrote it.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The text.
    pub text: Text,
    /// Its own map; offsets count from its start.
    pub emissions: Emissions,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name of the file, `gotpl` for a text that `tpl` executed.
    pub file: Text,
    /// Offset in the file's text, in bytes.
    pub offset: u32,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 0 as in Go's errors.
    pub column: usize,
}

impl Emissions {
    /// The site that wrote the byte at an offset, and how far into that write it is.
    pub(crate) fn site(&self, offset: u32) -> Option<(u32, u32)> {
        let after = self.entries.partition_point(|entry| entry.offset <= offset);
        let entry = self.entries[..after].last()?;
        Some((entry.site, offset - entry.offset))
    }

    /// What `include` and `tpl` returned to the action that wrote the byte at an offset.
    pub fn captures(&self, offset: u32) -> &[Capture] {
        let after = self.uses.partition_point(|used| used.entry.offset <= offset);
        let Some(used) = self.uses[..after].last() else { return &[] };
        let is_same =
            self.site(offset).is_some_and(|(site, into)| site == used.entry.site && used.entry.offset == offset - into);
        if is_same { self.captures.get(used.first as usize..used.last as usize).unwrap_or_default() } else { &[] }
    }

    /// Moves the entries behind bytes that were removed: offsets in order, each `length` long.
    pub(crate) fn remove(&mut self, removed: &[usize], length: usize) {
        let shift = |offset: &mut u32| {
            let old = *offset as usize;
            let before = removed.partition_point(|&start| start < old);
            if let Some(&start) = removed[..before].last() {
                let outside = (old - start).min(length);
                let new = old + length - outside - before * length;
                *offset = u32::try_from(new).unwrap_or(u32::MAX);
            }
        };
        self.entries.iter_mut().for_each(|entry| shift(&mut entry.offset));
        self.uses.iter_mut().for_each(|used| shift(&mut used.entry.offset));
    }
}
