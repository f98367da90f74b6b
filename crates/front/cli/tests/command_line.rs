//! Command lines and what they print, held in memory: parser, help, settings and completion.
//!
//! A case has a `line`, one word per line, maybe `variables`, and what the real Helm wrote to stdout and
//! stderr together, as `output` when it succeeded and as `error` when it did not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use corten::{Call, run};
use corten_testkit::Case;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), evaluate)
}

/// Both streams in one text.
#[derive(Clone, Default)]
struct Terminal(Rc<RefCell<Vec<u8>>>);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn evaluate(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let words = case.section("line").unwrap_or_default().split('\n').map(str::to_owned);
    let line = std::iter::once("helm".to_owned()).chain(words).collect();
    let mut variables: BTreeMap<&str, &str> =
        case.section("variables").unwrap_or_default().lines().filter_map(|line| line.split_once('=')).collect();
    variables.insert("HOME", "/home/u");
    let lookup = |name: &str| variables.get(name).map(|text| (*text).to_owned());
    let terminal = Terminal::default();
    let (mut out, mut err) = (terminal.clone(), terminal.clone());
    let status = run(Call {
        line,
        variables: &lookup,
        out: &mut out,
        err: &mut err,
        is_terminal: false,
        is_output_terminal: false,
        width: None,
        is_hasty: false,
    });
    let mut text = terminal.0.take();
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    if status == 0 { Ok(text) } else { Err(text) }
}
