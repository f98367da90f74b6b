//! The verbs that work on releases in a cluster: `install`, `upgrade`, `rollback`, `uninstall`,
//! `test`, `list`, `history`, `status`, `get` and `unlock`.
//!
//! Every function takes [`Ports`], gathers facts through them, lets `corten_release::flow` plan, and
//! carries the plan out. Texts of errors and log lines are Helm's; prefixes such as
//! `INSTALLATION FAILED: ` are the front's. A pending record is held by a lease that is renewed
//! while the flow works; a flow that is dropped leaves a record that the next one takes up.
//!
//! For the front: `upgrade --install` asks [`first_step`]; a signal prints `Release x has been
//! cancelled.` and ends [`Cancel::cancelled`]; templates that look things up block, so the world's
//! `lookup` must not need the thread that runs the flow.

mod change;
mod error;
mod get;
mod history;
mod hooks;
mod install;
mod ledger;
mod list;
mod ports;
mod preview;
mod release_test;
mod render;
mod rollback;
mod status;
mod uninstall;
mod unlock;
mod upgrade;
mod work;

pub use error::{ActionError, Cause};
pub use get::{ReleaseMetadata, get, get_metadata, get_values};
pub use history::{HistoryItem, history};
pub use install::{InstallOptions, install};
pub use list::{ListItem, ListOptions, ListOrder, list};
pub use ports::{Cancel, DryRunMode, NeverCancelled, Observer, Ports, Unobserved, WaitOptions};
pub use preview::{PreviewOptions, diff_live, diff_manifests, preview};
pub use release_test::{ReleaseTest, TestFilter, TestOptions, release_test, test_logs};
pub use render::RenderFlags;
pub use rollback::{RollbackOptions, rollback};
pub use status::status;
pub use uninstall::{UninstallOptions, Uninstalled, uninstall};
pub use unlock::{Unlocked, unlock};
pub use upgrade::{FirstStep, ServerSide, UpgradeOptions, ValuesMode, first_step, upgrade};
