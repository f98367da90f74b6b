//! What a wait is waiting for: a view that redraws itself on a terminal, a line per change elsewhere.
//!
//! Returns texts for standard error; [`Progress::clear`] takes the view away before anything else is
//! written there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corten_gotmpl::LogLevel;
use corten_release::ObjectState;

use super::color::Palette;

/// More rows than this are only counted.
const ROWS: usize = 12;

/// Details of an object beyond these are left out of the view.
const DETAILS: usize = 3;

/// The objects of the wait that runs.
#[derive(Debug)]
pub(crate) struct Progress {
    view: View,
    states: BTreeMap<(String, String, String), ObjectState>,
    /// How many lines the view takes on the screen now.
    drawn: usize,
}

/// Where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// A terminal of some width.
    Terminal { palette: Palette, width: usize },
    /// A file or pipe.
    Lines,
    /// Nowhere: hooks are waited for in every run, and Helm says nothing of it.
    Nothing,
}

impl Progress {
    /// Nothing known yet.
    pub(crate) fn new(view: View) -> Self {
        Self { view, states: BTreeMap::new(), drawn: 0 }
    }

    /// An object changed: what is to be written.
    pub(crate) fn change(&mut self, state: &ObjectState) -> String {
        let key = (state.kind.clone(), state.namespace.clone(), state.name.clone());
        let before = self.states.insert(key, state.clone());
        match self.view {
            View::Nothing => String::new(),
            View::Lines if before.as_ref() == Some(state) => String::new(),
            View::Lines => line(state),
            View::Terminal { .. } => self.redraw(),
        }
    }

    /// Draws the view anew, after something else was written or to show what time has changed.
    pub(crate) fn redraw(&mut self) -> String {
        let View::Terminal { palette, width } = self.view else { return String::new() };
        let mut text = self.clear();
        let rows = self.rows(palette, width);
        self.drawn = rows.len();
        for row in rows {
            let _ = writeln!(text, "{row}");
        }
        text
    }

    /// Takes the view from the screen.
    pub(crate) fn clear(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A\u{1b}[J"),
        }
    }

    fn rows(&self, palette: Palette, width: usize) -> Vec<String> {
        let waiting: Vec<&ObjectState> = self.states.values().filter(|state| !state.is_done).collect();
        if waiting.is_empty() {
            return Vec::new();
        }
        let done = self.states.len() - waiting.len();
        let mut rows = vec![format!("waiting: {done} of {} ready", self.states.len())];
        for state in waiting.iter().take(ROWS) {
            let code = if state.status == "Failed" { 31 } else { 33 };
            let rest = if state.message.is_empty() { String::new() } else { format!(": {}", state.message) };
            let row = cut(&format!("  {} {}{rest}", named(state), state.status), width);
            rows.push(row.replacen(&state.status, &palette.paint(code, &state.status), 1));
            rows.extend(state.details.iter().take(DETAILS).map(|detail| cut(&format!("      {detail}"), width)));
        }
        if waiting.len() > ROWS {
            rows.push(format!("  and {} more", waiting.len() - ROWS));
        }
        rows
    }
}

fn named(state: &ObjectState) -> String {
    if state.namespace.is_empty() {
        format!("{}/{}", state.kind, state.name)
    } else {
        format!("{}/{}/{}", state.kind, state.namespace, state.name)
    }
}

/// A log line as Helm's others.
fn line(state: &ObjectState) -> String {
    let message = match (state.is_done, state.status.as_str()) {
        (true, "NotFound") => "gone",
        (true, _) => "ready",
        (false, _) => "waiting",
    };
    let resource = named(state);
    let details = state.details.join("; ");
    let mut attributes = vec![("resource", resource.as_str()), ("status", state.status.as_str())];
    if !state.message.is_empty() {
        attributes.push(("message", &state.message));
    }
    if !details.is_empty() {
        attributes.push(("details", &details));
    }
    corten_host::log_line(LogLevel::Info, message, &attributes)
}

/// One line of the screen: wrapped lines would spoil the count.
fn cut(text: &str, width: usize) -> String {
    let one_line = text.replace(['\n', '\r', '\t'], " ");
    if one_line.chars().count() <= width {
        return one_line;
    }
    one_line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &str, is_done: bool) -> ObjectState {
        ObjectState {
            kind: "Deployment".to_owned(),
            namespace: "ns".to_owned(),
            name: name.to_owned(),
            status: if is_done { "Current" } else { "InProgress" }.to_owned(),
            message: if is_done { String::new() } else { "Available: 0/1".to_owned() },
            is_done,
            details: if is_done { Vec::new() } else { vec!["pod a: ImagePullBackOff".to_owned()] },
        }
    }

    #[test]
    fn a_pipe_gets_a_line_per_change() {
        let mut progress = Progress::new(View::Lines);
        let first = progress.change(&state("web", false));
        assert_eq!(
            first,
            "level=INFO msg=waiting resource=Deployment/ns/web status=InProgress message=\"Available: 0/1\" \
             details=\"pod a: ImagePullBackOff\"\n"
        );
        assert_eq!(progress.change(&state("web", false)), "");
        assert_eq!(
            progress.change(&state("web", true)),
            "level=INFO msg=ready resource=Deployment/ns/web status=Current\n"
        );
        assert_eq!(progress.clear(), "");
    }

    #[test]
    fn a_terminal_shows_what_is_left() {
        let mut progress = Progress::new(View::Terminal { palette: Palette::Plain, width: 40 });
        let first = progress.change(&state("web", false));
        let expected =
            "waiting: 0 of 1 ready\n  Deployment/ns/web InProgress: Availab…\n      pod a: ImagePullBackOff\n";
        assert_eq!(first, expected);
        assert_eq!(progress.change(&state("web", true)), "\u{1b}[3A\u{1b}[J");
    }
}
