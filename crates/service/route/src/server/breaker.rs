//! Leaves a server that does not answer alone for a while, so that nobody waits for it in vain.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corten_mcp::upstream::UpstreamError;
use tokio::time::Instant;

/// Counts faults in a row; too many open it, and one success closes it.
#[derive(Debug)]
pub(crate) struct Breaker {
    limit: u32,
    rest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: u32,
    open_until: Option<Instant>,
    last: Option<Box<str>>,
}

impl Breaker {
    pub(crate) fn new(limit: u32, rest: Duration) -> Self {
        Self { limit: limit.max(1), rest, state: Mutex::default() }
    }

    /// Whether calls go through. Once the rest is over one call at a time finds out.
    pub(crate) fn check(&self, server: &str) -> Result<(), UpstreamError> {
        let mut state = self.lock();
        let Some(until) = state.open_until else { return Ok(()) };
        let now = Instant::now();
        if now >= until {
            state.open_until = Some(now + self.rest);
            return Ok(());
        }
        let reason = state.last.as_deref().unwrap_or("it did not answer");
        Err(UpstreamError::Connect {
            server: server.into(),
            reason: format!("left alone for a while, because {reason}").into(),
        })
    }

    /// Notes how a call ended.
    pub(crate) fn note(&self, error: Option<&UpstreamError>) {
        let mut state = self.lock();
        match error {
            Some(error) if error.is_fault() => {
                state.faults = state.faults.saturating_add(1);
                state.last = Some(error.to_string().into());
                if state.faults >= self.limit {
                    state.open_until = Some(Instant::now() + self.rest);
                }
            }
            _ if state.faults == 0 && state.open_until.is_none() => {}
            _ => *state = State::default(),
        }
    }

    /// Whether calls are held back, and the last fault.
    pub(crate) fn state(&self) -> (bool, Option<Box<str>>) {
        let state = self.lock();
        (state.open_until.is_some(), state.last.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn faults_in_a_row_open_it_and_success_closes_it() {
        let breaker = Breaker::new(2, Duration::from_secs(10));
        let fault = UpstreamError::Timeout { server: "s".into(), waited_ms: 1, was_sent: true };
        breaker.note(Some(&fault));
        breaker.note(None);
        breaker.note(Some(&fault));
        assert!(breaker.check("s").is_ok());
        breaker.note(Some(&fault));
        assert!(breaker.check("s").is_err());
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(breaker.check("s").is_ok());
        assert!(breaker.check("s").is_err(), "only one finds out");
        breaker.note(None);
        assert!(breaker.check("s").is_ok());
    }
}
