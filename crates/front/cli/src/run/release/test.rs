//! `test` runs the tests of a release.

use corten_actions::release::{TestFilter, TestOptions, release_test, test_logs};

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{failure, options, show_release};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let options =
        TestOptions { timeout: options::timeout(flags), filter: filter(flags), fail_fast: flags.is_on("fail-fast") };
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let outcome = drive(session, &mut connection, &Interrupt::Ends, release_test(&ports, &arguments[0], &options));
    let tested = outcome.map_err(|error| failure(session, &error))?;
    // Go: status and logs are shown whatever became of the tests, which are removed last.
    let mut result = tested.result.clone();
    let mut shown = show_release(session, flags, &tested.release, true);
    if shown.is_ok() && flags.is_on("logs") {
        let mut logs = b"\n".to_vec();
        let flow = test_logs(&ports, &tested.release, &options.filter, &mut logs);
        let read = drive(session, &mut connection, &Interrupt::Ends, flow);
        shown = session.print_bytes(&logs);
        result = match (result, read) {
            (Err(mut first), Err(second)) => {
                first.text = format!("{}\n{}", first.text, second.text);
                Err(first)
            }
            (result, read) => result.and(read),
        };
    }
    let removed = drive(session, &mut connection, &Interrupt::Ends, tested.shut_down());
    shown?;
    result.and(removed).map_err(|error| failure(session, &error))
}

/// `--filter`. Go: newReleaseTestCmd; what it does not understand it leaves out.
fn filter(flags: &FlagSet) -> TestFilter {
    let mut filter = TestFilter::default();
    for text in flags.list("filter") {
        let excluded = text.strip_prefix('!').map(|rest| {
            let mut characters = rest.chars();
            if characters.next().is_some_and(char::is_whitespace) { characters.as_str() } else { rest }
        });
        if let Some(name) = text.strip_prefix("name=") {
            filter.include.push(name.to_owned());
        } else if let Some(name) = excluded.and_then(|rest| rest.strip_prefix("name=")) {
            filter.exclude.push(name.to_owned());
        }
    }
    filter
}
