//! The one namespace of templates: parse files into it, execute by name.
//!
//! Helm keeps all templates of a chart tree in one `template.Template`; [`TemplateSet`] is that,
//! with the function table and the options fixed at the start. Files are parsed in Helm's order
//! (the last definition of a name wins), then executed one by one; `include` and `tpl` reach the
//! set through [`crate::Engine`]. A text given to `tpl` is parsed once and nothing is cloned.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use corten_gostd::regexp::{Regexp, SyntaxError};

use crate::exec::Execution;
use crate::functions::Functions;
use crate::parse::{Definitions, parse};
use crate::reflected::Reflected;
use crate::tree::{Definition, Source};
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
    functions: Functions,
    options: Options,
    definitions: BTreeMap<Text, Rc<Definition>>,
    /// All parsed texts, in the order of their sites.
    sources: RefCell<Vec<Rc<Source>>>,
    next_site: Cell<u32>,
    /// The functions that files name.
    references: BTreeSet<&'static str>,
    /// Texts that `tpl` has executed.
    tpl_texts: RefCell<BTreeMap<Text, Rc<Tpl>>>,
    /// Expressions that templates have used.
    regexps: RefCell<BTreeMap<Text, Rc<Regexp>>>,
}

/// How many compiled expressions are kept; charts that make up new ones do not grow without end.
const MAX_REGEXPS: usize = 256;

/// A parsed text of `tpl`.
#[derive(Debug)]
pub(crate) struct Tpl {
    pub(crate) main: Rc<Definition>,
    definitions: BTreeMap<Text, Rc<Definition>>,
}

impl Tpl {
    /// What the text adds to a namespace: a blank definition does not hide one that is there.
    pub(crate) fn visible(&self, is_there: impl Fn(&[u8]) -> bool) -> BTreeMap<Text, Rc<Definition>> {
        let mut visible = self.definitions.clone();
        visible.retain(|name, definition| {
            !definition.is_blank || Rc::ptr_eq(definition, &self.main) || !is_there(name.as_bytes())
        });
        visible
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
            definitions: BTreeMap::new(),
            sources: RefCell::default(),
            next_site: Cell::new(0),
            references: BTreeSet::new(),
            tpl_texts: RefCell::default(),
            regexps: RefCell::default(),
        }
    }

    /// Parses a file; its definitions replace earlier ones of the same name unless they are blank.
    /// Go: `t.New(name).Parse(text)`, with the text of its error.
    pub fn parse(&mut self, name: &str, text: impl Into<Text>) -> Result<(), Error> {
        let definitions = self.parse_text(&Text::from(name), &text.into())?;
        for (name, definition) in definitions {
            self.references.extend(definition.source.callees.iter().map(|callee| callee.name()));
            if !definition.is_blank || !self.definitions.contains_key(&name) {
                self.definitions.insert(name, Rc::new(definition));
            }
        }
        Ok(())
    }

    fn parse_text(&self, name: &Text, text: &Text) -> Result<Definitions, Error> {
        let definitions = parse(&self.functions, (name, text), self.next_site.get())?;
        if let Some(definition) = definitions.values().next() {
            let source = &definition.source;
            let sites = u32::try_from(source.nodes.len()).unwrap_or(u32::MAX);
            self.next_site.set(self.next_site.get().saturating_add(sites));
            self.sources.borrow_mut().push(Rc::clone(source));
        }
        Ok(definitions)
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

    /// Whether any parsed file names a function.
    pub fn references(&self, function: &str) -> bool {
        self.references.contains(function)
    }

    /// Whether a template of that name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.definitions.contains_key(name.as_bytes())
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

    pub(crate) fn definition(&self, name: &[u8]) -> Option<Rc<Definition>> {
        self.definitions.get(name).map(Rc::clone)
    }

    /// The parsed form of a text given to `tpl`.
    pub(crate) fn parse_tpl(&self, text: &Text) -> Result<Rc<Tpl>, Error> {
        if let Some(parsed) = self.tpl_texts.borrow().get(text) {
            return Ok(Rc::clone(parsed));
        }
        let root = Text::from(ROOT);
        let definitions: BTreeMap<Text, Rc<Definition>> =
            self.parse_text(&root, text)?.into_iter().map(|(name, definition)| (name, Rc::new(definition))).collect();
        let main = definitions.get(&root).map(Rc::clone);
        let main = main.ok_or_else(|| Error::new("template: gotpl: \"gotpl\" is an incomplete or empty template"))?;
        let parsed = Rc::new(Tpl { main, definitions });
        self.tpl_texts.borrow_mut().insert(text.clone(), Rc::clone(&parsed));
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
