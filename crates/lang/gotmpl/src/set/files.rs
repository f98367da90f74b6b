//! Many files at once: those of the same text are parsed once, and a lot of text on two cores.
//!
//! Subcharts often bring the same library chart along, file by file. With two cores each takes the
//! next text as soon as it is free, so that it does not matter what else one of them does before.
//!
//! Most files of a chart define nothing but themselves. Those need not be parsed before they are executed: they wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::definitions::Late;
use super::{Definitions, Scratch, add};
use crate::functions::Functions;
use crate::parse::{Parsed, Room, parse};
use crate::{Error, OwnJob, Text, World};

/// Less text is parsed faster than a thread starts.
const WORTH_A_THREAD: usize = 64 << 10;

/// What the second thread has to do at least.
const WORTH_SHARING: usize = 24 << 10;

/// Shorter texts are parsed as fast as they are looked up.
const WORTH_A_LOOK: usize = 512;

pub(super) type Files<'f> = [(&'f str, &'f Arc<[u8]>)];

/// Adds what files define to nothing, where those that can wait do, and does what else there is to do.
pub(super) fn define(
    mut definitions: Definitions,
    files: &Files<'_>,
    world: &dyn World,
    beside: OwnJob<'_>,
) -> Result<Definitions, (usize, Error)> {
    let (waiting, needed): (Vec<usize>, Vec<usize>) =
        (0..files.len()).partition(|position| can_wait(files[*position].1));
    let late = |position: &usize| (Text::from(files[*position].0), Late::new(files[*position].1));
    let late: Vec<(Text, Late)> = waiting.iter().map(late).collect();
    let texts: Vec<_> = needed.iter().map(|position| files[*position]).collect();
    let parsed = parse_files(&definitions.functions, &texts, &late, (world, beside));
    definitions.reserve(late.len() + needed.len());
    for (name, late) in late {
        definitions.add_late(name, late);
    }
    let scratch = Scratch::default();
    for parsed in parsed {
        // The order of all files counts where a definition has the name of another file, and says which error is first.
        let is_clear = parsed.is_ok_and(|parsed| add(&mut definitions, &scratch, parsed));
        if !is_clear {
            definitions.clear();
            add_all(&mut definitions, &Scratch::default(), files, world)?;
            break;
        }
    }
    Ok(definitions)
}

/// Adds what files define in their order, without waiting; the first error comes with the position of its file.
pub(super) fn add_all(
    definitions: &mut Definitions,
    scratch: &Scratch,
    files: &Files<'_>,
    world: &dyn World,
) -> Result<(), (usize, Error)> {
    let parsed = parse_files(&definitions.functions, files, &[], (world, Box::new(|| ())));
    for (position, parsed) in parsed.into_iter().enumerate() {
        add(definitions, scratch, parsed.map_err(|error| (position, error))?);
    }
    Ok(())
}

/// The words that begin a definition.
static DEFINING: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new("define"), Finder::new("block")]);

/// Whether a text can define nothing but itself.
fn can_wait(text: &[u8]) -> bool {
    DEFINING.iter().all(|word| word.find(text).is_none())
}

/// Parses files up to the first that is wrong, and does what else there is to do. Where a second thread has time to
/// spare, it parses some that could wait.
fn parse_files(
    functions: &Functions,
    files: &Files<'_>,
    late: &[(Text, Late)],
    besides: (&dyn World, OwnJob<'_>),
) -> Vec<Result<Parsed, Error>> {
    let firsts = first_of_each(files);
    let is_first = |position: &usize| firsts[*position] == *position;
    let places: Vec<usize> = (0..files.len()).filter(is_first).collect();
    if places.len() == files.len() {
        return parse_texts(functions, files, late, besides);
    }
    let texts: Vec<_> = places.iter().map(|position| files[*position]).collect();
    let mut parsed: Vec<Option<Result<Parsed, Error>>> = Vec::new();
    parsed.resize_with(files.len(), || None);
    for (position, result) in places.into_iter().zip(parse_texts(functions, &texts, late, besides)) {
        parsed[position] = Some(result);
    }
    let mut room = Room::default();
    for (position, (name, text)) in files.iter().enumerate() {
        if parsed[position].is_some() {
            continue;
        }
        // Beyond a text that is wrong there may be none.
        let Some(Ok(first)) = &parsed[firsts[position]] else { break };
        let own = first.renamed(name).map_or_else(|| parse(functions, (&Text::from(*name), text), &mut room), Ok);
        parsed[position] = Some(own);
    }
    up_to_error(parsed.into_iter().map_while(|parsed| parsed))
}

/// For each file the first with the same text.
fn first_of_each(files: &Files<'_>) -> Vec<usize> {
    // By length first: the texts of a chart begin alike.
    let mut known: BTreeMap<(usize, &[u8]), usize> = BTreeMap::new();
    let mut firsts = Vec::with_capacity(files.len());
    for (position, (_, text)) in files.iter().enumerate() {
        let is_short = text.len() < WORTH_A_LOOK;
        firsts.push(if is_short { position } else { *known.entry((text.len(), text)).or_insert(position) });
    }
    firsts
}

fn up_to_error(results: impl Iterator<Item = Result<Parsed, Error>>) -> Vec<Result<Parsed, Error>> {
    let mut all = Vec::new();
    for result in results {
        let is_wrong = result.is_err();
        all.push(result);
        if is_wrong {
            break;
        }
    }
    all
}

/// Parses texts up to the first that is wrong.
fn parse_texts(
    functions: &Functions,
    files: &Files<'_>,
    late: &[(Text, Late)],
    (world, beside): (&dyn World, OwnJob<'_>),
) -> Vec<Result<Parsed, Error>> {
    let next = AtomicUsize::new(0);
    // Who meets an error stops; all texts before it have been taken by somebody.
    let take = || {
        let mut room = Room::default();
        let mut taken = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = files.get(position) else { break };
            let parsed = parse(functions, (&Text::from(*name), text), &mut room);
            let is_wrong = parsed.is_err();
            taken.push((position, parsed));
            if is_wrong {
                break;
            }
        }
        taken
    };
    if !is_worth_a_thread(files, late) {
        beside();
        return up_to_error(take().into_iter().map(|(_, parsed)| parsed));
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let is_done = AtomicBool::new(false);
    let own = || {
        beside();
        left = take();
        is_done.store(true, Ordering::Relaxed);
    };
    let other = || {
        right = take();
        let mut room = Room::default();
        for (name, late) in late.iter().rev().take_while(|_| !is_done.load(Ordering::Relaxed)) {
            late.parse_ahead(functions, name, &mut room);
        }
    };
    world.join(Box::new(own), Box::new(other));
    left.append(&mut right);
    left.sort_unstable_by_key(|(position, _)| *position);
    up_to_error(left.into_iter().map(|(_, parsed)| parsed))
}

fn is_worth_a_thread(files: &Files<'_>, late: &[(Text, Late)]) -> bool {
    let lengths = || files.iter().map(|(_, text)| text.len()).chain(late.iter().map(|(_, late)| late.len()));
    let (total, longest) = (lengths().sum::<usize>(), lengths().max().unwrap_or_default());
    total >= WORTH_A_THREAD && total - longest >= WORTH_SHARING
}
