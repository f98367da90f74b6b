//! Which core a thread begins on.

/// Work that begins on another core than the thread at hand runs on, where it may use several.
///
/// Linux likes to start a thread where its parent is and moves it later, often after the few milliseconds that the work
/// takes: until then the two take turns while the other core sleeps.
pub(crate) fn on_another_core<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let core = current();
    move || {
        leave(core);
        work()
    }
}

#[cfg(target_os = "linux")]
fn current() -> Option<usize> {
    nix::sched::sched_getcpu().ok()
}

/// Moves this thread away from a core if it is there; after that it may be anywhere again.
#[cfg(target_os = "linux")]
fn leave(core: Option<usize>) {
    use nix::sched::{sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let (Some(core), Ok(all)) = (core, sched_getaffinity(this)) else { return };
    let mut others = all;
    // Where there are no others, the system refuses.
    if current() == Some(core) && others.unset(core).is_ok() && sched_setaffinity(this, &others).is_ok() {
        // What was allowed before is allowed again; if not, it still runs.
        sched_setaffinity(this, &all).unwrap_or_default();
    }
}

#[cfg(not(target_os = "linux"))]
fn current() -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
fn leave(_: Option<usize>) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_may_go_anywhere_after_it_left() {
        let allowed = || nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)).unwrap();
        let before = allowed();
        let after = std::thread::spawn(move || {
            leave(current());
            allowed()
        });
        assert_eq!(after.join().unwrap(), before);
    }
}
