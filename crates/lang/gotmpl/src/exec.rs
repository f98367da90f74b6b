//! Executes definitions: walks the nodes of a tree and writes text.
//!
//! [`Execution`] is one run of [`crate::TemplateSet::execute`]; it also is the [`crate::Engine`]
//! that functions see, so `include` and `tpl` go on in the same run with frames of their own. Like
//! Go's executor it remembers the node it is at: errors name that one. Stops at the first error.
//! Recursion is bounded by Go's template depth and Helm's counters, and grows its own stack.

mod arguments;
mod call;
mod capture;
mod control;
mod evaluate;
mod field;
mod overlay;
mod path;
mod print;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use corten_gostd::strconv;

use crate::reflected::Reflected;
use crate::tree::{Definition, Keyword, Kind, NONE, NodeId, Source, node_string};
use crate::{Definitions, Error, Output, Scratch, Text, Val, World};
use overlay::Overlay;

/// Room that a step needs at least, and by how much the stack grows.
const RED_ZONE: usize = 128 * 1024;
const SEGMENT: usize = 2 * 1024 * 1024;

/// Runs a step with enough stack.
fn with_stack<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, SEGMENT, step)
}

/// One run.
pub(crate) struct Execution<'a, 'o> {
    definitions: &'a Definitions,
    scratch: &'a Scratch,
    world: &'a dyn World,
    output: &'a mut Output<'o>,
    /// The definitions of the running `tpl` calls; none outside of them.
    overlay: Option<Rc<Overlay>>,
    /// The variables of all frames; those of the current one start at `base`.
    variables: Vec<Option<Reflected>>,
    base: usize,
    /// Go: `state.node`, which errors name.
    node: NodeId,
    /// Go: `state.depth`, of `template` actions.
    depth: u32,
    /// Helm: `includedNames`.
    included: BTreeMap<Text, u32>,
    tpl_depth: u32,
    /// Argument lists to use again.
    spare_args: Vec<Vec<Val>>,
    spare_reflected: Vec<Vec<Reflected>>,
}

/// The template that runs and its dot.
#[derive(Clone, Copy)]
struct Frame<'f> {
    definition: &'f Definition,
    dot: &'f Reflected,
}

impl<'f> Frame<'f> {
    fn source(self) -> &'f Source {
        &self.definition.source
    }

    fn with_dot(self, dot: &'f Reflected) -> Self {
        Self { dot, ..self }
    }
}

/// Whether a list goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl<'a, 'o> Execution<'a, 'o> {
    pub(crate) fn new(
        definitions: &'a Definitions,
        scratch: &'a Scratch,
        world: &'a dyn World,
        output: &'a mut Output<'o>,
    ) -> Self {
        Self {
            definitions,
            scratch,
            world,
            output,
            overlay: None,
            variables: Vec::new(),
            base: 0,
            node: NONE,
            depth: 0,
            included: BTreeMap::new(),
            tpl_depth: 0,
            spare_args: Vec::new(),
            spare_reflected: Vec::new(),
        }
    }

    /// Go: `Template.ExecuteTemplate`.
    pub(crate) fn execute(&mut self, name: &[u8], data: &Reflected) -> Result<(), Error> {
        let Some(definition) = self.lookup(name) else {
            let mut text = b"template: no template ".to_vec();
            strconv::append_quote(&mut text, name);
            text.extend_from_slice(b" associated with template \"gotpl\"");
            return Err(Error::new(text));
        };
        self.execute_definition(&definition, data)
    }

    /// Go: `Template.Execute`, with a state of its own.
    pub(crate) fn execute_definition(&mut self, definition: &Definition, data: &Reflected) -> Result<(), Error> {
        let depth = std::mem::take(&mut self.depth);
        let outcome = self.run(definition, data);
        self.depth = depth;
        outcome
    }

    /// Runs a template in a new frame, in which `$` is its dot.
    fn run(&mut self, definition: &Definition, dot: &Reflected) -> Result<(), Error> {
        let (base, node) = (self.base, self.node);
        self.base = self.variables.len();
        self.variables.push(Some(dot.clone()));
        self.variables.resize(self.base + definition.slots as usize, None);
        let frame = Frame { definition, dot };
        let outcome = with_stack(|| self.walk(frame, definition.root));
        self.variables.truncate(self.base);
        (self.base, self.node) = (base, node);
        outcome.map(|_| ())
    }

    /// The definition of a name: that of the innermost `tpl` call that has one, or the set's.
    fn lookup(&self, name: &[u8]) -> Option<Arc<Definition>> {
        let mut overlay = self.overlay.as_deref();
        let mut blank = None;
        while let Some(current) = overlay {
            match current.added.definition(name) {
                Some((definition, true)) => return Some(Arc::clone(definition)),
                // The outermost is there first, the others do not hide it.
                Some((definition, false)) => blank = Some(definition),
                None => {}
            }
            overlay = current.parent.as_deref();
        }
        self.definitions.get(name).or_else(|| blank.map(Arc::clone))
    }

    fn walk(&mut self, frame: Frame<'_>, id: NodeId) -> Result<Flow, Error> {
        self.node = id;
        match frame.source().node(id).kind {
            Kind::Text(span) => {
                self.note(frame, id);
                self.output.bytes.extend_from_slice(frame.source().bytes(span));
            }
            Kind::Action(pipe) => self.action(frame, id, pipe)?,
            Kind::List(nodes) => {
                for &node in frame.source().links(nodes) {
                    let flow = self.walk(frame, node)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
            }
            Kind::Branch { keyword: Keyword::Range, pipe, body, otherwise } => {
                return with_stack(|| self.range(frame, control::Range { id, pipe, body, otherwise }));
            }
            Kind::Branch { keyword, pipe, body, otherwise } => {
                return with_stack(|| self.branch(frame, keyword, pipe, (body, otherwise)));
            }
            Kind::Template { name, pipe } => self.template(frame, name, pipe)?,
            Kind::Break => return Ok(Flow::Break),
            Kind::Continue => return Ok(Flow::Continue),
            _ => return Err(self.fail(frame, "unknown node")),
        }
        Ok(Flow::Next)
    }

    fn action(&mut self, frame: Frame<'_>, id: NodeId, pipe: NodeId) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut self.output.bytes);
        let shown = self.peek(frame, pipe, |value| print::action(&mut bytes, value));
        self.output.bytes = bytes;
        if shown.is_some() {
            return Ok(());
        }
        let captures = self.captures();
        match self.pipeline(frame, pipe) {
            Ok(ref value) => {
                if !is_declaration(frame, pipe) {
                    self.node = id;
                    self.note_action(frame, id, captures);
                    print::action(&mut self.output.bytes, &value.val);
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Go: `state.errorf`: an error at the current node.
    fn fail(&self, frame: Frame<'_>, message: impl AsRef<[u8]>) -> Error {
        Error::exec(Error::new(self.located(frame, message.as_ref())))
    }

    /// The same for a message that ends in the text of a cause (`%w`).
    fn fail_with(&self, frame: Frame<'_>, message: &str, cause: Error) -> Error {
        let mut text = self.located(frame, message.as_bytes());
        text.extend_from_slice(cause.text());
        Error::exec(Error::wrap(text, cause))
    }

    fn located(&self, frame: Frame<'_>, message: &[u8]) -> Vec<u8> {
        let source = frame.source();
        let (line, column) = source.line_column(source.node(self.node).position);
        let mut text = b"template: ".to_vec();
        text.extend_from_slice(source.name.as_bytes());
        text.extend_from_slice(format!(":{line}:{column}: executing ").as_bytes());
        strconv::append_quote(&mut text, frame.definition.name.as_bytes());
        text.extend_from_slice(b" at <");
        text.extend_from_slice(&node_string(source, self.node));
        text.extend_from_slice(b">: ");
        text.extend_from_slice(message);
        text
    }
}

/// Go prints nothing where a pipeline declares or sets variables.
fn is_declaration(frame: Frame<'_>, pipe: NodeId) -> bool {
    matches!(frame.source().node(pipe).kind, Kind::Pipe { declares, .. } if declares.len() > 0)
}
