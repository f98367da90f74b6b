//! Executing the files of a chart in their order, on two threads as far as nobody can tell.
//!
//! One thread goes through the files from the front, as Helm does; another one, with data of its own, from the back.
//! What the second one made counts unless somebody could tell that it came too early: when any template has changed
//! data that later ones see, or where a template asks for anything outside. Those files the first thread executes
//! itself, all in order.
//!
//! Files may wait to be parsed until they are executed. Helm parses all of them first, so nothing is asked outside and
//! no other error is told before all have been parsed.

mod aside;
mod parsed_first;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use corten_gotmpl::{Definitions, Error, Map, Scratch, Val, Watch, World};

use crate::context::Renderable;
use crate::file_text::FileText;
use crate::render::data_of;
use aside::Aside;
use parsed_first::ParsedFirst;

/// Less text is executed faster than a second thread makes its data.
const WORTH_A_THREAD: usize = 64 << 10;

/// How many files that ask for something outside the second thread passes over.
const MAX_PASSED: usize = 64;

/// What to execute, on what.
pub(crate) struct Job<'a> {
    /// The definitions of all files.
    pub(crate) definitions: &'a Definitions,
    /// All files in their order, also those that are not executed.
    pub(crate) all: &'a [(&'a str, &'a Renderable)],
    /// The files to execute, in the same order.
    pub(crate) files: &'a [(&'a str, &'a Renderable)],
    /// Makes the data of each chart, for a thread.
    pub(crate) scopes: &'a (dyn Fn() -> Vec<Map> + Sync),
    /// Reads the documents of a file; only done where two threads share the work.
    pub(crate) read: &'a (dyn Fn(&str, Bytes) -> FileText + Sync),
}

/// Why there are no texts.
pub(crate) enum Failure<'a> {
    /// A file does not parse.
    Parse(&'a str, Error),
    /// A file failed while it ran.
    Execute(&'a str, Error),
}

/// The texts of the files, in their order.
pub(crate) fn execute<'a>(job: &Job<'a>, world: &dyn World) -> Result<Vec<FileText>, Failure<'a>> {
    let (scratch, watch) = (Scratch::default(), Watch::default());
    let world = ParsedFirst::new(world, job, &scratch);
    let front = Front { job, world: &world, scopes: scopes(job, &watch), watch, scratch: &scratch };
    let mut texts: Vec<Option<FileText>> = vec![None; job.files.len()];
    let outcome = front.beside_the_back(&mut texts).and_then(|()| front.rest(&mut texts));
    // Whatever else went wrong: a file that does not parse comes first.
    if (outcome.is_err() || world.is_wrong())
        && let Some((name, error)) = parse_error(job, &scratch)
    {
        return Err(Failure::Parse(name, error));
    }
    outcome.map_err(|(name, error)| Failure::Execute(name, error))?;
    Ok(texts.into_iter().map(Option::unwrap_or_default).collect())
}

/// The first file that does not parse.
fn parse_error<'a>(job: &Job<'a>, scratch: &Scratch) -> Option<(&'a str, Error)> {
    job.all.iter().find_map(|(name, _)| Some((*name, job.definitions.parse_error(name, scratch)?)))
}

/// The data of each chart, watched.
fn scopes(job: &Job<'_>, watch: &Watch) -> Vec<Map> {
    let scopes = (job.scopes)();
    for scope in &scopes {
        watch.set_on(&Val::Map(scope.clone()));
    }
    scopes
}

/// The files that nobody has begun with.
struct Left {
    files: Mutex<std::ops::Range<usize>>,
    /// Whether what the back makes cannot count any more.
    is_told: AtomicBool,
}

impl Left {
    fn take(&self, next: impl FnOnce(&mut std::ops::Range<usize>) -> Option<usize>) -> Option<usize> {
        next(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The thread that goes from the front: the only one that asks outside.
struct Front<'j, 'a> {
    job: &'j Job<'a>,
    world: &'j ParsedFirst<'j, 'a>,
    scopes: Vec<Map>,
    watch: Watch,
    scratch: &'j Scratch,
}

type Outcome<'a, T> = Result<T, (&'a str, Error)>;

impl<'a> Front<'_, 'a> {
    /// The text of a file, and whether that changed data that others see.
    fn execute(&self, position: usize) -> Outcome<'a, (Bytes, bool)> {
        let (name, renderable) = self.job.files[position];
        let data = data_of(name, renderable, &self.scopes);
        self.watch.take();
        let text = self.job.definitions.render(name, &data, self.world, self.scratch);
        let text = text.map_err(|error| (name, error))?;
        Ok((settled(text), self.watch.take()))
    }

    /// Executes files until all are taken, while another thread does the same from the other end.
    fn beside_the_back(&self, texts: &mut [Option<FileText>]) -> Outcome<'a, ()> {
        let total: usize = self.job.files.iter().map(|(_, renderable)| renderable.text.len()).sum();
        if total < WORTH_A_THREAD {
            return Ok(());
        }
        let left = Left { files: Mutex::new(0..texts.len()), is_told: AtomicBool::new(false) };
        let (mut outcome, mut made) = (Ok(false), Vec::new());
        let (job, shared) = (self.job, &left);
        let own = || outcome = self.until_met(shared, texts);
        self.world.outside().join(Box::new(own), Box::new(|| made = back(job, shared)));
        if !outcome? {
            for (position, text) in made {
                texts[position] = Some(text);
            }
        }
        Ok(())
    }

    /// Tells whether data that others see has changed.
    fn until_met(&self, left: &Left, texts: &mut [Option<FileText>]) -> Outcome<'a, bool> {
        let mut has_changed = false;
        while let Some(position) = left.take(Iterator::next) {
            let executed = self.execute(position);
            has_changed |= matches!(executed, Ok((_, true)));
            if has_changed || executed.is_err() || self.world.is_wrong() {
                left.is_told.store(true, Ordering::Relaxed);
            }
            texts[position] = Some((self.job.read)(self.job.files[position].0, executed?.0));
            if self.world.is_wrong() {
                break;
            }
        }
        Ok(has_changed)
    }

    /// Executes what is missing, in order, and what was made too early.
    fn rest(&self, texts: &mut [Option<FileText>]) -> Outcome<'a, ()> {
        let mut has_changed = false;
        for (position, text) in texts.iter_mut().enumerate() {
            if text.is_none() || has_changed {
                let (own, is_change) = self.execute(position)?;
                *text = Some(own.into());
                has_changed |= is_change;
            }
            if self.world.is_wrong() {
                break;
            }
        }
        Ok(())
    }
}

/// What the other thread makes: files from the back, with their positions.
fn back(job: &Job<'_>, left: &Left) -> Vec<(usize, FileText)> {
    let (world, watch, scratch) = (Aside::default(), Watch::default(), Scratch::default());
    let scopes = scopes(job, &watch);
    let mut made = Vec::new();
    let (mut passed, mut goes_on) = (0, true);
    while let Some(position) = left.take(DoubleEndedIterator::next_back) {
        let (name, renderable) = job.files[position];
        goes_on &= passed <= MAX_PASSED && !left.is_told.load(Ordering::Relaxed);
        if !goes_on {
            job.definitions.parse_ahead(name, &scratch);
            continue;
        }
        let data = data_of(name, renderable, &scopes);
        watch.take();
        let text = job.definitions.render(name, &data, &world, &scratch);
        if watch.take() {
            made.clear();
            goes_on = false;
        } else if world.was_asked() {
            passed += 1;
        } else if let Ok(text) = text {
            made.push((position, (job.read)(name, settled(text))));
        } else {
            goes_on = false;
        }
    }
    made
}

/// Texts up to this length are copied to be rid of the room behind them.
const SMALL: usize = 64 << 10;

/// A text that does not grow any more. Beyond the end of a large one there are pages that nobody has touched.
fn settled(text: Vec<u8>) -> Bytes {
    if text.len() <= SMALL { Bytes::copy_from_slice(&text) } else { Bytes::from(text) }
}
