//! Many files at once: those of the same text are parsed once, and a lot of text on two cores.
//!
//! Subcharts often bring the same library chart along, file by file. With two cores each takes the
//! next text as soon as it is free, so that it does not matter what else one of them does before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::functions::Functions;
use crate::parse::{Parsed, Room, parse};
use crate::{Error, OwnJob, Text, World};

/// Less text is parsed faster than a thread starts.
const WORTH_A_THREAD: usize = 64 << 10;

/// What the second thread has to do at least.
const WORTH_SHARING: usize = 24 << 10;

/// Shorter texts are parsed as fast as they are looked up.
const WORTH_A_LOOK: usize = 512;

type Files<'f> = [(&'f str, &'f Arc<[u8]>)];

/// Parses files up to the first that is wrong, and does what else there is to do.
pub(super) fn parse_files(
    functions: &Functions,
    files: &Files<'_>,
    world: &dyn World,
    beside: OwnJob<'_>,
) -> Vec<Result<Parsed, Error>> {
    let firsts = first_of_each(files);
    let is_first = |position: &usize| firsts[*position] == *position;
    let places: Vec<usize> = (0..files.len()).filter(is_first).collect();
    if places.len() == files.len() {
        return parse_texts(functions, files, world, beside);
    }
    let texts: Vec<_> = places.iter().map(|position| files[*position]).collect();
    let mut parsed: Vec<Option<Result<Parsed, Error>>> = Vec::new();
    parsed.resize_with(files.len(), || None);
    for (position, result) in places.into_iter().zip(parse_texts(functions, &texts, world, beside)) {
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
    world: &dyn World,
    beside: OwnJob<'_>,
) -> Vec<Result<Parsed, Error>> {
    let total: usize = files.iter().map(|(_, text)| text.len()).sum();
    let longest = files.iter().map(|(_, text)| text.len()).max().unwrap_or_default();
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
    if total < WORTH_A_THREAD || total - longest < WORTH_SHARING {
        beside();
        return up_to_error(take().into_iter().map(|(_, parsed)| parsed));
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let own = || {
        beside();
        left = take();
    };
    world.join(Box::new(own), Box::new(|| right = take()));
    left.append(&mut right);
    left.sort_unstable_by_key(|(position, _)| *position);
    up_to_error(left.into_iter().map(|(_, parsed)| parsed))
}
