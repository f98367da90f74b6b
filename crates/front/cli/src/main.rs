//! The `corten` binary.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == corten::SUPERVISE) {
        return corten_upstream::supervise(words);
    }
    let line = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let variables = |name: &str| std::env::var_os(name).map(|text| text.to_string_lossy().into_owned());
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut err = io::stderr();
    let is_terminal = err.is_terminal();
    let is_output_terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let call = corten::Call {
        line,
        variables: &variables,
        out: &mut out,
        err: &mut err,
        is_terminal,
        is_output_terminal,
        width,
        is_hasty: true,
    };
    let status = corten::run(call);
    drop(out.flush());
    // Threads may still be at work in libraries that would take themselves down under them.
    signal_hook::low_level::exit(status.into())
}
