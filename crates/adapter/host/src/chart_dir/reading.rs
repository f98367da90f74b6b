//! Reading the files of large charts on two threads: one begins while the other still walks through the folders.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

use crate::cores::on_another_core;

/// Charts with fewer files are read by one thread. Also how many files a thread takes at once.
const WORTH_A_THREAD: usize = 64;

/// Files to read, and the place of the first among all.
type Batch<T> = (usize, Vec<T>);

/// Walks, which passes on what it finds, and reads what was found: in the order of the walk, up to the first that
/// cannot be read. Also returns what the walk itself returned.
pub(super) fn read_beside<T: Send, F: Send, E: Send, W>(
    walk: impl FnOnce(&mut dyn FnMut(T)) -> W,
    read: impl Fn(&T) -> Result<F, E> + Sync,
) -> (Result<Vec<F>, E>, W) {
    let (sender, batches) = channel();
    let batches = Mutex::new(batches);
    scope(|scope| {
        let (mut first, mut batch, mut other) = (0, Vec::new(), None);
        let walked = walk(&mut |found| {
            batch.push(found);
            if batch.len() == WORTH_A_THREAD {
                // There is somebody to take it, if only this thread later on.
                drop(sender.send((first, std::mem::take(&mut batch))));
                first += WORTH_A_THREAD;
                other.get_or_insert_with(|| {
                    Builder::new().spawn_scoped(scope, on_another_core(|| take(&batches, &read)))
                });
            }
        });
        drop(sender.send((first, batch)));
        drop(sender);
        let mut files = take(&batches, &read);
        if let Some(Ok(other)) = other {
            files.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        files.sort_unstable_by_key(|(first, _)| *first);
        (joined(files), walked)
    })
}

/// Reads batches until there are no more, or up to a file that cannot be read.
fn take<T, F, E>(
    batches: &Mutex<Receiver<Batch<T>>>,
    read: &impl Fn(&T) -> Result<F, E>,
) -> Vec<(usize, Result<Vec<F>, E>)> {
    let mut done = Vec::new();
    let mut is_readable = true;
    while is_readable {
        let batch = batches.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((first, batch)) = batch else { break };
        let files: Result<Vec<F>, E> = batch.iter().map(read).collect();
        is_readable = files.is_ok();
        done.push((first, files));
    }
    done
}

fn joined<F, E>(batches: Vec<(usize, Result<Vec<F>, E>)>) -> Result<Vec<F>, E> {
    let mut all = Vec::new();
    for (_, files) in batches {
        all.append(&mut files?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(count: usize, wrong: &[usize]) -> Result<Vec<String>, usize> {
        let walk = |found: &mut dyn FnMut(usize)| (0..count).for_each(found);
        let read = |number: &usize| if wrong.contains(number) { Err(*number) } else { Ok(number.to_string()) };
        read_beside(walk, read).0
    }

    #[test]
    fn files_stay_in_order() {
        for count in [0, 1, WORTH_A_THREAD - 1, WORTH_A_THREAD, WORTH_A_THREAD + 1, 5000] {
            let expected: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            assert_eq!(read(count, &[]), Ok(expected));
        }
    }

    #[test]
    fn the_first_file_that_cannot_be_read_is_told() {
        for wrong in [&[0][..], &[63, 64], &[64, 1], &[4999], &[4999, 2500, 100]] {
            assert_eq!(read(5000, wrong), Err(*wrong.iter().min().unwrap_or(&0)));
        }
    }
}
