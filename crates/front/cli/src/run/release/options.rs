//! The flags that several commands share, as flows take them.

use std::time::Duration;

use corten_actions::release::{RenderFlags, WaitOptions};
use corten_gostd::time::Duration as GoDuration;
use corten_release::{Labels, WaitStrategy};

use crate::flags::FlagSet;
use crate::run::{chart_source, post_renderer};
use crate::session::{Failure, Session};

/// `--timeout`; less than nothing counts as nothing.
pub(super) fn timeout(flags: &FlagSet) -> Duration {
    let nanoseconds = GoDuration::parse(flags.text("timeout")).map_or(0, |duration| duration.0);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default())
}

/// `--wait`, `--wait-for-jobs`, `--timeout`, `--no-hooks` and `--fail-fast`.
pub(super) fn wait(flags: &FlagSet) -> WaitOptions {
    let strategy = match flags.text("wait") {
        "watcher" => WaitStrategy::Watcher,
        "legacy" => WaitStrategy::Legacy,
        _ => WaitStrategy::HookOnly,
    };
    WaitOptions {
        strategy,
        jobs: flags.is_on("wait-for-jobs"),
        timeout: timeout(flags),
        fail_fast: flags.is_on("fail-fast"),
        hooks: !flags.is_on("no-hooks"),
    }
}

/// What rendering depends on.
pub(super) fn render(session: &Session<'_>, flags: &FlagSet) -> Result<RenderFlags, Failure> {
    Ok(RenderFlags {
        subchart_notes: flags.is_on("render-subchart-notes"),
        hide_secret: flags.is_on("hide-secret"),
        skip_schema_validation: flags.is_on("skip-schema-validation"),
        enable_dns: flags.is_on("enable-dns"),
        compat: chart_source::compat(flags)?,
        post_renderer: post_renderer::of_flags(session, flags)?,
    })
}

/// `--labels`.
pub(super) fn labels(flags: &FlagSet) -> Labels {
    flags.pairs("labels").clone()
}
