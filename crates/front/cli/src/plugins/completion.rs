//! What plugins say about completion: the commands and flags of `completion.yaml`, the program `plugin.complete`.
//! Go: `pkg/cmd/load_plugins.go`.

use std::process::Stdio;

use corten_value::Value;

use super::Plugin;
use crate::paths;
use crate::table::{COMMAND, Candidates, Command, Flag, Kind};

/// The command of a plugin with what `completion.yaml` lies below it.
pub(crate) fn extended(command: Command, plugin: &Plugin) -> Command {
    let file = paths::join(&[&plugin.dir, "completion.yaml"]);
    let described = std::fs::read(file).ok().and_then(|content| corten_yaml::decode(&content).ok()).unwrap_or_default();
    with_parts(command, &described, 0)
}

/// Deeper than this nobody nests commands; it bounds the recursion.
const DEEPEST: usize = 32;

fn with_parts(command: Command, described: &Value, depth: usize) -> Command {
    let words = |key: &str| -> Vec<&'static str> {
        let list = described.get(key).and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(leak).collect()
    };
    let arguments = words("validArgs");
    let below = described.get("commands").and_then(Value::as_list);
    let candidates = match below {
        _ if !arguments.is_empty() => Candidates::Words(Vec::leak(arguments)),
        None => Candidates::PluginProgram,
        Some(_) => Candidates::Default,
    };
    let named = below.unwrap_or_default().iter().filter(|_| depth < DEEPEST).filter_map(|part| {
        let name = part.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        let usage = leak(name);
        let part_command =
            Command { name: usage.split(' ').next().unwrap_or_default(), usage, job: command.job, ..COMMAND };
        Some(&*Box::leak(Box::new(with_parts(part_command, part, depth + 1))))
    });
    let mut commands: Vec<&'static Command> = named.collect();
    commands.sort_by_key(|command| command.name);
    let flags: &'static [Flag] = Vec::leak(flags(&words("flags")));
    Command { candidates, commands: Vec::leak(commands), flags: Vec::leak(vec![flags]), ..command }
}

/// Letters go to the long names in order; a letter too many is a long name itself.
fn flags(names: &[&'static str]) -> Vec<Flag> {
    let (letters, long): (Vec<&'static str>, Vec<&'static str>) = names.iter().partition(|name| name.len() == 1);
    let letter = |at: usize| letters.get(at).and_then(|letter| letter.chars().next());
    let longer =
        long.iter().enumerate().map(|(at, name)| Flag { letter: letter(at), ..Flag::new(name, Kind::Bool, "") });
    let others = letters.iter().enumerate().skip(long.len());
    longer.chain(others.map(|(at, name)| Flag { letter: letter(at), ..Flag::new(name, Kind::Bool, "") })).collect()
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// Asks `plugin.complete`: its lines, and the directive that the last one may hold.
pub(crate) fn ask(
    plugin: &Plugin,
    arguments: &[String],
    environment: Vec<(String, String)>,
) -> Option<(Vec<String>, Option<u8>)> {
    if plugin.runtime != "subprocess" {
        return None;
    }
    let program = paths::join(&[&plugin.dir, "plugin.complete"]);
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .env("HELM_PLUGIN_NAME", &plugin.name)
        .env("HELM_PLUGIN_DIR", &plugin.dir)
        .envs(environment)
        .stdin(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let mut lines: Vec<String> = text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let last = lines.last().and_then(|line| line.strip_prefix(':')).and_then(|number| number.parse().ok());
    if last.is_some() {
        lines.pop();
    }
    Some((lines, last))
}
