//! What functions may ask of the run: `include` and `tpl`. Also notes emissions.
//!
//! Captured text is written to the end of the run's own buffer and cut off from there.

use std::rc::Rc;

use corten_gostd::regexp::{Regexp, SyntaxError};
use corten_gostd::strconv;

use crate::emissions::{Capture, Emission, Use};
use crate::no_value;
use crate::reflected::Reflected;
use crate::tree::NodeId;
use crate::{Emissions, Engine, Error, Text, Val};

use super::{Execution, Frame, Overlay};

/// Helm: `recursionMaxNums`.
// compat: include-depth. Helm counts one call more than the number says.
const MAX_INCLUDES: u32 = 1000;
/// Helm overflows its stack where `tpl` calls itself without end.
// compat: tpl-endless. Ours is an error.
const MAX_TPL: u32 = 1000;

/// The place where captured text starts.
struct Mark {
    length: usize,
    emissions: Option<Emissions>,
}

impl Engine for Execution<'_, '_> {
    fn include(&mut self, name: &Text, data: &Val) -> Result<Text, Error> {
        let count = self.included.entry(name.clone()).or_default();
        if *count > MAX_INCLUDES {
            let cause = Error::new("unable to execute template");
            let mut text = b"rendering template has a nested reference name: ".to_vec();
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": unable to execute template");
            return Err(Error::wrap(text, cause));
        }
        *count += 1;
        let mark = self.mark();
        let outcome = self.execute(name.as_bytes(), &Reflected::concrete(data.clone()));
        if let Some(count) = self.included.get_mut(name) {
            *count -= 1;
        }
        let text = self.cut(mark, false);
        outcome.map(|()| text)
    }

    fn regexp(&mut self, pattern: &Text) -> Result<Rc<Regexp>, SyntaxError> {
        self.scratch.regexp(pattern)
    }

    fn tpl(&mut self, text: &Text, data: &Val) -> Result<Text, Error> {
        if !no_value::may_hold_action(text.as_bytes()) {
            return Ok(no_value::without(text));
        }
        if self.tpl_depth >= MAX_TPL {
            return Err(Error::new(format!("tpl calls itself more than {MAX_TPL} times")));
        }
        let is_located = self.output.emissions.is_some();
        let parsed = self.scratch.parse_tpl(self.definitions, text, is_located);
        let parsed = parsed.map_err(|error| wrap("cannot parse template ", text, error))?;
        self.overlay = Some(Rc::new(Overlay { parent: self.overlay.take(), added: Rc::clone(&parsed) }));
        self.tpl_depth += 1;
        let mark = self.mark();
        let outcome = self.execute_definition(&parsed.main, &Reflected::concrete(data.clone()));
        self.tpl_depth -= 1;
        self.overlay = self.overlay.take().and_then(|overlay| overlay.parent.clone());
        let result = self.cut(mark, true);
        match outcome {
            Ok(()) => Ok(result),
            Err(error) => Err(wrap("error during tpl function execution for ", text, error)),
        }
    }

    fn lint_mode(&self) -> bool {
        self.definitions.options().lint_mode
    }

    fn enable_dns(&self) -> bool {
        self.definitions.options().enable_dns
    }
}

fn wrap(what: &str, template: &Text, cause: Error) -> Error {
    let mut text = what.as_bytes().to_vec();
    strconv::append_quote(&mut text, template.as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(cause.text());
    Error::wrap(text, cause)
}

impl Execution<'_, '_> {
    fn mark(&mut self) -> Mark {
        let emissions = self.output.emissions.as_mut().map(std::mem::take);
        Mark { length: self.output.bytes.len(), emissions }
    }

    /// Takes what was written since a mark; keeps its emissions as a capture.
    fn cut(&mut self, mark: Mark, is_cleaned: bool) -> Text {
        let bytes = &self.output.bytes[mark.length..];
        let removed = if is_cleaned { no_value::find(bytes) } else { Vec::new() };
        let text = if removed.is_empty() { Text::from(bytes) } else { Text::from(no_value::cut(bytes, &removed)) };
        self.output.bytes.truncate(mark.length);
        if let (Some(mut outer), Some(inner)) = (mark.emissions, self.output.emissions.as_mut()) {
            let start = offset(mark.length);
            inner.entries.iter_mut().for_each(|entry| entry.offset -= start);
            inner.uses.iter_mut().for_each(|used| used.entry.offset -= start);
            inner.remove(&removed, no_value::TEXT.len());
            outer.captures.push(Capture { text: text.clone(), emissions: std::mem::take(inner) });
            *inner = outer;
        }
        text
    }

    /// How many captures there are, to tell those of an action.
    pub(super) fn captures(&self) -> usize {
        self.output.emissions.as_ref().map_or(0, |emissions| emissions.captures.len())
    }

    /// Notes that the node writes from here on.
    pub(super) fn note(&mut self, frame: Frame<'_>, id: NodeId) {
        if let Some(emissions) = &mut self.output.emissions {
            let site = frame.source().first_site.saturating_add(id);
            let entry = Emission { offset: offset(self.output.bytes.len()), site };
            emissions.entries.push(entry);
        }
    }

    /// The same for an action, whose value may come from captures made since `before`.
    pub(super) fn note_action(&mut self, frame: Frame<'_>, id: NodeId, before: usize) {
        self.note(frame, id);
        if let Some(emissions) = &mut self.output.emissions
            && let Some(&entry) = emissions.entries.last()
            && emissions.captures.len() > before
        {
            emissions.uses.push(Use { entry, first: offset(before), last: offset(emissions.captures.len()) });
        }
    }
}

/// Outputs of 4 GiB and more have no map beyond that.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
