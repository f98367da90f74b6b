//! The Kubernetes API: kubeconfig, discovery, apply, watch, wait and release records.
//!
//! [`Kubernetes`] implements the port [`corten_release::Cluster`] over one connection to the server
//! that a kubeconfig names, [`ObjectStore`] the port [`corten_release::ReleaseStore`] in Secrets or
//! `ConfigMaps`, [`SqlStore`] in PostgreSQL. Objects travel as values, never as typed structs; requests run side by side on
//! whatever runtime the caller has. Texts of errors are those of client-go.

mod build;
mod connection;
mod discovery;
mod failure;
mod go_text;
mod inspect;
mod integers;
mod kubeconfig;
mod kubernetes;
mod native_kinds;
mod openapi;
mod paths;
mod read;
mod records;
mod resources;
mod status;
mod wait;
mod write;

pub use connection::Options;
pub use kubeconfig::{ConfigError, Environment, KubeFlags, namespace};
pub use kubernetes::Kubernetes;
pub use records::{ObjectStore, RecordKind, SqlStore};
pub use status::{ApiError, Cause, Details, Status};
