//! `docs` writes a page per command, as Markdown or man pages, or the bash completion script.
//!
//! Markdown has cobra's layout and file names, so that pages generated from Helm and from this program
//! can be compared; the line that says who generated them is left out.

use std::fmt::Write as _;

use std::fs;
use std::path::Path;

use corten_gostd::strconv;

use super::completion;
use crate::find::Found;
use crate::flags::FlagSet;
use crate::help::Texts;
use crate::paths;
use crate::session::{Failure, Session};
use crate::table::{Flag, Kind, Shell};

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let folder = flags.text("dir");
    let texts = Texts { program: session.program, settings: &session.presets };
    match flags.text("type") {
        "markdown" | "mdown" | "md" => {
            let header = if flags.is_on("generate-headers") { title } else { |_: &str| String::new() };
            let page = |found: &Found| {
                let name = found.words(texts.program).replace(' ', "_");
                let text = header(&name) + &markdown(&texts, found);
                (format!("{name}.md"), text)
            };
            write_all(folder, &Found::root(session.root), &page)
        }
        "man" => {
            let page = |found: &Found| {
                let name = found.words(texts.program).replace(' ', "-");
                (format!("{name}.1"), man(&texts, found, &name))
            };
            write_all(folder, &Found::root(session.root), &page)
        }
        "bash" => write(folder, "completions.bash", &completion::script(session.program, Shell::Bash, "__complete")),
        other => {
            let quoted = strconv::quote(other.as_bytes());
            Err(Failure::Error(format!("unknown doc type {quoted}. Try 'markdown' or 'man'")))
        }
    }
}

/// Writes the pages of the commands below a command, then its own.
fn write_all(folder: &str, found: &Found, page: &dyn Fn(&Found) -> (String, String)) -> Result<(), Failure> {
    for below in found.command().commands.iter().filter(|below| below.is_available()) {
        let mut next = found.clone();
        next.path.push(below);
        write_all(folder, &next, page)?;
    }
    let (name, text) = page(found);
    write(folder, &name, &text)
}

fn write(folder: &str, name: &str, text: &str) -> Result<(), Failure> {
    let path = paths::join(&[folder, name]);
    fs::write(&path, text).map_err(|error| Failure::Error(corten_host::path_error("open", Path::new(&path), &error)))
}

/// The front matter that site generators read.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
        first + characters.as_str()
    });
    format!("---\ntitle: \"{}\"\n---\n\n", words.collect::<Vec<_>>().join(" "))
}

fn markdown(texts: &Texts<'_>, found: &Found) -> String {
    let command = found.command();
    let words = found.words(texts.program);
    let fill = |text: &'static str| texts.program.fill(text);
    let mut out = format!("## {words}\n\n{}\n\n", fill(command.short));
    if !command.long.is_empty() {
        let _ = writeln!(out, "### Synopsis\n\n{}\n", fill(command.long));
    }
    if command.is_runnable() {
        let _ = writeln!(out, "```\n{}\n```\n", found.use_line(texts.program));
    }
    let _ = writeln!(out, "### Options\n\n```\n{}```\n", texts.own_flags(found));
    if !found.is_root() {
        let _ = writeln!(out, "### Options inherited from parent commands\n\n```\n{}```\n", texts.global_flags(found));
    }
    let link = |words: &str, short: &str| format!("* [{words}]({}.md)\t - {short}\n", words.replace(' ', "_"));
    out.push_str("### SEE ALSO\n\n");
    if let Some(parent) = found.parent() {
        out.push_str(&link(&parent.words(texts.program), &fill(parent.command().short)));
    }
    for below in command.commands.iter().filter(|below| below.is_available()) {
        out.push_str(&link(&format!("{words} {}", below.name), &fill(below.short)));
    }
    out
}

fn man(texts: &Texts<'_>, found: &Found, name: &str) -> String {
    let command = found.command();
    let fill = |text: &'static str| texts.program.fill(text);
    let description = if command.long.is_empty() { command.short } else { command.long };
    let mut out = format!(
        ".nh\n.TH \"{}\" \"1\" \"\" \"{} {}\" \"\"\n\n.SH NAME\n{name} \\- {}\n\n.SH SYNOPSIS\n\\fB{}\\fP\n\n.SH DESCRIPTION\n.nf\n{}\n.fi\n",
        name.to_uppercase(),
        texts.program.title(),
        env!("CARGO_PKG_VERSION"),
        roff(&fill(command.short)),
        roff(&found.use_line(texts.program)),
        roff(fill(description).trim()),
    );
    out.push_str("\n.SH OPTIONS\n");
    out.push_str(&man_flags(texts, &texts.own_set(found), found));
    if !found.is_root() {
        out.push_str("\n.SH OPTIONS INHERITED FROM PARENT COMMANDS\n");
        out.push_str(&man_flags(texts, &texts.global_set(), found));
    }
    let parent = found.parent().map(|parent| parent.words(texts.program).replace(' ', "-"));
    let below = command.commands.iter().filter(|below| below.is_available());
    let pages: Vec<String> = parent
        .into_iter()
        .chain(below.map(|below| format!("{name}-{}", below.name)))
        .map(|page| format!("\\fB{page}(1)\\fP"))
        .collect();
    let _ = writeln!(out, "\n.SH SEE ALSO\n{}", pages.join(", "));
    out
}

fn man_flags(texts: &Texts<'_>, flags: &FlagSet, found: &Found) -> String {
    let mut out = String::new();
    for (flag, default) in texts.shown(flags) {
        let letter = flag.letter.map(|letter| format!("\\fB\\-{letter}\\fP, ")).unwrap_or_default();
        let value = value_text(flag, default);
        let usage = roff(&texts.usage_text(flag, found));
        let _ = writeln!(out, ".PP\n{letter}\\fB{}\\fP{value}\n\t{usage}\n", roff(&format!("--{}", flag.name)));
    }
    out
}

fn value_text(flag: &Flag, default: &str) -> String {
    let value = if flag.kind == Kind::Text { strconv::quote(default.as_bytes()) } else { default.to_owned() };
    roff(&if flag.bare.is_empty() { format!("={value}") } else { format!("[={value}]") })
}

/// Escapes what roff would read as a request or a hyphen.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = escaped.split('\n').map(|line| match line.chars().next() {
        Some('.' | '\'') => format!("\\&{line}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
