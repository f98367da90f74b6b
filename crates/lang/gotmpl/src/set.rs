//! The one namespace of templates: parse files into it, execute by name.
//!
//! Helm keeps all templates of a chart tree in one `template.Template`; [`TemplateSet`] is that,
//! with the function table and the options fixed at the start. Files are parsed in Helm's order
//! (the last definition of a name wins), then executed one by one; `include` and `tpl` reach the
//! set through [`crate::Engine`]. A text given to `tpl` is parsed once and nothing is cloned.

mod files;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use corten_gostd::regexp::{Regexp, SyntaxError};

use crate::exec::Execution;
use crate::functions::Functions;
use crate::names::Names;
use crate::parse::{Parsed, Room, parse};
use crate::reflected::Reflected;
use crate::tree::{Definition, Source};
use crate::{Emissions, Error, Function, Location, Observer, OwnJob, Text, Val, World, no_value};

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
    functions: Functions,
    options: Options,
    definitions: Names<Text, Arc<Definition>>,
    /// All parsed texts, in the order of their sites; of those of `tpl`, the ones that are to be located.
    sources: RefCell<Vec<Arc<Source>>>,
    next_site: Cell<u32>,
    /// Room for the next text to parse.
    room: RefCell<Room>,
    /// The name of those that `tpl` parses.
    root: Text,
    /// Texts that `tpl` has executed.
    tpl_texts: RefCell<Names<Text, Rc<Tpl>>>,
    /// Expressions that templates have used.
    regexps: RefCell<BTreeMap<Text, Rc<Regexp>>>,
}

/// How many compiled expressions are kept; charts that make up new ones do not grow without end.
const MAX_REGEXPS: usize = 256;

/// How many texts of `tpl` are kept: few charts have more, and those that make up new ones do not grow without end.
const MAX_TPL_TEXTS: usize = 256;

/// A parsed text of `tpl`.
#[derive(Debug)]
pub(crate) struct Tpl {
    pub(crate) main: Arc<Definition>,
    /// The others.
    definitions: Names<Text, Arc<Definition>>,
    /// Whether the set keeps its source.
    is_located: bool,
}

impl Tpl {
    /// What the text adds to a namespace under a name, and whether that hides what is there: a blank
    /// definition does not.
    pub(crate) fn definition(&self, name: &[u8]) -> Option<(&Arc<Definition>, bool)> {
        if name == self.main.name.as_bytes() {
            return Some((&self.main, true));
        }
        self.definitions.get(name).map(|definition| (definition, !definition.is_blank))
    }
}

/// The name of Helm's root template, which texts of `tpl` have too.
// compat: tpl-named-gotpl
const ROOT: &str = "gotpl";

impl TemplateSet {
    /// An empty set. Functions of the table hide Go's builtin functions of the same name.
    pub fn new(functions: impl IntoIterator<Item = &'static Function>, options: Options) -> Self {
        Self {
            functions: Functions::new(functions),
            options,
            definitions: Names::default(),
            sources: RefCell::default(),
            next_site: Cell::new(0),
            room: RefCell::default(),
            root: Text::from(ROOT),
            tpl_texts: RefCell::default(),
            regexps: RefCell::default(),
        }
    }

    /// Parses a file; its definitions replace earlier ones of the same name unless they are blank.
    /// Go: `t.New(name).Parse(text)`, with the text of its error.
    pub fn parse(&mut self, name: &str, text: impl Into<Text>) -> Result<(), Error> {
        self.parse_shared(name, &text.into().into())
    }

    /// The same for a text that is shared with its file.
    pub fn parse_shared(&mut self, name: &str, text: &Arc<[u8]>) -> Result<(), Error> {
        let parsed = parse(&self.functions, (&Text::from(name), text), &mut self.room.borrow_mut())?;
        self.add(parsed);
        Ok(())
    }

    /// Parses files in their order; the first error comes with the position of its file.
    pub fn parse_files(&mut self, files: &[(&str, &Arc<[u8]>)], world: &dyn World) -> Result<(), (usize, Error)> {
        self.parse_files_beside(files, world, Box::new(|| ()))
    }

    /// The same; other work is done on this thread meanwhile, in any case.
    pub fn parse_files_beside(
        &mut self,
        files: &[(&str, &Arc<[u8]>)],
        world: &dyn World,
        beside: OwnJob<'_>,
    ) -> Result<(), (usize, Error)> {
        files::parse_files(&self.functions, files, world, beside)
            .into_iter()
            .enumerate()
            .try_for_each(|(position, parsed)| parsed.map(|own| self.add(own)).map_err(|error| (position, error)))
    }

    fn add(&mut self, parsed: Parsed) {
        let (source, definitions) = parsed.place(self.next_site.get());
        self.keep(source);
        for definition in definitions {
            if !definition.is_blank || self.definitions.get(definition.name.as_bytes()).is_none() {
                self.definitions.insert(definition.name.clone(), definition);
            }
        }
    }

    fn keep(&self, source: Arc<Source>) {
        let sites = u32::try_from(source.nodes.len()).unwrap_or(u32::MAX);
        self.next_site.set(self.next_site.get().saturating_add(sites));
        self.sources.borrow_mut().push(source);
    }

    /// Executes a template. Go: `ExecuteTemplate`; what was written before an error stays.
    pub fn execute(&self, name: &str, data: &Val, world: &dyn World, output: &mut Output<'_>) -> Result<(), Error> {
        Execution::new(self, world, output).execute(name.as_bytes(), &Reflected::concrete(data.clone()))
    }

    /// Executes a template and removes `<no value>` from its text, as Helm does with each file.
    pub fn render(&self, name: &str, data: &Val, world: &dyn World) -> Result<Vec<u8>, Error> {
        let mut output = Output::default();
        self.execute(name, data, world, &mut output)?;
        output.clean();
        Ok(output.bytes)
    }

    /// Whether a template of that name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.definitions.get(name.as_bytes()).is_some()
    }

    /// The place in a template that wrote the byte at an offset of an output, or of a capture.
    pub fn locate(&self, emissions: &Emissions, offset: usize) -> Option<Location> {
        let (site, into) = emissions.site(u32::try_from(offset).ok()?)?;
        let sources = self.sources.borrow();
        let after = sources.partition_point(|source| source.first_site <= site);
        let source = sources[..after].last()?;
        let offset = source.offset_of(site - source.first_site, into)?;
        let (line, column) = source.line_column(offset);
        Some(Location { file: source.name.clone(), offset, line, column })
    }

    pub(crate) fn options(&self) -> Options {
        self.options
    }

    pub(crate) fn definition(&self, name: &[u8]) -> Option<Arc<Definition>> {
        self.definitions.get(name).map(Arc::clone)
    }

    /// The parsed form of a text given to `tpl`, whose sources are kept if what it writes is to be located.
    pub(crate) fn parse_tpl(&self, text: &Text, is_located: bool) -> Result<Rc<Tpl>, Error> {
        if let Some(known) = self.tpl_texts.borrow().get(text.as_bytes())
            && (known.is_located || !is_located)
        {
            return Ok(Rc::clone(known));
        }
        let root = &self.root;
        let (mut main, mut definitions) = (None, Names::default());
        let parsed = parse(&self.functions, (root, &text.clone().into()), &mut self.room.borrow_mut())?;
        let (source, added) = parsed.place(self.next_site.get());
        if is_located {
            self.keep(source);
        }
        for definition in added {
            if definition.name == *root {
                main = Some(definition);
            } else {
                definitions.insert(definition.name.clone(), definition);
            }
        }
        let main = main.ok_or_else(|| Error::new("template: gotpl: \"gotpl\" is an incomplete or empty template"))?;
        let parsed = Rc::new(Tpl { main, definitions, is_located });
        let mut kept = self.tpl_texts.borrow_mut();
        if kept.len() >= MAX_TPL_TEXTS {
            *kept = Names::default();
        }
        kept.insert(text.clone(), Rc::clone(&parsed));
        Ok(parsed)
    }

    /// The compiled expression. Compiling costs far more than matching, and charts use few.
    pub(crate) fn regexp(&self, pattern: &Text) -> Result<Rc<Regexp>, SyntaxError> {
        if let Some(regexp) = self.regexps.borrow().get(pattern) {
            return Ok(Rc::clone(regexp));
        }
        let regexp = Rc::new(Regexp::compile(pattern.as_bytes())?);
        let mut kept = self.regexps.borrow_mut();
        if kept.len() >= MAX_REGEXPS {
            kept.clear();
        }
        kept.insert(pattern.clone(), Rc::clone(&regexp));
        Ok(regexp)
    }
}
