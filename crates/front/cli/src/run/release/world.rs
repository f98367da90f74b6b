//! The outside of templates that are rendered for a cluster: this machine, and `lookup` in the cluster.

use std::sync::{Arc, mpsc};

use corten_gostd::time::Zone;
use corten_gotmpl::{Job, KeyKind, LogLevel, OwnJob, SignatureKind, World};
use corten_host::HostWorld;
use corten_release::{Cluster, LookupKey};
use corten_value::Value;
use tokio::runtime::Handle;

use super::connection::{Note, Sayer};

/// This machine with a cluster behind it.
pub(super) struct ClusterWorld {
    pub(super) host: HostWorld,
    pub(super) cluster: Arc<dyn Cluster>,
    /// Carries the requests while the template waits for them.
    pub(super) runtime: Handle,
    /// Where log lines go.
    pub(super) say: Sayer,
}

impl World for ClusterWorld {
    fn now(&self) -> i128 {
        self.host.now()
    }

    fn local_zone(&self) -> Zone {
        self.host.local_zone()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.host.random(buffer);
    }

    fn generate_key(&self, kind: KeyKind) -> Result<Vec<u8>, String> {
        self.host.generate_key(kind)
    }

    fn sign(&self, kind: SignatureKind, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        self.host.sign(kind, key, message)
    }

    fn public_key(&self, kind: SignatureKind, key: &[u8]) -> Result<Vec<u8>, String> {
        self.host.public_key(kind, key)
    }

    fn host_by_name(&self, name: &str) -> String {
        self.host.host_by_name(name)
    }

    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value, String> {
        let (sender, receiver) = mpsc::channel();
        let cluster = Arc::clone(&self.cluster);
        let [api_version, kind, namespace, name] = [api_version, kind, namespace, name].map(str::to_owned);
        // The template blocks this thread, so another one does the asking.
        drop(self.runtime.spawn(async move {
            let key = LookupKey { api_version: &api_version, kind: &kind, namespace: &namespace, name: &name };
            drop(sender.send(cluster.lookup(key).await));
        }));
        match receiver.recv() {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err("the lookup was given up".to_owned()),
        }
    }

    fn schema_text(&self, url: &str) -> Result<String, String> {
        self.host.schema_text(url)
    }

    fn join(&self, left: OwnJob<'_>, right: Job<'_>) {
        self.host.join(left, right);
    }

    fn log(&self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        self.say.say(Note::Log { level, message: message.to_owned(), attributes });
    }
}
