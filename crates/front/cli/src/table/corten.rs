//! Table: the global flags of ours, which Helm's help does not list.

use super::{Choices, Flag, Kind};

/// The version that a flag or command of ours carries instead of a Helm version.
pub(crate) const OURS: &str = "corten 0.1";

const DIAGNOSTICS: Choices = Choices::Fixed(&[
    "helm\tjust what Helm prints",
    "full\tevery finding with its source",
    "json\tone JSON object per finding",
    "sarif\tSARIF 2.1.0 for code scanning",
    "github\tGitHub Actions annotations",
]);

const COMPAT: Choices = Choices::Fixed(&["helm4\tHelm 4.2.4", "helm3\tHelm 3.21.4"]);

/// What every command takes beyond Helm's flags.
pub(super) const FLAGS: &[Flag] = &[
    Flag::new("compat", Kind::Text, "behave as this generation of Helm (helm4, helm3)")
        .default("helm4")
        .values(COMPAT)
        .since(OURS),
    Flag::new("diagnostics", Kind::Text, "how to report findings (helm, full, json, sarif, github)")
        .values(DIAGNOSTICS)
        .since(OURS),
    Flag::new("now", Kind::Text, "take this as the current time (RFC 3339), to make a render reproducible").since(OURS),
    Flag::new("seed", Kind::Text, "take random values from this seed, to make a render reproducible").since(OURS),
];
