//! The result of a comparison.

use corten_value::Value;

use super::DroppedValue;
use crate::ObjectKey;

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The objects in the order of the new manifest, then those that go.
    pub objects: Vec<Change>,
    /// The hooks that come, go or change, in the same order. They are not objects of the release: each is made anew when
    /// its event comes.
    pub hooks: Vec<Change>,
    /// The values that are forgotten.
    pub values: Vec<DroppedValue>,
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which object.
    pub key: ObjectKey,
    /// The version of its API in the newest manifest that has it.
    pub version: String,
    /// What becomes of it.
    pub action: Action,
    /// What differs between before and after.
    pub fields: Vec<FieldChange>,
    /// What differs between the old manifest and the cluster now.
    pub drift: Vec<Drift>,
    /// The whole object before, secrets masked; absent for a new one.
    pub before: Option<Value>,
    /// The whole object after, secrets masked; absent for a deleted one.
    pub after: Option<Value>,
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made; when the old manifest had it already, somebody deleted it meanwhile.
    Created {
        /// Whether the old manifest had it.
        is_lost: bool,
    },
    /// It exists but belonged to no revision; it is taken over.
    Adopted,
    /// Some fields change.
    Changed,
    /// It can only be deleted and made again.
    Replaced {
        /// The immutable fields that differ, or the server's words.
        because: Vec<String>,
    },
    /// It is deleted.
    Deleted,
    /// It leaves the release and stays in the cluster, by its resource policy.
    Kept,
    /// The server refuses it.
    Rejected {
        /// The server's words.
        error: String,
    },
    /// It stays as it is.
    Unchanged,
}

impl Action {
    /// The action's name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Adopted => "adopted",
            Self::Changed => "changed",
            Self::Replaced { .. } => "replaced",
            Self::Deleted => "deleted",
            Self::Kept => "kept",
            Self::Rejected { .. } => "rejected",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Where: `spec.template.spec.containers[name=app].image`.
    pub path: String,
    /// The value before; `None` when the field is new.
    pub old: Option<Value>,
    /// The value after; `None` when the field goes.
    pub new: Option<Value>,
}

/// How a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// It is new.
    Added,
    /// It goes.
    Removed,
    /// Its value is another.
    Changed,
}

impl FieldChange {
    /// How the field differs.
    pub fn kind(&self) -> FieldKind {
        match (&self.old, &self.new) {
            (None, _) => FieldKind::Added,
            (_, None) => FieldKind::Removed,
            _ => FieldKind::Changed,
        }
    }
}

/// One field that somebody changed in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Where; `old` is the manifest's value, `new` the cluster's.
    pub field: FieldChange,
    /// Who says to own the field now.
    pub managers: Vec<String>,
}

/// How many objects meet which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Created and adopted ones.
    pub created: usize,
    /// Changed ones.
    pub changed: usize,
    /// Replaced ones.
    pub replaced: usize,
    /// Deleted ones.
    pub deleted: usize,
    /// Refused ones.
    pub rejected: usize,
    /// Those that stay, kept ones included.
    pub unchanged: usize,
    /// Those that drifted, whatever becomes of them.
    pub drifted: usize,
    /// Hooks that differ.
    pub hooks: usize,
}

impl Changes {
    /// Whether anything would be done to the cluster, or by hooks from then on.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty() && self.objects.iter().all(|change| change.action == Action::Unchanged)
    }

    /// Whether anything in the cluster is not as the old manifest has it.
    pub fn has_drift(&self) -> bool {
        self.objects.iter().any(|change| !change.drift.is_empty())
    }

    /// How many objects meet which fate.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { hooks: self.hooks.len(), ..Counts::default() };
        for change in &self.objects {
            let counter = match change.action {
                Action::Created { .. } | Action::Adopted => &mut counts.created,
                Action::Changed => &mut counts.changed,
                Action::Replaced { .. } => &mut counts.replaced,
                Action::Deleted => &mut counts.deleted,
                Action::Rejected { .. } => &mut counts.rejected,
                Action::Kept | Action::Unchanged => &mut counts.unchanged,
            };
            *counter += 1;
            counts.drifted += usize::from(!change.drift.is_empty());
        }
        counts
    }
}

impl Change {
    /// `Deployment default/web`, or `ClusterRole web`.
    pub fn title(&self) -> String {
        let ObjectKey { kind, namespace, name, .. } = &self.key;
        if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
    }
}
