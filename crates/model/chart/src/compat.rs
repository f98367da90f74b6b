//! The generations of Helm that charts are read for.

/// Which Helm to follow where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Helm 4.2.4.
    #[default]
    Helm4,
    /// Helm 3.21.4.
    Helm3,
}
