//! What templates are defined: made once, then shared by all threads that execute them.
//!
//! A file that can define nothing but itself may wait: it is parsed when it is executed and forgotten again, so that
//! a chart of thousands of files never holds them all in parsed form.

use std::sync::{Arc, OnceLock};

use super::files;
use super::{Options, Scratch};
use crate::exec::Execution;
use crate::functions::Functions;
use crate::names::Names;
use crate::parse::{Parsed, Room, parse, parse_briefly};
use crate::reflected::Reflected;
use crate::tree::{Definition, NONE, Source};
use crate::{Error, Function, Output, OwnJob, Text, Val, World};

/// The name of Helm's root template, which texts of `tpl` have too.
// compat: tpl-named-gotpl
const ROOT: &str = "gotpl";

/// Most files are not longer when they are executed.
const MOST: usize = 4 << 10;

/// The templates of a chart tree, as threads share them; each brings a [`Scratch`] along.
#[derive(Debug)]
pub struct Definitions {
    pub(super) functions: Functions,
    pub(super) options: Options,
    named: Names<Text, Entry>,
    /// The name of those that `tpl` parses.
    pub(super) root: Text,
}

#[derive(Debug)]
enum Entry {
    Parsed(Arc<Definition>),
    Late(Late),
}

/// A file that is parsed when it is needed.
#[derive(Debug)]
pub(super) struct Late {
    text: Arc<[u8]>,
    /// Set once something but its own execution asks for it; `None` where it does not parse.
    parsed: OnceLock<Option<Arc<Definition>>>,
}

impl Late {
    pub(super) fn new(text: &Arc<[u8]>) -> Self {
        Self { text: Arc::clone(text), parsed: OnceLock::new() }
    }

    /// The length of its text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Parses it now and keeps that.
    pub(super) fn parse_ahead(&self, functions: &Functions, name: &Text, room: &mut Room) -> Option<&Arc<Definition>> {
        let parse = || parse(functions, (name, &self.text), room).and_then(only_definition).ok();
        self.parsed.get_or_init(parse).as_ref()
    }
}

/// The definition of a text that defines nothing but itself.
fn only_definition(parsed: Parsed) -> Result<Arc<Definition>, Error> {
    // Nothing is located in files that wait, so their nodes need no numbers.
    let (_, mut definitions) = parsed.place(NONE);
    definitions.next().ok_or_else(|| Error::new("a text without a definition"))
}

impl Definitions {
    /// What files define, in their order, with as little parsing as there can be: files that define nothing but
    /// themselves wait until they are executed or named. Other work is done on this thread meanwhile, in any case.
    /// An error in a file that is parsed comes with the position of the first file that is wrong.
    pub fn of_files(
        functions: impl IntoIterator<Item = &'static Function>,
        options: Options,
        files: &[(&str, &Arc<[u8]>)],
        world: &dyn World,
        beside: OwnJob<'_>,
    ) -> Result<Self, (usize, Error)> {
        files::define(Self::new(Functions::new(functions), options), files, world, beside)
    }

    pub(super) fn new(functions: Functions, options: Options) -> Self {
        Self { functions, options, named: Names::default(), root: Text::from(ROOT) }
    }

    /// Adds what a text defines: that replaces earlier definitions of the same name unless it is blank. Tells whether
    /// no file that waits was among them.
    pub(super) fn add(&mut self, parsed: Parsed, first_site: u32) -> (Arc<Source>, bool) {
        let mut is_clear = true;
        let (source, definitions) = parsed.place(first_site);
        for definition in definitions {
            let known = self.named.get(definition.name.as_bytes());
            is_clear &= !matches!(known, Some(Entry::Late(_)));
            if !definition.is_blank || known.is_none() {
                self.named.insert(definition.name.clone(), Entry::Parsed(definition));
            }
        }
        (source, is_clear)
    }

    /// Makes room for more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.named.reserve(more);
    }

    pub(super) fn add_late(&mut self, name: Text, late: Late) {
        self.named.insert(name, Entry::Late(late));
    }

    /// Forgets all definitions.
    pub(super) fn clear(&mut self) {
        self.named = Names::default();
    }

    /// Whether a template of that name is defined.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.named.get(name.as_bytes()).is_some()
    }

    pub(crate) fn options(&self) -> Options {
        self.options
    }

    /// The template of a name; none also where its file waits and does not parse, which [`Self::parse_error`] tells.
    pub(crate) fn get(&self, name: &[u8]) -> Option<Arc<Definition>> {
        match self.named.entry(name)? {
            (_, Entry::Parsed(definition)) => Some(Arc::clone(definition)),
            (name, Entry::Late(late)) => late.parse_ahead(&self.functions, name, &mut Room::default()).map(Arc::clone),
        }
    }

    /// Parses a file that waits before it is executed.
    pub fn parse_ahead(&self, name: &str, scratch: &Scratch) {
        if let Some((name, Entry::Late(late))) = self.named.entry(name.as_bytes()) {
            late.parse_ahead(&self.functions, name, &mut scratch.room.borrow_mut());
        }
    }

    /// What is wrong with the text of a file that waited. Parses it now if nobody has.
    pub fn parse_error(&self, name: &str, scratch: &Scratch) -> Option<Error> {
        let (name, Entry::Late(late)) = self.named.entry(name.as_bytes())? else { return None };
        let room = &mut scratch.room.borrow_mut();
        match late.parse_ahead(&self.functions, name, room) {
            Some(_) => None,
            None => parse(&self.functions, (name, &late.text), room).err(),
        }
    }

    /// Executes the template of a file and removes `<no value>` from its text, as Helm does with each file. Where the
    /// file waits, an error may be one of its text; [`Self::parse_error`] tells.
    pub fn render(&self, name: &str, data: &Val, world: &dyn World, scratch: &Scratch) -> Result<Vec<u8>, Error> {
        let mut output = Output { bytes: Vec::with_capacity(MOST), ..Output::default() };
        let data = Reflected::concrete(data.clone());
        match self.waiting(name, scratch) {
            Some(definition) => {
                let definition = definition?;
                Execution::new(self, scratch, world, &mut output).execute_definition(&definition, &data)?;
                if let Some(body) = definition.into_body() {
                    scratch.room.borrow_mut().take_back(body);
                }
            }
            None => Execution::new(self, scratch, world, &mut output).execute(name.as_bytes(), &data)?,
        }
        output.clean();
        Ok(output.bytes)
    }

    /// A file that waits, parsed for its own execution alone.
    fn waiting(&self, name: &str, scratch: &Scratch) -> Option<Result<Arc<Definition>, Error>> {
        let (name, Entry::Late(late)) = self.named.entry(name.as_bytes())? else { return None };
        if let Some(Some(definition)) = late.parsed.get() {
            return Some(Ok(Arc::clone(definition)));
        }
        let parsed = parse_briefly(&self.functions, (name, &late.text), &mut scratch.room.borrow_mut());
        Some(parsed.and_then(only_definition))
    }
}
