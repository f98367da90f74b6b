//! Lets a flow run, and prints what it says meanwhile.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use corten_actions::release::Cancel;
use corten_gotmpl::LogLevel;
use corten_release::BoxFuture;
use tokio::sync::Notify;

use super::connection::{Connection, Note};
use super::palette_of_errors;
use crate::print::progress::{Progress, View};
use crate::session::Session;
use crate::table::Program;

/// How often the view of a terminal is drawn anew.
const TICK: Duration = Duration::from_secs(1);

/// Asks a flow to stop when the user does.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<Notify>);

impl Cancel for Stop {
    fn cancelled(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.0.notified())
    }
}

/// What an interrupt does.
pub(super) enum Interrupt<'a> {
    /// Ends the program, as it does by itself.
    Ends,
    /// Tells the flow to stop, and standard output that it was. Go: runInstall, newUpgradeCmd.
    Stops { release: &'a str, stop: &'a Stop },
}

/// Runs a flow to its end.
pub(super) fn drive<T>(
    session: &mut Session<'_>,
    connection: &mut Connection,
    interrupt: &Interrupt<'_>,
    flow: impl Future<Output = T>,
) -> T {
    let view = match session.width {
        Some(width) if session.is_terminal => View::Terminal { palette: palette_of_errors(session), width },
        _ if session.program == Program::Helm && !connection.tells_waits => View::Nothing,
        _ => View::Lines,
    };
    let mut progress = Progress::new(view);
    let Connection { runtime, notes, .. } = connection;
    let result = runtime.block_on(async {
        let mut flow = pin!(flow);
        let mut signals = Signals::listen(interrupt);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                        biased;
                        Some(note) = notes.recv() => say(session, &mut progress, note),
                        () = signals.next() => {
                            if let Interrupt::Stops { release, stop } = interrupt {
                                let text = progress.clear();
                                if !text.is_empty() {
                session.complain(&text);
            }
                                drop(session.print(&format!("Release {release} has been cancelled.\n")));
                                drop(session.flush());
                                stop.0.notify_waiters();
                                stop.0.notify_one();
                            }
                        }
                        result = &mut flow => return result,
                        _ = tick.tick() => {
                            let text = progress.redraw();
                            if !text.is_empty() {
                session.complain(&text);
            }
                        }
                    }
        }
    });
    while let Ok(note) = notes.try_recv() {
        say(session, &mut progress, note);
    }
    let text = progress.clear();
    if !text.is_empty() {
        session.complain(&text);
    }
    result
}

fn say(session: &mut Session<'_>, progress: &mut Progress, note: Note) {
    let text = match note {
        Note::State(state) => progress.change(&state),
        Note::Warning(text) => {
            let mut shown = progress.clear();
            shown.push_str(&corten_host::log_line(LogLevel::Warn, &text, &[]));
            shown
        }
        Note::Log { level, message, attributes } => {
            if level == LogLevel::Debug && !session.settings.debug {
                return;
            }
            let attributes: Vec<(&str, &str)> =
                attributes.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            progress.clear() + &corten_host::log_line(level, &message, &attributes)
        }
    };
    if !text.is_empty() {
        session.complain(&text);
    }
}

/// The signals that stop a flow, once; the second one ends the program as signals do.
struct Signals {
    #[cfg(unix)]
    streams: Option<[tokio::signal::unix::Signal; 2]>,
    #[cfg(not(unix))]
    listens: bool,
}

impl Signals {
    fn listen(interrupt: &Interrupt<'_>) -> Self {
        let listens = matches!(interrupt, Interrupt::Stops { .. });
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let streams = || Some([signal(SignalKind::interrupt()).ok()?, signal(SignalKind::terminate()).ok()?]);
            Self { streams: listens.then(streams).flatten() }
        }
        #[cfg(not(unix))]
        Self { listens }
    }

    /// Ends at the first signal; never after it. Go reads its channel once, so later signals do nothing.
    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let Some([interrupt, terminate]) = &mut self.streams else { return std::future::pending().await };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            // The streams stay registered, so that the default action does not come back.
            std::mem::take(&mut self.streams).map(|streams| Box::leak(Box::new(streams)));
        }
        #[cfg(not(unix))]
        {
            if !std::mem::take(&mut self.listens) || tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        }
    }
}
