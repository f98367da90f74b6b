//! The real `World`: clock, entropy, keys, names and log of the host, or their seeded stand-ins.

use std::net::ToSocketAddrs as _;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use corten_gostd::time::Zone;
use corten_gotmpl::{Job, KeyKind, LogLevel, OwnJob, SignatureKind, World};
use corten_value::Value;

use crate::cores::on_another_core;
use crate::keys::KeyService;
use crate::log::Log;
use crate::random::Entropy;
use crate::schema_text::{Web, schema_text};

/// How the outside looks to templates.
#[derive(Clone, Debug)]
pub struct HostWorldOptions {
    /// `--seed`: makes everything random reproducible.
    pub seed: Option<u64>,
    /// `--now`: stops the clock, in nanoseconds since 1970-01-01 UTC.
    pub now: Option<i128>,
    /// Where log lines go.
    pub log: Log,
    /// Threads that still look for keys are left behind at the end. Only for a process that leaves
    /// without taking itself down (`_exit`): aws-lc must not be at work while it does.
    pub is_hasty: bool,
    /// Who fetches the schemas that a schema refers to on the web.
    pub web: Web,
}

/// The real machine, without a cluster.
#[derive(Debug)]
pub struct HostWorld {
    options: HostWorldOptions,
    entropy: Entropy,
    keys: KeyService,
}

impl HostWorld {
    /// The machine as the options say.
    pub fn new(options: HostWorldOptions) -> Self {
        Self { entropy: Entropy::new(options.seed), keys: KeyService::new(options.seed, options.is_hasty), options }
    }
}

impl World for HostWorld {
    fn now(&self) -> i128 {
        self.options.now.unwrap_or_else(|| match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        })
    }

    fn local_zone(&self) -> Zone {
        let variable = std::env::var("TZ").ok();
        let localtime = std::fs::read("/etc/localtime").ok();
        Zone::local(variable.as_deref(), localtime.as_deref())
    }

    fn random(&self, buffer: &mut [u8]) {
        self.entropy.fill(buffer);
    }

    fn generate_key(&self, kind: KeyKind) -> Result<Vec<u8>, String> {
        self.keys.generate_key(kind)
    }

    fn join(&self, left: OwnJob<'_>, right: Job<'_>) {
        // A slot, so that the work is not lost where no thread can be had.
        let right = Mutex::new(Some(right));
        let work = || {
            let job = right.lock().map(|mut job| job.take());
            if let Ok(Some(job)) = job {
                job();
            }
        };
        std::thread::scope(|scope| {
            let other = std::thread::Builder::new().spawn_scoped(scope, on_another_core(&work));
            left();
            if other.is_err() {
                work();
            }
        });
    }

    fn sign(&self, kind: SignatureKind, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
        crate::keys::sign(kind, key, message)
    }

    fn public_key(&self, kind: SignatureKind, key: &[u8]) -> Result<Vec<u8>, String> {
        crate::keys::public_key(kind, key)
    }

    fn host_by_name(&self, name: &str) -> String {
        let addresses = (name, 0).to_socket_addrs().ok();
        addresses.and_then(|mut found| found.next()).map(|address| address.ip().to_string()).unwrap_or_default()
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, String> {
        // Helm without a cluster: an empty table for everything.
        Ok(Value::empty_map())
    }

    fn schema_text(&self, url: &str) -> Result<String, String> {
        schema_text(url, self.options.web)
    }

    fn log(&self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        self.options.log.write(level, message, attributes);
    }
}
