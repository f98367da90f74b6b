//! Decides on a call, counts it, and sees to it that its record is kept however it ends.

use std::sync::Arc;
use std::time::Instant;

use corten_mcp::{RpcError, code};

use super::{Call, unknown};
use crate::governor::{Act, Outcome, Record, Verdict};
use crate::reply::Failure;

/// A call that may go on. Without an end it counts as called off.
pub(crate) struct Governed<'a> {
    call: &'a Call,
    act: Act<'a>,
    policies: Arc<[Arc<str>]>,
    began: Instant,
    is_ended: bool,
}

impl<'a> Governed<'a> {
    /// Decides and counts.
    pub(crate) async fn begin(call: &'a Call, act: Act<'a>) -> Result<Self, Failure> {
        let governor = &call.core.governor;
        let verdict = governor.decide(&call.caller, &act);
        let mut governed = Self { call, act, policies: Arc::new([]), began: Instant::now(), is_ended: false };
        match verdict {
            Verdict::Allow(policies) => governed.policies = policies,
            Verdict::Hide(policies) => {
                governed.policies = policies;
                governed.end(Outcome::Denied)?;
                return Err(Failure::Rpc(unknown(act.subject, call.message.name())));
            }
            Verdict::Deny { policies, reason, scopes } => {
                governed.policies = policies;
                governed.end(Outcome::Denied)?;
                return Err(Failure::Denied(RpcError::new(code::INVALID_REQUEST, reason), scopes));
            }
        }
        if let Some(counted) = governor.admit(&call.caller, &act)
            && let Err(limited) = counted.await
        {
            governed.end(Outcome::Limited)?;
            return Err(Failure::Limited(limited.retry_after));
        }
        Ok(governed)
    }

    /// Keeps the record.
    pub(crate) fn end(&mut self, outcome: Outcome) -> Result<(), Failure> {
        self.is_ended = true;
        let trace = self.call.context.headers.iter().find(|(name, _)| &**name == "traceparent");
        let record = Record {
            caller: &self.call.caller,
            act: self.act,
            outcome,
            policies: &self.policies,
            latency: self.began.elapsed(),
            trace: trace.map(|(_, value)| &**value),
        };
        self.call.core.governor.record(&record).map_err(|error| Failure::Unrecorded(error.0))
    }
}

impl Drop for Governed<'_> {
    fn drop(&mut self) {
        if !self.is_ended
            && let Err(failure) = self.end(Outcome::Cancelled)
        {
            tracing::error!(?failure, "a call that was called off is not recorded");
        }
    }
}
