//! `completion SHELL` prints a script that asks `__complete`.
//!
//! The scripts are files of their own; `{me}` stands for the program, `{ask}` for the command that answers,
//! with or without descriptions.

use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::{Program, Shell};

const BASH: &str = include_str!("completion/completion.bash");
const FISH: &str = include_str!("completion/completion.fish");
const POWERSHELL: &str = include_str!("completion/completion.ps1");
const ZSH: &str = include_str!("completion/completion.zsh");

pub(super) fn run(session: &mut Session<'_>, shell: Shell, flags: &FlagSet) -> Result<(), Failure> {
    let ask = if flags.is_on("no-descriptions") { "__completeNoDesc" } else { "__complete" };
    let me = session.program.name();
    let mut script = script(session.program, shell, ask);
    let called_as = crate::paths::base(&session.executable);
    if session.program == Program::Helm && called_as != me {
        script.push_str(&hook(shell, me, &called_as));
    }
    session.print(&script)
}

/// The script for a shell.
pub(super) fn script(program: Program, shell: Shell, ask: &str) -> String {
    let text = match shell {
        Shell::Bash => BASH,
        Shell::Fish => FISH,
        Shell::Power => POWERSHELL,
        Shell::Zsh => ZSH,
    };
    let me = program.name();
    text.replace("{me}", me).replace("{ME}", &me.to_uppercase()).replace("{ask}", ask)
}

/// Completes a renamed executable with the same function.
fn hook(shell: Shell, me: &str, called_as: &str) -> String {
    match shell {
        Shell::Bash => format!("complete -o default -F __start_{me} {called_as}\n"),
        Shell::Zsh => format!("compdef _{me} {called_as}\n"),
        Shell::Fish | Shell::Power => String::new(),
    }
}
