//! What servers offer, as one list per caller.
//!
//! [`Lists`] keeps what a single server listed, for as long as the server's own hints allow and until
//! it says that the list changed. [`View`] is what is served under one path: all servers, or one. It
//! puts lists together under names that lead back to their owner.

mod kept;
mod merged;
mod names;
mod shown;
mod view;

pub(crate) use kept::{Lists, ServerList};
pub(crate) use merged::{LeftOut, Listed, Merged};
pub(crate) use names::{annotations, is_offered, rewritten};
pub(crate) use view::{Resolved, View};

/// The lists of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListKind {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl ListKind {
    pub(crate) const ALL: [Self; 4] = [Self::Tools, Self::Prompts, Self::Resources, Self::Templates];

    /// The kind that a method lists.
    pub(crate) fn of_method(method: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// The kind of which a notification says that it changed. Templates change with resources.
    pub(crate) fn changed_by(notification: &str) -> Option<Self> {
        match notification {
            "notifications/tools/list_changed" => Some(Self::Tools),
            "notifications/prompts/list_changed" => Some(Self::Prompts),
            "notifications/resources/list_changed" => Some(Self::Resources),
            _ => None,
        }
    }

    /// The method that lists it.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Prompts => "prompts/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
        }
    }

    /// The member of a result that holds it.
    pub(crate) const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The member of an entry that names it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
        }
    }

    /// The capability of servers that have it.
    pub(crate) const fn capability(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources | Self::Templates => "resources",
        }
    }

    /// What policies call it.
    pub(crate) const fn subject(self) -> crate::governor::Subject {
        match self {
            Self::Tools => crate::governor::Subject::Tool,
            Self::Prompts => crate::governor::Subject::Prompt,
            Self::Resources | Self::Templates => crate::governor::Subject::Resource,
        }
    }
}
