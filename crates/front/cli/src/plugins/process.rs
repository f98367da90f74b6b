//! Runs the process of a plugin. Go: `subprocess_commands.go` and `runtime_subprocess.go`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{PlatformCommand, Plugin};

/// A process ready to start.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Why a plugin did not do what it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It ended with a status other than 0.
    Exit { text: String, status: u8 },
    /// It could not be run.
    Text(String),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit { text, .. } | Self::Text(text) => out.write_str(text),
        }
    }
}

/// Chooses the command for this platform and fills in its variables.
pub(crate) fn prepare(
    plugin: &Plugin,
    commands: &[PlatformCommand],
    extra: &[String],
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Prepared, Problem> {
    if plugin.runtime != "subprocess" {
        let text = format!("plugin \"{}\" runs in {}, which this build does not have yet", plugin.name, plugin.runtime);
        return Err(Problem::Text(text));
    }
    let mut environment: BTreeMap<String, String> = environment.into_iter().collect();
    environment.insert("HELM_PLUGIN_NAME".to_owned(), plugin.name.clone());
    environment.insert("HELM_PLUGIN_DIR".to_owned(), plugin.dir.clone());
    let missing = || Problem::Text("failed to prepare plugin command: no plugin command is applicable".to_owned());
    let chosen = choose(commands, std::env::consts::OS, go_arch()).ok_or_else(missing)?;
    let mut words = chosen.command.split(' ').map(|word| expand(word, &environment));
    let program = words.next().filter(|_| !chosen.command.is_empty() && !chosen.command.starts_with(' '));
    let program = program.ok_or_else(missing)?;
    let arguments =
        words.chain(chosen.arguments.iter().map(|word| expand(word, &environment))).chain(extra.iter().cloned());
    let arguments = arguments.collect();
    Ok(Prepared { program, arguments, environment })
}

/// Go: getPlatformCommand: both match, or the system, or neither is named.
fn choose<'c>(commands: &'c [PlatformCommand], os: &str, arch: &str) -> Option<&'c PlatformCommand> {
    let is_os = |command: &PlatformCommand| command.os.eq_ignore_ascii_case(os);
    let exact = commands.iter().find(|command| is_os(command) && command.arch.eq_ignore_ascii_case(arch));
    let any_arch = || commands.iter().find(|command| command.arch.is_empty() && is_os(command));
    let any = || commands.iter().find(|command| command.arch.is_empty() && command.os.is_empty());
    exact.or_else(any_arch).or_else(any)
}

/// The architecture by Go's name.
fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

/// `$NAME` and `${NAME}`; unknown names become nothing. Go: os.Expand.
pub(super) fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, used) = variable_name(after);
        if used == 0 {
            out.push('$');
        } else if !name.is_empty() {
            out.push_str(variables.get(name).map_or("", String::as_str));
        }
        rest = &after[used..];
    }
    out + rest
}

/// Go: getShellName: the name, and how many bytes it takes.
fn variable_name(text: &str) -> (&str, usize) {
    let is_special = |byte: u8| byte.is_ascii_digit() || b"*#$@!?-".contains(&byte);
    let bytes = text.as_bytes();
    match bytes.first() {
        None => ("", 0),
        Some(b'{') => match (bytes.get(1), bytes.get(2)) {
            (Some(special), Some(b'}')) if is_special(*special) => (&text[1..2], 3),
            _ => match text.find('}') {
                Some(1) => ("", 2),
                Some(end) => (&text[1..end], end + 1),
                // Go: "${" is eaten where nothing closes it.
                None => ("", 1),
            },
        },
        Some(special) if is_special(*special) => (&text[..1], 1),
        Some(_) => {
            let end = bytes.iter().position(|byte| *byte != b'_' && !byte.is_ascii_alphanumeric());
            let end = end.unwrap_or(bytes.len());
            (&text[..end], end)
        }
    }
}

impl Prepared {
    /// The process with its environment, still without streams.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(&self.environment);
        command
    }
}

/// Runs a process that reads `input` and returns what it writes; its standard error is dropped, as Helm does.
pub(crate) fn run_with_input(name: &str, prepared: &Prepared, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let start = |error: &std::io::Error| Problem::Text(start_error(&prepared.program, error));
    let mut command = prepared.command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| start(&error))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A process that does not read all of its input is not wrong for that.
            if let Some(mut stdin) = stdin {
                drop(stdin.write_all(input));
            }
        });
        child.wait_with_output()
    });
    let output = output.map_err(|error| start(&error))?;
    match exit_problem(name, output.status) {
        Some(problem) => Err(problem),
        None => Ok(output.stdout),
    }
}

/// What a status other than 0 is reported as.
pub(crate) fn exit_problem(name: &str, status: std::process::ExitStatus) -> Option<Problem> {
    if status.success() {
        return None;
    }
    let status = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX);
    Some(Problem::Exit { text: format!("plugin \"{name}\" exited with error"), status })
}

/// Go: os/exec names the program and the cause.
pub(crate) fn start_error(program: &str, error: &std::io::Error) -> String {
    let cause = corten_host::system_text(error);
    if program.contains('/') {
        format!("fork/exec {program}: {cause}")
    } else {
        format!("exec: \"{program}\": executable file not found in $PATH")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_as_by_a_shell() {
        let variables = BTreeMap::from([("A".to_owned(), "x".to_owned()), ("LONG_1".to_owned(), "y".to_owned())]);
        let texts = ["$A/b", "${LONG_1}z", "$MISSING.", "a$", "${A", "$$", "$ A"];
        let expanded: Vec<String> = texts.iter().map(|text| expand(text, &variables)).collect();
        assert_eq!(expanded, ["x/b", "yz", ".", "a$", "A", "", "$ A"]);
    }

    #[test]
    fn the_nearest_platform_wins() {
        let entry = |os: &str, arch: &str, command: &str| PlatformCommand {
            os: os.to_owned(),
            arch: arch.to_owned(),
            command: command.to_owned(),
            arguments: Vec::new(),
        };
        let all = [
            entry("", "", "any"),
            entry("linux", "", "linux"),
            entry("Linux", "AMD64", "exact"),
            entry("", "arm64", "no"),
        ];
        let command = |os: &str, arch: &str| choose(&all, os, arch).map(|command| command.command.as_str());
        assert_eq!(command("linux", "amd64"), Some("exact"));
        assert_eq!(command("linux", "arm64"), Some("linux"));
        assert_eq!(command("windows", "amd64"), Some("any"));
    }
}
