//! From a command line to an exit status: the order in which Helm and cobra do things.
//!
//! A first pass reads the global flags wherever they stand and skips the rest; then the command is found,
//! its flags are parsed, its arguments counted, and it runs.

mod chart_source;
mod completion;
mod create;
mod dependency_list;
mod docs;
mod dry_run;
pub(crate) mod environment;
mod fetch;
mod lint;
mod missing;
pub(crate) mod plugin;
mod post_renderer;
pub(crate) mod release;
mod report;
mod serve;
mod show;
mod template;
mod version;

use corten_gostd::strconv;
use corten_gotmpl::LogLevel;

use crate::find::{self, Found};
use crate::flags::{FlagSet, Unknown};
use crate::help::{HelpFlag, Texts};
use crate::session::{Call, Failure, Session};
use crate::table::{Arguments, Job, ROOT};
use crate::{complete, plugins, repositories};

/// The status of a shell that saw its reader go: 128 + SIGPIPE.
const CLOSED: u8 = 141;

/// Runs a command line and returns its exit status.
pub fn run(call: Call<'_>) -> u8 {
    let line = call.line.get(1..).unwrap_or_default().to_vec();
    let mut session = Session::new(call);
    let outcome = execute(&mut session, &line).and_then(|()| session.flush());
    match outcome {
        Ok(()) => 0,
        Err(Failure::Error(text)) => {
            session.complain(&format!("Error: {text}\n"));
            1
        }
        Err(Failure::Hint { error, hint }) => {
            session.complain(&format!("Error: {error}\n{hint}\n"));
            1
        }
        Err(Failure::Fatal(text)) => {
            session.log(LogLevel::Info, &text, &[]);
            1
        }
        Err(Failure::Status { text, status }) => {
            session.complain(&format!("Error: {text}\n"));
            status
        }
        Err(Failure::Silent) => 1,
        Err(Failure::Quiet(status)) => status,
        Err(Failure::Closed) => CLOSED,
    }
}

fn execute(session: &mut Session<'_>, line: &[String]) -> Result<(), Failure> {
    first_pass(session, line)?;
    let found = match find::find(line, &session.presets, session.root) {
        Ok(found) => found,
        Err(error) => {
            let name = session.program.name();
            return Err(Failure::Hint { error, hint: format!("Run '{name} --help' for usage.") });
        }
    };
    let command = found.command();
    if command.job == Job::Complete {
        check_arguments(session, &found, &found.arguments)?;
        return complete::run(session, &found.called_as, &found.arguments);
    }
    if let Job::Plugin(index) = command.job {
        check_driver(session)?;
        return plugin::run(session, index, &found.arguments);
    }
    let mut flags = session.flags_of(command);
    let parsed = flags.parse(&found.arguments, Unknown::Refuse);
    for warning in std::mem::take(&mut flags.warnings) {
        session.log(LogLevel::Warn, &warning, &[]);
    }
    if let Err(error) = parsed {
        return Err(Failure::Error(error.to_string()));
    }
    check_post_renderer(session, &flags)?;
    let notes = std::mem::take(&mut flags.notes);
    if !notes.is_empty() {
        session.complain(&session.program.fill(&notes));
    }
    session.settings.apply(&flags);
    if flags.is_on("help") || !command.is_runnable() {
        let help = texts(session).help(&found);
        return session.print(&help);
    }
    check_driver(session)?;
    let arguments = flags.arguments.clone();
    check_arguments(session, &found, &arguments)?;
    check_exclusive(&found, &flags)?;
    dispatch(session, &found, &flags, &arguments)
}

fn dispatch(session: &mut Session<'_>, found: &Found, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    match found.command().job {
        Job::Group | Job::Complete | Job::Plugin(_) => Ok(()),
        Job::Help => help(session, arguments),
        Job::Completion(shell) => completion::run(session, shell, flags),
        Job::Create => create::run(session, flags, arguments),
        Job::DependencyList => dependency_list::run(session, flags, arguments),
        Job::Docs => docs::run(session, flags),
        Job::Environment => environment::run(session, arguments),
        Job::Lint => lint::run(session, flags, arguments),
        Job::Release(verb) => release::run(session, verb, flags, arguments),
        Job::Show(section) => show::run(session, section, flags, arguments),
        Job::Template => template::run(session, flags, arguments),
        Job::Version => version::run(session, flags),
        Job::Serve(what) => serve::run(session, what, flags, arguments),
        Job::Missing(need) => missing::run(session, found, need),
    }
}

fn texts<'s>(session: &'s Session<'_>) -> Texts<'s> {
    Texts { program: session.program, settings: &session.presets }
}

/// Reads the global flags ahead of everything else. Go: newRootCmdWithConfig ignores what goes wrong here.
fn first_pass(session: &mut Session<'_>, line: &[String]) -> Result<(), Failure> {
    let mut globals = FlagSet::of(&ROOT, &session.presets);
    drop(globals.parse(line, Unknown::Skip));
    session.settings.apply(&globals);
    session.globals = globals;
    let color = &session.settings.color;
    if !matches!(color.as_str(), "never" | "auto" | "always") {
        let quoted = strconv::quote(color.as_bytes());
        let error = format!("invalid color mode {quoted}: must be one of: never, auto, always");
        session.log(LogLevel::Warn, "command failed", &[("error", &error)]);
        return Err(Failure::Silent);
    }
    plugin::add_commands(session, line);
    let expired = repositories::expired(&session.settings);
    if !expired.is_empty() {
        session.complain(&expired);
    }
    Ok(())
}

/// Go: action.Configuration.Init refuses drivers it does not know before arguments are counted.
fn check_driver(session: &Session<'_>) -> Result<(), Failure> {
    let driver = session.variable("HELM_DRIVER").unwrap_or_default();
    match driver.as_str() {
        "" | "secret" | "secrets" | "configmap" | "configmaps" | "memory" | "sql" => Ok(()),
        _ => Err(Failure::Fatal(format!("unknown driver {}", strconv::quote(driver.as_bytes())))),
    }
}

/// Go: the flag looks for its plugin as soon as it is parsed.
fn check_post_renderer(session: &Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let name = flags.text("post-renderer");
    if name.is_empty() {
        return Ok(());
    }
    let Err(cause) = plugins::find(&session.settings, name, "postrenderer/v1") else { return Ok(()) };
    let quoted = strconv::quote(name.as_bytes());
    Err(Failure::Error(format!("invalid argument {quoted} for \"--post-renderer\" flag: {cause}")))
}

/// Go: pkg/cmd/require.
fn check_arguments(session: &Session<'_>, found: &Found, arguments: &[String]) -> Result<(), Failure> {
    let count = arguments.len();
    let plural = |number: usize| if number == 1 { "argument" } else { "arguments" };
    let refusal = match found.command().arguments {
        Arguments::None if count > 0 => "accepts no arguments".to_owned(),
        Arguments::Exactly(number) if count != number => format!("requires {number} {}", plural(number)),
        Arguments::AtMost(number) if count > number => format!("accepts at most {number} {}", plural(number)),
        Arguments::AtLeast(number) if count < number => format!("requires at least {number} {}", plural(number)),
        Arguments::Received(number) if count < number => {
            return Err(Failure::Error(format!("requires at least {number} arg(s), only received {count}")));
        }
        _ => return Ok(()),
    };
    let words = found.words(session.program);
    let usage = found.use_line(session.program);
    Err(Failure::Error(format!("\"{words}\" {refusal}\n\nUsage:  {usage}")))
}

/// Go: cobra validateExclusiveFlagGroups, groups in order of their text.
fn check_exclusive(found: &Found, flags: &FlagSet) -> Result<(), Failure> {
    for group in found.command().exclusive {
        let mut given: Vec<&str> = group.iter().copied().filter(|name| flags.is_given(name)).collect();
        if given.len() > 1 {
            given.sort_unstable();
            let (group, given) = (group.join(" "), given.join(" "));
            let text = format!(
                "if any flags in the group [{group}] are set none of the others can be; [{given}] were all set"
            );
            return Err(Failure::Error(text));
        }
    }
    Ok(())
}

/// `help [command]`. Go: cobra `InitDefaultHelpCmd`.
fn help(session: &mut Session<'_>, words: &[String]) -> Result<(), Failure> {
    match find::find(words, &session.presets, session.root) {
        // cobra has the command that answers completion scripts only while it is called.
        Ok(found) if found.command().job != Job::Complete => {
            let text = texts(session).help(&found);
            session.print(&text)
        }
        _ => {
            let shown: Vec<String> = words.iter().map(|word| back_quoted(word)).collect();
            let usage = texts(session).usage(&Found::root(session.root), HelpFlag::Absent);
            session.complain(&format!("Unknown help topic [{}]\n{usage}", shown.join(" ")));
            Ok(())
        }
    }
}

/// Go's verb `%#q`.
fn back_quoted(word: &str) -> String {
    if strconv::can_backquote(word.as_bytes()) { format!("`{word}`") } else { strconv::quote(word.as_bytes()) }
}
