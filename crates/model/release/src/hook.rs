//! Hooks as they are recorded, with their last run.

use corten_render::HookEvent;

use crate::Timestamp;

/// A hook of a revision. Go: `release/v1/hook.go`.
///
/// Events and policies are kept as texts, so that a record with one we do not know stays whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hook {
    /// `metadata.name`.
    pub name: String,
    /// `kind`.
    pub kind: String,
    /// The file of the chart it came from.
    pub path: String,
    /// Its document.
    pub manifest: String,
    /// When it runs.
    pub events: Vec<String>,
    /// How its last run went.
    pub last_run: HookRun,
    /// Its place among the hooks of an event.
    pub weight: i64,
    /// When it is deleted.
    pub delete_policies: Vec<String>,
    /// When its log is printed.
    pub output_log_policies: Vec<String>,
}

/// One run of a hook. Go: `HookExecution`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HookRun {
    /// When it was put into the cluster.
    pub started_at: Option<Timestamp>,
    /// When it was through.
    pub completed_at: Option<Timestamp>,
    /// `Unknown`, `Running`, `Succeeded`, `Failed`, or empty when it never ran.
    pub phase: String,
}

/// A reason to delete a hook's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletePolicy {
    /// `before-hook-creation`.
    BeforeCreation,
    /// `hook-succeeded`.
    Succeeded,
    /// `hook-failed`.
    Failed,
}

impl DeletePolicy {
    /// Its name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeCreation => "before-hook-creation",
            Self::Succeeded => "hook-succeeded",
            Self::Failed => "hook-failed",
        }
    }
}

impl Hook {
    /// Whether the hook runs on an event.
    pub fn runs_on(&self, event: HookEvent) -> bool {
        self.events.iter().any(|name| name == event.as_str())
    }

    /// Whether its object is deleted for a reason.
    pub fn is_deleted(&self, policy: DeletePolicy) -> bool {
        self.delete_policies.iter().any(|name| name == policy.as_str())
    }

    /// Whether its log is printed after it succeeded, or failed.
    pub fn shows_log(&self, succeeded: bool) -> bool {
        let wanted = if succeeded { "hook-succeeded" } else { "hook-failed" };
        self.output_log_policies.iter().any(|name| name == wanted)
    }
}

impl From<&corten_render::Hook> for Hook {
    fn from(hook: &corten_render::Hook) -> Self {
        Self {
            name: hook.name.clone(),
            kind: hook.kind.clone(),
            path: hook.path.clone(),
            manifest: String::from_utf8_lossy(&hook.content).into_owned(),
            events: hook.events.iter().map(|event| event.as_str().to_owned()).collect(),
            last_run: HookRun::default(),
            weight: hook.weight,
            delete_policies: hook.delete_policies.clone(),
            output_log_policies: hook.output_log_policies.clone(),
        }
    }
}

/// The places of the hooks of an event in the order in which they run: by weight, then by name, then
/// as they are recorded (by kind). Go: hooks.go `hookByWeight`.
pub fn hooks_of(hooks: &[Hook], event: HookEvent) -> Vec<usize> {
    let mut places: Vec<usize> = hooks
        .iter()
        .enumerate()
        // Go: a hook that names an event twice runs twice.
        .flat_map(|(place, hook)| hook.events.iter().filter(|name| *name == event.as_str()).map(move |_| place))
        .collect();
    places.sort_by(|left, right| {
        let key = |place: &usize| hooks.get(*place).map(|hook| (hook.weight, hook.name.as_str()));
        key(left).cmp(&key(right))
    });
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_run_by_weight_then_name() {
        let hook = |name: &str, weight, event: &str| Hook {
            name: name.to_owned(),
            weight,
            events: vec![event.to_owned()],
            ..Hook::default()
        };
        let hooks = [
            hook("b", 1, "pre-install"),
            hook("z", -1, "pre-install"),
            hook("t", -9, "test"),
            hook("a", 1, "pre-install"),
        ];
        assert_eq!(hooks_of(&hooks, HookEvent::PreInstall), [1, 3, 0]);
    }
}
