//! What a thread that executes templates keeps from one execution to the next.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use corten_gostd::regexp::{Regexp, SyntaxError};

use super::Definitions;
use crate::names::Names;
use crate::parse::{Room, parse};
use crate::tree::{Definition, Source};
use crate::{Emissions, Error, Location, Text};

/// How many compiled expressions are kept; charts that make up new ones do not grow without end.
const MAX_REGEXPS: usize = 256;

/// How many texts of `tpl` are kept: few charts have more, and those that make up new ones do not grow without end.
const MAX_TPL_TEXTS: usize = 256;

/// Room and memories of one thread that executes templates.
#[derive(Debug, Default)]
pub struct Scratch {
    /// All parsed texts, in the order of their sites; of those of `tpl`, the ones that are to be located.
    sources: RefCell<Vec<Arc<Source>>>,
    next_site: Cell<u32>,
    /// Room for the next text to parse.
    pub(super) room: RefCell<Room>,
    /// Texts that `tpl` has executed.
    tpl_texts: RefCell<Names<Text, Rc<Tpl>>>,
    /// Expressions that templates have used.
    regexps: RefCell<BTreeMap<Text, Rc<Regexp>>>,
}

/// A parsed text of `tpl`.
#[derive(Debug)]
pub(crate) struct Tpl {
    pub(crate) main: Arc<Definition>,
    /// The others.
    definitions: Names<Text, Arc<Definition>>,
    /// Whether its source is kept.
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

impl Scratch {
    /// The number of the first node of the next source.
    pub(super) fn next_site(&self) -> u32 {
        self.next_site.get()
    }

    pub(super) fn keep(&self, source: Arc<Source>) {
        let sites = u32::try_from(source.nodes.len()).unwrap_or(u32::MAX);
        self.next_site.set(self.next_site.get().saturating_add(sites));
        self.sources.borrow_mut().push(source);
    }

    /// The place in a template that wrote the byte at an offset of an output, or of a capture.
    pub(super) fn locate(&self, emissions: &Emissions, offset: usize) -> Option<Location> {
        let (site, into) = emissions.site(u32::try_from(offset).ok()?)?;
        let sources = self.sources.borrow();
        let after = sources.partition_point(|source| source.first_site <= site);
        let source = sources[..after].last()?;
        let offset = source.offset_of(site - source.first_site, into)?;
        let (line, column) = source.line_column(offset);
        Some(Location { file: source.name.clone(), offset, line, column })
    }

    /// The parsed form of a text given to `tpl`, whose source is kept if what it writes is to be located.
    pub(crate) fn parse_tpl(&self, definitions: &Definitions, text: &Text, is_located: bool) -> Result<Rc<Tpl>, Error> {
        if let Some(known) = self.tpl_texts.borrow().get(text.as_bytes())
            && (known.is_located || !is_located)
        {
            return Ok(Rc::clone(known));
        }
        let Definitions { functions, root, .. } = definitions;
        let (mut main, mut others) = (None, Names::default());
        let parsed = parse(functions, (root, &text.clone().into()), &mut self.room.borrow_mut())?;
        let (source, added) = parsed.place(self.next_site());
        if is_located {
            self.keep(source);
        }
        for definition in added {
            if definition.name == *root {
                main = Some(definition);
            } else {
                others.insert(definition.name.clone(), definition);
            }
        }
        let main = main.ok_or_else(|| Error::new("template: gotpl: \"gotpl\" is an incomplete or empty template"))?;
        let parsed = Rc::new(Tpl { main, definitions: others, is_located });
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
