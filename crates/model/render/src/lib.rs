//! Chart, values and facts in, rendered files and sorted documents out.
//!
//! [`render`] does what Helm does between loading a chart and talking to a cluster: compose the
//! values, check them against the schemas, execute every template in Helm's order. [`sort_manifests`]
//! splits the result into hooks and manifests in install order. Pure: clock, randomness and
//! cluster come through [`World`](corten_gotmpl::World).

mod api_versions;
mod capabilities;
mod chart_struct;
mod context;
mod documents;
mod execute;
mod file_text;
mod files;
mod findings;
mod kind_order;
mod manifest;
mod objects;
mod render;
mod split;
mod trace;
mod values_type;

pub use capabilities::{BuildInfo, Capabilities, KubeVersion, is_compatible_range};
pub use context::ReleaseOptions;
pub use documents::ManifestError;
pub use file_text::FileText;
pub use findings::{Finding, FindingKind, Place, find_all};
pub use kind_order::{INSTALL_ORDER, UNINSTALL_ORDER};
pub use manifest::{Hook, HookEvent, Manifest, Sorted, Unsorted, sort_manifests, sort_record};
pub use render::{
    Files, RenderError, RenderOptions, Rendered, Templates, compose, log_warning, render, render_composed,
};
pub use split::{split_manifests, split_manifests_as, trim_space};
