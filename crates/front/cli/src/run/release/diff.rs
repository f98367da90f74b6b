//! `diff` and `plan` (ours) show what would change, or what did.

use corten_actions::release::{
    ActionError, DryRunMode, FirstStep, Ports, PreviewOptions, diff_live, diff_manifests, first_step, get, history,
    install, preview, upgrade,
};
use corten_release::diff::{Changes, Line, Secrets, Style, github_annotations, text_lines, to_json};
use corten_release::{Release, Status};

use super::connection::{Scope, open, other_namespace};
use super::drive::{Interrupt, drive};
use super::rollback::revision;
use super::upgrade::of_flags;
use super::{chart, failure, palette};
use crate::flags::FlagSet;
use crate::print::color::Palette;
use crate::run::release::install as installation;
use crate::session::{Failure, Session};
use crate::table::Comparison;

/// The exit status of `--detailed-exitcode` where there are differences.
const DIFFERS: u8 = 2;

/// How the upgraded release is compared with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// By the manifests.
    Manifests,
    /// By what the server would make of them.
    Server,
}

pub(super) fn run(
    session: &mut Session<'_>,
    comparison: Comparison,
    flags: &FlagSet,
    arguments: &[String],
) -> Result<(), Failure> {
    let output = output(flags)?;
    let options = options(flags);
    if comparison == Comparison::Upgrade {
        let changes = of_upgrade(session, flags, arguments, Depth::Manifests)?;
        return show(session, flags, output, &changes);
    }
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let name = arguments[0].as_str();
    let changes = match comparison {
        Comparison::Live => {
            let wanted = flags.number("revision");
            let flow = async { diff_live(&ports, &get(&ports, name, wanted).await?, options).await };
            drive(session, &mut connection, &Interrupt::Ends, flow)
        }
        Comparison::Release => {
            let (namespace, other) = arguments[1].split_once('/').unwrap_or(("", arguments[1].as_str()));
            let store = other_namespace(session, &outfit, namespace)?;
            let elsewhere = Ports { store: store.as_deref().unwrap_or(ports.store), ..ports };
            let flow = async {
                let (left, right) = (get(&ports, name, 0).await?, get(&elsewhere, other, 0).await?);
                diff_manifests(&ports, Some(&left), &right, options).await
            };
            drive(session, &mut connection, &Interrupt::Ends, flow)
        }
        _ => {
            let (left, right) = revisions(comparison, arguments)?;
            let flow = between(&ports, name, (left, right), options);
            drive(session, &mut connection, &Interrupt::Ends, flow)
        }
    };
    let mut changes = changes.map_err(|error| failure(session, &error))?;
    if comparison != Comparison::Live {
        // Nothing is dropped between revisions that both are as they are.
        changes.values.clear();
    }
    show(session, flags, output, &changes)
}

/// `plan`: what an install or upgrade would do to the cluster.
pub(super) fn plan(session: &mut Session<'_>, flags: &FlagSet, arguments: &[String]) -> Result<(), Failure> {
    let output = output(flags)?;
    let changes = of_upgrade(session, flags, arguments, Depth::Server)?;
    show(session, flags, output, &changes)
}

/// The revisions to compare; 0 is the newest, and `None` the one before it.
fn revisions(comparison: Comparison, arguments: &[String]) -> Result<(Option<i64>, Option<i64>), Failure> {
    let number = |at: usize| arguments.get(at).map(|text| revision(Some(text))).transpose();
    Ok(match comparison {
        Comparison::Rollback => (Some(0), number(1)?.filter(|number| *number != 0)),
        _ => (number(1)?, Some(number(2)?.unwrap_or_default())),
    })
}

async fn between(
    ports: &Ports<'_>,
    name: &str,
    (left, right): (Option<i64>, Option<i64>),
    options: PreviewOptions,
) -> Result<Changes, ActionError> {
    let before_newest = || async {
        let found = history(ports, name, 0).await?;
        let before = found.iter().rev().nth(1).map(|item| item.revision);
        before.ok_or_else(|| ActionError::new(format!("release {name} has no revision before the newest")))
    };
    let of = |wanted: Option<i64>| async move {
        let number = match wanted {
            Some(number) => number,
            None => before_newest().await?,
        };
        get(ports, name, number).await
    };
    let (left, right) = (of(left).await?, of(right).await?);
    diff_manifests(ports, Some(&left), &right, options).await
}

/// What an upgrade, or the installation of what is not there yet, would change.
fn of_upgrade(
    session: &mut Session<'_>,
    flags: &FlagSet,
    arguments: &[String],
    depth: Depth,
) -> Result<Changes, Failure> {
    let [name, reference] = arguments else { return Ok(Changes::default()) };
    let (mut connection, outfit) = open(session, flags, Scope::Namespace)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let (loaded, values) = chart::load(session, flags, reference, &outfit.world)?;
    chart::check_installable(session, flags, &loaded)?;
    let mut first = installation::of_flags(session, flags, name, DryRunMode::Server)?;
    let next = of_flags(session, flags, name, DryRunMode::Server)?;
    let preview_options = options(flags);
    let may_install = depth == Depth::Server || flags.is_on("install");
    let flow = async {
        let (before, after) = match first_step(&ports, name).await? {
            FirstStep::Install { replace } if may_install => {
                first.replace = replace;
                (None, install(&ports, loaded, &values, &first).await?)
            }
            _ => {
                let after = upgrade(&ports, loaded, &values, &next).await?;
                (Some(current(&ports, name).await?), after)
            }
        };
        match depth {
            Depth::Manifests => diff_manifests(&ports, before.as_ref(), &after, preview_options).await,
            Depth::Server => preview(&ports, before.as_ref(), &after, preview_options).await,
        }
    };
    let changes = drive(session, &mut connection, &Interrupt::Ends, flow);
    changes.map_err(|error| failure(session, &error))
}

/// The revision that an upgrade starts from: the newest that is deployed, else the newest.
async fn current(ports: &Ports<'_>, name: &str) -> Result<Release, ActionError> {
    let found = history(ports, name, 0).await?;
    let deployed = found.iter().rev().find(|item| item.summary.info.status == Status::Deployed);
    get(ports, name, deployed.map_or(0, |item| item.revision)).await
}

fn options(flags: &FlagSet) -> PreviewOptions {
    PreviewOptions {
        secrets: if flags.is_on("show-secrets") { Secrets::Shown } else { Secrets::Masked },
        hooks: !flags.is_on("no-hooks"),
        force_conflicts: flags.is_on("force-conflicts"),
        validate: !flags.is_on("disable-openapi-validation"),
    }
}

/// `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Text,
    Json,
    Github,
}

fn output(flags: &FlagSet) -> Result<Output, Failure> {
    match flags.text("output") {
        "text" | "" => Ok(Output::Text),
        "json" => Ok(Output::Json),
        "github" => Ok(Output::Github),
        other => Err(Failure::Hint {
            error: format!("unknown output {} for differences", corten_gostd::strconv::quote(other.as_bytes())),
            hint: "use text (the default), json or github".to_owned(),
        }),
    }
}

fn show(session: &mut Session<'_>, flags: &FlagSet, output: Output, changes: &Changes) -> Result<(), Failure> {
    match output {
        Output::Text => {
            let palette = palette(session);
            let text: String = text_lines(changes).iter().map(|line| painted(line, palette)).collect();
            session.print(&text)?;
        }
        Output::Json => {
            let json = corten_gostd::json::encode(&to_json(changes), false);
            session.print_bytes(&crate::print::json::line(json))?;
        }
        Output::Github => {
            for line in github_annotations(changes) {
                session.print(&(line + "\n"))?;
            }
            summarise(session, changes)?;
        }
    }
    let differs = !changes.is_empty() || changes.has_drift();
    if differs && flags.is_on("detailed-exitcode") { Err(Failure::Quiet(DIFFERS)) } else { Ok(()) }
}

fn painted(line: &Line, palette: Palette) -> String {
    let text = match line.style {
        Style::Plain => line.text.clone(),
        Style::Added => palette.paint(32, &line.text),
        Style::Removed => palette.paint(31, &line.text),
        Style::Changed => palette.paint(33, &line.text),
        Style::Danger => palette.paint(35, &line.text),
        Style::Drifted => palette.paint(36, &line.text),
        Style::Hint => palette.paint(90, &line.text),
    };
    text + "\n"
}

/// Adds the text to the summary of the job, where GitHub says that there is one.
fn summarise(session: &Session<'_>, changes: &Changes) -> Result<(), Failure> {
    use std::io::Write as _;
    let Some(path) = session.variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let lines: Vec<String> = text_lines(changes).into_iter().map(|line| line.text).collect();
    let text = format!("```diff\n{}\n```\n", lines.join("\n"));
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::Error(corten_host::path_error("open", std::path::Path::new(&path), &error)))
}
