//! Releases as data: the revision record, its codec, what decides about them, and the ports.
//!
//! [`Release`] is what Helm stores of a revision; [`codec`] reads and writes it as Helm 4.2.4 does
//! and reads what Helm 3 wrote. Flows in `service/actions` gather facts through the ports
//! [`ReleaseStore`], [`Cluster`] and [`Process`], let the pure functions here decide, and carry
//! out the plan step by step. Adapters implement the ports and know nothing of flows.

mod applied;
mod chart;
mod cluster;
pub mod codec;
pub mod diff;
pub mod flow;
mod hook;
pub mod json;
mod labels;
mod lease;
mod memory;
pub mod merge;
mod name;
mod no_cluster;
pub mod ownership;
mod process;
pub mod readiness;
mod release;
mod selector;
mod status;
mod store;
mod timestamp;

pub use applied::{FIELD_MANAGER, is_applied};
pub use chart::{RecordChart, RecordFile};
pub use cluster::{
    Applied, ApplyOptions, Cluster, ClusterError, ClusterErrorKind, ClusterEvent, Extent, Facts, LogTarget, LookupKey,
    MergeRequest, Object, ObjectKey, ObjectState, Pod, PodSelector, Propagation, Validation, WaitFor, WaitObserver,
    WaitRequest, WaitStrategy,
};
pub use hook::{DeletePolicy, Hook, HookRun, hooks_of};
pub use labels::{
    SYSTEM_LABEL_ERROR, SYSTEM_LABELS, WriteKind, is_system_label, merge_labels, query_labels, stored_labels,
    user_labels,
};
pub use lease::{HOLDER_ANNOTATION, Holder, LEASE, Lease, RENEW_EVERY, RENEWED_ANNOTATION};
pub use memory::MemoryStore;
pub use name::{NameError, Namespace, NamespaceError, ReleaseName};
pub use no_cluster::NoCluster;
pub use process::Process;
pub use release::{APPLY_CLIENT_SIDE, APPLY_SERVER_SIDE, Info, Labels, Release, apply_method, parse_key, record_key};
pub use selector::{Selector, SelectorError};
pub use status::Status;
pub use store::{Body, BoxFuture, Content, Fence, Record, ReleaseStore, StoreError, Stored};
pub use timestamp::Timestamp;
