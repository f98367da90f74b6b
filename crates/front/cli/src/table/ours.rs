//! Table: the commands of ours that work on releases.

use super::corten::OURS;
use super::{Arguments, COMMAND, Candidates, Choices, Command, Comparison, Flag, Job, Kind, Verb, flags};

const OUTPUT: Flag = Flag::new("output", Kind::Text, "how to print the differences (text, json, github)")
    .letter('o')
    .default("text")
    .values(Choices::Fixed(&[
        "text\tfor people",
        "json\tone JSON object",
        "github\tGitHub Actions annotations and summary",
    ]))
    .since(OURS);

const DETAILED: Flag =
    Flag::new("detailed-exitcode", Kind::Bool, "end with status 2 when there are differences, 0 when there are none")
        .since(OURS);

const SHOW_SECRETS: Flag =
    Flag::new("show-secrets", Kind::Bool, "print the values of Secrets in clear text").since(OURS);

const SHOW: &[Flag] = &[DETAILED, OUTPUT, SHOW_SECRETS];

/// What an upgrade takes that changes what it would render.
const UPGRADE: &[Flag] = &[
    flags::DISABLE_OPENAPI_VALIDATION,
    flags::INSTALL,
    flags::NO_HOOKS,
    flags::RESET_THEN_REUSE_VALUES,
    flags::RESET_VALUES,
    flags::REUSE_VALUES,
    flags::SERVER_SIDE,
    flags::SKIP_CRDS,
    flags::TAKE_OWNERSHIP,
    flags::VERSION_UPGRADE,
];

const FORCES: &[&[&str]] = &[&["force", "force-conflicts"], &["force-replace", "force-conflicts"]];

pub(super) static DIFF: Command = Command {
    name: "diff",
    usage: "diff",
    short: "show what would change, or what did",
    long: r"
Compare a release with what an upgrade or a rollback would make of it, with another
revision, with another release, or with the objects in the cluster.

Values of Secrets are not shown, only whether they change; '--show-secrets' shows
them. With '--detailed-exitcode' the exit status says whether there are differences.
",
    arguments: Arguments::None,
    commands: &[&DIFF_LIVE, &DIFF_RELEASE, &DIFF_REVISION, &DIFF_ROLLBACK, &DIFF_UPGRADE],
    since: OURS,
    ..COMMAND
};

static DIFF_LIVE: Command = Command {
    name: "live",
    usage: "live RELEASE",
    short: "compare a release with the objects in the cluster",
    long: r"
Show where objects in the cluster are no longer as the release has them: fields that
were changed, objects that are gone.
",
    arguments: Arguments::Exactly(1),
    flags: &[SHOW, &[flags::REVISION]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Diff(Comparison::Live)),
    since: OURS,
    ..COMMAND
};

static DIFF_RELEASE: Command = Command {
    name: "release",
    usage: "release RELEASE OTHER",
    short: "compare two releases",
    long: r"
Compare the manifests of two releases of the namespace. OTHER may name a namespace of
its own, as in 'staging/web'.
",
    arguments: Arguments::Exactly(2),
    flags: &[SHOW],
    candidates: Candidates::TwoReleases,
    job: Job::Release(Verb::Diff(Comparison::Release)),
    since: OURS,
    ..COMMAND
};

static DIFF_REVISION: Command = Command {
    name: "revision",
    usage: "revision RELEASE REVISION [OTHER]",
    short: "compare two revisions of a release",
    long: r"
Compare the manifests of two revisions: REVISION with OTHER, or with the newest.
",
    arguments: Arguments::AtLeast(2),
    flags: &[SHOW],
    candidates: Candidates::TwoRevisions,
    job: Job::Release(Verb::Diff(Comparison::Revision)),
    since: OURS,
    ..COMMAND
};

static DIFF_ROLLBACK: Command = Command {
    name: "rollback",
    usage: "rollback RELEASE [REVISION]",
    short: "show what a rollback would change",
    long: r"
Compare the newest revision with the one that a rollback would bring back: the one
before, or the one named.
",
    arguments: Arguments::AtLeast(1),
    flags: &[SHOW],
    candidates: Candidates::Rollback,
    job: Job::Release(Verb::Diff(Comparison::Rollback)),
    since: OURS,
    ..COMMAND
};

static DIFF_UPGRADE: Command = Command {
    name: "upgrade",
    usage: "upgrade RELEASE CHART",
    short: "show what an upgrade would change",
    long: r"
Compare the manifest of a release with the one that an upgrade would apply, its hooks
with those that would run from then on, and the values with those that it would drop.
Only the cluster's records and API versions are read; '{me} plan' asks the API server as
well what it would make of each object.

    $ {me} diff upgrade demo ./web --set replicas=3
",
    arguments: Arguments::Exactly(2),
    flags: &[flags::VALUES, flags::CHART_SOURCE, flags::POST_RENDERER, flags::CHANGE, UPGRADE, SHOW],
    exclusive: FORCES,
    candidates: Candidates::Upgrade,
    job: Job::Release(Verb::Diff(Comparison::Upgrade)),
    since: OURS,
    ..COMMAND
};

pub(super) static PLAN: Command = Command {
    name: "plan",
    usage: "plan RELEASE CHART",
    short: "show what an install or upgrade would do to the cluster",
    long: r"
Ask the API server, object by object and without changing anything, what an install or
upgrade would do: what would be created, changed, replaced because a field cannot be
changed, or deleted; which objects drifted from the release; which values given to the
last revision would be dropped.

    $ {me} plan demo ./web -f production.yaml --detailed-exitcode
",
    arguments: Arguments::Exactly(2),
    flags: &[flags::VALUES, flags::CHART_SOURCE, flags::POST_RENDERER, flags::CHANGE, UPGRADE, SHOW],
    exclusive: FORCES,
    candidates: Candidates::Upgrade,
    job: Job::Release(Verb::Plan),
    since: OURS,
    ..COMMAND
};

pub(super) static UNLOCK: Command = Command {
    name: "unlock",
    usage: "unlock RELEASE",
    short: "end an operation that never finished",
    long: r"
Mark the pending revision of a release as failed, so that the release can be upgraded,
rolled back or uninstalled again.

A run whose holder is gone is taken over by the next one without this command. While
the holder is still alive, '--force' is needed.
",
    arguments: Arguments::Exactly(1),
    flags: &[&[FORCE_UNLOCK]],
    candidates: Candidates::Release,
    job: Job::Release(Verb::Unlock),
    since: OURS,
    ..COMMAND
};

const FORCE_UNLOCK: Flag = Flag::new("force", Kind::Bool, "unlock although the holder is still alive").since(OURS);
