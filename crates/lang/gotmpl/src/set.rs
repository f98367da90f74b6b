//! The one namespace of templates: parse files into it, execute by name.
//!
//! Helm keeps all templates of a chart tree in one `template.Template`; [`TemplateSet`] is that,
//! with the function table and the options fixed at the start. Files are parsed in Helm's order
//! (the last definition of a name wins), then executed one by one; `include` and `tpl` reach the
//! set through [`crate::Engine`]. A text given to `tpl` is parsed once and nothing is cloned.
//!
//! A set is two things: [`Definitions`], which threads share, and the [`Scratch`] of its own thread.

mod definitions;
mod files;
mod scratch;

use std::sync::Arc;

pub use definitions::Definitions;
pub use scratch::Scratch;
pub(crate) use scratch::Tpl;

use crate::exec::Execution;
use crate::functions::Functions;
use crate::parse::{Parsed, parse};
use crate::reflected::Reflected;
use crate::{Emissions, Error, Function, Location, Observer, Text, Val, World, no_value};

/// Go: the template option `missingkey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingKey {
    /// `missingkey=default`: a missing key yields the invalid value. Helm never uses it.
    Invalid,
    /// `missingkey=zero`: a missing key yields the zero value of the map's element type.
    Zero,
    /// `missingkey=error`: Helm's strict mode.
    Error,
}

/// What is fixed for a [`TemplateSet`].
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Helm: `Engine.Strict` is [`MissingKey::Error`], otherwise [`MissingKey::Zero`].
    pub missing_key: MissingKey,
    /// Helm: `Engine.LintMode`.
    pub lint_mode: bool,
    /// Helm: `Engine.EnableDNS`.
    pub enable_dns: bool,
}

/// Where an execution writes, and what it notes on the way.
#[derive(Default)]
pub struct Output<'a> {
    /// The text.
    pub bytes: Vec<u8>,
    /// Which template span wrote which bytes; noted when present.
    pub emissions: Option<Emissions>,
    /// Told of every map key that a template reads.
    pub observer: Option<&'a mut dyn Observer>,
}

impl Output<'_> {
    /// Removes `<no value>` from the text, as Helm does with each file.
    pub fn clean(&mut self) {
        let found = no_value::find(&self.bytes);
        if found.is_empty() {
            return;
        }
        self.bytes = no_value::cut(&self.bytes, &found);
        if let Some(emissions) = &mut self.emissions {
            emissions.remove(&found, no_value::TEXT.len());
        }
    }
}

/// The templates of a chart tree.
#[derive(Debug)]
pub struct TemplateSet {
    definitions: Definitions,
    scratch: Scratch,
}

impl TemplateSet {
    /// An empty set. Functions of the table hide Go's builtin functions of the same name.
    pub fn new(functions: impl IntoIterator<Item = &'static Function>, options: Options) -> Self {
        Self { definitions: Definitions::new(Functions::new(functions), options), scratch: Scratch::default() }
    }

    /// Parses a file; its definitions replace earlier ones of the same name unless they are blank.
    /// Go: `t.New(name).Parse(text)`, with the text of its error.
    pub fn parse(&mut self, name: &str, text: impl Into<Text>) -> Result<(), Error> {
        self.parse_shared(name, &text.into().into())
    }

    /// The same for a text that is shared with its file.
    pub fn parse_shared(&mut self, name: &str, text: &Arc<[u8]>) -> Result<(), Error> {
        let room = &mut self.scratch.room.borrow_mut();
        let parsed = parse(&self.definitions.functions, (&Text::from(name), text), room)?;
        add(&mut self.definitions, &self.scratch, parsed);
        Ok(())
    }

    /// Parses files in their order; the first error comes with the position of its file.
    pub fn parse_files(&mut self, files: &[(&str, &Arc<[u8]>)], world: &dyn World) -> Result<(), (usize, Error)> {
        files::add_all(&mut self.definitions, &self.scratch, files, world)
    }

    /// Executes a template. Go: `ExecuteTemplate`; what was written before an error stays.
    pub fn execute(&self, name: &str, data: &Val, world: &dyn World, output: &mut Output<'_>) -> Result<(), Error> {
        let mut execution = Execution::new(&self.definitions, &self.scratch, world, output);
        execution.execute(name.as_bytes(), &Reflected::concrete(data.clone()))
    }

    /// Executes a template and removes `<no value>` from its text, as Helm does with each file.
    pub fn render(&self, name: &str, data: &Val, world: &dyn World) -> Result<Vec<u8>, Error> {
        self.definitions.render(name, data, world, &self.scratch)
    }

    /// Whether a template of that name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.definitions.contains(name)
    }

    /// The place in a template that wrote the byte at an offset of an output, or of a capture.
    pub fn locate(&self, emissions: &Emissions, offset: usize) -> Option<Location> {
        self.scratch.locate(emissions, offset)
    }

    pub(crate) fn definition(&self, name: &[u8]) -> Option<Arc<crate::tree::Definition>> {
        self.definitions.get(name)
    }
}

/// Adds what a text defines, and tells whether no file that waits had one of the names.
fn add(definitions: &mut Definitions, scratch: &Scratch, parsed: Parsed) -> bool {
    let (source, is_clear) = definitions.add(parsed, scratch.next_site());
    scratch.keep(source);
    is_clear
}
