//! The commands that plugins add. Go: `pkg/cmd/load_plugins.go`.

use corten_gotmpl::LogLevel;

use super::environment;
use crate::find;
use crate::flags::{FlagSet, Unknown};
use crate::plugins::{self, Plugin, Problem};
use crate::session::{Failure, Session};
use crate::table::{COMMAND, Command, Job, ROOT};

/// The global flags that a plugin's command line may hold and does not see, with their values.
const TAKEN: [&str; 14] = [
    "--kube-context",
    "--namespace",
    "-n",
    "--kubeconfig",
    "--kube-apiserver",
    "--kube-token",
    "--kube-as-user",
    "--kube-as-group",
    "--kube-ca-file",
    "--registry-config",
    "--repository-cache",
    "--repository-config",
    "--kube-insecure-skip-tls-verify",
    "--kube-tls-server-name",
];

/// Reads the installed plugins and puts their commands beside ours.
pub(super) fn add_commands(session: &mut Session<'_>, line: &[String]) {
    if session.variable("HELM_NO_PLUGINS").as_deref() == Some("1") {
        return;
    }
    let installed = plugins::installed(&session.settings);
    for (file, cause) in &installed.refused {
        session.log(LogLevel::Warn, "failed to load plugin (ignoring)", &[("plugin_yaml", file), ("error", cause)]);
    }
    if let Some(clash) = &installed.clash {
        session.log(LogLevel::Error, "failed to load plugins", &[("error", clash)]);
        return;
    }
    session.plugins = installed.plugins.into_iter().filter(|plugin| plugin.kind == "cli/v1").collect();
    if session.plugins.is_empty() {
        return;
    }
    // Go: only then, so that no plugin can disturb other commands.
    let is_completion = find::find(line, &session.presets, session.root)
        .is_ok_and(|found| matches!(found.command().job, Job::Complete | Job::Completion(_)));
    let mut commands = session.root.commands.to_vec();
    for (index, plugin) in session.plugins.iter().enumerate() {
        let mut command = command(plugin, index);
        if commands.iter().any(|other| other.name == command.name) {
            session.log(LogLevel::Error, "failed to load plugins: name conflicts", &[("name", command.name)]);
            break;
        }
        if is_completion {
            command = plugins::completion::extended(command, plugin);
        }
        commands.push(Box::leak(Box::new(command)));
    }
    commands.sort_by_key(|command| command.name);
    // The table of commands lives as long as the process, and this is a part of it.
    session.root = Box::leak(Box::new(Command { commands: Vec::leak(commands), ..*session.root }));
}

fn command(plugin: &Plugin, index: usize) -> Command {
    let leak = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    let usage = if plugin.help.usage.is_empty() { &plugin.name } else { &plugin.help.usage };
    let short = match plugin.help.short.as_str() {
        "" => format!("the {} plugin", corten_gostd::strconv::quote(plugin.name.as_bytes())),
        short => short.to_owned(),
    };
    Command {
        name: leak(usage.split(' ').next().unwrap_or_default()),
        usage: leak(usage),
        short: leak(&short),
        long: leak(&plugin.help.long),
        job: Job::Plugin(index),
        ..COMMAND
    }
}

/// Runs the process with the arguments that are not ours.
pub(super) fn run(session: &mut Session<'_>, index: usize, arguments: &[String]) -> Result<(), Failure> {
    let Some(plugin) = session.plugins.get(index).cloned() else { return Ok(()) };
    let rest = take_flags(session, arguments)?;
    let extra = if plugin.ignores_flags { Vec::new() } else { rest };
    let environment = environment(session);
    let prepared = plugins::prepare(&plugin, &plugin.commands, &extra, environment).map_err(failure)?;
    let shown = std::iter::once(&prepared.program).chain(&prepared.arguments).cloned().collect::<Vec<_>>().join(" ");
    session.log(LogLevel::Debug, "executing plugin command", &[("pluginName", &plugin.name), ("command", &shown)]);
    session.flush()?;
    match prepared.command().status() {
        Ok(status) => plugins::exit_problem(&plugin.name, status).map_or(Ok(()), |problem| Err(failure(problem))),
        Err(error) => Err(Failure::Error(plugins::start_error(&prepared.program, &error))),
    }
}

fn failure(problem: Problem) -> Failure {
    match problem {
        Problem::Exit { text, status } => Failure::Status { text, status },
        Problem::Text(text) => Failure::Error(text),
    }
}

/// Our own environment with the settings. Go: os.Environ and `EnvSettings.EnvVars`.
pub(crate) fn environment(session: &Session<'_>) -> Vec<(String, String)> {
    let settings = environment::values(session).into_iter().map(|(name, value)| (name.to_owned(), value));
    inherited().chain(settings).collect()
}

/// Our own environment.
pub(crate) fn inherited() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

/// Takes the global flags over and returns the rest. Go: manuallyProcessArgs.
pub(crate) fn take_flags(session: &mut Session<'_>, arguments: &[String]) -> Result<Vec<String>, Failure> {
    let (mut known, mut rest) = (Vec::new(), Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--debug" {
            known.push(word.clone());
        } else if TAKEN.contains(&word.as_str()) {
            known.push(word.clone());
            known.extend(words.next().cloned());
        } else if word.split_once('=').is_some_and(|(name, _)| TAKEN.contains(&name)) {
            known.push(word.clone());
        } else {
            rest.push(word.clone());
        }
    }
    let mut flags = FlagSet::of(&ROOT, &session.presets);
    flags.parse(&known, Unknown::Refuse).map_err(|error| Failure::Error(error.to_string()))?;
    session.settings.apply(&flags);
    Ok(rest)
}
