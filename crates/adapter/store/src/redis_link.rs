//! The connection to Redis, which may be away at any time.
//!
//! Every command has 100 ms. After a failure Redis is left alone for a second, so that its absence
//! costs nothing on the way of a call; whoever asked falls back to what it has without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use corten_govern::Secret;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue};

use crate::clock;
use crate::error::OpenError;

const TIMEOUT: Duration = Duration::from_millis(100);
/// How long a TLS handshake may take, with reading the certificates that the system trusts. It goes on when the one who
/// wanted the connection has given up on it.
const HANDSHAKE: Duration = Duration::from_secs(2);
const PAUSE_MICROS: i64 = 1_000_000;

/// A connection that is made when it is needed and made again when it breaks.
#[derive(Clone)]
pub(crate) struct RedisLink {
    manager: ConnectionManager,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    paused_until: AtomicI64,
    is_down: AtomicBool,
}

impl std::fmt::Debug for RedisLink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RedisLink").field("state", &self.state).finish_non_exhaustive()
    }
}

impl RedisLink {
    pub(crate) fn new(url: &Secret<String>) -> Result<Self, OpenError> {
        // The error of a bad address names its parts, not the password.
        let failed = |error: redis::RedisError| OpenError::Redis(error.category().to_owned());
        let client = Client::open(url.expose().as_str()).map_err(failed)?;
        let is_tls = url.expose().starts_with("rediss:");
        if is_tls {
            // Who chose another provider before us is right.
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(if is_tls { HANDSHAKE } else { TIMEOUT }))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client, config).map_err(failed)?;
        Ok(Self { manager, state: Arc::default() })
    }

    /// Asks; nothing when Redis is away.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        if self.is_paused() {
            return None;
        }
        let mut connection = self.manager.clone();
        let asked = tokio::time::timeout(TIMEOUT, command.query_async(&mut connection)).await;
        self.noted(
            asked.map_or_else(
                |_| Err("no answer within 100 ms".to_owned()),
                |answer| answer.map_err(|error| text(&error)),
            ),
        )
    }

    /// Runs a script; nothing when Redis is away.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &redis::ScriptInvocation<'_>) -> Option<T> {
        if self.is_paused() {
            return None;
        }
        let mut connection = self.manager.clone();
        let asked = tokio::time::timeout(TIMEOUT, script.invoke_async(&mut connection)).await;
        self.noted(
            asked.map_or_else(
                |_| Err("no answer within 100 ms".to_owned()),
                |answer| answer.map_err(|error| text(&error)),
            ),
        )
    }

    fn is_paused(&self) -> bool {
        self.state.paused_until.load(Ordering::Acquire) > clock::now().micros()
    }

    fn noted<T>(&self, answer: Result<T, String>) -> Option<T> {
        match answer {
            Ok(value) => {
                if self.state.is_down.swap(false, Ordering::AcqRel) {
                    tracing::info!("Redis answers again");
                }
                Some(value)
            }
            Err(error) => {
                self.state.paused_until.store(clock::now().micros() + PAUSE_MICROS, Ordering::Release);
                if !self.state.is_down.swap(true, Ordering::AcqRel) {
                    tracing::error!(%error, "Redis does not answer; this process goes on without it");
                }
                None
            }
        }
    }
}

fn text(error: &redis::RedisError) -> String {
    error.to_string()
}
